"""Platform bills as rows: a mapping as data, entries with signs, findings for rows that cannot be read. Pure.

Imports `kit`, `models`. Amounts are exact decimals, positive towards the merchant.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.convert import CONVERTERS, decimal_text, ident, masked, shown_word
from orderhub.kit.json import loads
from orderhub.models import Finding, Severity

__all__ = ["KINDS", "Bill", "BillEntry", "BillMapping", "read_bill", "rows_from_csv", "rows_from_json"]

KINDS: Mapping[str, str] = {
    "sale": "what the buyer paid for goods", "refund": "money that went back to the buyer",
    "shipping": "freight the buyer paid", "tax": "tax on top of the prices",
    "subsidy": "discounts that the platform bears", "commission": "the platform's share",
    "service_fee": "other charges of the platform", "payment_fee": "charges for the payment",
    "insurance": "premiums and what they pay", "adjustment": "corrections", "payout": "money moved to the bank",
    "unknown": "a word that the mapping does not list",
}  # fmt: skip
"""Kind of entry -> what it is."""

_FIELDS = {"order_id": ident, "line_id": ident, "entry_id": ident, "kind": ident, "currency": ident}
_KEYS = frozenset({"currency", "fields", "amounts", "words"})
_BAD = (ValueError, TypeError, ArithmeticError)
_SEPARATORS = str.maketrans("", "", ",，¥￥ \u00a0\t")


def bill_amount(value: Any) -> Decimal:
    """A decimal number; thousands separators and currency signs around it are no part of it."""
    return decimal_text(value.translate(_SEPARATORS) if isinstance(value, str) else value)


_CONVERT = {**CONVERTERS, "amount": bill_amount}


@dataclass(frozen=True, slots=True)
class AmountColumn:
    """A column of amounts: its kind, None where the row's own word says; `negate` turns the sign."""

    kind: str | None = None
    negate: bool = False
    convert: str = "amount"


@dataclass(frozen=True, slots=True)
class BillMapping:
    """How a bill is read; see `of`."""

    columns: Mapping[str, str]
    amounts: Mapping[str, AmountColumn]
    words: Mapping[str, str] = field(default_factory=dict)
    currency: str = "CNY"
    at: tuple[str, str] | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> BillMapping:
        """From data: `fields` (order_id, line_id, entry_id, kind, currency, at -> column, `at` with its converter),
        `amounts` (column -> kind, or {kind, negate, convert}), `words` (the bill's word -> kind), `currency`.

        Raises:
            ConfigurationError: Names what is wrong.
        """
        if strange := sorted(set(given) - _KEYS):
            raise _wrong(f"unknown key {', '.join(strange)}; known: {', '.join(sorted(_KEYS))}", strange[0])
        fields = dict(given.get("fields", {}))
        at = fields.pop("at", None)
        if "order_id" not in fields or (strange := sorted(set(fields) - set(_FIELDS))):
            raise _wrong(f"fields needs order_id and knows {', '.join((*_FIELDS, 'at'))}", "fields")
        amounts = {column: _amount_column(column, entry) for column, entry in dict(given.get("amounts", {})).items()}
        if not amounts:
            raise _wrong("amounts names no column", "amounts")
        words = {str(word): str(kind) for word, kind in dict(given.get("words", {})).items()}
        for kind in (*words.values(), *(each.kind for each in amounts.values() if each.kind)):
            if kind not in KINDS:
                raise _wrong(f"unknown kind {kind!r}; known: {', '.join(KINDS)}", "words")
        if "kind" not in fields and any(each.kind is None for each in amounts.values()):
            raise _wrong("a column of amounts without a kind needs the field kind", "amounts")
        return cls(fields, amounts, words, str(given.get("currency", "CNY")), _time(at))


def _wrong(what: str, name: str) -> ConfigurationError:
    return ConfigurationError(f"bill mapping: {what}", field=name)


def _time(at: Any) -> tuple[str, str] | None:
    if at is None:
        return None
    column, convert = (at, "beijing_time") if isinstance(at, str) else (at.get("column"), at.get("convert"))
    if convert not in ("beijing_time", "iso_time", "epoch_s", "epoch_ms") or not isinstance(column, str):
        raise _wrong("at needs a column and one of beijing_time, iso_time, epoch_s, epoch_ms", "at")
    return column, convert


def _amount_column(column: str, entry: Any) -> AmountColumn:
    row = {"kind": entry} if isinstance(entry, str) else dict(entry or {})
    if set(row) - {"kind", "negate", "convert"} or row.get("convert", "amount") not in (
        "amount",
        "cny_yuan",
        "cny_fen",
    ):
        raise _wrong(f"amounts.{column} takes kind, negate, convert (amount, cny_yuan, cny_fen)", column)
    return AmountColumn(**row)


