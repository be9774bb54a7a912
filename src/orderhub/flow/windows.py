"""Cutting time into the windows that a platform accepts. Pure; imports nothing of the library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

__all__ = ["Span", "apart", "backwards", "joined", "spans", "without"]

Span = tuple[datetime, datetime]
"""From one instant to another, both included."""
_SECOND = timedelta(seconds=1)


def spans(start: datetime, end: datetime, longest: timedelta | None) -> Iterator[Span]:
    """Spans that cover `start` to `end`, both ends included, each at most `longest`; neighbours share an end.

    A shared end is deliberate: rows of that very second are seen from either side, and reading twice is harmless.
    """
    if end < start:
        return
    while longest is not None and end - start > longest:
        yield start, start + longest
        start += longest
    yield start, end


def backwards(start: datetime, end: datetime, longest: timedelta) -> Iterator[Span]:
    """The same cover, newest span first."""
    while end - start > longest:
        yield end - longest, end
        end -= longest
    if start <= end:
        yield start, end


def apart(start: datetime, end: datetime, longest: timedelta | None) -> Iterator[Span]:
    """Spans of whole seconds that share none, for counting: every second of `start` to `end` is in exactly one."""
    first, last = start.replace(microsecond=0), end.replace(microsecond=0)
    while longest is not None and last - first > longest:
        yield first, first + longest - _SECOND
        first += longest
    if first <= last:
        yield first, last


def joined(covered: Iterable[Span]) -> list[Span]:
    """The same instants in as few spans as possible, oldest first."""
    found: list[Span] = []
    for start, end in sorted(covered):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def without(start: datetime, end: datetime, covered: Iterable[Span]) -> list[Span]:
    """What of `start` to `end` no span of `covered` holds, oldest first; ends are shared with the neighbours."""
    gaps: list[Span] = []
    for first, last in joined(covered):
        if first > end:
            break
        if first > start:
            gaps.append((start, first))
        start = max(start, last)
    if start < end:
        gaps.append((start, end))
    return gaps
