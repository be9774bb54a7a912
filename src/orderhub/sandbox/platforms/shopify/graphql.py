"""GraphQL documents read: tokens, values, selections, operations. A small parser of its own; imports nothing of ours.

It reads executable documents (queries, mutations, fragments) and the shorthand of `schema`; what it cannot read is a
`Syntax` error that names the place.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Document", "Enum", "Field", "Fragment", "Operation", "Parser", "Spread", "Syntax", "Variable", "parse"]

_TOKEN = re.compile(
    r"[\s,\ufeff]+|\#[^\n\r]*|(?P<name>[_A-Za-z]\w*)|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r'|(?P<block>"""(?:[^"\\]|\\.|"(?!""))*""")|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<mark>\.\.\.|[!$&():=@\[\]{|}])'
)
DEPTH_MAX = 60
"""Selections and values nested deeper are refused; the figure is ours."""


class Syntax(Exception):
    """The document cannot be read."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, to be replaced by what came with the request."""

    name: str


class Enum(str):
    """A word without quotes."""


@dataclass(slots=True)
class Field:
    """One selected field; `key` is what the reply calls it."""

    name: str
    key: str
    arguments: dict[str, Any] = field(default_factory=dict)
    directives: dict[str, dict[str, Any]] = field(default_factory=dict)
    selections: list[Field | Spread] = field(default_factory=list)


@dataclass(slots=True)
class Spread:
    """`... on Type { }`, `... { }` or `...Name`."""

    fragment: str | None
    on: str | None
    directives: dict[str, dict[str, Any]]
    selections: list[Field | Spread]


@dataclass(slots=True)
class Fragment:
    """A named fragment."""

    on: str
    selections: list[Field | Spread]


@dataclass(slots=True)
class Operation:
    """One query or mutation with its variables: name -> (type, has a default, default)."""

    kind: str
    name: str | None
    variables: dict[str, tuple[str, bool, Any]]
    directives: dict[str, dict[str, Any]]
    selections: list[Field | Spread]


@dataclass(slots=True)
class Document:
    """Everything in one request text."""

    operations: list[Operation] = field(default_factory=list)
    fragments: dict[str, Fragment] = field(default_factory=dict)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Syntax(f"unexpected character {text[place]!r} at {place}")
        place = match.end()
        if match.lastgroup:
            found.append((match.lastgroup, match.group()))
    return [*found, ("end", "")]


class Parser:
    """Reads one text from its start; every method takes what it names and moves on."""

    def __init__(self, text: str) -> None:
        self._tokens, self._at, self._depth = _tokens(text), 0, 0

    @property
    def next(self) -> tuple[str, str]:
        """(kind, text) of what comes."""
        return self._tokens[self._at]

    def take(self, kind: str, text: str | None = None) -> str:
        """The next token, which must be of this kind and text."""
        found, told = self.next
        if found != kind or text not in (None, told):
            raise Syntax(f"expected {text or kind}, found {told or 'the end'}")
        self._at += 1
        return told

    def skip(self, mark: str) -> bool:
        """Whether the mark comes; if so it is taken."""
        if self.next[1] == mark and self.next[0] in ("mark", "name"):
            self._at += 1
            return True
        return False

    def deeper(self, step: int = 1) -> None:
        """One level in or out."""
        self._depth += step
        if self._depth > DEPTH_MAX:
            raise Syntax(f"nested deeper than {DEPTH_MAX}")

    def type(self) -> str:
        """A type with its brackets and exclamation marks."""
        if self.skip("["):
            told = f"[{self.type()}"
            self.take("mark", "]")
            told += "]"
        else:
            told = self.take("name")
        return f"{told}!" if self.skip("!") else told

    def value(self) -> Any:
        """A literal, a list, an object or a variable."""
        kind, text = self.next
        if kind == "mark":
            self.deeper()
            found = self._compound(text)
            self.deeper(-1)
            return found
        self._at += 1
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(text, Enum(text))
        if kind == "number":
            return int(text) if text.lstrip("-").isdigit() else float(text)
        if kind == "block":
            return text[3:-3].strip()
        if kind == "text":
            return json.loads(text, strict=False)
        raise Syntax(f"expected a value, found {text or 'the end'}")

    def _compound(self, mark: str) -> Any:
        if self.skip("$"):
            return Variable(self.take("name"))
        if self.skip("["):
            rows = []
            while not self.skip("]"):
                rows.append(self.value())
            return rows
        if self.skip("{"):
            return self._pairs("}")
        raise Syntax(f"expected a value, found {mark}")

    def _pairs(self, end: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.skip(end):
            name = self.take("name")
            self.take("mark", ":")
            found[name] = self.value()
        return found

    def arguments(self) -> dict[str, Any]:
        """`(name: value …)`, or nothing."""
        return self._pairs(")") if self.skip("(") else {}

    def directives(self) -> dict[str, dict[str, Any]]:
        """`@name(…) …`, or nothing."""
        found: dict[str, dict[str, Any]] = {}
        while self.skip("@"):
            name = self.take("name")
            found[name] = self.arguments()
        return found

    def selections(self) -> list[Field | Spread]:
        """`{ … }`, or nothing."""
        if not self.skip("{"):
            return []
        self.deeper()
        found: list[Field | Spread] = []
        while not self.skip("}"):
            found.append(self._spread() if self.skip("...") else self._field())
        if not found:
            raise Syntax("a selection is empty")
        self.deeper(-1)
        return found

    def _field(self) -> Field:
        key = name = self.take("name")
        if self.skip(":"):
            name = self.take("name")
        return Field(name, key, self.arguments(), self.directives(), self.selections())

    def _spread(self) -> Spread:
        if self.next[0] == "name" and self.next[1] != "on":
            return Spread(self.take("name"), None, self.directives(), [])
        on = self.take("name") if self.skip("on") else None
        return Spread(None, on, self.directives(), self.selections())

    def operation(self) -> Operation:
        """One operation; the shorthand without a word is a query."""
        if self.next == ("mark", "{"):
            return Operation("query", None, {}, {}, self.selections())
        kind = self.take("name")
        if kind not in ("query", "mutation"):
            raise Syntax(f"{kind} is not an operation")
        name = self.take("name") if self.next[0] == "name" else None
        variables = {}
        if self.skip("("):
            while not self.skip(")"):
                self.take("mark", "$")
                variable = self.take("name")
                self.take("mark", ":")
                kept, has = self.type(), self.skip("=")
                variables[variable] = (kept, has, self.value() if has else None)
        return Operation(kind, name, variables, self.directives(), self.selections())

    def document(self) -> Document:
        """Everything up to the end."""
        found = Document()
        while self.next[0] != "end":
            if self.skip("fragment"):
                name = self.take("name")
                self.take("name", "on")
                found.fragments[name] = Fragment(self.take("name"), self.selections())
            else:
                found.operations.append(self.operation())
        if not found.operations:
            raise Syntax("there is no operation")
        return found


def parse(text: str) -> Document:
    """The document of a request; raises `Syntax`."""
    return Parser(text).document()
