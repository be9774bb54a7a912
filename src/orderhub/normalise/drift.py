"""What is new on the wire: fields and values that nobody saw before, per platform. Pure; imports `kit`, `models`.

A notebook is a JSON text, kept under one cursor of the order store, so that every store keeps it and two workers never
overwrite each other. It holds names of fields and words of enumerations, never what a person wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.kit.json import loads
from orderhub.models.order import Order
from orderhub.models.status import OrderStatus

__all__ = ["ENTRIES_MAX", "Drift", "Notebook"]

ENTRIES_MAX = 5_000
"""Entries of one platform; a wire that makes up names without end is not followed further."""
VALUES_MAX = 60
"""Words of one field; a field with more is no enumeration."""
_DEPTH_MAX = 12
_WORD = re.compile(r"[A-Z][A-Za-z]*(?:[_-][A-Za-z0-9]+)*|\d{1,3}", re.ASCII)
_ENUMERATION = re.compile(r"status|state$|type|kind|step|mode|channel|flag", re.IGNORECASE)
_PERSONAL = re.compile(
    r"receiver|recipient|buyer|consignee|address|contact|name|phone|mobile|region|province|city", re.IGNORECASE
)
_NUMBERED = re.compile(r"\d{4,}")


@dataclass(frozen=True, slots=True)
class Drift:
    """One field, or one word in a field, as it was met on the wire.

    Attributes:
        kind: field or value.
        path: Dotted wire path, `[]` for the rows of a list; `raw_status` of order and lines by their canonical names.
        value: The word; None for a field.
        first_seen, last_seen: Update times of the orders that had it, UTC.
        noted_at: When it was first noted here.
        example: Key of an order that has it.
        is_unknown: No row maps the field, or no table lists the word.
        is_new: It was not there when this platform's notebook was begun.
    """

    platform: str
    kind: str
    path: str
    value: str | None
    first_seen: datetime
    last_seen: datetime
    noted_at: datetime
    example: str
    is_unknown: bool
    is_new: bool


@dataclass
class Notebook:
    """What was met of one platform.

    Attributes:
        begun: End of the first look; what is noted later is new.
        scanned: Update time up to which orders were looked at.
    """

    platform: str
    begun: datetime | None = None
    scanned: datetime | None = None
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, platform: str, text: str | None) -> Notebook:
        """From its JSON; a fresh one from None."""
        found = json.loads(text) if text else {}
        begun, scanned = (found.get(name) for name in ("begun", "scanned"))
        return cls(
            platform, datetime.fromisoformat(begun) if begun else None,
            datetime.fromisoformat(scanned) if scanned else None, found.get("entries", {}),
        )  # fmt: skip

    def dump(self) -> str:
        """JSON."""
        told = {
            "begun": self.begun.isoformat() if self.begun else None,
            "scanned": self.scanned.isoformat() if self.scanned else None, "entries": self.entries,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def look(self, order: Order, now: datetime) -> None:
        """Note every field and word of one order."""
        at = order.updated_at or order.created_at or now
        unknown = frozenset(order.extra) | {f"lines[].{name}" for line in order.lines for name in line.extra}
        for kind, path, value in _met(order):
            self._note(kind, path, value, at, now, order.key, _is_unknown(kind, path, value, order, unknown))
        if order.updated_at and (self.scanned is None or order.updated_at > self.scanned):
            self.scanned = order.updated_at

    def _note(
        self, kind: str, path: str, value: str | None, at: datetime, now: datetime, example: str, is_unknown: bool
    ) -> None:
        key = f"{kind} {path}" if value is None else f"{kind} {path} {value}"
        had, seen = self.entries.get(key), at.isoformat()
        if had is None:
            if len(self.entries) >= ENTRIES_MAX or (kind == "value" and self._words(path) >= VALUES_MAX):
                return
            self.entries[key] = {"kind": kind, "path": path, "value": value, "first": seen, "last": seen,
                                 "noted": now.isoformat(), "example": example, "unknown": is_unknown}  # fmt: skip
            return
        had["first"], had["last"] = min(had["first"], seen), max(had["last"], seen)
        had["unknown"] = is_unknown  # a row that was added since makes a field known

    def _words(self, path: str) -> int:
        prefix = f"value {path} "
        return sum(key.startswith(prefix) for key in self.entries)

    def report(self, *, everything: bool = False) -> list[Drift]:
        """What is unknown or new, newest first; with `everything` all that was ever met."""
        found = [self._drift(entry) for entry in self.entries.values()]
        told = [entry for entry in found if everything or entry.is_unknown or entry.is_new]
        return sorted(told, key=lambda entry: (-entry.noted_at.timestamp(), entry.path, entry.value or ""))

    def _drift(self, entry: Mapping[str, Any]) -> Drift:
        first, last, noted = (datetime.fromisoformat(entry[name]) for name in ("first", "last", "noted"))
        is_new = self.begun is not None and noted > self.begun
        return Drift(self.platform, entry["kind"], entry["path"], entry["value"], first, last, noted, entry["example"],
                     entry["unknown"], is_new)  # fmt: skip


def _is_unknown(kind: str, path: str, value: str | None, order: Order, unknown: frozenset[str]) -> bool:
    if kind == "field":
        return any(path == name or path.startswith((f"{name}.", f"{name}[]")) for name in unknown)
    if path == "raw_status":
        return order.status is OrderStatus.UNKNOWN
    if path == "lines[].raw_status":
        return any(line.raw_status == value and line.status is OrderStatus.UNKNOWN for line in order.lines)
    return False


def _met(order: Order) -> Iterator[tuple[str, str, str | None]]:
    """(kind, path, value) of everything in one order, each once."""
    seen: dict[tuple[str, str, str | None], None] = {}
    words = [("raw_status", order.raw_status), *(("lines[].raw_status", line.raw_status) for line in order.lines)]
    for path, word in words:
        if word:
            seen["value", path, word[:64]] = None
    if order.raw:
        for path, value in _leaves(loads(order.raw), "", 0):
            seen["field", path, None] = None
            if (found := _enumerated(path, value)) is not None:
                seen["value", path, found] = None
    else:
        seen.update(dict.fromkeys(("field", name, None) for name in order.extra))
    seen.update(dict.fromkeys(("field", f"lines[].{name}", None) for line in order.lines for name in line.extra))
    yield from seen


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth < _DEPTH_MAX and isinstance(value, Mapping) and value:
        for name, inner in value.items():
            step = _NUMBERED.sub("#", name)  # names made of ids are one name
            yield from _leaves(inner, f"{path}.{step}" if path else step, depth + 1)
    elif depth < _DEPTH_MAX and isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, f"{path}[]", depth + 1)
    elif path:
        yield path, value


def _enumerated(path: str, value: Any) -> str | None:
    """The word, where the field's name and the value's form speak of an enumeration."""
    name = path.rpartition(".")[2]
    if not _ENUMERATION.search(name) or _PERSONAL.search(path):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | str) else ""
    return text if _WORD.fullmatch(text) or text in ("true", "false") else None
