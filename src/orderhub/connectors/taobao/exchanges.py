"""Tmall's exchanges 换货, which stand apart from refunds. Imports `kit`, `flow`, `models`.

An exchange has numbers and status words of its own, so its id carries `ex-`.
Source: docs/platforms/taobao.md#exchanges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.taobao.spec import EXCHANGE_STATUS, SOURCE
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import beijing_time, ident, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.refund import Refund
from orderhub.models.status import RefundKind

__all__ = ["EXCHANGE", "EXCHANGE_FIELDS", "PREFIX", "exchange_id", "exchange_rows", "is_exchange"]

PREFIX = "ex-"
"""Before the number of an exchange, so that no refund has the same id."""
EXCHANGE_FIELDS = (
    "dispute_id", "bizorder_id", "biz_order_id", "num", "status", "created", "modified", "reason", "title",
    "buyer_logistic_no", "buyer_logistic_name", "seller_logistic_no", "seller_logistic_name", "bought_sku",
    "exchange_sku",
)  # fmt: skip


def _exchange(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    carrier = found.pop("return_carrier", None)
    order_id = found.pop("_order", None) or found.pop("_order_plain", None)
    if order_id is None:
        raise ValueError("neither biz_order_id nor bizorder_id")
    found.pop("_order_plain", None)
    return {
        "refund_id": f"{PREFIX}{found.pop('_dispute')}", "order_id": order_id, "kind": RefundKind.EXCHANGE,
        "status": EXCHANGE_STATUS(found["raw_status"]), "currency": "CNY",
        "lines": ((order_id, read(document, "num", quantity), None),),
        "return_carrier": (carrier_of(carrier) or carrier) if carrier else None,
    }  # fmt: skip


EXCHANGE = Table(
    Refund,
    f"{SOURCE}#exchanges",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("amount", "no money goes back"),
        Absent("deadline_at", "no documented field tells it"),
        Row("_dispute", "dispute_id", ident, required=True),
        Row("_order", "biz_order_id", ident),
        Row("_order_plain", "bizorder_id", ident),
        Row("raw_status", "status", ident, required=True),
        Row("reason", "reason", text),
        Row("created_at", "created", beijing_time),
        Row("updated_at", "modified", beijing_time),
        Row("return_waybill_no", "buyer_logistic_no", text),
        Row("return_carrier", "buyer_logistic_name", text),
        Computed(("refund_id", "order_id", "kind", "status", "currency", "lines"), _exchange, ("num",)),
    ),
)


def is_exchange(refund_id: str) -> bool:
    """Whether a case is one of Tmall's exchanges."""
    return refund_id.startswith(PREFIX)


def exchange_id(refund_id: str) -> str:
    """The platform's own number."""
    return refund_id.removeprefix(PREFIX)


def exchange_rows(reply: Mapping[str, Any]) -> list[Any]:
    """The rows of a list of exchanges."""
    return rows_of(reply.get("results"))
