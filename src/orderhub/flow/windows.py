"""Cutting time into the windows that a platform accepts. Pure; imports nothing of the library."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

__all__ = ["spans"]


def spans(start: datetime, end: datetime, longest: timedelta | None) -> Iterator[tuple[datetime, datetime]]:
    """Spans that cover `start` to `end`, both ends included, each at most `longest`; neighbours share an end.

    A shared end is deliberate: rows of that very second are seen from either side, and reading twice is harmless.
    """
    if end < start:
        return
    while longest is not None and end - start > longest:
        yield start, start + longest
        start += longest
    yield start, end
