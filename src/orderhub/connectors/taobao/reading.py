"""Reading pages on a moving axis: count first, then from the last page back to the first. Imports `kit`, `models`.

Rows are newest first and leave a window when they change again, so pages shift towards the front; read backwards, a
shift shows a row twice instead of hiding it. A page that comes twice is asked for again, and a window in which
fewer rows were seen than it holds now is read once more. Source: docs/platforms/taobao.md#sync.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orderhub.flow.steps import Operation

__all__ = ["Position", "backwards"]

ROUNDS_MAX = 3
AGAIN_MAX = 2
Read = Callable[[Mapping[str, Any]], Operation[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page of a window starts: pages count down to 1."""

    page: int
    total: int
    rounds: int = 0
    again: int = 0
    last: tuple[str, ...] = ()
    seen: frozenset[str] = field(default=frozenset(), repr=False)


def backwards(
    read: Read, rows: Callable[[dict[str, Any]], list[Any]], ident: Callable[[Any], str], size: int, at: Position | None
) -> Operation[tuple[list[Any], Position | None, int]]:
    """The rows of one page, where the next one starts (None at the end), and the count of the window.

    Args:
        read: One list call with these paging parameters.
        rows: The rows of its reply.
        ident: The id of a row.
        size: Rows a page.
        at: None at the start of a window.
    """
    if at is None:
        at = yield from _count(read, size, 0, frozenset())
        if at.total == 0:
            return [], None, 0
    reply = yield from read({"page_no": at.page, "page_size": size, "use_has_next": True})
    found = rows(reply)
    ids = tuple(ident(row) for row in found)
    if ids and ids == at.last and at.again < AGAIN_MAX:
        return [], replace(at, again=at.again + 1), at.total
    seen = at.seen | set(ids)
    following = Position(at.page - 1, at.total, at.rounds, 0, ids, seen)
    return found, (following if at.page > 1 else (yield from _verify(read, size, following))), at.total


def _count(read: Read, size: int, rounds: int, seen: frozenset[str]) -> Operation[Position]:
    reply = yield from read({"page_no": 1, "page_size": size, "use_has_next": False})
    total = int(reply.get("total_results") or 0)
    return Position(-(-total // size), total, rounds, 0, (), seen)


def _verify(read: Read, size: int, done: Position) -> Operation[Position | None]:
    """At the end of a round: None, or another round while the window holds more rows than were seen."""
    if done.rounds + 1 >= ROUNDS_MAX:
        return None
    now = yield from _count(read, size, done.rounds + 1, done.seen)
    return now if now.total > len(done.seen) else None
