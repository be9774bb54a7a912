"""Which lists make up one window, and where reading stands in them. Imports `kit`, `flow`, `models`.

Every list has its own longest span and its own rows: unpaid orders come from one, the others from another, those older
than three months from a third. Source: docs/platforms/suning.md#sync.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.suning.wire import Answer
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.flow.windows import spans
from orderhub.kit.convert import quantity
from orderhub.kit.reading import Paged, Position, backwards

__all__ = ["LISTS", "List", "Part", "Place", "counted", "parts_of", "read_place", "total_of_head"]


@dataclass(frozen=True, slots=True)
class List:
    """One list call: its business name and the longest span that it takes."""

    business: str
    span: timedelta


_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
LISTS: Mapping[str, List] = {
    "order.query": List("orderQuery", _MONTH),
    "batchorder.query": List("queryBatchorder", _MONTH),
    "historyorder.query": List("historyOrderQuery", _MONTH),
    "ord.query": List("orderQuery", _DAY),
    "ordmodtime.query": List("orderQuery", _DAY),
    "unpaidorder.query": List("unpaidOrder", _DAY),
    "batchrejected.query": List("batchQueryRejected", _MONTH),
    "rejectedord.query": List("batchQueryRejected", _DAY),
}
"""Every list of orders and cases, named without `suning.custom.`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One list over one span, with the code that it is asked for."""

    name: str
    start: datetime
    end: datetime
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page is: in the first of `parts`, at `at` (None: not begun)."""

    parts: tuple[Part, ...]
    at: Position | None = None


def parts_of(name: str, start: datetime, end: datetime, code: str | None = None) -> Iterator[Part]:
    """The spans of one list that cover `start` to `end`; none when it is empty. An instant becomes a second."""
    for first, last in spans(start, end, LISTS[name].span):
        whole = last if last - first >= timedelta(seconds=1) else first + timedelta(seconds=1)
        yield Part(name, first - (whole - last), last, code)


def read_place(
    read: Callable[[Part, int], Operation[Answer]], place: Place, ident: Callable[[Any], str], size: int
) -> Operation[tuple[list[Any], Place | None]]:
    """The rows of one page and where the next one is.

    Args:
        read: One list call: (part, page from 1).
        ident: The id of a row.
        size: Rows a page.
    """
    part, known = place.parts[0], dict[int, Answer]()
    business = LISTS[part.name].business

    def page(number: int, counted: bool) -> Operation[dict[str, Any]]:
        """Every reply tells the count, so the first page that was just read also answers for it."""
        if number not in known or number > 1:
            known[number] = yield from read(part, number)
        return {"answer": known[number]}

    source = Paged(
        page, lambda reply: reply["answer"].rows(business),
        lambda reply: total_of_head(reply["answer"], business, size), ident, size,
    )  # fmt: skip
    rows, following, _ = yield from backwards(source, place.at)
    if following is not None:
        return rows, replace(place, at=following)
    return rows, Place(place.parts[1:]) if place.parts[1:] else None


def total_of_head(answer: Answer, business: str, size: int) -> int:
    """How many rows a list has in all, by its head; pages count full when only their number is told.

    Raises:
        DecodeError: A full page without any count: more may follow, and nothing says how many.
    """
    rows = len(answer.rows(business))
    told, pages = (_whole(answer, name) for name in ("totalSize", "pageTotal"))
    if told is None and pages is None and rows >= size:
        raise DecodeError("a full page without totalSize and pageTotal", platform="suning", path="sn_head.totalSize")
    return max(rows, told or 0, ((pages or 1) - 1) * size + 1 if (pages or 0) > 1 else 0)


def counted(answer: Answer, business: str, size: int) -> int:
    """How many rows a list has in all, exactly; raises `DecodeError` when its head does not say."""
    rows, told = len(answer.rows(business)), _whole(answer, "totalSize")
    if told is None and rows >= size:
        raise DecodeError("the reply does not count its rows", platform="suning", path="sn_head.totalSize")
    return max(rows, told or 0)


def _whole(answer: Answer, name: str) -> int | None:
    value = answer.head.get(name)
    try:
        return None if value in (None, "") else quantity(value)
    except ValueError as error:
        raise DecodeError(f"{name}: {error}", platform="suning", path=f"sn_head.{name}") from None
