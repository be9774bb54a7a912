"""Documents to canonical models, one at a time: a bad one becomes a finding, kept whole. Imports `kit`, `models`."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import masked, shown_word
from orderhub.kit.json import loads
from orderhub.kit.net import UNSHAPED, where
from orderhub.kit.spec import ShopConfig
from orderhub.kit.status import WordTable
from orderhub.kit.table import Table
from orderhub.models.channel import Page
from orderhub.models.extra import Extra
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = [
    "decode_each",
    "decode_orders",
    "decode_page",
    "document_bytes",
    "finding_of",
    "id_at",
    "kept_bytes",
    "lazy_extra",
    "raw_of",
    "readable",
    "unknown_word",
    "without_notes",
]

M = TypeVar("M")
_EXACT = re.compile(r'"\\u0000n([-+0-9.eE]+)\\u0000"')


@contextmanager
def readable(path: str, platform: str = "") -> Iterator[None]:
    """Whatever fails within, because a reply is not shaped as its page says, is a `DecodeError` that names `path`."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        words = f"{path} is not shaped as documented ({type(error).__name__})"
        raise DecodeError(words, platform=platform or None, path=path) from None  # its own words may hold the value


def document_bytes(document: Any) -> bytes:
    """The document as UTF-8 JSON; numbers with fractions are written exactly.

    Raises:
        DecodeError: It holds what JSON cannot: NaN, half of a surrogate pair, an object of the program.
    """
    try:
        found = _WRITER.encode(document)
        return (_EXACT.sub(r"\1", found) if "\\u0000n" in found else found).encode()
    except (TypeError, ValueError, RecursionError) as error:
        told = "half of a surrogate pair" if isinstance(error, UnicodeError) else "a value that JSON cannot hold"
        raise DecodeError(f"the document holds {told}") from None


def _number(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"\0n{value}\0"
    raise TypeError(f"a document cannot hold {type(value).__name__}")


def _msgspec_writer() -> Callable[[Any], bytes] | None:
    try:
        return importlib.import_module("msgspec").json.Encoder(decimal_format="number").encode  # type: ignore[no-any-return]
    except ImportError:
        return None


_fast = _msgspec_writer()


def raw_of(document: Any, config: ShopConfig) -> bytes:
    """`document_bytes` for a document that is being decoded.

    With extra `fast`, msgspec writes what our parser read; results are equal.
    """
    if _fast is not None and not config.foreign:
        try:
            return _fast(document)
        except (TypeError, ValueError, OverflowError, RecursionError):
            pass  # the other writer takes it or says why not
    return document_bytes(document)


_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_number, allow_nan=False)


def kept_bytes(document: Any) -> bytes:
    """The document for quarantine; what JSON cannot hold is named by its type."""
    try:
        return document_bytes(document)
    except DecodeError:
        pass
    try:
        return json.dumps(document, default=lambda value: f"<{type(value).__name__}>").encode()
    except (TypeError, ValueError, RecursionError):
        return b""


def _load_extra(
    table: Table, raw: bytes, steps: tuple[str | int, ...], rows_of: Callable[[Any], list[Any]]
) -> dict[str, Any]:
    document = loads(raw)
    for step in steps:
        document = rows_of(document)[step] if isinstance(step, int) else document[step]
    return table.unmapped(document)


def lazy_extra(
    table: Table, raw: bytes, steps: tuple[str | int, ...] = (), rows_of: Callable[[Any], list[Any]] = list
) -> Extra:
    """The unmapped fields of a document, or of the part that `steps` lead to; worked out on first access."""
    return Extra(load=partial(_load_extra, table, raw, steps, rows_of))


def without_notes(decoded: dict[str, Any]) -> dict[str, Any]:
    """The same dictionary without the names that start with `_`: notes of a table to its connector, not fields."""
    for name in [name for name in decoded if name[0] == "_"]:
        del decoded[name]
    return decoded


