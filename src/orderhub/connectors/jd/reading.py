"""Reading a window by rolling it: always page one, starting at the last time that was seen. Imports `kit`, `flow`.

JD shows the oldest change first and asks clients to roll windows instead of paging deep. A row that changes again
moves to a later time, so nothing shifts under a reader that only ever asks for the first page. Where a whole page
lies in one second, or the rows are not in order, that span is read backwards with a count (`kit.reading`).
Source: docs/platforms/jd.md#reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit import reading
from orderhub.kit.reading import Paged

__all__ = ["Listing", "Rolling", "rolling"]

SECOND = timedelta(seconds=1)
AGAIN_MAX = 3
Rows = list[Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """How one list is read.

    Attributes:
        read: (start, end, page) -> one list call.
        rows: The rows of its reply.
        total: How many rows the window holds, by its reply; None when it does not say.
        ident, at: Id and time of a row; the time is None when it cannot be read.
        size: Rows a page.
    """

    read: Callable[[datetime, datetime, int], Operation[dict[str, Any]]]
    rows: Callable[[dict[str, Any]], Rows]
    total: Callable[[dict[str, Any]], int | None]
    ident: Callable[[Any], str]
    at: Callable[[Any], datetime | None]
    size: int


@dataclass(frozen=True, slots=True)
class Rolling:
    """Where the next page starts.

    Attributes:
        start: Time of the first row wanted; rows of that very second come again.
        total: What the whole window held at its first page.
        again: How often this page was asked for once more.
        last: Ids of the page before, to know it again.
        span_end: End of a span that is read backwards, None while rolling.
        inner: Where that span stands.
    """

    start: datetime
    total: int | None = None
    again: int = 0
    last: tuple[str, ...] = field(default=(), repr=False)
    span_end: datetime | None = None
    inner: reading.Position | None = None


def rolling(
    listing: Listing, start: datetime, end: datetime, at: Rolling | None
) -> Operation[tuple[Rows, Rolling | None, int | None]]:
    """The rows of one page, where the next one starts (None at the end), and the count of the window.

    Raises:
        DecodeError: The platform keeps showing another page, or fewer rows than it counts; retryable.
    """
    at = at or Rolling(start.replace(microsecond=0))
    if at.span_end is not None:
        return (yield from _span(listing, at, end))
    reply = yield from listing.read(at.start, end, 1)
    rows, count = listing.rows(reply), listing.total(reply)
    at = replace(at, total=count) if at.total is None else at
    ids = tuple(listing.ident(row) for row in rows)
    times = [listing.at(row) for row in rows]
    if _is_stale(listing, at, ids, times, count):
        broken = _is_repeated(at, ids, times) or _is_short(listing, ids, count)
        return [], _once_more(at, end, broken), at.total
    if len(rows) < listing.size:
        return rows, None, at.total
    return _onward(rows, ids, times, at, end)


def _onward(
    rows: Rows, ids: tuple[str, ...], times: list[datetime | None], at: Rolling, end: datetime
) -> tuple[Rows, Rolling | None, int | None]:
    """After a full page: roll on from its last time, or read a crowded or unordered span backwards."""
    known = [time for time in times if time is not None]
    if len(known) < len(times) or known != sorted(known):
        return [], replace(at, span_end=end, again=0), at.total
    if known[-1] <= at.start:
        return [], replace(at, span_end=at.start, again=0), at.total
    return rows, Rolling(known[-1], at.total, 0, ids), at.total


def _is_stale(
    listing: Listing, at: Rolling, ids: tuple[str, ...], times: list[datetime | None], count: int | None
) -> bool:
    """A page that was shown before, one from before the window, or fewer rows than the window holds."""
    early = any(time is not None and time < at.start for time in times)
    return _is_repeated(at, ids, times) or early or _is_short(listing, ids, count)


def _is_repeated(at: Rolling, ids: tuple[str, ...], times: list[datetime | None]) -> bool:
    return bool(ids and ids == at.last and at.start != times[0])


def _is_short(listing: Listing, ids: tuple[str, ...], count: int | None) -> bool:
    return count is not None and len(ids) < min(count, listing.size)


def _once_more(at: Rolling, end: datetime, is_broken: bool) -> Rolling:
    """Ask again; a list whose times are not those of its window is read backwards in the end, a broken one is told."""
    if at.again < AGAIN_MAX:
        return replace(at, again=at.again + 1)
    if is_broken:
        raise DecodeError(
            "the list keeps showing the page before, or fewer rows than it counts",
            platform="jd", path="orderInfoList", retryable=True,
        )  # fmt: skip
    return replace(at, span_end=end, again=0)


def _span(listing: Listing, at: Rolling, end: datetime) -> Operation[tuple[Rows, Rolling | None, int | None]]:
    """One page of a span that is read backwards; then rolling goes on after it."""
    stop = at.span_end or end

    def read(page: int, counting: bool) -> Operation[dict[str, Any]]:
        return (yield from listing.read(at.start, stop, page))

    source = Paged(read, listing.rows, lambda reply: listing.total(reply) or 0, listing.ident, listing.size)
    rows, inner, _ = yield from reading.backwards(source, at.inner)
    if inner is not None:
        return rows, replace(at, inner=inner), at.total
    following = Rolling(stop + SECOND, at.total) if stop + SECOND <= end else None
    return rows, following, at.total
