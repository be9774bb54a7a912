"""Columns of plain values from orders and refunds. Pure; imports `models`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
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
    return json.dumps(value, ensure_ascii=False, default=_plain) if len(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


def columns_of(orders: Iterable[Order], refunds: Iterable[Refund], *, raw: bool) -> FlatTables[Columns]:
    """Every column of every table as a list; one pass a column, for that is what the interpreter does fastest."""
    held, cases = list(orders), list(refunds)
    return FlatTables(
        _columns(ORDERS, held, raw),
        _children(held, "lines") | _columns(LINES, [line for order in held for line in order.lines], raw),
        _children(held, "shipments") | _columns(SHIPMENTS, [one for order in held for one in order.shipments], raw),
        _columns(REFUNDS, cases, raw),
    )


def _children(orders: Sequence[Order], field: str) -> Columns:
    """Which order each child belongs to, and where it stands there."""
    counts = [len(getattr(order, field)) for order in orders]
    return {
        "order_key": [key for order, n in zip(orders, counts, strict=True) for key in (order.key,) * n],
        "position": [position for n in counts for position in range(n)],
        "currency": [name for order, n in zip(orders, counts, strict=True) for name in (order.currency,) * n],
    }


def _columns(spec: Sequence[TableColumn], models: Sequence[Any], raw: bool) -> Columns:
    """Values are read from the models' own dictionaries: three times faster than attribute by attribute."""
    levels: dict[str, Sequence[Any]] = {"": [model.__dict__ for model in models]}
    found: Columns = {}
    for column in spec:
        if column.derived:
            found |= {column.name: list(map(attrgetter(column.path), models))} if column.path else {}
        elif column.kind == "bytes" and not raw:
            found[column.name] = [None] * len(models)
        else:
            parent, _, name = column.path.rpartition(".")
            found[column.name] = _values(name, column.kind, _level(levels, parent))
    return found


def _level(levels: dict[str, Sequence[Any]], path: str) -> Sequence[Any]:
    """The dictionaries of the models at `path`; an empty one where there is none."""
    if path not in levels:
        parent, _, name = path.rpartition(".")
        children = map(itemgetter(name), _level(levels, parent))
        levels[path] = [_NOTHING if child is None else child.__dict__ for child in children]
    return levels[path]


_NOTHING: Final[Any] = defaultdict(lambda: None)


def _values(name: str, kind: str, level: Sequence[Any]) -> list[Any]:
    values = list(map(itemgetter(name), level))
    if kind == "json":
        return [_json(value) for value in values]
    if kind == "words":
        return [sorted(map(str, words)) if isinstance(words, frozenset) else list(words) for words in values]
    return values
