"""Reading pages on a moving axis: count first, then from the last page back to the first. Imports `flow`, `kit`.

Rows are newest first and leave a window when they change again, so pages shift towards the front; read backwards, a
shift shows a row twice instead of hiding it. A page that comes twice is asked for again, and a window in which
fewer rows were seen than it holds now is read once more. How a platform names its paging parameters stays with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from orderhub.flow.steps import Operation
from orderhub.kit.decode import readable

__all__ = ["Paged", "Position", "backwards"]

ROUNDS_MAX = 3
AGAIN_MAX = 2


@dataclass(frozen=True, slots=True)
class Paged:
    """How one list of one platform is read.

    Attributes:
        read: (page from 1, whether the count is wanted) -> one list call.
        rows: The rows of its reply.
        total: The count in a reply that was asked for it.
        ident: The id of a row.
        size: Rows a page.
    """

    read: Callable[[int, bool], Operation[dict[str, Any]]]
    rows: Callable[[dict[str, Any]], list[Any]]
    total: Callable[[dict[str, Any]], int]
    ident: Callable[[Any], str]
    size: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page of a window starts: pages count down to 1."""

    page: int
    total: int
    rounds: int = 0
    again: int = 0
    last: tuple[str, ...] = ()
    seen: frozenset[str] = field(default=frozenset(), repr=False)


def backwards(source: Paged, at: Position | None) -> Operation[tuple[list[Any], Position | None, int]]:
    """The rows of one page, where the next one starts (None at the end), and the count of the window.

    Args:
        source: The list.
        at: None at the start of a window.
    """
    if at is None:
        at = yield from _count(source, 0, frozenset())
        if at.total == 0:
            return [], None, 0
    reply = yield from source.read(at.page, False)
    with readable("the rows of a list"):
        found = source.rows(reply)
        ids = tuple(source.ident(row) for row in found)
    if ids and ids == at.last and at.again < AGAIN_MAX:
        return [], replace(at, again=at.again + 1), at.total
    seen = at.seen | set(ids)
    following = Position(at.page - 1, at.total, at.rounds, 0, ids, seen)
    return found, (following if at.page > 1 else (yield from _verify(source, following))), at.total


def _count(source: Paged, rounds: int, seen: frozenset[str]) -> Operation[Position]:
    reply = yield from source.read(1, True)
    with readable("the count of a list"):
        total = source.total(reply)
    return Position(-(-total // source.size), total, rounds, 0, (), seen)


def _verify(source: Paged, done: Position) -> Operation[Position | None]:
    """At the end of a round: None, or another round while the window holds more rows than were seen."""
    if done.rounds + 1 >= ROUNDS_MAX:
        return None
    now = yield from _count(source, done.rounds + 1, done.seen)
    return now if now.total > len(done.seen) else None
