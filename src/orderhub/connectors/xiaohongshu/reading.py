"""Spans of a window, and reading one span page by page from its end. Imports `kit`, `flow`.

Lists by change take half an hour, by creation a day; both are counted first and read from the last page to the first,
as the platform asks for changes. A span that has more rows than its pages can show is halved.
Source: docs/platforms/xiaohongshu.md#sync.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from orderhub.connectors.xiaohongshu.spec import CHANGED_SPAN, CREATED_SPAN
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.flow.windows import Span, spans
from orderhub.kit.convert import quantity
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.models.channel import Window

__all__ = ["Listing", "Place", "longest", "read_place", "start_of", "total_in"]

SPAN_LEAST = timedelta(seconds=2)
Read = Callable[[Span, int], Operation[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page is: in the first of `parts`, at `at` (None: not begun)."""

    parts: tuple[Span, ...]
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """How one list is read.

    Attributes:
        read: One call: (span, page from 1).
        rows: The rows of its answer.
        ident: The id of a row.
        size: Rows a page.
        pages_max: Pages that a span may show.
    """

    read: Read
    rows: Callable[[Mapping[str, Any]], list[Any]]
    ident: Callable[[Any], str]
    size: int
    pages_max: int


def longest(window: Window) -> timedelta:
    """How much one call takes on the window's axis."""
    return CHANGED_SPAN if window.axis == "updated" else CREATED_SPAN


def start_of(window: Window) -> Place:
    """The beginning of a window; an instant becomes a second, which lists can ask for."""
    cut = spans(window.start, window.end, longest(window))
    return Place(tuple((start, end if end > start else start + timedelta(seconds=1)) for start, end in cut))


def read_place(listing: Listing, place: Place) -> Operation[tuple[list[Any], Place | None]]:
    """The rows of one page and where the next one is."""
    part, known = place.parts[0], dict[int, Mapping[str, Any]]()

    def page(number: int, counted: bool) -> Operation[dict[str, Any]]:
        """Every answer tells the count, so the first page that was just read also answers for it."""
        if number not in known or number > 1:
            known[number] = yield from listing.read(part, number)
        return {"answer": known[number]}

    if place.at is None:
        yield from page(1, True)
        if total_in(known[1], listing) > listing.size * listing.pages_max and part[1] - part[0] >= SPAN_LEAST:
            return (yield from read_place(listing, Place((*_halves(part), *place.parts[1:]))))
    source = Paged(
        page, lambda reply: listing.rows(reply["answer"]), lambda reply: total_in(reply["answer"], listing),
        listing.ident, listing.size,
    )  # fmt: skip
    rows, following, _ = yield from backwards(source, place.at)
    if following is not None:
        return rows, replace(place, at=following)
    return rows, Place(place.parts[1:]) if place.parts[1:] else None


def _halves(part: Span) -> tuple[Span, Span]:
    """Two spans that share a whole second."""
    middle = part[0] + timedelta(seconds=int((part[1] - part[0]).total_seconds() // 2))
    return (part[0], middle), (middle, part[1])


def total_in(answer: Mapping[str, Any], listing: Listing) -> int:
    """How many rows a span has in all; pages count full when only their number is told.

    Raises:
        DecodeError: A full page without any count: more may follow, and nothing says how many.
    """
    rows = len(listing.rows(answer))
    told, pages = _whole(answer, "total"), _whole(answer, "maxPageNo")
    if told is None and pages is None and rows >= listing.size:
        raise DecodeError("a full page without total and maxPageNo", platform="xiaohongshu", path="data.total")
    return max(rows, told or 0, ((pages or 1) - 1) * listing.size + 1 if (pages or 0) > 1 else 0)


def _whole(answer: Mapping[str, Any], name: str) -> int | None:
    value = answer.get(name)
    try:
        return None if value in (None, "") else quantity(value)
    except ValueError as error:
        raise DecodeError(f"{name}: {error}", platform="xiaohongshu", path=f"data.{name}") from None
