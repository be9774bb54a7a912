"""The field table: rows as data, compiled once into a plain function. Imports `kit`, `models`, `errors`.

A row says canonical field, wire path, converter. Paths are dotted; `a|b` takes the first that is present.
Missing means absent, null or empty text. Hosts override rows as data with `Table.override`.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.convert import (
    CONVERTERS,
    Converter,
    beijing_of_text,
    beijing_time,
    cny_yuan,
    ident,
    masked,
    quantity,
    rows_of,
    text,
    yuan_of_text,
)
from orderhub.models.base import Model
from orderhub.models.outcome import MappingReport

__all__ = ["Absent", "Computed", "Ignored", "Row", "Table", "each", "read", "with_lines"]

_BAD = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What a converter or a Computed may raise for a value that it cannot read."""


@dataclass(frozen=True, slots=True)
class Row:
    """`field` is read from `path` by `convert`; a required one that is missing makes the document undecodable."""

    field: str
    path: str
    convert: Converter
    required: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """`fields` follow from several wire fields: `function(document, found)` answers them; `reads` names the paths."""

    fields: tuple[str, ...]
    function: Callable[[Mapping[str, Any], dict[str, Any]], Mapping[str, Any]]
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The platform does not tell this field, and why."""

    field: str
    because: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Wire fields that are left out on purpose; they are in `raw`, not in `extra`."""

    paths: tuple[str, ...]
    because: str


Entry = Row | Computed | Absent | Ignored


@dataclass(frozen=True, eq=False)
class Table:
    """How one wire document becomes one canonical model. Two tables are equal when they are the same one.

    Attributes:
        model: What it becomes.
        source: Where the wire fields are documented.
        entries: Rows in reading order.
    """

    model: type[Model]
    source: str
    entries: tuple[Entry, ...] = field(repr=False)

    def __post_init__(self) -> None:
        known = set(self.model.model_fields)
        named = {name for entry in self.entries for name in _fields(entry)}
        if strange := {name for name in named if not name.startswith("_")} - known:
            raise ConfigurationError(f"{self.model.__name__} has no field {', '.join(sorted(strange))}")
        needed = {name for name, info in self.model.model_fields.items() if info.is_required()}
        if missing := needed - named:
            raise ConfigurationError(
                f"{self.source}: no row, Computed or Absent for {', '.join(sorted(missing))} of {self.model.__name__}"
            )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The one-to-one rows."""
        return tuple(entry for entry in self.entries if isinstance(entry, Row))

    @cached_property
    def decode(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """Document to canonical values; raises `DecodeError` that names field, path and masked value.

        Names that start with `_` are notes of the table to its connector, not fields.
        """
        run = _compile(self.rows)
        computed = [(entry, entry.function) for entry in self.entries if isinstance(entry, Computed)]

        def decode(document: Mapping[str, Any]) -> dict[str, Any]:
            try:
                found = run(document)
            except (DecodeError, *_BAD):
                raise self._explain(document) from None
            for entry, function in computed:
                try:
                    found.update(function(document, found))
                except DecodeError as error:
                    raise self._named(error, entry) from None
                except _BAD as error:
                    raise self._unread(entry, document, error) from None
            return found

        return decode

    def _named(self, error: DecodeError, entry: Computed) -> DecodeError:
        """The error of `read` with the canonical fields that wanted the value."""
        error.field = error.field or f"{self.model.__name__}.{next(iter(entry.fields), '')}"
        error.message = f"{error.field}: {error.message}"
        return error

    def _unread(self, entry: Computed, document: Mapping[str, Any], error: Exception) -> DecodeError:
        """A value of an unexpected shape among those that one Computed reads."""
        name = f"{self.model.__name__}.{next(iter(entry.fields), '')}"
        path = ", ".join(path for path in entry.reads if _lookup(document, path) is not None) or None
        told = str(error) if isinstance(error, ValueError) else "unexpected shape"
        return DecodeError(f"{name}: {told}", field=name, path=path)

    def _explain(self, document: Mapping[str, Any]) -> DecodeError:
        """Walk the rows once to say which one failed."""
        if not isinstance(document, Mapping):
            return DecodeError(f"expected an object for {self.model.__name__}", value=masked(document))
        for row in self.rows:
            value = _lookup(document, row.path)
            name = f"{self.model.__name__}.{row.field.lstrip('_')}"
            if value is None or value == "":
                if row.required:
                    return DecodeError(f"{name}: required, but {row.path} is missing", field=name, path=row.path)
                continue
            place = next(path for path in row.path.split("|") if _lookup(document, path) is not None)
            try:
                row.convert(value)
            except DecodeError as error:
                error.path = f"{place}{error.path or ''}" if (error.path or "").startswith("[") else error.path
                return error
            except _BAD as error:
                told = str(error) if isinstance(error, ValueError) else "unexpected shape"
                return DecodeError(f"{name}: {told}", field=name, path=place, value=masked(value))
        return DecodeError(f"{self.model.__name__}: the document has an unexpected shape")

    @cached_property
    def used(self) -> Mapping[str, str]:
        """wire path -> canonical field, over all entries."""
        found: dict[str, str] = {}
        for entry in self.entries:
            for path in _paths(entry):
                found.setdefault(path, ", ".join(name for name in _fields(entry) if name[0] != "_") or "-")
        return found

    @cached_property
    def ignored(self) -> Mapping[str, str]:
        """wire path -> reason."""
        return {path: entry.because for entry in self.entries if isinstance(entry, Ignored) for path in entry.paths}

    def unmapped(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Wire fields that no entry names, by dotted path."""
        return dict(_unmapped(document, _trie(tuple(self.used) + tuple(self.ignored)), ""))

    def report(self, document: Mapping[str, Any]) -> MappingReport:
        """What became of each wire field of one document."""
        present = {path for path in self.used if _lookup(document, path) is not None}
        ignored = {path: why for path, why in self.ignored.items() if _lookup(document, path) is not None}
        return MappingReport(
            {path: self.used[path] for path in sorted(present)}, ignored, tuple(self.unmapped(document))
        )

    def override(self, changes: Mapping[str, str | Mapping[str, Any]]) -> Table:
        """A table with rows replaced or added: `{"seller_note": "trade_memo"}` or
        `{"ship_by": {"path": "send_time", "convert": "beijing_time", "required": False}}`.

        Raises:
            ConfigurationError: An unknown field or converter, or a new row without converter.
        """
        kept = {row.field: row for row in self.rows}
        new = {name: _override(self.model, kept.get(name), name, change) for name, change in changes.items()}
        entries = tuple(new.pop(e.field, e) if isinstance(e, Row) else e for e in self.entries)
        return dataclasses.replace(self, entries=entries + tuple(new.values()))


