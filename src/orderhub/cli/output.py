"""How results are shown: tables for people, one JSON document for machines. Imports `cli.words`."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orderhub.cli.words import current, say

__all__ = ["errors_to", "is_quiet", "note", "output", "plain", "print_json", "printable", "show", "told", "working"]

_WIDE = 160
"""Columns where nobody tells how wide the page is: a pipe or a file."""


_WHOLE = frozenset({"key", "order", "waybill_no", "status", "state", "severity"})
"""Columns that people copy or read at a glance: never broken over lines."""
_LIGHTS = {
    "ok": ("green", "正常"),
    "warning": ("yellow", "警告"),
    "late": ("yellow", "滞后"),
    "never": ("yellow", "从未运行"),
    "info": ("", "信息"),
    "bad": ("red", "错误"),
    "error": ("red", "错误"),
    "failing": ("red", "失败"),
}
"""State -> colour, and the word in Chinese."""
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?(?:Z|\+00:00)")


def output() -> Console:
    """The console of standard output as it is now."""
    return _console(sys.stdout, stderr=False)


def errors_to() -> Console:
    """The console of standard error: errors, progress, notes."""
    return _console(sys.stderr, stderr=True)


def _console(stream: Any, *, stderr: bool) -> Console:
    plain_pipe = not stream.isatty()
    return Console(stderr=stderr, highlight=False, emoji=False, width=_WIDE if plain_pipe else None)


def is_quiet(as_json: bool) -> bool:
    """Whether progress is not to be shown: for machines, and where no terminal is."""
    return as_json or not sys.stderr.isatty()


def plain(value: Any) -> Any:
    """JSON-ready: amounts and instants as text, enumerations as their words, tuples as lists."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value) if one.repr}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def print_json(document: Any, *, indent: int | None = None) -> None:
    """The one document of a command on standard output."""
    is_utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    print(json.dumps(plain(document), ensure_ascii=not is_utf8, indent=indent))


def show(rows: Sequence[Mapping[str, Any]], title: str, as_json: bool, *, columns: Sequence[str] = ()) -> None:
    """A list of rows: JSON with every field, or a table with these columns."""
    if as_json:
        print_json(list(rows))
        return
    names = list(columns or (rows[0] if rows else ("nothing",)))
    table = Table(title=say(title), title_justify="left")
    for name in names:
        table.add_column(say(name), overflow="fold", no_wrap=name in _WHOLE, justify="left")
    for row in rows:
        table.add_row(*(_cell(name, row.get(name)) for name in names))
    output().print(table)


def _cell(column: str, value: Any) -> Text:
    """One cell: words of a traffic light in colour and language, everything else as text."""
    if column in ("state", "severity") and value in _LIGHTS:
        colour, chinese = _LIGHTS[str(value)]
        return Text(chinese if current() == "zh" else str(value), style=colour)
    return Text(told(value))


def told(value: Any) -> str:
    """One cell: counts as words, nothing as a dash, control characters never."""
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {held}" for name, held in sorted(value.items()) if held)
    elif isinstance(value, list | tuple | set | frozenset):
        value = ", ".join(told(one) for one in value)
    elif isinstance(value, bool):
        value = "✓" if value else ""
    elif isinstance(value, float):
        value = f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"
    text = "-" if value in (None, "") else str(plain(value))
    return printable(_INSTANT.sub(r"\1 \2Z", text) if _INSTANT.fullmatch(text) else text)


def printable(text: str) -> str:
    """Text without anything that a terminal obeys."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def note(*phrases: str, as_json: bool = False) -> None:
    """A remark for people, on standard error."""
    if not as_json:
        errors_to().print(Text(" ".join(say(one) for one in phrases), style="dim"), soft_wrap=True)


@contextmanager
def working(phrase: str, as_json: bool) -> Iterator[None]:
    """A spinner while something long goes on; nothing where nobody looks."""
    if is_quiet(as_json):
        yield
        return
    with errors_to().status(say(phrase)):
        yield
