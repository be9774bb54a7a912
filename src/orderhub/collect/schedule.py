"""When each shop is to be pulled, as arithmetic: who is due at an instant, and what was missed. Pure.

Time is cut into cells of one interval. Each cell holds one slot, at a place of the shop's own that moves a little from
cell to cell: shops do not start together, and a day of quarter hours has 96 slots whatever happens in between. A run
that began at or after the newest slot has served it and every earlier one, because a run reads from its watermark on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from orderhub.errors import ConfigurationError

__all__ = ["INTERVAL", "TICK", "Due", "Schedule", "due", "slot_at", "slot_in"]

INTERVAL = timedelta(minutes=15)
TICK = timedelta(minutes=1)
"""How often somebody asks who is due, when nothing else is said."""
JITTER_SHARE = 0.1
"""Share of the room in a cell by which slots of one shop move about."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One thing that runs again and again.

    Attributes:
        key: Its name; decides where in a cell its slots are.
        interval: Time from run to run.
        last: When its newest run began, aware; None if it never ran.
        tick: How often somebody asks; a slot keeps so far from the end of its cell that it is served within it.
    """

    key: str
    interval: timedelta = INTERVAL
    last: datetime | None = None
    tick: timedelta = TICK

    def __post_init__(self) -> None:
        if self.interval < self.tick or self.tick <= timedelta(0):
            raise ConfigurationError(f"{self.key}: an interval of {self.interval} is shorter than the tick {self.tick}")


@dataclass(frozen=True, slots=True)
class Due:
    """Something that should run now.

    Attributes:
        slot: Since when, aware UTC.
        missed: Slots before this one that nobody served; this run makes up for them.
    """

    key: str
    slot: datetime
    missed: int = 0


def due(shops: Iterable[Schedule], now: datetime) -> list[Due]:
    """Who should run at `now`, longest waiting first; aware instants."""
    found = [one for shop in shops if (one := _due(shop, now)) is not None]
    return sorted(found, key=lambda one: (-one.missed, one.slot, one.key))


def _due(shop: Schedule, now: datetime) -> Due | None:
    """A beginning that lies in the future by more than clocks differ is a clock that was wrong: it serves nothing."""
    cell = _cell_at(shop, now)
    slot = slot_in(shop, cell)
    if shop.last is None or shop.last > now + shop.interval:
        return Due(shop.key, slot)
    return None if shop.last >= slot else Due(shop.key, slot, cell - _cell_at(shop, shop.last) - 1)


def slot_at(shop: Schedule, now: datetime) -> datetime:
    """The newest slot at or before `now`."""
    return slot_in(shop, _cell_at(shop, now))


def _cell_at(shop: Schedule, now: datetime) -> int:
    """The cell of the newest slot at or before `now`."""
    cell = (now - _EPOCH) // shop.interval
    return cell if slot_in(shop, cell) <= now else cell - 1


def slot_in(shop: Schedule, cell: int) -> datetime:
    """The slot of one cell; cells are counted from 1970 UTC."""
    room = shop.interval - shop.tick
    share = (1 - JITTER_SHARE) * _fraction(shop.key) + JITTER_SHARE * _fraction(f"{shop.key}\n{cell}")
    return _EPOCH + cell * shop.interval + share * room


def _fraction(text: str) -> float:
    """A number in [0, 1) that only `text` decides."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48
