"""Rate cards and limits from table rows (CSV, a spreadsheet, any mapping of column to text). Pure.

Imports `rate_columns`, `rate_card`, `services`, `errors`. Lists are separated by `;`, empty cells mean the default.
Every problem of a table is told at once, each with its row and column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.logistics.rate_card import RateCard
from orderhub.logistics.rate_columns import COMMON, RECORDS, Column, Record, heading_of
from orderhub.logistics.services import Service

__all__ = ["PROBLEMS_MAX", "cards_from_rows", "check_overlaps", "services_from_rows"]

PROBLEMS_MAX = 20
"""Problems that one message lists."""

_PARTS: Mapping[str, str] = {
    "rounding": "rounding",
    "divisor": "divisors",
    "zone": "zones",
    "price": "rows",
    "surcharge": "surcharges",
}
_WORDS = {word: record.name for record in RECORDS.values() for word in (record.name, record.zh)}
_RECORD, _CARRIER, _PRODUCT, _CARD, _NOTE = COMMON
Name = tuple[str, str, str]
"""Carrier, product, card."""


class _Problem(Exception):
    """One thing wrong with one cell."""


@dataclass(slots=True)
class _Table:
    """What the rows of a table are, before they are put together."""

    heads: dict[Name, dict[str, Any]] = field(default_factory=dict)
    parts: dict[Name, dict[str, list[Any]]] = field(default_factory=dict)
    limits: dict[Name, dict[str, Any]] = field(default_factory=dict)
    pauses: dict[Name, list[Any]] = field(default_factory=dict)
    first: dict[Name, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def cards_from_rows(rows: Iterable[Mapping[str, Any]], *, first_row: int = 2) -> tuple[RateCard, ...]:
    """Rate cards from rows such as `csv.DictReader` yields, in order of first appearance.

    Args:
        first_row: How the sheet numbers the first of them.
    Raises:
        ConfigurationError: Rows cannot be read, or cards contradict each other; names rows and columns.
    """
    return tuple(service.card for service in services_from_rows(rows, first_row=first_row))


def services_from_rows(rows: Iterable[Mapping[str, Any]], *, first_row: int = 2) -> tuple[Service, ...]:
    """The same cards with the limits and pauses that the table has for their products.

    Raises:
        ConfigurationError: See `cards_from_rows`.
    """
    return services_from_numbered(enumerate(rows, first_row))


def services_from_numbered(rows: Iterable[tuple[int, Mapping[str, Any]]], name: str = "") -> tuple[Service, ...]:
    """`services_from_rows` with the number that each row has in its sheet; `name` is told in messages."""
    table = _Table()
    for number, row in rows:
        cells = {heading.strip(): text for heading, cell in row.items() if heading and (text := _words(cell))}
        try:
            _take(table, number, cells)
        except _Problem as problem:
            table.problems.append(f"row {number}{problem}")
    found = _services(table)
    if table.problems:
        more = len(table.problems) - PROBLEMS_MAX
        told = "; ".join(table.problems[:PROBLEMS_MAX]) + (f"; and {more} more" if more > 0 else "")
        raise ConfigurationError(f"{name}: {told}" if name else told, field="rate_cards")
    return found


def check_overlaps(services: Iterable[Service]) -> None:
    """Refuse two cards of one product that both price a parcel on some day.

    Raises:
        ConfigurationError: Names both cards and the day from which they contradict.
    """
    for left, right in combinations([service.card for service in services], 2):
        if (left.carrier, left.product, left.currency) != (right.carrier, right.product, right.currency):
            continue
        origins = left.from_provinces & right.from_provinces
        if (left.from_provinces and right.from_provinces and not origins) or _apart(left, right):
            continue
        since = max((day for day in (left.valid_from, right.valid_from) if day), default=None)
        raise ConfigurationError(
            f"two cards of {left.carrier}/{left.product} price the same parcels"
            f"{f' from {since}' if since else ''}: versions {left.version or '-'} and {right.version or '-'}; "
            "give the older one a valid_to, or each its own origins",
            field="rate_cards",
        )


def _apart(left: RateCard, right: RateCard) -> bool:
    return any(one.valid_to and other.valid_from and one.valid_to < other.valid_from
               for one, other in ((left, right), (right, left)))  # fmt: skip


def _words(cell: Any) -> str:
    return str(cell).strip() if cell is not None else ""


def _take(table: _Table, number: int, cells: Mapping[str, str]) -> None:
    """File one row under its card."""
    kind, named, headings = _named(cells)
    if not named.keys() - {_NOTE.name}:
        return
    name, values = _read(RECORDS[kind], named, headings)
    table.first.setdefault(name, number)
    if kind == "card" or kind == "limits":
        held = table.heads if kind == "card" else table.limits
        if name in held:
            raise _Problem(f": a second {kind} row for {_told(name)}; tell them apart in the column {_CARD.name}")
        held[name] = values
        return
    try:
        made = RECORDS[kind].kind(**values)
    except ValueError as error:
        raise _Problem(f": {error}") from None
    if kind == "pause":
        table.pauses.setdefault(name, []).append(made)
    else:
        table.parts.setdefault(name, {}).setdefault(_PARTS[kind], []).append(made)


def _named(cells: Mapping[str, str]) -> tuple[str, Mapping[str, str], Mapping[str, str]]:
    """What the row is, its cells by the columns' own names, and the headings that these have in the sheet."""
    known = {name: cells[heading] for heading in cells if (name := heading_of(heading, "card"))}
    word = known.get(_RECORD.name, "")
    if word not in _WORDS:
        if all(heading_of(heading, "card") == _NOTE.name for heading in cells):
            return "card", {}, {}
        raise _Problem(f", column {_RECORD.name}: expected one of {', '.join(RECORDS)}")
    kind, found, headings = _WORDS[word], dict[str, str](), dict[str, str]()
    for heading, text in cells.items():
        if (name := heading_of(heading, kind)) is None:
            columns = ", ".join(column.name for column in RECORDS[kind].columns)
            raise _Problem(f", column {heading}: a {kind} row has no such cell; it has {columns}")
        if name in found:
            raise _Problem(f", column {heading}: stands there twice, as {name} too")
        found[name], headings[name] = text, heading
    return kind, found, headings


