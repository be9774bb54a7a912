"""What one refund means: it is paid, and of which lines. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.woocommerce.refund_lines import line_of, money_of
from orderhub.kit.convert import boolean, quantity, rows_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus

__all__ = ["case_lines", "refund_key", "settled_case", "split_key"]

Document = Mapping[str, Any]
Found = dict[str, Any]


def refund_key(order_id: str, number: str) -> str:
    """`order-refund`: a refund is read by both ids."""
    return f"{order_id}-{number}"


def split_key(refund_id: str) -> tuple[str, str]:
    """(order id, refund id) of a `refund_key`."""
    order_id, _, number = refund_id.partition("-")
    return order_id, number


def settled_case(document: Document, found: Found) -> Found:
    """A refund that is there was made; it does not change afterwards."""
    return {"refund_id": refund_key(found["order_id"], found["_id"]), "status": AftersaleStatus.REFUNDED,
            "updated_at": found.get("created_at")}  # fmt: skip


def case_lines(document: Document, found: Found) -> Found:
    """Lines of the order that the refund names; a row that fits no line is left out of them."""
    lines, told = rows_of(document.get("order_lines")), []
    inclusive = bool(read(document, "prices_include_tax", boolean) or False)
    key = str(document.get("item_key") or "")
    for row in rows_of(document.get("line_items")):
        line = line_of(row, lines, key)
        if line is not None:
            told.append((line, abs(quantity(row.get("quantity") or 0)), money_of(row, inclusive)))
    return {"lines": tuple(told)}
