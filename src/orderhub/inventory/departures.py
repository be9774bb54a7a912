"""On which day a warehouse's next parcel leaves: opening days, cut-off, capacity. Pure. Imports `models`, this room.

Days are the warehouse's own, instants UTC. Without an instant to count from, nothing is dated and nothing is full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from orderhub.errors import ConfigurationError
from orderhub.inventory.policies import ShippingTerms
from orderhub.models.logistics import Warehouse

__all__ = ["DAYS_MAX", "Departure", "Departures"]

DAYS_MAX = 14
"""How many days ahead a parcel may be planned, closed ones included."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A day on which parcels may leave: `days` after today, `at` the latest instant they go, `load` already on it.

    `day` is None where a warehouse has no terms: whatever is asked leaves at once.
    """

    day: date | None
    days: int
    at: datetime
    load: int
    capacity: int | None


class Departures:
    """The open days of every warehouse that has terms, and what is promised on them."""

    def __init__(
        self,
        warehouses: Sequence[Warehouse],
        terms: Sequence[ShippingTerms],
        now: datetime | None,
        load: Mapping[tuple[str, date], int],
    ) -> None:
        by_code = {each.warehouse: each for each in terms}
        if len(by_code) < len(terms):
            raise ConfigurationError("Two shipping terms name the same warehouse", field="terms")
        if now is None and any(_needs_clock(each) for each in terms):
            raise ConfigurationError("Cut-offs, opening days and capacities need the present instant", field="now")
        if now is not None and now.utcoffset() is None:
            raise ConfigurationError("The present instant needs a time zone", field="now")
        self._terms = [by_code.get(each.code) for each in warehouses]
        self._days: list[list[tuple[date, int, datetime]]] = [
            [] if each is None or now is None else _open_days(each, now) for each in self._terms
        ]
        self._load = {
            (at, day): load.get((each.code, day), 0)
            for at, each in enumerate(warehouses)
            for day, _, _ in self._days[at]
        }
        self._now = now
        self._next: dict[int, Departure | Literal["closed", "full"] | None] = {}
        self.is_limited = now is not None and any(each.parcels_per_day is not None for each in terms)
        self.is_dated = now is not None
        instants = [rows[-1][2] for rows in self._days if rows]
        self.latest = max(instants, default=now)

    def next_of(self, index: int) -> Departure | Literal["closed", "full"] | None:
        """Where the next parcel of that warehouse would go; None where no days are counted."""
        if index not in self._next:
            self._next[index] = self._look(index)
        return self._next[index]

    def on(self, index: int, day: date) -> Departure | None:
        """That day, full or not; None where it is not among the warehouse's open days."""
        terms = self._terms[index]
        row = next((row for row in self._days[index] if row[0] == day), None)
        if row is None or terms is None:
            return None
        return Departure(*row, self._load[index, day], terms.parcels_per_day)

    def _look(self, index: int) -> Departure | Literal["closed", "full"] | None:
        terms = self._terms[index]
        if self._now is None:
            return None
        if terms is None:
            return Departure(None, 0, self._now, 0, None)
        for day, days, at in self._days[index]:
            load = self._load[index, day]
            if terms.parcels_per_day is None or load < terms.parcels_per_day:
                return Departure(day, days, at, load, terms.parcels_per_day)
        return "full" if self._days[index] else "closed"

    def book(self, index: int, day: date, parcels: int) -> bool:
        """Add parcels to a day; whether the day of the next one changed."""
        if (index, day) not in self._load:
            return False
        before = self._next.pop(index, None)
        self._load[index, day] += parcels
        after = self.next_of(index)
        return _day(before) != _day(after)

    def room(self, index: int, day: date) -> int | None:
        """Parcels that the day still takes; None is any number."""
        terms = self._terms[index]
        if terms is None or terms.parcels_per_day is None or (index, day) not in self._load:
            return None
        return terms.parcels_per_day - self._load[index, day]


def _day(departure: Departure | str | None) -> object:
    return departure.day if isinstance(departure, Departure) else departure


def _needs_clock(terms: ShippingTerms) -> bool:
    every_day = len(terms.open_days) == 7 and not terms.closed_on
    return terms.cut_off is not None or terms.parcels_per_day is not None or not every_day


def _open_days(terms: ShippingTerms, now: datetime) -> list[tuple[date, int, datetime]]:
    """(local date, days after today, latest instant that parcels leave) of each open day in sight."""
    zone = ZoneInfo(terms.zone)
    local = now.astimezone(zone)
    found = []
    for days in range(DAYS_MAX):
        day = local.date() + timedelta(days=days)
        if day.isoweekday() not in terms.open_days or day in terms.closed_on:
            continue
        if terms.cut_off is None:
            at = now if days == 0 else datetime.combine(day, time(0), zone)
        else:
            at = datetime.combine(day, terms.cut_off, zone)
        if at >= now:
            found.append((day, days, at.astimezone(UTC)))
    return found
