"""A mapping: which column is which canonical field. Data in, one pure function out. Imports `kit`, `errors`.

currency = "CNY"
zone = "Asia/Shanghai"
sheets = { orders = "订单", lines = "明细", others = ["收货人"], key = "订单号" }
[fields]
order_id = "订单号"
created_at = { column = "下单时间", convert = "time" }
shipping_fee = { value = "0" }
[words]
已审核 = "awaiting_shipment"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from orderhub.connectors.file.convert import NAMED, clock
from orderhub.connectors.file.spec import FIELDS, LINE_FIELDS, ORDER_FIELDS, WORDS
from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.convert import Converter, masked
from orderhub.models.outcome import MappingReport
from orderhub.models.status import OrderStatus

__all__ = ["Column", "FileMapping", "Sheets"]

_KEYS = frozenset({"version", "currency", "zone", "sheets", "fields", "words", "ignored"})
_BAD = (ValueError, TypeError, ArithmeticError, LookupError)


@dataclass(frozen=True, slots=True)
class Column:
    """Where one field is read: a column with a converter, or a value that holds for every row."""

    field: str
    column: str | None
    convert: Converter
    value: Any = None

    def read(self, row: Mapping[str, Any]) -> Any:
        """The canonical value, None when the cell is empty.

        Raises:
            DecodeError: Names field, column and masked value.
        """
        cell = row.get(self.column) if self.column is not None else self.value
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        try:
            return self.convert(cell)
        except _BAD as error:
            told = str(error) if isinstance(error, ValueError) else "unexpected shape"
            raise DecodeError(
                f"Order.{self.field}: {told}", field=f"Order.{self.field}", path=self.column, value=masked(cell)
            ) from None


@dataclass(frozen=True, slots=True)
class Sheets:
    """Which sheets of a workbook are read: orders, their lines, further columns of orders; joined by `key`."""

    orders: str | None = None
    lines: str | None = None
    others: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True)
class FileMapping:
    """How one shop's tables are read."""

    columns: Mapping[str, Column]
    currency: str = "CNY"
    words: Mapping[str, OrderStatus] = field(default_factory=dict)
    sheets: Sheets = Sheets()
    ignored: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> FileMapping:
        """Raises `ConfigurationError` that names what is wrong."""
        found = dict(given or {})
        if strange := sorted(set(found) - _KEYS):
            raise ConfigurationError(f"mapping: unknown key {', '.join(strange)}; known: {', '.join(sorted(_KEYS))}")
        try:
            time = clock(str(found.get("zone", "Asia/Shanghai")))
        except ValueError as error:
            raise ConfigurationError(f"mapping: {error}", field="zone") from None
        fields = found.get("fields") or {name: name for name in FIELDS}
        columns = {name: _column(name, entry, time) for name, entry in fields.items()}
        if "order_id" not in columns:
            raise ConfigurationError("mapping: fields needs order_id", field="order_id")
        ignored = dict.fromkeys(found.get("ignored", ()), "left out by the mapping")
        words, sheets = _words(found.get("words", {})), _sheets(found.get("sheets", {}))
        return cls(columns, str(found.get("currency", "CNY")), words, sheets, ignored)

    @property
    def order_column(self) -> str:
        """The column by which rows belong together."""
        return self.columns["order_id"].column or "order_id"

    @cached_property
    def used(self) -> Mapping[str, str]:
        """column -> canonical field."""
        return {column.column: name for name, column in self.columns.items() if column.column is not None}

    def order(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Canonical values of an order's row; empty cells are left out."""
        return self._read(row, ORDER_FIELDS)

    def line(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Canonical values of a line's row."""
        return self._read(row, LINE_FIELDS)

    def _read(self, row: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
        read = ((name, column.read(row)) for name, column in self.columns.items() if name in names)
        return {name: value for name, value in read if value is not None}

    def status(self, raw: str | None) -> OrderStatus:
        """The canonical word; unknown for what neither the mapping nor the common words list."""
        word = (raw or "").strip()
        return self.words.get(word) or WORDS.get(word) or WORDS.get(word.casefold()) or OrderStatus.UNKNOWN

    def report(self, document: Mapping[str, Any]) -> MappingReport:
        """What became of each column of one order."""
        rows = [document.get("order") or {}, *(document.get("lines") or ())]
        names = sorted({name for row in rows for name in row})
        return MappingReport(
            {name: self.used[name] for name in names if name in self.used},
            {name: self.ignored[name] for name in names if name in self.ignored},
            tuple(name for name in names if name not in self.used and name not in self.ignored),
        )

    def unmapped(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Columns that nothing names."""
        return {name: cell for name, cell in row.items() if name not in self.used and name not in self.ignored}


def _column(name: str, entry: Any, time: Converter) -> Column:
    if name not in FIELDS:
        raise ConfigurationError(f"mapping: no field {name!r}; there are {', '.join(sorted(FIELDS))}", field=name)
    given = {"column": entry} if isinstance(entry, str) else dict(entry) if isinstance(entry, Mapping) else {}
    if set(given) - {"column", "value", "convert"} or ("column" in given) == ("value" in given):
        raise ConfigurationError(f"mapping: {name} needs column or value, and may have convert", field=name)
    how = str(given.get("convert", FIELDS[name].convert))
    converter = time if how == "time" else NAMED.get(how)
    if converter is None:
        known = ", ".join(sorted([*NAMED, "time"]))
        raise ConfigurationError(f"mapping: {name}: no converter {how!r}; there are {known}", field=name)
    return Column(name, given.get("column"), converter, given.get("value"))


def _words(given: Mapping[str, str]) -> dict[str, OrderStatus]:
    try:
        return {word: OrderStatus(status) for word, status in given.items()}
    except ValueError:
        known = ", ".join(word.value for word in OrderStatus)
        raise ConfigurationError(f"mapping: words must be one of {known}", field="words") from None


def _sheets(given: Mapping[str, Any]) -> Sheets:
    if strange := set(given) - set(Sheets.__dataclass_fields__):
        raise ConfigurationError(f"mapping: sheets has no key {', '.join(sorted(strange))}", field="sheets")
    return Sheets(**{**given, "others": tuple(given.get("others", ()))})
