"""Every marketplace, one order model.

Pull orders of many marketplaces into one canonical model, decide what to do with them, act on platforms and carriers,
and test all of it against a local sandbox with no account. Names load on first use, so that importing is cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "orderhub.models": (
        "Address", "Buyer", "Capability", "Discount", "Dispatch", "Finding", "Invoice", "LineItem", "Listing",
        "ListingStock", "Order", "Outcome", "Parcel", "Privacy", "Recipient", "Refund", "Shipment", "Warehouse",
    ),
    "orderhub.errors": ("OrderHubError", "OutcomeUnknown"),
    "orderhub.hub.connect": ("carrier", "carrier_async", "connect", "connect_async"),
    "orderhub.hub.normalise": ("Normalized", "normalize"),
    "orderhub.hub.registry": ("connectors",),
    "orderhub.hub.core": ("AsyncHub", "Hub"),
}  # fmt: skip
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted([*_WHERE, "__version__"])

if TYPE_CHECKING:
    from orderhub.errors import OrderHubError as OrderHubError
    from orderhub.errors import OutcomeUnknown as OutcomeUnknown
    from orderhub.hub.connect import carrier as carrier
    from orderhub.hub.connect import carrier_async as carrier_async
    from orderhub.hub.connect import connect as connect
    from orderhub.hub.connect import connect_async as connect_async
    from orderhub.hub.core import AsyncHub as AsyncHub
    from orderhub.hub.core import Hub as Hub
    from orderhub.hub.normalise import Normalized as Normalized
    from orderhub.hub.normalise import normalize as normalize
    from orderhub.hub.registry import connectors as connectors
    from orderhub.models import Address as Address
    from orderhub.models import Buyer as Buyer
    from orderhub.models import Capability as Capability
    from orderhub.models import Discount as Discount
    from orderhub.models import Dispatch as Dispatch
    from orderhub.models import Finding as Finding
    from orderhub.models import Invoice as Invoice
    from orderhub.models import LineItem as LineItem
    from orderhub.models import Listing as Listing
    from orderhub.models import ListingStock as ListingStock
    from orderhub.models import Order as Order
    from orderhub.models import Outcome as Outcome
    from orderhub.models import Parcel as Parcel
    from orderhub.models import Privacy as Privacy
    from orderhub.models import Recipient as Recipient
    from orderhub.models import Refund as Refund
    from orderhub.models import Shipment as Shipment
    from orderhub.models import Warehouse as Warehouse


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'orderhub' has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
