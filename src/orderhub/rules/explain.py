"""The tree of reasons behind a decision. Pure; imports nothing of the library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Node"]

_MARKS = {True: "+", False: "-", None: "."}


@dataclass(frozen=True, slots=True)
class Node:
    """One statement, whether it held (None: it was not asked), what it rests on, and what came of it."""

    text: str
    holds: bool | None = None
    children: tuple[Node, ...] = ()
    outcome: str = ""

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The tree in lines, two blanks a level; `+` held, `-` did not, `.` was not asked."""
        told = f": {self.outcome}" if self.outcome else ""
        yield f"{'  ' * depth}{_MARKS[self.holds]} {self.text}{told}"
        for child in self.children:
            yield from child.lines(depth + 1)

    def dump(self) -> dict[str, Any]:
        """Plain values for JSON."""
        found: dict[str, Any] = {"text": self.text, "holds": self.holds, "outcome": self.outcome}
        return found | {"children": [child.dump() for child in self.children]}

    def __str__(self) -> str:
        return "\n".join(self.lines())
