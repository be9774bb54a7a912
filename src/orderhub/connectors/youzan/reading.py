"""Lists of one window, and where reading stands: windows fuller than a list reaches are halved. Imports `kit`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from orderhub.connectors.youzan.spec import ROWS_MAX
from orderhub.flow.steps import Operation
from orderhub.kit.decode import readable
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.models.channel import Window

__all__ = ["Place", "china", "read_place"]

CHINA = timezone(timedelta(hours=8))
SECOND = timedelta(seconds=1)


def china(instant: datetime) -> str:
    """An aware instant as Beijing text, whole seconds."""
    return instant.astimezone(CHINA).isoformat(" ", "seconds")[:19]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page is: in the first of `parts`, at `at` (None: not begun)."""

    parts: tuple[Window, ...]
    at: Position | None = None


def _halves(window: Window) -> tuple[Window, ...]:
    middle = window.start + (window.end - window.start) / 2
    middle = middle.replace(microsecond=0)
    return (Window(window.start, middle, window.axis), Window(middle + SECOND, window.end, window.axis))


def read_place(source_of: Callable[[Window], Paged], place: Place) -> Operation[tuple[list[Any], Place | None, int]]:
    """The rows of one page, where the next one is, and the count of its part."""
    while place.at is None:
        part = place.parts[0]
        source = source_of(part)
        reply = yield from source.read(1, True)
        with readable("the count of a list", "youzan"):
            total = source.total(reply)
        if total <= ROWS_MAX or part.end - part.start <= 2 * SECOND:
            break
        place = Place((*_halves(part), *place.parts[1:]))
    rows, following, total = yield from backwards(source_of(place.parts[0]), place.at)
    if following is not None:
        return rows, replace(place, at=following), total
    return rows, Place(place.parts[1:]) if place.parts[1:] else None, total
