"""What became of each wire field of one stored order. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orderhub.kit.convert import rows_of
from orderhub.kit.json import loads
from orderhub.kit.table import Table
from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import MappingReport

__all__ = ["mapping_report"]


def mapping_report(order: Order, tables: Mapping[str, Table]) -> MappingReport:
    """Used, ignored and unknown wire fields of an order and of its lines, by dotted path.

    Where a platform has several wire formats, the tables that leave the fewest fields unknown are those it was read by.
    Without the raw document only the unknown fields can be told, from `extra`.

    Args:
        order: As it is stored.
        tables: The platform's field tables, the shop's overrides included.
    """
    document = loads(order.raw) if order.raw else None
    if not isinstance(document, Mapping):
        unknown = [*order.extra, *(f"lines[].{name}" for line in order.lines for name in line.extra)]
        return MappingReport(unknown=tuple(dict.fromkeys(unknown)))
    whole = _best(tables, Order, [document])
    if whole is None:
        return MappingReport(unknown=tuple(document))
    report = whole.report(document)
    path, rows = _lines(whole, document)
    line = _best(tables, LineItem, rows) if rows else None
    if line is None:
        return report
    return _joined(report, path, [line.report(row) for row in rows])


def _best(tables: Mapping[str, Table], model: type, documents: list[Mapping[str, Any]]) -> Table | None:
    fits = [table for table in tables.values() if table.model is model]
    return min(fits, key=lambda table: sum(len(table.unmapped(each)) for each in documents), default=None)


def _lines(table: Table, document: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """Where the lines stand in the document, and their rows."""
    for path in _line_paths(table):
        value: Any = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        rows = [row for row in rows_of(value) if isinstance(row, Mapping)] if value else []
        if rows:
            return path, rows
    return "", []


def _line_paths(table: Table) -> Iterator[str]:
    yield from (path for row in table.rows if row.field in ("lines", "_lines") for path in row.path.split("|"))


def _joined(report: MappingReport, path: str, rows: list[MappingReport]) -> MappingReport:
    prefix = f"{path}[]."
    used = {prefix + name: f"lines[].{field}" for row in rows for name, field in row.used.items()}
    ignored = {prefix + name: why for row in rows for name, why in row.ignored.items()}
    unknown = dict.fromkeys([*report.unknown, *(prefix + name for row in rows for name in row.unknown)])
    return MappingReport({**report.used, **used}, {**report.ignored, **ignored}, tuple(unknown))