def read(document: Mapping[str, Any], path: str, convert: Converter) -> Any:
    """One optional wire value, for a `Computed`: None when it is missing.

    Raises:
        DecodeError: `convert` refuses the value; names path and masked value.
    """
    value = document.get(path)
    if value is None or value == "":
        return None
    if convert is text and type(value) is str:
        return value
    try:
        return convert(value)
    except _BAD as error:
        told = str(error) if isinstance(error, ValueError) else "unexpected shape"
        raise DecodeError(told, path=path, value=masked(value)) from None


def each(table: Table, *, least: int = 0, notes: bool = False) -> Converter:
    """A converter for a list of documents, however the platform wraps it.

    Args:
        table: How each of them is read.
        least: Fewer are refused.
        notes: Keep the names that start with `_`, for a `Computed` of the outer table; the connector drops them.
    """

    def convert(value: Any) -> tuple[dict[str, Any], ...]:
        rows, decode = value if type(value) is list else rows_of(value), table.decode
        if len(rows) < least:
            raise ValueError(f"expected at least {least} of {table.model.__name__}")
        found: list[dict[str, Any]] = []
        try:
            for row in rows:
                decoded = decode(row)
                if not notes:
                    for name in [name for name in decoded if name[0] == "_"]:
                        del decoded[name]
                found.append(decoded)
        except DecodeError as error:
            number = len(found)
            error.path = f"[{number}].{error.path}" if error.path else f"[{number}]"
            raise
        return tuple(found)

    return convert


@lru_cache(maxsize=256)
def with_lines(order: Table, line: Table, *, least: int = 0) -> Table:
    """The order's table with its row `lines` read by `line`, which a host may have overridden; notes are kept.

    Args:
        least: An order with fewer lines is refused.
    """
    entries = tuple(
        dataclasses.replace(entry, convert=each(line, least=least, notes=True))
        if isinstance(entry, Row) and entry.field == "lines"
        else entry
        for entry in order.entries
    )
    return dataclasses.replace(order, entries=entries)


