"""Available to promise by date: what is free now, plus what comes, less what is already promised. Pure.

Imports `models`, `errors`, this room. A day's figure never promises what a later promise needs: it is the least that
is left on that day and on every day after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orderhub.errors import ConfigurationError
from orderhub.inventory.compartments import by_warehouse
from orderhub.inventory.transfer_orders import Inbound
from orderhub.models.stock import Level, Reservation

__all__ = ["DatedDemand", "Promise", "fillable", "promised_from", "promises"]


@dataclass(frozen=True, slots=True)
class DatedDemand:
    """Units that are promised for `at`, UTC, and not reserved in the ledger, e.g. of a presale."""

    sku: str
    warehouse: str
    units: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """From `at` on (UTC; None is now) `units` more may be promised; never less than zero."""

    at: datetime | None
    units: int


def promises(
    levels: Iterable[Level],
    inbound: Iterable[Inbound] = (),
    demand: Iterable[DatedDemand] = (),
    *,
    sku: str,
    warehouses: Iterable[str],
) -> list[Promise]:
    """What may be promised of `sku` out of `warehouses` together, now and from every instant at which it changes.

    Args:
        levels: From `ledger.levels([sku])`; reserved units are not promised again.
        inbound: Purchases that are expected, and transfers by `inbound_of`; those without an instant promise nothing.
        demand: Promises that the ledger does not know. What is due with no stock for it takes from what comes later.
        sku, warehouses: What is asked about.
    Raises:
        ConfigurationError: An instant has no zone, or a figure is negative.
    """
    codes = frozenset(warehouses)
    start = sum(max(0, each.available) for each in by_warehouse(levels) if each.sku == sku and each.warehouse in codes)
    changes: dict[datetime, int] = {}
    rows: list[tuple[Inbound | DatedDemand, int]] = [*((row, 1) for row in inbound), *((row, -1) for row in demand)]
    for row, sign in rows:
        if row.at is None or row.sku != sku or row.warehouse not in codes:
            continue
        if row.at.utcoffset() is None or row.units < 0:
            raise ConfigurationError("Inbound and demand need an aware instant and zero units or more", field="at")
        changes[row.at] = changes.get(row.at, 0) + sign * row.units
    return _least_from_then_on(start, sorted(changes.items()))


def _least_from_then_on(start: int, changes: Sequence[tuple[datetime, int]]) -> list[Promise]:
    left = [start]
    for _, units in changes:
        left.append(left[-1] + units)
    least, found = left[-1], []
    for number in range(len(left) - 1, -1, -1):
        least = min(least, left[number])
        found.append(Promise(changes[number - 1][0] if number else None, max(0, least)))
    found.reverse()
    return [each for number, each in enumerate(found) if not number or each.units != found[number - 1].units]


def promised_from(dated: Iterable[Promise], units: int) -> Promise | None:
    """The first of `promises` that is enough for `units`; None when none of them is."""
    return next((each for each in dated if each.units >= units), None)


def fillable(waiting: Iterable[Reservation], levels: Iterable[Level]) -> list[str]:
    """Keys of back-orders that can be filled out of `levels`, in the order given; each takes what the next cannot have.

    Args:
        waiting: In the order in which they should be served; those whose status is not `waiting` are left out.
        levels: From `ledger.levels()`.
    """
    left = {(level.sku, level.warehouse): level.available for level in levels}
    found = []
    for wish in waiting:
        needed = [((line.sku, line.warehouse), line.quantity) for line in wish.lines]
        if wish.status == "waiting" and all(left.get(place, 0) >= units for place, units in needed):
            found.append(wish.key)
            for place, units in needed:
                left[place] -= units
    return found