@dataclass(frozen=True, slots=True)
class BillEntry:
    """One amount of a bill, positive towards the merchant, in `currency`.

    Attributes:
        entry_id: The bill's own number, or the row's where it has none.
        order_id: None for entries that belong to no order, such as payouts.
        row: Number of the row, from 1.
        at: Aware, UTC.
    """

    entry_id: str
    order_id: str | None
    line_id: str | None
    kind: str
    raw_kind: str | None
    amount: Decimal
    currency: str
    row: int
    column: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What could be read, and what could not."""

    entries: tuple[BillEntry, ...]
    findings: tuple[Finding, ...] = ()


def rows_from_csv(text: str, mapping: BillMapping) -> list[dict[str, Any]]:
    """Rows of a CSV bill; lines before the header and lines that start with `#` are no rows.

    Raises:
        DecodeError: No line has the column of order ids, or it is no CSV.
    """
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    try:
        lines = [row for row in reader if row and not row[0].startswith("#")]
    except csv.Error as error:
        raise DecodeError(f"bill: {error}", field="bill") from None
    wanted = mapping.columns["order_id"]
    for number, line in enumerate(lines):
        head = [cell.strip() for cell in line]
        if wanted in head:
            return [dict(zip(head, row, strict=False)) for row in lines[number + 1 :]]
    raise DecodeError("bill: no line has the column of order ids", field="order_id", path=wanted)


def rows_from_json(body: bytes | str) -> list[dict[str, Any]]:
    """Rows of a bill that is a JSON list of objects; numbers stay exact.

    Raises:
        DecodeError: It is something else.
    """
    found = loads(body)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise DecodeError("bill: expected a list of objects", field="bill")
    return found


def read_bill(rows: Iterable[Mapping[str, Any]], mapping: BillMapping) -> Bill:
    """Entries of every row; a row that cannot be read becomes a finding, a repeated entry counts once."""
    entries: dict[tuple[str, str], BillEntry] = {}
    findings: list[Finding] = []
    for number, row in enumerate(rows, 1):
        try:
            found = list(_entries(row, number, mapping))
        except DecodeError as error:
            findings.append(_finding("bill_row_unreadable", str(error), error.path, error.value))
            continue
        for entry in found:
            first = entries.setdefault((entry.entry_id, entry.column), entry)
            if first is not entry:
                same = (first.order_id, first.line_id, first.kind, first.amount) == (
                    entry.order_id, entry.line_id, entry.kind, entry.amount)  # fmt: skip
                code = "bill_entry_repeated" if same else "bill_entry_conflict"
                findings.append(_finding(code, f"rows {first.row} and {number} have one number; the first counts"))
            elif entry.kind == "unknown":
                word = shown_word(entry.raw_kind or "")
                findings.append(_finding("unknown_kind", f"row {number}: the mapping does not list the word {word}"))
    return Bill(tuple(entries.values()), tuple(findings))


def _finding(code: str, message: str, path: str | None = None, value: str | None = None) -> Finding:
    severity = Severity.WARNING if code == "bill_entry_repeated" else Severity.ERROR
    return Finding(code=code, severity=severity, message=message, path=path, value=value)


def _entries(row: Mapping[str, Any], number: int, mapping: BillMapping) -> Iterable[BillEntry]:
    told = {name: _cell(row, column, _FIELDS[name], number) for name, column in mapping.columns.items()}
    at = _cell(row, mapping.at[0], _CONVERT[mapping.at[1]], number) if mapping.at else None
    raw = told.get("kind")
    for column, how in mapping.amounts.items():
        amount = _cell(row, column, _CONVERT[how.convert], number)
        if amount is None or (amount == 0 and len(mapping.amounts) > 1):
            continue  # a wide bill has a zero wherever nothing happened
        yield BillEntry(
            told.get("entry_id") or f"row {number}", told.get("order_id"), told.get("line_id"),
            how.kind or mapping.words.get(raw or "", "unknown"), raw, -amount if how.negate else amount,
            told.get("currency") or mapping.currency, number, column, at,
        )  # fmt: skip


def _cell(row: Mapping[str, Any], column: str, convert: Any, number: int) -> Any:
    cell = row.get(column)
    cell = cell.strip() if isinstance(cell, str) else cell
    if cell is None or cell == "":
        return None
    try:
        return convert(cell)
    except _BAD as error:
        told = str(error) if isinstance(error, ValueError) else "unexpected shape"
        raise DecodeError(f"bill row {number}, {column}: {told}", path=column, value=masked(cell)) from None
