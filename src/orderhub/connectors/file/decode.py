"""Rows of tables to canonical orders, each by itself. Pure; imports `kit`, `models`.

A document is `{"order": row, "lines": [rows]}`; flat rows are brought together by their order number first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from orderhub.connectors.file.mapping import FileMapping
from orderhub.connectors.file.spec import SOURCE
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import masked
from orderhub.kit.decode import decode_page, document_bytes, unknown_word
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Page
from orderhub.models.extra import Extra
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import OrderStatus, Severity

__all__ = ["decode_orders", "decode_payload", "documents_of", "mapping_of"]

Document = Mapping[str, Any]


def mapping_of(config: ShopConfig) -> FileMapping:
    """The shop's mapping; raises `ConfigurationError`."""
    given = config.settings.get("mapping")
    return _read(document_bytes(given)) if given else FileMapping.of(None)


@lru_cache(maxsize=64)
def _read(body: bytes) -> FileMapping:
    return FileMapping.of(loads(body))


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of rows, of documents, or of one of either."""
    items = payload if isinstance(payload, list) else [payload]
    return decode_orders(documents_of(items, mapping_of(config)), config)


def documents_of(items: Sequence[Any], mapping: FileMapping) -> list[Any]:
    """Documents as they are; flat rows of one order number as one document, in order of appearance."""
    found: dict[Any, Any] = {}
    for number, item in enumerate(items):
        if not isinstance(item, Mapping) or isinstance(item.get("order"), Mapping):
            found[("document", number)] = item
            continue
        key = str(item.get(mapping.order_column) or "").strip()
        name = ("order", key) if key else ("row", number)
        if name in found:
            found[name]["lines"].append(item)
        else:
            found[name] = {"order": item, "lines": [item]}
    return list(found.values())


def decode_orders(documents: Iterable[Any], config: ShopConfig) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    mapping = mapping_of(config)

    def one(document: Document) -> tuple[Order, list[Finding]]:
        return _one(document, config, mapping)

    return decode_page(documents, one, platform=config.platform, id_of=lambda found: _id(found, mapping))


def _one(document: Document, config: ShopConfig, mapping: FileMapping) -> tuple[Order, list[Finding]]:
    row, rows = _rows(document)
    values = mapping.order(row)
    lines, notes = _lines(rows, mapping, str(config.settings.get("same_rows", "review")))
    word = mapping.status(values.get("status"))
    review = any(note[0] == "duplicate_line" for note in notes)
    canonical = {
        "currency": mapping.currency,
        **values,
        "lines": [line for line, _ in lines],
        "word": word,
        "review": review,
    }
    found = config.tables["order"].decode(canonical)
    found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": document_bytes(document)}
    found["extra"] = Extra({} if row in rows and len(rows) > 1 else mapping.unmapped(row))
    found["lines"] = tuple(
        {**line, "extra": Extra(mapping.unmapped(source))}
        for line, (_, source) in zip(found["lines"], lines, strict=True)
    )
    order = make(Order, found, trusted=config.trusted)
    return order, [*_findings(order, notes), *_disagreeing(order, rows, mapping), *_strange(order, word)]


def _rows(document: Document) -> tuple[Document, list[Document]]:
    if not isinstance(document, Mapping):
        raise DecodeError("expected a row", value=masked(document))
    row, rows = document.get("order"), document.get("lines")
    if not isinstance(row, Mapping):
        raise DecodeError("expected a row", path="order", value=masked(row))
    if not isinstance(rows, list) or not all(isinstance(each, Mapping) for each in rows):
        raise DecodeError("expected rows of lines", path="lines", value=masked(rows))
    return row, rows


def _lines(
    rows: Sequence[Document], mapping: FileMapping, same_rows: str
) -> tuple[list[tuple[dict[str, Any], Document]], list[tuple[str, str]]]:
    """Lines with the rows they came from, and notes: (code, path)."""
    found: list[tuple[dict[str, Any], Document]] = []
    notes: list[tuple[str, str]] = []
    numbered: dict[str, Document] = {}
    for number, row in enumerate(rows):
        path = f"lines[{number}]"
        try:
            line = mapping.line(row)
        except DecodeError as error:
            error.path = f"{path}.{error.path}"
            raise
        if not line:
            continue  # the row tells something of the order only
        name = line.get("line_id")
        if name is not None and name in numbered:
            if row != numbered[name]:
                raise DecodeError(f"LineItem.line_id: two different lines have one number {name!r}", path=path)
            notes.append(("same_line_again", path))
            continue
        if name is None and any(row == source for _, source in found):
            if same_rows == "drop":
                notes.append(("same_line_again", path))
                continue
            notes += [("duplicate_line", path)] if same_rows == "review" else []
        numbered[name or path] = row
        found.append(({"line_id": str(len(found) + 1), **line}, row))
    return found, notes


_NOTES = {
    "duplicate_line": "two rows are equal and have no line number: bought twice or written twice? The order waits",
    "same_line_again": "a line came twice and was taken once",
    "rows_disagree": "rows of one order tell different things of the order; the first row was believed",
}


def _finding(order: Order, code: str, path: str, severity: Severity) -> Finding:
    return Finding(
        code=code, severity=severity, message=_NOTES[code], platform=order.platform, order_id=order.order_id, path=path
    )


def _findings(order: Order, notes: Iterable[tuple[str, str]]) -> list[Finding]:
    return [_finding(order, code, path, Severity.WARNING if code == "duplicate_line" else Severity.INFO)
            for code, path in notes]  # fmt: skip


def _disagreeing(order: Order, rows: Sequence[Document], mapping: FileMapping) -> list[Finding]:
    """Columns of the order that differ between the rows of one order."""
    columns = (
        [column for column, name in mapping.used.items() if mapping.columns[name].column in rows[0]] if rows else []
    )
    names = [column for column in columns if mapping.used[column] in _ORDER_NAMES]
    told = [name for name in names if len({str(row.get(name)) for row in rows if row.get(name) not in (None, "")}) > 1]
    return [_finding(order, "rows_disagree", name, Severity.WARNING) for name in told]


def _strange(order: Order, word: OrderStatus) -> list[Finding]:
    if word is not OrderStatus.UNKNOWN or not order.raw_status:
        return []
    return [unknown_word(order.platform, order.order_id, "status", order.raw_status, f"{SOURCE}#status")]


def _id(document: Any, mapping: FileMapping) -> str | None:
    row = document.get("order") if isinstance(document, Mapping) else None
    value = row.get(mapping.order_column) if isinstance(row, Mapping) else None
    return str(value).strip() or None if isinstance(value, str | int) and not isinstance(value, bool) else None


_ORDER_NAMES = frozenset({"status", "total", "paid", "shipping_fee", "name", "phone", "address", "currency"})