def _read(record: Record, cells: Mapping[str, str], headings: Mapping[str, str]) -> tuple[Name, dict[str, Any]]:
    columns = (*COMMON, *record.columns)
    if missing := [column.name for column in columns if column.required and column.name not in cells]:
        raise _Problem(f": column {missing[0]} is empty; every {record.name} row needs it")
    values: dict[Column, Any] = {}
    for column in columns:
        if column.name in cells:
            try:
                values[column] = column.read(cells[column.name])
            except ValueError as error:
                raise _Problem(f", column {headings[column.name]}: {error} (got {cells[column.name]!r})") from None
    name = values[_CARRIER], values[_PRODUCT], values.get(_CARD, "")
    return name, {column.target: value for column, value in values.items() if column not in COMMON}


def _services(table: _Table) -> tuple[Service, ...]:
    """Every card with its parts; what belongs to no card is a problem too."""
    products = {name[:2] for name in table.heads}
    for name in (*table.parts, *table.limits, *table.pauses):
        whole_product = name[2] == "" and name[:2] in products and name not in table.parts
        if name not in table.heads and not whole_product:
            table.problems.append(f"row {table.first[name]}: no row with record=card for {_told(name)}")
    found = []
    for name, head in table.heads.items() if not table.problems else ():
        filled = {"zones": (), "rows": ()} | {part: tuple(rows) for part, rows in table.parts.get(name, {}).items()}
        try:
            card = RateCard(carrier=name[0], product=name[1], **head, **filled)
        except ConfigurationError as error:
            table.problems.append(f"row {table.first[name]}: {error.message}")
            continue
        general = (*name[:2], "")
        limits = {**table.limits.get(general, {}), **table.limits.get(name, {})}
        pauses = {general: table.pauses.get(general, []), name: table.pauses.get(name, [])}
        found.append(Service(card, pauses=tuple(pause for rows in pauses.values() for pause in rows), **limits))
    if not table.problems:
        try:
            check_overlaps(found)
        except ConfigurationError as error:
            table.problems.append(error.message)
    return tuple(found)


def _told(name: Name) -> str:
    return "/".join(part for part in name if part)
