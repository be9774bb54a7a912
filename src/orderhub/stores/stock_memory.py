"""The stock ledger in this process's memory: complete, thread-safe, gone at exit. Imports `inventory`, `models`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from orderhub.inventory.canonical import Payload, Place, check_all
from orderhub.inventory.ledger import ClockLike
from orderhub.inventory.reducer import reduce_checked
from orderhub.inventory.state import Entry, Row, State
from orderhub.models.stock import (
    Commit,
    Level,
    Movement,
    Reservation,
    ReservationStatus,
    Reserve,
    StockCommand,
    StockOutcome,
    StockSnapshot,
)
from orderhub.stores.stock_common import ForkGuard, clock_reader, reservation_of

__all__ = ["MemoryLedger"]


_POSITIVE: frozenset[type] = frozenset({Reserve, Commit})


class MemoryLedger:
    """`Ledger` over a whole `State`; one lock, held for one batch at a time.

    Attributes:
        PAGE, SHELF: So many movements, so many reservations are kept together; see `inventory.state`.
    """

    PAGE, SHELF = 4096, 1 << 16

    def __init__(self, *, clock: ClockLike | None = None) -> None:
        self._now, self._fork = clock_reader(clock), ForkGuard()
        self._lock, self._state = Lock(), State()
        self._pages: list[tuple[Entry, ...]] = []
        self._journal: list[Entry] = []  # what no page is full of yet

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """See `StockStore.apply`."""
        self._fork.check()
        payloads = check_all(commands)
        with self._lock:
            result = reduce_checked(self._state, commands, payloads, _marks(commands, payloads), self._now())
            self._keep(result.entries)
        return result.outcomes

    def _keep(self, entries: list[Entry]) -> None:
        """Nothing that grows for ever is walked through by the garbage collector."""
        self._journal += entries
        while len(self._journal) >= self.PAGE:
            self._pages.append(tuple(self._journal[: self.PAGE]))
            del self._journal[: self.PAGE]
        self._state.shelve(self.SHELF)

    def _entry(self, seq: int) -> Entry:
        page, at = divmod(seq - 1, self.PAGE)
        return self._pages[page][at] if page < len(self._pages) else self._journal[at]

    def _expire(self) -> State:
        """The state, after what is due has expired; the lock must be held."""
        self._fork.check()
        self._keep(reduce_checked(self._state, (), (), (), self._now()).entries)
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
            chain.append(self._entry(last))
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
            state, wanted = self._expire(), status or ("open" if open else None)
            asked = state.everything_held() if keys is None else {key: state.held(key) for key in set(keys)}
            found = [(key, held) for key, held in sorted(asked.items()) if held and wanted in (None, held[2])]
        return [reservation_of(key, *kept) for key, kept in found]

    def close(self) -> None:
        """Nothing to release: the ledger lives as long as this object."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _marks(commands: Sequence[StockCommand], payloads: Sequence[Payload | StockOutcome]) -> list[object]:
    """What tells payloads apart and is nothing that the garbage collector walks through.

    Units of reserves and commits are positive, so that their hashes differ; those of -1 and -2 would not.
    """
    return [hash(told) if type(command) in _POSITIVE else repr(told)
            for command, told in zip(commands, payloads, strict=True)]  # fmt: skip


def _level(place: Place, row: Row) -> Level:
    return Level(*place, row.on_hand, row.reserved, row.version)
