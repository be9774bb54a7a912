"""Pinduoduo's e-waybills as data: agreements row by row, limits, switches. Imports `kit`, `models`.

Source: docs/platforms/pinduoduo.md#waybills; what that page marks UNVERIFIED is a named setting here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.pinduoduo.spec import SOURCE
from orderhub.kit.convert import ident, quantity, text
from orderhub.kit.spec import Setting
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.channel import Limits
from orderhub.models.logistics import WaybillAccount
from orderhub.models.person import Address

__all__ = ["ACCOUNT", "CHANNEL", "PACKAGES_MAX", "PLAIN_LABEL", "PREPAID", "SENDER", "WAYBILL_ABSENT",
           "WAYBILL_LIMITS", "WAYBILL_SETTINGS"]  # fmt: skip

CHANNEL = "PDD"
"""`order_channels_type` of the platform's own orders."""
PACKAGES_MAX = 10
"""Each package is an order of its own in the call, and a call holds ten."""
PLAIN_LABEL = "1"
"""`standard_waybill_type` of a company's ordinary label."""
PREPAID = frozenset({"2"})
"""`wp_type` of companies whose branches sell numbers; the platform's own numbering of kinds is Cainiao's."""

WAYBILL_LIMITS: Mapping[str, Limits] = {
    "create_waybills": Limits(batch_max=10),
    "query_waybills": Limits(batch_max=20),
}

WAYBILL_ABSENT: Mapping[str, str] = {
    "find_waybills": "the platform finds numbers by themselves only, not by order; see the setting waybill_again",
}

WAYBILL_SETTINGS = (
    Setting("waybill_again", "what a repeated request for the same orders and package gives: the first number, or "
            "that is not known and is never tried (UNVERIFIED)", "same", ("same", "unknown")),
    Setting("waybill_sender", "which subscribed address stands for a warehouse: the same one, or where none is the "
            "same the first of its city", "city", ("exact", "city")),
    Setting("waybill_templates", "label address by company, ours or the platform's code; else the company's standard "
            "label", None, is_document=True),
    Setting("waybill_fields", "further fields of a request by the platform's company code", None, is_document=True),
)  # fmt: skip

SENDER = Table(
    Address,
    f"{SOURCE}#waybills",
    (
        Row("country", "country", text),
        Row("province", "province", text),
        Row("city", "city", text),
        Row("district", "district", text),
        Row("town", "town", text),
        Row("street", "detail", text),
    ),
)


def _kind(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {"is_prepaid": str(document.get("wp_type")) in PREPAID}


ACCOUNT = Table(
    WaybillAccount,
    f"{SOURCE}#waybills",
    (
        Row("code", "wp_code", ident, required=True),
        Row("branch_code", "branch_code", text),
        Row("branch_name", "branch_name", text),
        Row("left", "quantity", quantity),
        Row("senders", "shipp_address_cols", each(SENDER)),
        Computed(("is_prepaid",), _kind, ("wp_type",)),
        Absent("carrier", "found in the platform's own list of companies"),
    ),
)
