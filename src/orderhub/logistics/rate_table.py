"""Rate cards from table rows (CSV, a spreadsheet, any mapping of column to text). Imports `rate_card`, `errors`.

One table holds whole cards: the column `record` says what a row is, `carrier` and `product` which card it belongs to.
Columns are named like the fields; lists are separated by `;`; empty cells mean the default; `note` is for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.logistics.rate_card import DivisorBand, PriceRow, RateCard, RoundingBand, Surcharge, Zone

__all__ = ["RECORDS", "Record", "cards_from_rows"]

_COMMON = frozenset({"record", "carrier", "product", "note"})
_NUMBER_MAX = 24


def _text(cell: str) -> str:
    return cell


def _number(cell: str) -> Decimal:
    if len(cell) > _NUMBER_MAX or not cell.replace(".", "", 1).isdecimal() or not cell.isascii():
        raise ValueError("expected a decimal number such as 12.50")
    return Decimal(cell)


def _grams(cell: str) -> int:
    if len(cell) > _NUMBER_MAX or not (cell.isascii() and cell.isdecimal()):
        raise ValueError("expected a whole number")
    return int(cell)


def _day(cell: str) -> date:
    return date.fromisoformat(cell)


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name for part in cell.replace("；", ";").split(";") if (name := part.strip()))


def _choice(**words: Any) -> Callable[[str], Any]:
    def convert(cell: str) -> Any:
        if cell not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return words[cell]

    return convert


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of row: the class it becomes, column -> (field, converter), and the columns that must be filled."""

    kind: Callable[..., Any]
    columns: Mapping[str, tuple[str, Callable[[str], Any]]]
    required: tuple[str, ...] = ()


_BASES = _choice(declared_value="declared_value", cod_amount="cod_amount", freight="freight")
RECORDS: Mapping[str, Record] = {
    "card": Record(dict, {
        "currency": ("currency", _text), "origins": ("origins", _names), "freight_unit": ("freight_unit", _number),
        "valid_from": ("valid_from", _day), "valid_to": ("valid_to", _day), "version": ("version", _text),
    }, ("currency",)),
    "rounding": Record(RoundingBand, {
        "step_g": ("step_g", _grams), "up_to_g": ("up_to_g", _grams),
        "half_up": ("half_up", _choice(yes=True, no=False)),
    }, ("step_g",)),
    "divisor": Record(DivisorBand, {
        "divisor": ("divisor", _grams), "below_g": ("below_g", _grams),
    }, ("divisor",)),
    "zone": Record(Zone, {
        "zone": ("name", _text), "provinces": ("provinces", _names), "divisions": ("divisions", _names),
    }, ("zone",)),
    "price": Record(PriceRow, {
        "zone": ("zone", _text), "over_g": ("over_g", _grams), "up_to_g": ("up_to_g", _grams),
        "first_g": ("first_g", _grams), "first_price": ("first_price", _number), "step_g": ("step_g", _grams),
        "step_price": ("step_price", _number), "minimum": ("minimum", _number),
        "promised_hours": ("promised_hours", _grams),
    }, ("zone", "first_g", "first_price")),
    "surcharge": Record(Surcharge, {
        "name": ("name", _text), "flat": ("flat", _number), "per_kg": ("per_kg", _number),
        "percent": ("percent", _number), "base": ("base", _BASES), "minimum": ("minimum", _number),
        "maximum": ("maximum", _number), "zones": ("zones", _names), "divisions": ("divisions", _names),
        "over_g": ("over_g", _grams), "side_over_mm": ("side_over_mm", _grams), "base_over": ("base_over", _number),
        "base_up_to": ("base_up_to", _number), "since": ("since", _day), "until": ("until", _day),
    }, ("name",)),
}  # fmt: skip
"""Every kind of row and its columns."""

_PARTS: Mapping[str, str] = {
    "rounding": "rounding",
    "divisor": "divisors",
    "zone": "zones",
    "price": "rows",
    "surcharge": "surcharges",
}


def cards_from_rows(rows: Iterable[Mapping[str, str | None]]) -> tuple[RateCard, ...]:
    """Rate cards from rows such as `csv.DictReader` yields, in order of first appearance.

    Raises:
        ConfigurationError: A row cannot be read; names the row (the first below the header is 2) and the column.
    """
    heads: dict[tuple[str, str], dict[str, Any]] = {}
    parts: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for number, row in enumerate(rows, start=2):
        cells = {name: text for name, cell in row.items() if name and (text := (cell or "").strip())}
        if not cells.keys() - {"note"}:
            continue
        kind, card, found = _read(number, cells)
        if kind != "card":
            parts.setdefault(card, {}).setdefault(_PARTS[kind], []).append(found)
        elif card in heads:
            raise ConfigurationError(f"row {number}: a second card row for {'/'.join(card)}")
        else:
            heads[card] = found
    if strays := sorted("/".join(card) for card in parts.keys() - heads.keys()):
        raise ConfigurationError(f"no row with record=card for {', '.join(strays)}")
    return tuple(_card(card, head, parts.get(card, {})) for card, head in heads.items())


def _card(card: tuple[str, str], head: Mapping[str, Any], parts: Mapping[str, list[Any]]) -> RateCard:
    filled = {"zones": (), "rows": ()} | {name: tuple(items) for name, items in parts.items()}
    return RateCard(carrier=card[0], product=card[1], **head, **filled)


def _read(number: int, cells: Mapping[str, str]) -> tuple[str, tuple[str, str], Any]:
    record = RECORDS.get(cells.get("record", ""))
    if record is None:
        raise ConfigurationError(f"row {number}, column record: expected one of {', '.join(RECORDS)}")
    if missing := [name for name in ("carrier", "product", *record.required) if name not in cells]:
        raise ConfigurationError(f"row {number}: column {missing[0]} is empty; every {cells['record']} row needs it")
    if strange := sorted(cells.keys() - record.columns.keys() - _COMMON):
        raise ConfigurationError(
            f"row {number}, column {strange[0]}: a {cells['record']} row has no such cell; it has "
            f"{', '.join(record.columns)}"
        )
    values = {}
    for column, (name, convert) in record.columns.items():
        if column in cells:
            try:
                values[name] = convert(cells[column])
            except ValueError as error:
                raise ConfigurationError(f"row {number}, column {column}: {error}", value=repr(cells[column])) from None
    return cells["record"], (cells["carrier"], cells["product"]), record.kind(**values)
