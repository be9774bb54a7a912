"""SKU rules as CSV and back; every error names its row and column. Pure; imports this room.

One row is one part: rows that name the same thing are one kit. Columns, in any order:
shop, platform_sku_id, code, sku, quantity, share. Empty cells take the default; further columns are notes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orderhub.kit.convert import decimal_text, quantity
from orderhub.normalise.skus import SkuMap, SkuPart, SkuRule

__all__ = ["COLUMNS", "RowProblem", "SkuImport", "read_skus", "write_skus"]

COLUMNS = ("shop", "platform_sku_id", "code", "sku", "quantity", "share")
_NEEDED = ("shop", "sku")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One cell that cannot be used; `row` counts as spreadsheets do, the head being 1."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class SkuImport:
    """What a file holds: rules, or what is wrong with it; a file with problems changes nothing."""

    rules: SkuMap
    problems: tuple[RowProblem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the whole file can be used."""
        return not self.problems


def read_skus(text: str) -> SkuImport:
    """Read CSV; a byte order mark and any of comma, semicolon and tab as separator are fine."""
    body = text.removeprefix("\ufeff")
    if not body.strip():
        return SkuImport(SkuMap(), (RowProblem(1, "shop", "the file is empty"),))
    head = body.splitlines()[0]
    reader = csv.DictReader(io.StringIO(body, newline=""), delimiter=max(",;\t", key=head.count), restkey="")
    try:
        return _read_rows(reader)
    except csv.Error as error:
        return SkuImport(SkuMap(), (RowProblem(reader.line_num, "shop", str(error)),))


def _read_rows(reader: csv.DictReader[str]) -> SkuImport:
    reader.fieldnames = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in _NEEDED if name not in reader.fieldnames]:
        return SkuImport(SkuMap(), tuple(RowProblem(1, name, "the column is missing") for name in missing))
    return _collected(reader)


def _collected(reader: csv.DictReader[str]) -> SkuImport:
    problems: list[RowProblem] = []
    groups: dict[tuple[str, str, str], list[tuple[int, SkuPart]]] = {}
    for row in reader:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(cells.values()):
            continue
        part = _part(cells, reader.line_num, problems)
        name = (cells["shop"], _unquoted(cells["platform_sku_id"]), _unquoted(cells["code"]))
        if part is not None:
            groups.setdefault(name, []).append((reader.line_num, part))
    rules = []
    for (shop, platform_sku_id, code), parts in groups.items():
        rule = SkuRule(shop, tuple(part for _, part in parts), platform_sku_id or None, code or None)
        if wrong := rule.check():
            problems.append(RowProblem(parts[-1][0], *wrong))
        else:
            rules.append(rule)
    problems.sort(key=lambda problem: problem.row)
    return SkuImport(SkuMap() if problems else SkuMap.of(rules), tuple(problems))


def _part(cells: Mapping[str, str], row: int, problems: list[RowProblem]) -> SkuPart | None:
    units, share = 1, None
    before = len(problems)
    if cells["quantity"]:
        units = _read("quantity", cells, quantity, row, problems) or 0
    if cells["share"]:
        share = _read("share", cells, decimal_text, row, problems)
    return SkuPart(_unquoted(cells["sku"]), units, share) if len(problems) == before else None


def _read(column: str, cells: Mapping[str, str], convert: Any, row: int, problems: list[RowProblem]) -> Any:
    try:
        return convert(cells[column])
    except ValueError as error:
        problems.append(RowProblem(row, column, str(error)))
        return None


def write_skus(rules: Iterable[SkuRule]) -> str:
    """CSV that `read_skus` reads back equal; cells that a spreadsheet would calculate get an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rule in rules:
        for part in rule.parts:
            cells = (rule.shop, rule.platform_sku_id, rule.code, part.sku, part.quantity, part.share)
            writer.writerow([_quoted(cell) for cell in cells])
    return out.getvalue()


def _quoted(cell: str | int | Decimal | None) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith((*_FORMULAS, "'")) else text


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
