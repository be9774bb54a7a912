"""Columns of plain values from orders and refunds. Pure; imports `models`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from orderhub.models import Order, Refund
from orderhub.models.tables import LINES, ORDERS, REFUNDS, SHIPMENTS, TableColumn

__all__ = ["Columns", "FlatTables", "columns_of"]

F = TypeVar("F")
Columns = dict[str, list[Any]]


class FlatTables(NamedTuple, Generic[F]):
    """The four tables of one library's kind, in one piece."""

    orders: F
    lines: F
    shipments: F
    refunds: F


def _json(value: Any) -> str | None:
    """JSON text; None for what is empty, for most orders have nothing there."""
    return json.dumps(value, ensure_ascii=False, default=_plain) if value else None


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


_CONVERT: Final[dict[str, Callable[[Any], Any]]] = {"words": lambda words: sorted(map(str, words))}


def columns_of(orders: Iterable[Order], refunds: Iterable[Refund], *, raw: bool) -> FlatTables[Columns]:
    """Every column of every table as a list; one pass a column, for that is what the interpreter does fastest."""
    held, cases = list(orders), list(refunds)
    lines = [(order, position, line) for order in held for position, line in enumerate(order.lines)]
    parcels = [(order, position, parcel) for order in held for position, parcel in enumerate(order.shipments)]
    return FlatTables(
        _columns(ORDERS, held, raw),
        _children(lines) | _columns(LINES, [line for _, _, line in lines], raw),
        _children(parcels, currency=False) | _columns(SHIPMENTS, [parcel for _, _, parcel in parcels], raw),
        _columns(REFUNDS, cases, raw),
    )


def _children(rows: Sequence[tuple[Order, int, Any]], *, currency: bool = True) -> Columns:
    found: Columns = {"order_key": [row[0].key for row in rows], "position": [row[1] for row in rows]}
    return found | ({"currency": [row[0].currency for row in rows]} if currency else {})


def _columns(spec: Sequence[TableColumn], models: Sequence[Any], raw: bool) -> Columns:
    return {column.name: _values(column, models, raw) for column in spec if column.path}


def _values(column: TableColumn, models: Sequence[Any], raw: bool) -> list[Any]:
    if column.kind == "bytes" and not raw:
        return [None] * len(models)
    if column.path.startswith("invoice."):
        read = attrgetter(column.path.removeprefix("invoice."))
        return [None if model.invoice is None else read(model.invoice) for model in models]
    values: Iterable[Any] = map(attrgetter(column.path), models)
    if column.path == "extra":
        return [_json(dict(extra)) for extra in values]
    if column.kind == "json":
        return [_json(value) for value in values]
    if column.path == "labels":
        return [list(labels) for labels in values]
    convert = _CONVERT.get(column.kind)
    return list(map(convert, values)) if convert else list(values)
