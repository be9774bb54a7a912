"""The stock ledger in this process's memory: complete, thread-safe, gone at exit. Imports `inventory`, `models`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from orderhub.inventory.canonical import Place, check_all
from orderhub.inventory.ledger import ClockLike
from orderhub.inventory.reducer import reduce_checked
from orderhub.inventory.state import Entry, Row, State
from orderhub.models.stock import (
    Level,
    Movement,
    Reservation,
    ReservationStatus,
    StockCommand,
    StockOutcome,
    StockSnapshot,
)
from orderhub.stores.stock_common import ForkGuard, clock_reader, reservation_of

__all__ = ["MemoryLedger"]


class MemoryLedger:
    """`Ledger` over a whole `State`; one lock, held for one batch at a time."""

    def __init__(self, *, clock: ClockLike | None = None) -> None:
        self._now, self._fork = clock_reader(clock), ForkGuard()
        self._lock, self._state = Lock(), State()
        self._journal: list[Entry] = []

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """See `StockStore.apply`."""
        self._fork.check()
        payloads = check_all(commands)
        with self._lock:
            result = reduce_checked(self._state, commands, payloads, payloads, self._now())
            self._journal += result.entries
        return result.outcomes

    def _expire(self) -> State:
        """The state, after what is due has expired; the lock must be held."""
        self._fork.check()
        self._journal += reduce_checked(self._state, (), (), (), self._now()).entries
        return self._state

    def level(self, sku: str, warehouse: str) -> Level:
        """See `StockStore.level`."""
        with self._lock:
            row = self._expire().rows.get((sku, warehouse))
            return Level(sku, warehouse) if row is None else _level((sku, warehouse), row)

    def levels(self, skus: Iterable[str] | None = None) -> list[Level]:
        """See `StockStore.levels`; sorted by SKU and warehouse."""
        return list(self.snapshot(skus).levels)

    def snapshot(self, skus: Iterable[str] | None = None) -> StockSnapshot:
        """See `Ledger.snapshot`."""
        wanted = None if skus is None else set(skus)
        with self._lock:
            state = self._expire()
            found = [_level(place, row) for place, row in state.rows.items() if wanted is None or place[0] in wanted]
            return StockSnapshot(state.seq, tuple(sorted(found, key=lambda level: (level.sku, level.warehouse))))

    def movements(self, sku: str, warehouse: str) -> list[Movement]:
        """See `StockStore.movements`."""
        with self._lock:
            row = self._expire().rows.get((sku, warehouse))
            last = 0 if row is None else row.last
        chain = []
        while last:
            chain.append(self._journal[last - 1])
            last = chain[-1][8]
        return [
            Movement(seq, key, kind, sku, warehouse, on_hand, reserved, at, reason)
            for seq, key, kind, _, on_hand, reserved, at, reason, _ in reversed(chain)
        ]

    def reservations(
        self, open: bool = True, *, keys: Iterable[str] | None = None, status: ReservationStatus | None = None
    ) -> list[Reservation]:
        """See `Ledger.reservations`."""
        with self._lock:
            held = self._expire().reservations
            names = held if keys is None else held.keys() & set(keys)
            wanted = status or ("open" if open else None)
            found = [(key, held[key]) for key in sorted(names) if wanted in (None, held[key][2])]
        return [reservation_of(key, *kept) for key, kept in found]

    def close(self) -> None:
        """Nothing to release: the ledger lives as long as this object."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _level(place: Place, row: Row) -> Level:
    return Level(*place, row.on_hand, row.reserved, row.version)
