"""Tables of own channels on disk: CSV, Excel, JSON lines, a callable; and a CSV that takes what was shipped.

Imports `kit`, `errors`. The port `source` of the platform `file`. Files are read whole and never changed. CSV may be
UTF-8 or GB 18030; numbers of spreadsheets arrive exactly as the sheet shows them, and those that the spreadsheet itself
has rounded (more than 15 digits) are marked, so that no id is ever read from them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.kit.toml import read_toml
from orderhub.kit.workbook import open_workbook, sheet_rows

__all__ = ["BYTES_MAX", "ROWS_MAX", "TableSource", "open_source", "read_document", "read_table"]

BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 1_000_000
_EXACT = 10**15
Rows = list[dict[str, Any]]


def open_source(config: ShopConfig) -> TableSource:
    """The source of one shop, from its settings."""
    return TableSource(config.settings.get("source"), config.settings.get("shipped"))


class TableSource:
    """Where the rows of one shop come from, and where its parcels are noted.

    Args:
        source: A file, a folder, a pattern such as `inbox/*.csv`, a callable that answers rows, or nothing.
        shipped: A CSV file to append parcels to; may be left out.
    """

    def __init__(self, source: str | Path | Callable[[], Iterable[Any]] | None, shipped: str | Path | None) -> None:
        self._source, self._shipped = source, Path(shipped) if shipped else None

    def documents(self, sheets: Any) -> list[Any]:
        """Every row or document, in reading order; files by name.

        Raises:
            ConfigurationError: A file is missing, too large or cannot be read as a table.
        """
        if self._source is None:
            return []
        if callable(self._source):
            return list(self._source())
        return [row for path in _paths(Path(self._source)) for row in read_table(path, sheets)]

    def shipped(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Append parcels; each is on disk when this returns. A text that a spreadsheet would calculate gets an
        apostrophe before it."""
        if self._shipped is None or not rows:
            return
        is_new = not self._shipped.exists() or self._shipped.stat().st_size == 0
        with self._shipped.open("a", encoding="utf-8-sig" if is_new else "utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerows({name: _inert(text) for name, text in row.items()} for row in rows)


def _inert(text: str) -> str:
    """One line, which no spreadsheet calculates."""
    line = " ".join(text.splitlines())
    return f"'{line}" if text.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else line


def _paths(place: Path) -> list[Path]:
    if any(letter in place.name for letter in "*?["):
        return sorted(path for path in place.parent.glob(place.name) if path.is_file())
    if place.is_dir():
        return sorted(path for path in place.iterdir() if path.suffix.lower() in _READERS)
    if not place.is_file():
        raise ConfigurationError(f"there is no file {place}", field="source")
    return [place]


def read_table(path: Path, sheets: Any = None) -> list[Any]:
    """Rows of one file; its ending says how it is read.

    Args:
        path: `.csv`, `.tsv`, `.txt`, `.json`, `.jsonl`, `.ndjson`, `.xlsx` or `.xlsm`.
        sheets: For workbooks: `orders`, `lines`, `others`, `key`; the first sheet when left out.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ConfigurationError(f"{path.name}: tables end in {', '.join(sorted(_READERS))}", field="source")
    if path.stat().st_size > BYTES_MAX:
        raise ConfigurationError(f"{path.name} is larger than {BYTES_MAX} bytes", field="source")
    rows = reader(path, sheets)
    if len(rows) > ROWS_MAX:
        raise ConfigurationError(f"{path.name} has more than {ROWS_MAX} rows", field="source")
    return rows


def _decoded(body: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigurationError(f"{name} is neither UTF-8 nor GB 18030", field="source")


def _csv(path: Path, sheets: Any) -> list[Any]:
    text = _decoded(path.read_bytes(), path.name)
    head = text.splitlines()[0] if text.strip() else ""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=head.count))
    return _rows(_lines(reader, path.name), path.name)


def _lines(reader: Iterable[list[str]], name: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise ConfigurationError(f"{name}: {error}", field="source") from None


def _json_lines(path: Path, sheets: Any) -> list[Any]:
    text = _decoded(path.read_bytes(), path.name)
    return [loads(line) for line in text.splitlines() if line.strip()]


def _json(path: Path, sheets: Any) -> list[Any]:
    found = loads(path.read_bytes())
    return found if isinstance(found, list) else [found]


def _excel(path: Path, sheets: Any) -> list[Any]:
    try:
        book = open_workbook(path)
        try:
            tables = {sheet.title: _rows(map(_cells, sheet_rows(sheet)), f"{path.name}: {sheet.title}")
                      for sheet in book.worksheets if _wanted(sheet.title, sheets, book.sheetnames)}  # fmt: skip
        finally:
            book.close()
    except DecodeError as error:
        raise ConfigurationError(f"{path.name} is no workbook: {error.message}", field="source") from None
    return _joined(tables, sheets, path.name)


def _wanted(title: str, sheets: Any, titles: Sequence[str]) -> bool:
    named = _named(sheets)
    return title in named if named else title == titles[0]


def _named(sheets: Any) -> list[str]:
    return [name for name in (sheets.orders, sheets.lines, *sheets.others) if name] if sheets is not None else []


def _joined(tables: Mapping[str, Rows], sheets: Any, name: str) -> list[Any]:
    """One document an order: its own row, columns of further sheets, and its rows in the sheet of lines."""
    if missing := [title for title in _named(sheets) if title not in tables]:
        raise ConfigurationError(f"{name} has no sheet {', '.join(missing)}", field="sheets")
    if sheets is None or not sheets.orders or not (sheets.lines or sheets.others):
        return list(next(iter(tables.values()), []))
    if not sheets.key:
        raise ConfigurationError("sheets.key must name the column that sheets are joined by", field="sheets")
    orders = {str(row.get(sheets.key)).strip(): dict(row) for row in tables[sheets.orders]}
    for title in sheets.others:
        for row in tables[title]:
            key = str(row.get(sheets.key)).strip()
            orders[key] = {**row, **orders.get(key, {})}
    if not sheets.lines:
        return list(orders.values())
    lines: dict[str, Rows] = {key: [] for key in orders}
    for row in tables[sheets.lines]:
        lines.setdefault(str(row.get(sheets.key)).strip(), []).append(row)
    return [{"order": orders.get(key, {sheets.key: key}), "lines": rows} for key, rows in lines.items()]


def _rows(lines: Iterable[Sequence[Any]], name: str) -> Rows:
    """Rows by the names in the first line that is not empty; empty rows are left out."""
    filled = (line for line in lines if any(cell not in (None, "") for cell in line))
    head = [str(cell).strip() if cell not in (None, "") else "" for cell in next(iter(filled), ())]
    names = [column or f"column {number}" for number, column in enumerate(head, 1)]
    if twice := sorted(column for column, times in Counter(names).items() if times > 1):
        raise ConfigurationError(f"{name}: two columns are called {', '.join(twice)}", field="source")
    return [_row(names, line) for line in filled]


def _row(names: Sequence[str], line: Sequence[Any]) -> dict[str, Any]:
    more = [f"column {number}" for number in range(len(names) + 1, len(line) + 1)]
    pairs = zip([*names, *more], line, strict=False)
    return {name: cell for name, cell in pairs if cell not in (None, "")}


def _cells(line: Sequence[Any]) -> Sequence[Any]:
    return [_cell(value) for value in line]


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


_READERS: Mapping[str, Callable[[Path, Any], list[Any]]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), _csv), **dict.fromkeys((".jsonl", ".ndjson"), _json_lines),
    ".json": _json, **dict.fromkeys((".xlsx", ".xlsm"), _excel),
}  # fmt: skip


def read_document(path: str | Path) -> Any:
    """A TOML or JSON file, for settings that are documents.

    Raises:
        ConfigurationError: It is missing or malformed.
    """
    place = Path(path)
    try:
        body = place.read_bytes()
        return loads(body) if place.suffix.lower() == ".json" else read_toml(body.decode())
    except FileNotFoundError:
        raise ConfigurationError(f"there is no file {place}", field="mapping") from None
    except ValueError as error:
        raise ConfigurationError(f"{place.name}: {error}", field="mapping") from None
