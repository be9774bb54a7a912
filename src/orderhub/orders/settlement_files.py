"""Platform bills as files: CSV, workbooks, JSON, told apart by what they are. Pure; imports `kit`, `errors`.

Workbooks need the extra `excel`. Numbers arrive exactly as the sheet shows them; those with more than fifteen digits
were rounded by the spreadsheet and are marked, so that no id is ever read from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from orderhub.errors import DecodeError
from orderhub.kit.workbook import open_workbook, sheet_rows
from orderhub.orders.settlement_bill import Bill, BillMapping, read_bill, rows_from_csv, rows_from_json

__all__ = ["BYTES_MAX", "ROWS_MAX", "read_bill_file", "rows_from_excel"]

BYTES_MAX = 64 * 1024 * 1024
ROWS_MAX = 1_000_000
_WORKBOOK = b"PK\x03\x04"
_EXACT = 10**15


def read_bill_file(body: bytes, mapping: BillMapping, *, sheet: str | None = None) -> Bill:
    """A whole bill: a workbook, a JSON list of objects, or CSV in UTF-8 or GB 18030.

    Args:
        body: The file as it came.
        sheet: Of a workbook; the first that has the column of order ids when left out.
    Raises:
        DecodeError: It is none of these, too large, or has no such column.
    """
    if len(body) > BYTES_MAX:
        raise DecodeError(f"bill: more than {BYTES_MAX} bytes", field="bill")
    if body.startswith(_WORKBOOK):
        return read_bill(rows_from_excel(body, mapping, sheet=sheet), mapping)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{")):
        return read_bill(rows_from_json(body), mapping)
    return read_bill(rows_from_csv(_text(body), mapping), mapping)


def rows_from_excel(body: bytes, mapping: BillMapping, *, sheet: str | None = None) -> list[dict[str, Any]]:
    """Rows of a workbook; lines before the header and lines that start with `#` are no rows.

    Raises:
        DecodeError: It cannot be read, or no sheet (or not this one) has the column of order ids.
        ConfigurationError: The extra is missing.
    """
    wanted = mapping.columns["order_id"]
    for title, lines in _sheets(body):
        if sheet is not None and title != sheet:
            continue
        if (rows := _rows(lines, wanted)) is not None:
            return rows
    where = f"sheet {sheet}" if sheet is not None else "no sheet"
    raise DecodeError(f"bill: {where} has no line with the column of order ids", field="order_id", path=wanted)


def _sheets(body: bytes) -> Iterable[tuple[str, Iterable[Sequence[Any]]]]:
    try:
        book = open_workbook(body)
    except DecodeError as error:
        raise DecodeError(f"bill: {error.message}", field="bill") from None
    try:
        for page in book.worksheets:
            yield page.title, sheet_rows(page)
    finally:
        book.close()


def _rows(lines: Iterable[Sequence[Any]], wanted: str) -> list[dict[str, Any]] | None:
    """The lines after the first that has the column; None when no line has it."""
    head: list[str] | None = None
    found: list[dict[str, Any]] = []
    for line in lines:
        cells = [_cell(value) for value in line]
        if all(cell in (None, "") for cell in cells) or str(cells[0]).startswith("#"):
            continue
        if head is None:
            names = ["" if cell is None else str(cell).strip() for cell in cells]
            head = names if wanted in names else None
            continue
        if len(found) >= ROWS_MAX:
            raise DecodeError(f"bill: more than {ROWS_MAX} rows", field="bill")
        found.append({name: cell for name, cell in zip(head, cells, strict=False) if name})
    return None if head is None else found


def _cell(value: Any) -> Any:
    """A cell as a JSON value: numbers exactly as shown, times as text without zone."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            return {"rounded_by_spreadsheet": repr(value)}
        exact = Decimal(repr(value))
        return int(exact) if exact == exact.to_integral_value() else exact
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _text(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DecodeError("bill: neither UTF-8 nor GB 18030", field="bill")
