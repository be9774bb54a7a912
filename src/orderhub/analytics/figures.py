"""The shape of a report: its tables, their columns and types, and the value that holds them. Imports siblings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from orderhub.analytics.words import Language

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
    "by_week": ("currency", "week", "orders", "counted", "units", "sales", "moving_average", "growth"),
    "refund_rates": ("currency", "platform", "shop_id", "counted", "refunded_orders", "told_orders", "order_rate",
                     "sales", "refunded", "amount_rate"),
    "carriers": ("carrier", "sent_parcels", "delivered_parcels", "mean_hours"),
    "segments": ("currency", "segment", "customers", "purchases", "spent"),
    "repurchase": ("currency", "customers", "repeat_customers", "purchases", "repeat_rate"),
    "cohorts": ("currency", "cohort", "months_later", "came_back", "retention"),
    "baskets": ("sku", "other_sku", "together", "support", "confidence", "lift"),
    "stock_turnover": ("sku", "warehouse", "on_hand", "average_on_hand", "left_units", "turnover"),
    "cover": ("sku", "available", "left_units", "daily_units", "cover_days"),
    "slow_movers": ("sku", "on_hand", "available", "left_units", "cover_days", "last_left_day", "idle_days"),
})  # fmt: skip
"""Every table that a report may have, in reading order; those from `by_week` on need the extra `analytics`."""

_DECIMALS = (
    "sales refunded net average order_amount goods on_time_rate case_amount freight_cost moving_average growth "
    "order_rate amount_rate mean_hours spent repeat_rate retention support confidence lift average_on_hand turnover "
    "daily_units cover_days"
).split()
_DATES = "day week cohort last_left_day".split()
_TEXTS = (
    "currency matter platform shop_id province status standing sku hold field raw_value kind case_status carrier "
    "warehouse segment other_sku"
).split()
DTYPES: Mapping[str, Dtype] = MappingProxyType({
    name: "decimal" if name in _DECIMALS else "text" if name in _TEXTS else "date" if name in _DATES else "int"
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
        named: (table name, table) in reading order; `tables()` is the same as a mapping. Tables that need the extra
            `analytics` are missing where it is.
        refused: Why those tables are missing although the extra is there: a stored value that no engine takes.
    """

    at: datetime
    zone: str
    named: tuple[tuple[str, Table], ...]
    refused: str | None = None

    def tables(self) -> dict[str, Table]:
        """Name -> (columns with types, rows)."""
        return dict(self.named)

    def records(self, name: str) -> tuple[dict[str, Cell], ...]:
        """The rows of one table as dictionaries by column name.

        Raises:
            KeyError: It has no such table; `COLUMNS` lists all there are.
        """
        return self.tables()[name].records()

    def save(self, path: str | Path, language: Language = "en") -> None:
        """Write `.html` (one self-contained page), `.xlsx` (a sheet for each table) or `.json`.

        Raises:
            ConfigurationError: Another ending or language, or the workbook's extra `excel` is missing.
            OSError: The file cannot be written.
        """
        from orderhub.analytics.saving import save

        save(self, path, language)

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
