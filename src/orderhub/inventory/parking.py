"""Orders that could not be served: why, since when, and when to try again. Pure. Imports `models`, this room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from orderhub.inventory.demand import Allocation, DemandLine, Missing, ParkReason, Refusal
from orderhub.models.stock import Level

__all__ = ["Parked", "parking", "ready_again"]


@dataclass(frozen=True, slots=True)
class Parked:
    """An order, or the rest of one, that waits.

    Attributes:
        lines: What waits.
        reason, missing, refused: Why, as the last allocation found.
        since: When it was first parked, UTC; hand it on as `OrderDemand.since`, so that it moves up.
        tries: Allocations that parked it, one after the other.
    """

    order_key: str
    lines: tuple[DemandLine, ...]
    reason: ParkReason
    missing: tuple[Missing, ...]
    refused: tuple[Refusal, ...]
    since: datetime
    tries: int = 1


def parking(plans: Iterable[Allocation], now: datetime, before: Iterable[Parked] = ()) -> list[Parked]:
    """The parking list after an allocation: served orders leave it, others stay with their first `since`.

    Orders of `before` that were not asked this time stay as they are. The longest wait comes first.
    """
    waiting = {each.order_key: each for each in before}
    for plan in plans:
        old = waiting.pop(plan.order_key, None)
        if plan.reason is None:
            continue
        since, tries = (old.since, old.tries + 1) if old else (now, 1)
        waiting[plan.order_key] = Parked(
            plan.order_key, plan.parked, plan.reason, plan.missing, plan.refused, since, tries
        )
    return sorted(waiting.values(), key=lambda each: (each.since, each.order_key))


def ready_again(parked: Iterable[Parked], levels: Iterable[Level]) -> list[Parked]:
    """Those for which enough of every missing SKU has come in; orders that nobody may ship wait for a new policy."""
    there: dict[str, int] = {}
    for level in levels:
        there[level.sku] = there.get(level.sku, 0) + max(0, level.available)
    return [each for each in parked if each.reason != "not_serviceable" and _is_there(each, there)]


def _is_there(parked: Parked, there: Mapping[str, int]) -> bool:
    """Scattered stock is worth another try as soon as there is more of it than there was."""
    if parked.reason == "scattered_stock":
        return any(there.get(each.sku, 0) > each.available for each in parked.missing)
    return all(there.get(each.sku, 0) >= each.requested for each in parked.missing)
