"""Rate tables as files: CSV in UTF-8 or GB 18030, or a workbook. Imports `rate_table`, `kit`, `errors`.

Works on bytes; whoever calls has read them. Rows keep the number that the sheet shows, numbers the digits that it
shows, dates their day.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.workbook import open_workbook, sheet_rows
from orderhub.logistics.rate_columns import COMMON, heading_of, is_heading
from orderhub.logistics.rate_table import services_from_numbered
from orderhub.logistics.services import Service

__all__ = ["ROWS_MAX", "read_rates"]

ROWS_MAX = 200_000
_WORKBOOK = b"PK\x03\x04"
_EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number; longer ones are rounded already."""

Line = tuple[int, Sequence[str]]


def read_rates(body: bytes, name: str = "rates.csv") -> tuple[Service, ...]:
    """Cards with their limits from a whole file; a workbook may spread them over its sheets.

    Args:
        name: Told in messages.
    Raises:
        ConfigurationError: It cannot be read; every problem with its sheet, row and column.
    """
    sheets = _workbook(body, name) if body.startswith(_WORKBOOK) else {name: _csv(body, name)}
    rows = [(at, row) for title, lines in sheets.items() for at, row in _rows(lines, title)]
    if not rows:
        raise ConfigurationError(f"{name}: there is no rate table in it; it needs a heading {COMMON[0].name}")
    found = {title: [(number, row) for number, row in rows_of] for title, rows_of in _grouped(rows).items()}
    if len(found) == 1:
        return services_from_numbered(next(iter(found.values())), next(iter(found)))
    return services_from_numbered([pair for pairs in found.values() for pair in pairs], name)


def _grouped(rows: Iterable[tuple[tuple[str, int], dict[str, str]]]) -> dict[str, list[tuple[int, dict[str, str]]]]:
    found: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for (title, number), row in rows:
        found.setdefault(title, []).append((number, row))
    return found


def _rows(lines: Iterable[Line], title: str) -> Iterator[tuple[tuple[str, int], dict[str, str]]]:
    """Rows below the first line with a heading for the kind of row; lines above are for people."""
    head: Sequence[str] | None = None
    for count, (number, cells) in enumerate(lines):
        if count > ROWS_MAX:
            raise ConfigurationError(f"{title} has more than {ROWS_MAX} rows", field="rate_cards")
        if head is None:
            head = _head(cells, title) if any(heading_of(cell, "card") == COMMON[0].name for cell in cells) else None
            continue
        pairs = [(heading, cell) for heading, cell in zip_longest(head, cells, fillvalue="") if cell.strip()]
        if strays := [cell for heading, cell in pairs if not heading]:
            raise ConfigurationError(
                f"{title}: row {number} has a cell beside the headings: {strays[0][:40]!r}", field="rate_cards"
            )
        named = dict(pairs)
        if named:
            yield (title, number), named


def _head(cells: Sequence[str], title: str) -> Sequence[str]:
    head = [cell.strip() for cell in cells]
    filled = [heading for heading in head if heading]
    if twice := sorted(heading for heading, times in Counter(filled).items() if times > 1):
        raise ConfigurationError(f"{title}: two columns are called {', '.join(twice)}", field="rate_cards")
    if strange := [heading for heading in filled if not is_heading(heading)]:
        raise ConfigurationError(f"{title}: no column is called {', '.join(strange)}", field="rate_cards")
    return head


def _csv(body: bytes, name: str) -> Iterator[Line]:
    text = _decoded(body, name)
    head = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=head.count))
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise ConfigurationError(f"{name}: {error}", field="rate_cards") from None


def _decoded(body: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigurationError(f"{name} is neither UTF-8 nor GB 18030", field="rate_cards")


def _workbook(body: bytes, name: str) -> dict[str, list[Line]]:
    """Every sheet that has a rate table."""
    try:
        book = open_workbook(body)
        return {f"{name}, sheet {sheet.title}": _filled(sheet) for sheet in book.worksheets}
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error.message}", field="rate_cards") from None
    except DecodeError as error:
        raise ConfigurationError(f"{name} is no workbook: {error.message}", field="rate_cards") from None


def _filled(sheet: Any) -> list[Line]:
    """Rows with their numbers, no more of them than a table may have."""
    rows = islice(enumerate(sheet_rows(sheet, values_only=False), 1), ROWS_MAX + 2)
    return [(number, [_cell(cell, number) for cell in row]) for number, row in rows]


def _cell(cell: Any, row: int) -> str:
    """A cell as the sheet shows it; half a percent reads 0.5."""
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            raise ConfigurationError(f"row {row}: a number of more than fifteen digits was rounded by the spreadsheet")
        exact = Decimal(repr(value)) * (100 if "%" in (cell.number_format or "") else 1)
        return format(exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize(), "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)
