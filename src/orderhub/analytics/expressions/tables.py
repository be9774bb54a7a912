"""The tables that figures read: columns of `models.tables` without a person's data. Imports `models.tables`, ibis.

Instants are UTC written without a zone, so that no engine's session moves a day; amounts are decimal(38, 10) in the
row's currency. `customer` is a keyed hash, `held` tells whether an order has a hold. `movements` are the stock
ledger's, of places that goods are sold from; their sums are what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from orderhub.models.tables import AMOUNT_DIGITS, AMOUNT_PLACES

__all__ = ["AMOUNT", "COLUMNS", "INSTANT", "SHARE", "Tables", "unbound"]

AMOUNT: Final = f"decimal({AMOUNT_DIGITS}, {AMOUNT_PLACES})"
SHARE: Final = "decimal(38, 6)"
INSTANT: Final = "timestamp(6)"

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "orders": {
        **dict.fromkeys("key platform shop_id status payment_status fulfilled_by currency".split(), "string"),
        "total": AMOUNT, "refunded": AMOUNT, "is_cod": "boolean", "held": "boolean",
        "created_at": INSTANT, "shipped_at": INSTANT, "ship_by": INSTANT,
        "country": "string", "division_code": "string", "customer": "string",
    },
    "lines": {"order_key": "string", "sku": "string", "quantity": "int64", "total": AMOUNT},
    "shipments": {"order_key": "string", "carrier": "string", "shipped_at": INSTANT, "delivered_at": INSTANT},
    "refunds": {"key": "string", "order_key": "string", "status": "string", "currency": "string", "amount": AMOUNT},
    "movements": {
        "seq": "int64", "sku": "string", "warehouse": "string", "kind": "string", "on_hand_delta": "int64",
        "reserved_delta": "int64", "at": INSTANT,
    },
})  # fmt: skip
"""Table -> column -> type, as ibis spells types."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables as ibis tables, bound to an engine or not."""

    orders: Any
    lines: Any
    shipments: Any
    refunds: Any
    movements: Any


def unbound() -> Tables:
    """Tables by name only: what is built on them compiles for any engine that ibis speaks to."""
    import ibis

    return Tables(**{name: ibis.table(dict(columns), name=name) for name, columns in COLUMNS.items()})
