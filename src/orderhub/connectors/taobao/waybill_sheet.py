"""Cainiao's e-waybills as data: agreements row by row, limits, switches. Imports `kit`, `models`.

Source: docs/platforms/taobao.md#waybills; what that page marks UNVERIFIED is a named setting here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.taobao.spec import SOURCE
from orderhub.kit.convert import ident, quantity, rows_of, text
from orderhub.kit.spec import Setting
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.channel import Limits
from orderhub.models.logistics import WaybillAccount
from orderhub.models.person import Address

__all__ = ["ACCOUNT", "CHANNEL", "PACKAGES_MAX", "PLAIN_LABEL", "PREPAID", "SENDER", "WAYBILL_LIMITS",
           "WAYBILL_SETTINGS"]  # fmt: skip

CHANNEL = "TB"
"""`order_channels_type` of Taobao's own trades."""
PACKAGES_MAX = 10
"""Each package is an order of its own in the call, and a call holds ten."""
PLAIN_LABEL = "1"
"""`standard_waybill_type` of a company's ordinary label."""
PREPAID = frozenset({"2"})
"""`cp_type` of companies whose branches sell numbers: franchises. 1 and 4 are direct, 3 delivers the last mile."""

WAYBILL_LIMITS: Mapping[str, Limits] = {
    "create_waybills": Limits(batch_max=10),
    "find_waybills": Limits(batch_max=10),
    "query_waybills": Limits(batch_max=20),
}

WAYBILL_SETTINGS = (
    Setting("waybill_user_id", "the seller's user id towards Cainiao; told by the token after an authorisation", None,
            sample="100000001"),
    Setting("waybill_sender", "which subscribed address stands for a warehouse: the same one, or where none is the "
            "same the first of its city", "city", ("exact", "city")),
    Setting("waybill_templates", "label address by company, ours or Cainiao's code; else the company's standard label",
            None, is_document=True),
    Setting("waybill_fields", "further fields of a request by Cainiao's company code, e.g. product_code for SF", None,
            is_document=True),
)  # fmt: skip

SENDER = Table(
    Address,
    f"{SOURCE}#waybills",
    (
        Row("province", "province", text),
        Row("city", "city", text),
        Row("district", "district", text),
        Row("town", "town", text),
        Row("street", "detail", text),
    ),
)


def _agreement(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Numbers are counted where they are bought; a monthly account is named where there is one only."""
    customers = [str(code) for code in rows_of(document.get("customer_code_list"))]
    return {"is_prepaid": str(document.get("cp_type")) in PREPAID,
            "settlement_code": customers[0] if len(customers) == 1 else None}  # fmt: skip


ACCOUNT = Table(
    WaybillAccount,
    f"{SOURCE}#waybills",
    (
        Row("code", "cp_code", ident, required=True),
        Row("branch_code", "branch_code", text),
        Row("branch_name", "branch_name", text),
        Row("left", "quantity", quantity),
        Row("senders", "shipp_address_cols", each(SENDER)),
        Computed(("is_prepaid", "settlement_code"), _agreement, ("cp_type", "customer_code_list")),
        Absent("carrier", "found in the platform's own list of companies"),
    ),
)
