"""Models from rows of the flat tables. Pure; imports `models`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from orderhub.models import Discount, Invoice, LineItem, Order, Refund, Shipment
from orderhub.models.tables import LINES, ORDERS, REFUNDS, SHIPMENTS, TableColumn

__all__ = ["restored"]

Row = Mapping[str, Any]
CENT: Final = Decimal("0.01")


def restored(tables: Mapping[str, Sequence[Row]]) -> tuple[list[Order], list[Refund]]:
    """Orders with their lines and parcels, and refunds, in the order of their rows."""
    lines, parcels = _by_order(tables["lines"]), _by_order(tables["shipments"])
    orders = []
    for row in tables["orders"]:
        key = f"{row['platform']}:{row['shop_id']}:{row['order_id']}"
        orders.append(_order(row, lines.get(key, ()), parcels.get(key, ())))
    return orders, [_refund(row) for row in tables["refunds"]]


def _by_order(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["position"]):
        found.setdefault(row["order_key"], []).append(row)
    return found


def _order(row: Row, lines: Sequence[Row], parcels: Sequence[Row]) -> Order:
    values = _nested(ORDERS, row)
    invoice = values.pop("invoice")
    return Order(**values | {
        "invoice": None if invoice["wanted"] is None else Invoice(**invoice),
        "discounts": tuple(Discount.model_validate_json(json.dumps(item)) for item in values["discounts"] or ()),
        "holds": frozenset(values["holds"] or ()), "labels": tuple(values["labels"] or ()),
        "extra": values["extra"] or {},
        "lines": tuple(LineItem(**_nested(LINES, line) | {"extra": _read(line["extra"]) or {}}) for line in lines),
        "shipments": tuple(_parcel(parcel) for parcel in parcels),
    })  # fmt: skip


def _parcel(row: Row) -> Shipment:
    values = _nested(SHIPMENTS, row)
    return Shipment(**values | {"lines": tuple(map(tuple, values["lines"] or ()))})


def _refund(row: Row) -> Refund:
    values = _nested(REFUNDS, row)
    lines = tuple((line_id, units, _amount(text)) for line_id, units, text in values["lines"] or ())
    return Refund(**values | {"lines": lines, "extra": values["extra"] or {}})


def _nested(spec: tuple[TableColumn, ...], row: Row) -> dict[str, Any]:
    """The row's values as the models nest them."""
    found: dict[str, Any] = {}
    for column, parents, name in _paths(spec):
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        value = row[column.name]
        place[name] = value if value is None or column.kind not in _READ else _READ[column.kind](value)
    return found


@cache
def _paths(spec: tuple[TableColumn, ...]) -> tuple[tuple[TableColumn, tuple[str, ...], str], ...]:
    split = ((column, column.path.split(".")) for column in spec if column.path and not column.derived)
    return tuple((column, tuple(path[:-1]), path[-1]) for column, path in split)


def _read(text: str | None) -> Any:
    return json.loads(text) if text else None


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _trimmed(amount: Decimal) -> Decimal:
    """Without the zeros that the column's fixed scale added, but with cents."""
    trimmed = amount.normalize()
    exponent = trimmed.as_tuple().exponent
    return trimmed if isinstance(exponent, int) and exponent < -2 else amount.quantize(CENT)


_READ: Final[Mapping[str, Callable[[Any], Any]]] = {"json": _read, "amount": _trimmed}