def finding_of(error: DecodeError | ValidationError, *, platform: str, order_id: str | None) -> Finding:
    """What a document that could not be decoded is reported as."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=True)[0]
        where = ".".join(str(part) for part in first["loc"])
        return Finding(
            code="undecodable", severity=Severity.ERROR, message=f"{where}: {first['msg']}", platform=platform,
            order_id=order_id, path=where, value=masked(first.get("input")),
        )  # fmt: skip
    return Finding(
        code="undecodable", severity=Severity.ERROR, message=error.message, platform=platform, order_id=order_id,
        path=error.path, value=error.value, request_id=error.request_id,
    )  # fmt: skip


def unknown_word(platform: str, order_id: str | None, path: str, raw: str, source: str) -> Finding:
    """An undocumented value of an enumeration: the order keeps it raw, the finding shows it if it can be a code."""
    return Finding(
        code="unknown_value", severity=Severity.WARNING, platform=platform, order_id=order_id, path=path,
        value=shown_word(raw),
        message=f"{path} has a value that {source} does not list; kept as unknown, never shippable",
    )  # fmt: skip


def id_at(*path: str) -> Callable[[Any], str | None]:
    """Reads the id of a document that may not be one, to name it in a finding: a text or a whole number, else None."""

    def read(document: Any) -> str | None:
        for name in path:
            document = document.get(name) if isinstance(document, Mapping) else None
        return str(document) if type(document) in (str, int) and document != "" else None

    return read


def decode_page(
    documents: Iterable[Any],
    decode_one: Callable[[Mapping[str, Any]], tuple[M, list[Finding]]],
    *,
    platform: str,
    id_of: Callable[[Any], str | None],
    request_id: str | None = None,
) -> Page[M]:
    """Decode each document by itself; one that fails is quarantined with its reason, the others are unaffected."""
    items: list[M] = []
    findings: list[Finding] = []
    kept: list[tuple[str | None, bytes, Finding]] = []
    for document in documents:
        try:
            item, told = decode_one(document)
            items.append(item)
            findings += told
        except (DecodeError, *UNSHAPED) as error:
            finding = finding_of(_readable_error(error, request_id), platform=platform, order_id=_name(document, id_of))
            findings.append(finding)
            kept.append((finding.order_id, kept_bytes(document), finding))
    if request_id:
        findings = [f if f.request_id else f.model_copy(update={"request_id": request_id}) for f in findings]
        kept = [(key, raw, f.model_copy(update={"request_id": request_id})) for key, raw, f in kept]
    return Page(tuple(items), findings=tuple(findings), quarantined=tuple(kept))


def _readable_error(error: Exception, request_id: str | None) -> DecodeError | ValidationError:
    """What no page describes ends in a bare error, whose own words may hold values of the document."""
    if isinstance(error, ValidationError):
        return error
    if not isinstance(error, DecodeError):
        error = DecodeError(f"the document is not shaped as documented ({where(error)})")
    error.request_id = error.request_id or request_id
    return error


def _name(document: Any, id_of: Callable[[Any], str | None]) -> str | None:
    try:
        return id_of(document)
    except UNSHAPED:
        return None


def decode_orders(
    documents: Iterable[Any],
    config: ShopConfig,
    *,
    ident: str,
    words: Mapping[str, WordTable[Any]] | None = None,
    request_id: str | None = None,
) -> Page[Order]:
    """Native orders through the tables `order` and `line`, where one document holds a whole order.

    Args:
        ident: Wire path of the order id, top level, to name what cannot be decoded.
        words: Wire path (top level) of an enumeration -> its table; a value that it does not list is reported.
        request_id: What the platform calls the reply.
    """
    table = config.tables["order"]

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found, raw = table.decode(document), raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        order = make(Order, found, trusted=config.trusted)
        strange = [(path, document.get(path), listed) for path, listed in (words or {}).items()]
        return order, [
            unknown_word(config.platform, order.order_id, path, str(raw_word), listed.source)
            for path, raw_word, listed in strange if raw_word not in (None, "") and not listed.knows(raw_word)
        ]  # fmt: skip

    return decode_page(documents, one, platform=config.platform, id_of=id_at(ident), request_id=request_id)


def decode_each(items: Iterable[Any], decode: Callable[[Any], Page[M]], platform: str) -> Page[M]:
    """The pages of several payloads as one; a refused reply among them is a finding and takes nothing else with it."""
    pages: list[Page[M]] = []
    for item in items:
        try:
            pages.append(decode(item))
        except DecodeError as error:
            finding = finding_of(error, platform=platform, order_id=None)
            pages.append(Page(findings=(finding,), quarantined=((None, kept_bytes(item), finding),)))
    return Page(
        tuple(item for page in pages for item in page.items),
        findings=tuple(finding for page in pages for finding in page.findings),
        quarantined=tuple(row for page in pages for row in page.quarantined),
    )