def _override(model: type[Model], row: Row | None, name: str, change: str | Mapping[str, Any]) -> Row:
    given = {"path": change} if isinstance(change, str) else dict(change)
    if strange := set(given) - {"path", "convert", "required"}:
        raise ConfigurationError(
            f"override of {name}: unknown key {', '.join(sorted(strange))}; use path, convert, required"
        )
    converter = CONVERTERS.get(given["convert"]) if "convert" in given else row.convert if row else None
    if name not in model.model_fields or converter is None or not (row or given.get("path")):
        raise ConfigurationError(
            f"override of {model.__name__}.{name}: needs a field of the model, a path and one of the converters "
            f"{', '.join(sorted(CONVERTERS))}"
        )
    base = row or Row(name, given["path"], converter)
    return Row(name, given.get("path", base.path), converter, bool(given.get("required", base.required)))


def _fields(entry: Entry) -> tuple[str, ...]:
    if isinstance(entry, Row | Absent):
        return (entry.field,)
    return entry.fields if isinstance(entry, Computed) else ()


def _paths(entry: Entry) -> Iterable[str]:
    if isinstance(entry, Row):
        return entry.path.split("|")
    return entry.reads if isinstance(entry, Computed) else ()


def _lookup(document: Any, path: str) -> Any:
    for choice in path.split("|"):
        value: Any = document
        for name in choice.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None and value != "":
            return value
    return None


@lru_cache(maxsize=256)
def _trie(paths: tuple[str, ...]) -> dict[str, Any]:
    """Paths as a tree; a leaf (`{}`) claims everything below it."""
    root: dict[str, Any] = {}
    whole = set(paths)
    for path in sorted(paths, key=len):
        parts, node = path.split("."), root
        if any(".".join(parts[:depth]) in whole for depth in range(1, len(parts))):
            continue
        for name in parts:
            node = node.setdefault(name, {})
    return root


def _unmapped(document: Mapping[str, Any], claimed: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in document.items():
        below = claimed.get(name)
        if below is None:
            yield prefix + name, value
        elif below and isinstance(value, Mapping):
            yield from _unmapped(value, below, f"{prefix}{name}.")


_INLINE: tuple[tuple[Converter, str], ...] = (
    (text, "v if type(v) is str else {call}"),
    (cny_yuan, "yuan(v) if type(v) is str else {call}"),
    (beijing_time, "beijing(v) if type(v) is str else {call}"),
    (quantity, "v if type(v) is int else {call}"),
    (ident, "v if type(v) is str and v.isdigit() else str(v) if type(v) is int else {call}"),
)
"""What a converter does with the commonest value, so that the compiled row need not call Python for it."""


def _compile(rows: tuple[Row, ...]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """One straight function: no loop over rows, no lookup of converters; rows of one path read it once."""
    lines = ["def run(d):", "    out = {}", "    get = d.get"]
    scope: dict[str, Any] = {"yuan": yuan_of_text, "beijing": beijing_of_text}
    for number, row in enumerate(rows):
        scope[f"c{number}"] = row.convert
        lines += [f"    v = {_access(row.path.split('|')[0])}"]
        for other in row.path.split("|")[1:]:
            lines += ["    if v is None or v == '':", f"        v = {_access(other)}"]
        inline = next((code for known, code in _INLINE if known is row.convert), "{call}")  # some have no hash
        value = inline.format(call=f"c{number}(v)")
        lines += ["    if v is not None and v != '':", f"        out[{row.field!r}] = {value}"]
        if row.required:
            lines += ["    else:", f"        raise KeyError({row.field!r})"]
    lines.append("    return out")
    exec("\n".join(lines), scope)  # noqa: S102 # nosec B102  # names are repr()-quoted constants of the table itself
    return typing.cast(Callable[[Mapping[str, Any]], dict[str, Any]], scope["run"])


def _access(path: str) -> str:
    first, *names = path.split(".")
    found = f"get({first!r})"
    for name in names:
        found = f"({found} or {{}}).get({name!r})"
    return found
