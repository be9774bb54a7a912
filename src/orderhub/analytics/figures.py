"""The shape of a report: which tables it has, their columns and types, and the value that holds them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["COLUMNS", "DTYPES", "MEASURES", "Cell", "Column", "Dtype", "Report", "Table", "table"]

Dtype: TypeAlias = Literal["text", "int", "decimal", "date"]
Cell: TypeAlias = str | int | Decimal | date | None


class Column(NamedTuple):
    """A column's name and type: text, int, decimal (amount in the row's currency, or a share), date (shop's zone)."""

    name: str
    dtype: Dtype


class Table(NamedTuple):
    """Columns and rows of one table; None in a cell means that it is not known."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> tuple[dict[str, Cell], ...]:
        """The rows as dictionaries by column name."""
        names = [column.name for column in self.columns]
        return tuple(dict(zip(names, row, strict=True)) for row in self.rows)


MEASURES = ("orders", "counted", "units", "sales", "refunded", "net", "unpriced")
"""What every group of orders is measured by."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "totals": ("currency", *MEASURES, "average"),
    "attention": ("matter", "count"),
    "by_day": ("currency", "day", *MEASURES),
    "by_platform": ("currency", "platform", *MEASURES),
    "by_shop": ("currency", "platform", "shop_id", *MEASURES),
    "by_province": ("currency", "province", *MEASURES),
    "by_status": ("currency", "status", *MEASURES),
    "by_standing": ("currency", "standing", "orders", "order_amount", "unpriced"),
    "skus": ("currency", "sku", "sku_orders", "sku_units", "goods"),
    "holds": ("hold", "held_orders"),
    "unknown_values": ("platform", "field", "raw_value", "unknown_orders"),
    "shipping": ("platform", "shop_id", "on_time", "late", "overdue", "due", "time_unknown", "on_time_rate"),
    "aftersales": ("currency", "kind", "case_status", "cases", "case_amount"),
    "freight": ("currency", "carrier", "parcels", "freight_cost"),
    "stock": ("warehouse", "stocked_skus", "on_hand", "reserved", "available", "low_skus"),
    "low_stock": ("sku", "warehouse", "on_hand", "reserved", "available"),
})  # fmt: skip
"""Every table of a report, in reading order."""

_DECIMALS = "sales refunded net average order_amount goods on_time_rate case_amount freight_cost".split()
_TEXTS = (
    "currency matter platform shop_id province status standing sku hold field raw_value kind case_status carrier "
    "warehouse"
).split()
DTYPES: Mapping[str, Dtype] = MappingProxyType({
    name: "decimal" if name in _DECIMALS else "text" if name in _TEXTS else "date" if name == "day" else "int"
    for names in COLUMNS.values() for name in names
})  # fmt: skip
"""Column name -> type; a name means the same in every table."""


def table(name: str, rows: Iterable[tuple[Cell, ...]]) -> Table:
    """The table called `name` with these rows; an empty one keeps its columns."""
    return Table(tuple(Column(column, DTYPES[column]) for column in COLUMNS[name]), tuple(rows))


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over a set of orders, made by `build_report`; holds no personal data.

    Attributes:
        at: The instant it speaks for, aware, in `zone`; overdue is judged by it.
        zone: Name of the zone by which days are cut where a shop has none of its own.
        named: (table name, table) in reading order; `tables()` is the same as a mapping.
    """

    at: datetime
    zone: str
    named: tuple[tuple[str, Table], ...]

    def tables(self) -> dict[str, Table]:
        """Name -> (columns with types, rows)."""
        return dict(self.named)

    def records(self, name: str) -> tuple[dict[str, Cell], ...]:
        """The rows of one table as dictionaries by column name.

        Raises:
            KeyError: There is no such table; `COLUMNS` lists them.
        """
        return self.tables()[name].records()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: amounts and days as text, one list of records per table."""
        tables = {name: [_plain(record) for record in found.records()] for name, found in self.named}
        return {"at": self.at.isoformat(), "zone": self.zone, "tables": tables}

    def _repr_html_(self) -> str:
        from orderhub.analytics.page import summary

        return summary(self)


def _plain(record: Mapping[str, Cell]) -> dict[str, Any]:
    return {name: _json(cell) for name, cell in record.items()}


def _json(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else cell
