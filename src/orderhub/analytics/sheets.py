"""Tables as files for spreadsheets: CSV and workbooks in which nothing is a formula. Pure; imports siblings, openpyxl.

A text that a spreadsheet would calculate stays a text: in CSV an apostrophe stands before it, in a workbook the cell
is typed and quoted. Amounts are numbers with two places shown, ids are texts, days are days.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from orderhub.analytics.figures import Cell
from orderhub.analytics.format import NO_CENTS, PERCENT
from orderhub.analytics.markup import clean
from orderhub.errors import ConfigurationError

__all__ = ["ROWS_MAX", "Sheet", "csv_text", "workbook"]

ROWS_MAX = 1_048_576 - 1
"""Rows that one sheet of a workbook holds below its heading."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIGITS = 15
"""A number of more digits is a text in a workbook: spreadsheets keep no more."""
_TITLE_MAX, _TEXT_MAX, _WIDTH_MAX, _LOOKED_AT = 31, 32_767, 60, 200
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


class Sheet(NamedTuple):
    """One sheet: `columns` maps names of columns to their headings; rows have their cells in that order."""

    title: str
    columns: Mapping[str, str]
    rows: Iterable[Sequence[Cell]]


def csv_text(sheet: Sheet) -> str:
    """The sheet as CSV: names of columns as the heading, amounts in full, an unknown cell empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(_inert, sheet.columns))
    writer.writerows([_told(cell) for cell in row] for row in sheet.rows)
    return out.getvalue()


def _told(cell: Cell) -> str:
    if isinstance(cell, str):
        return _inert(cell)
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _inert(text: str) -> str:
    text = clean(text)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULAS) else text


def workbook(sheets: Iterable[Sheet], at: datetime) -> bytes:
    """An Excel workbook; `at` (aware) stands in its properties as the instant it was made.

    Raises:
        ConfigurationError: The extra `excel` is missing, or a table has more rows than a sheet holds.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise ConfigurationError('Excel files need openpyxl: pip install "orderhub[excel]"') from None
    out = io.BytesIO()
    with closing(Workbook(write_only=True)) as book:
        book.properties.created = book.properties.modified = at.astimezone(UTC).replace(tzinfo=None)
        book.properties.creator = "orderhub"
        for sheet in sheets:
            _fill(book, sheet)
        book.save(out)
    return out.getvalue()


def _fill(book: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(clean(sheet.title).translate(_NOT_IN_TITLES)[:_TITLE_MAX])
    rows = [tuple(row) for row in sheet.rows]
    if len(rows) > ROWS_MAX:
        told = f"{len(rows):,} rows are more than a sheet holds ({ROWS_MAX:,}); write CSV instead"
        raise ConfigurationError(told, field=sheet.title)
    page.freeze_panes = "A2"
    for place, width in enumerate(_widths(sheet.columns.values(), rows), 1):
        page.column_dimensions[get_column_letter(place)].width = width
    heading = [_cell(page, "", text, "") for text in sheet.columns.values()]
    for cell in heading:
        cell.font = Font(bold=True)
    page.append(heading)
    for row in _cells(page, sheet, rows):
        page.append(row)
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(rows) + 1}"


def _cells(page: Any, sheet: Sheet, rows: Sequence[Sequence[Cell]]) -> Iterator[list[Any]]:
    names = list(sheet.columns)
    money = names.index("currency") if "currency" in names else None
    for row in rows:
        currency = "" if money is None else str(row[money])
        yield [_cell(page, name, value, currency) for name, value in zip(names, row, strict=True)]


def _cell(page: Any, name: str, value: Cell, currency: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value is None:
        return None
    if isinstance(value, Decimal | int) and len(_said_in_full(value).strip("-0.").replace(".", "")) > _DIGITS:
        value = _said_in_full(value)
    if isinstance(value, str):
        cell = WriteOnlyCell(page)
        cell._value, cell.data_type = clean(value)[:_TEXT_MAX], "s"  # assigning `value` would read a formula into it
        cell.number_format, cell.quotePrefix = "@", value.lstrip(" ").startswith(_FORMULAS)
        return cell
    cell = WriteOnlyCell(page, value)
    cell.number_format = _number_format(name, value, currency)
    return cell


def _said_in_full(value: Decimal | int) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _number_format(name: str, value: Cell, currency: str) -> str:
    if isinstance(value, date):
        return "yyyy-mm-dd"
    if isinstance(value, int):
        return "#,##0"
    return "0.0%" if name in PERCENT else "#,##0" if currency in NO_CENTS else "#,##0.00"


def _widths(headings: Iterable[str], rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Wide enough for the heading and the first rows; wide letters count twice."""
    looked = [list(headings), *([_said(cell) for cell in row] for row in rows[:_LOOKED_AT])]
    return [min(_WIDTH_MAX, max(8, *map(_width, column)) + 2) for column in zip(*looked, strict=True)]


def _said(cell: Cell) -> str:
    return "" if cell is None else f"{cell:,.2f}" if isinstance(cell, Decimal) else str(cell)


def _width(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
