"""The ledger at any past instant, from its movements. Imports `ports`, `models`, `errors`.

Movements are never changed, so an answer for a past instant is the same for ever. A reservation counts as held until
the movement that resolved it, which for expiry is the first verb after its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from orderhub.errors import ConfigurationError
from orderhub.models.stock import Level, Movement, StockSnapshot
from orderhub.ports import StockStore

__all__ = ["level_at", "level_of", "snapshot_at"]


def level_of(movements: Sequence[Movement], at: datetime) -> Level | None:
    """What one place had at `at`, from its movements, oldest first; None before the first one.

    Movements up to the last one that is not after `at` count, so that the answer is a state that the place was in even
    if the clock went backwards.

    Raises:
        ConfigurationError: `at` has no zone.
    """
    known = _until(movements, at)
    if not known:
        return None
    on_hand = sum(row.on_hand_delta for row in known)
    reserved = sum(row.reserved_delta for row in known)
    return Level(known[0].sku, known[0].warehouse, on_hand, reserved, len(known))


def _until(movements: Sequence[Movement], at: datetime) -> Sequence[Movement]:
    if at.utcoffset() is None:
        raise ConfigurationError("A past instant must be aware, e.g. datetime(2026, 5, 1, tzinfo=UTC)", field="at")
    count = len(movements)
    while count and movements[count - 1].at > at:
        count -= 1
    return movements[:count]


def level_at(ledger: StockStore, sku: str, warehouse: str, at: datetime) -> Level:
    """What `warehouse` had of `sku` at `at`.

    Raises:
        ConfigurationError: `at` has no zone.
    """
    return level_of(ledger.movements(sku, warehouse), at) or Level(sku, warehouse)


def snapshot_at(ledger: StockStore, at: datetime, skus: Iterable[str] | None = None) -> StockSnapshot:
    """Every level at `at`, or those of `skus`; one read a place. Places that had no movement yet are left out.

    Raises:
        ConfigurationError: `at` has no zone.
    """
    levels, version = [], 0
    for now in ledger.levels(skus):
        known = _until(ledger.movements(now.sku, now.warehouse), at)
        if (level := level_of(known, at)) is not None:
            levels.append(level)
            version = max(version, known[-1].seq)
    return StockSnapshot(version, tuple(levels))
