"""JD's e-waybills as data: agreements row by row, limits, switches. Imports `kit`, `models`.

Source: docs/platforms/jd.md#waybills; what that page marks UNVERIFIED is a named setting here or is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.spec import CARRIER_NAMES, SOURCE
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import ident, quantity, text
from orderhub.kit.spec import Setting
from orderhub.kit.table import Computed, Row, Table, each
from orderhub.models.channel import Limits
from orderhub.models.logistics import WaybillAccount
from orderhub.models.person import Address

__all__ = ["ACCOUNT", "OF_JD", "PACKAGES_MAX", "PREPAID", "SENDER", "VENDOR_ORDER_MAX", "WAYBILL_ABSENT",
           "WAYBILL_LIMITS", "WAYBILL_SETTINGS"]  # fmt: skip

OF_JD = "0010001"
"""`salePlatform` of JD's own orders; others would be 0030001."""
PACKAGES_MAX = 100
VENDOR_ORDER_MAX = 32
"""Characters of `vendorOrderCode`, which makes a request the same one again."""
PREPAID = frozenset({"2"})
"""`operationType` of companies whose branches sell numbers: franchises; 1 is direct."""

WAYBILL_LIMITS: Mapping[str, Limits] = {"create_waybills": Limits(batch_max=1), "query_waybills": Limits(batch_max=1)}

WAYBILL_ABSENT: Mapping[str, str] = {
    "find_waybills": "JD answers the same parcel with its first number, so asking again finds it",
    "waybill_templates": "no call that lists JD's labels is documented",
}

WAYBILL_SETTINGS = (
    Setting("waybill_sender", "where a parcel is sent from: the warehouse's own address, since no page demands one of "
            "an agreement; or such a one, the same or else the first of its city", "own", ("own", "exact", "city")),
    Setting("waybill_fields", "further fields of a waybill request by JD's providerCode", None, is_document=True),
    Setting("gone_words", "words of a refused cancellation that mean that the number is void already (UNVERIFIED)",
            ("不存在", "已取消")),
    Setting("cancel_reason", "what JD is told when a waybill is cancelled", "卖家取消"),
)  # fmt: skip

SENDER = Table(
    Address,
    f"{SOURCE}#waybills",
    (
        Row("province", "provinceName", text),
        Row("city", "cityName", text),
        Row("district", "countryName", text),  # JD's word for the county
        Row("town", "countrysideName", text),
        Row("street", "address", text),
    ),
)


def _company(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Our code, by JD's number of the company, else by its name."""
    _, known = CARRIER_NAMES.get(found.get("provider_id", ""), ("", None))
    return {"carrier": known or carrier_of(found.get("name")),
            "is_prepaid": str(document.get("operationType")) in PREPAID}  # fmt: skip


ACCOUNT = Table(
    WaybillAccount,
    f"{SOURCE}#waybills",
    (
        Row("code", "providerCode", ident, required=True),
        Row("provider_id", "providerId", ident),
        Row("name", "providerName", text),
        Row("branch_code", "branchCode", text),
        Row("branch_name", "branchName", text),
        Row("settlement_code", "settlementCode", text),
        Row("left", "amount", quantity),
        Row("senders", "address", each(SENDER)),
        Computed(("carrier", "is_prepaid"), _company, ("operationType",)),
    ),
)
