"""Columns of plain values from orders and refunds. Pure; imports `models`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from operator import attrgetter, itemgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from orderhub.models import Order, Refund
from orderhub.models.extra import Extra
from orderhub.models.tables import LINES, ORDERS, REFUNDS, SHIPMENTS, TableColumn

__all__ = ["Columns", "FlatTables", "columns_of"]

F = TypeVar("F")
Columns = dict[str, list[Any]]
Spec = tuple[TableColumn, ...]


class FlatTables(NamedTuple, Generic[F]):
    """The four tables of one library's kind, in one piece."""

    orders: F
    lines: F
    shipments: F
    refunds: F


def columns_of(orders: Iterable[Order], refunds: Iterable[Refund], *, raw: bool) -> FlatTables[Columns]:
    """Every column of every table as a list; piece by piece, so that a model stays near while it is read."""
    held = list(orders)
    found = _orders(held[:_PIECE], raw)
    for start in range(_PIECE, len(held), _PIECE):
        for columns, more in zip(found, _orders(held[start : start + _PIECE], raw), strict=True):
            for name, values in more.items():
                columns[name] += values
    return FlatTables(*found, _columns(REFUNDS, list(refunds), raw))


_PIECE: Final = 500


def _orders(orders: Sequence[Order], raw: bool) -> tuple[Columns, Columns, Columns]:
    found = _columns(ORDERS, orders, raw)
    lines, shipments = (_children(found, orders, *each, raw) for each in (("lines", LINES), ("shipments", SHIPMENTS)))
    return found, lines, shipments


def _children(above: Columns, orders: Sequence[Order], field: str, spec: Spec, raw: bool) -> Columns:
    """Those of every order, which order each belongs to, and where it stands there."""
    groups = [order.__dict__[field] for order in orders]
    counts = list(map(len, groups))
    return _columns(spec, list(chain.from_iterable(groups)), raw) | {
        "order_key": list(chain.from_iterable(map(repeat, above["key"], counts))),
        "position": list(chain.from_iterable(map(range, counts))),
        "currency": list(chain.from_iterable(map(repeat, above["currency"], counts))),
    }


def _columns(spec: Spec, models: Sequence[Any], raw: bool) -> Columns:
    """Values are read from the models' own dictionaries, all of a model in one step."""
    levels: dict[str, Sequence[Any]] = {"": [model.__dict__ for model in models]}
    found: Columns = {}
    for parent, columns in _levels(spec):
        for column, values in zip(columns, _cut(_level(levels, parent), columns), strict=True):
            if column.kind == "bytes" and not raw:
                found[column.name] = [None] * len(models)
            else:
                found[column.name] = _WRITTEN[column.kind](values) if column.kind in _WRITTEN else values
    derived = [column for column in spec if column.derived and column.path]
    return found | {column.name: list(map(attrgetter(column.path), models)) for column in derived}


@cache
def _levels(spec: Spec) -> Sequence[tuple[str, Sequence[TableColumn]]]:
    """The columns that are read, by the path of the model that has them."""
    found: dict[str, list[TableColumn]] = {}
    for column in spec:
        if not column.derived:
            found.setdefault(column.path.rpartition(".")[0], []).append(column)
    return tuple(found.items())


def _cut(level: Sequence[Any], columns: Sequence[TableColumn]) -> list[list[Any]]:
    """One list a column: all values in a row, model by model, then every n-th; half the time of a pass a column."""
    names = [column.path.rpartition(".")[2] for column in columns]
    if len(names) == 1:
        return [list(map(itemgetter(*names), level))]
    flat = list(chain.from_iterable(map(itemgetter(*names), level)))
    return [flat[start :: len(names)] for start in range(len(names))]


def _level(levels: dict[str, Sequence[Any]], path: str) -> Sequence[Any]:
    """The dictionaries of the models at `path`; an empty one where there is none."""
    if path not in levels:
        parent, _, name = path.rpartition(".")
        children = map(itemgetter(name), _level(levels, parent))
        levels[path] = [_NOTHING if child is None else child.__dict__ for child in children]
    return levels[path]


_NOTHING: Final[Any] = defaultdict(lambda: None)


def _json(values: Iterable[Any]) -> list[str | None]:
    """JSON text; None for what is empty, for most orders have nothing there."""
    whole = (value.whole() if type(value) is Extra else value for value in values)
    return [_ENCODE(value) if value else None for value in whole]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


def _words(values: Iterable[Any]) -> list[Sequence[str]]:
    """Sets sorted; the same empty one for most orders, since new lists call the garbage collector."""
    return [(sorted(map(str, words)) if isinstance(words, frozenset) else words) if words else () for words in values]


_WRITTEN: Final[Mapping[str, Callable[[Iterable[Any]], list[Any]]]] = {"json": _json, "words": _words}
