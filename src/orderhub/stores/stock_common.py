"""What every stock ledger needs beside the reducer: clock, fork guard. Imports `errors`, `inventory`, `models`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from orderhub.errors import ConfigurationError
from orderhub.inventory.canonical import Lines, Payload, Place, from_us
from orderhub.inventory.ledger import ClockLike
from orderhub.inventory.state import Row
from orderhub.models.stock import Reservation, ReservationStatus, StockCommand, StockLine, StockOutcome

__all__ = ["Batch", "ForkGuard", "LevelCache", "Now", "clock_reader", "reservation_of"]

Now: TypeAlias = Callable[[], datetime]
Batch: TypeAlias = tuple[Sequence[StockCommand], Sequence[Payload | StockOutcome], Sequence[object]]
"""Commands, what `check` says of each, and the digest of each."""


def clock_reader(clock: ClockLike | None) -> Now:
    """A function that answers the instant, aware UTC; the system's clock by default.

    Raises:
        ConfigurationError: when called, if the clock answers a naive time.
    """
    if clock is None:
        return lambda: datetime.now(UTC)
    read = clock if not hasattr(clock, "now") else clock.now

    def now() -> datetime:
        instant = read()
        if instant.utcoffset() is None:
            raise ConfigurationError("The clock of a stock ledger must answer aware datetimes, e.g. datetime.now(UTC)")
        return instant.astimezone(UTC)

    return now


class ForkGuard:
    """Refuses to be used in a forked child, where connections and memory of the parent would silently diverge."""

    def __init__(self) -> None:
        self._pid = os.getpid()

    def check(self) -> None:
        """Raises `ConfigurationError` in another process than the one that opened the ledger."""
        if os.getpid() != self._pid:
            raise ConfigurationError("This stock ledger was opened before a fork; call open_ledger() in the child")


class LevelCache:
    """Levels of a database as this process wrote them last.

    Every change of a level raises the ledger's number, in the same transaction: while the number is the one that we
    left behind, nobody else has changed a level, and what we know needs no reading.
    """

    ROWS_MAX = 200_000

    def __init__(self) -> None:
        self._rows: dict[Place, Row] = {}
        self._seq = -1

    def at(self, seq: int) -> dict[Place, Row]:
        """The levels known at number `seq`, to be changed in place; empty if somebody else has written since."""
        if self._seq != seq or len(self._rows) > self.ROWS_MAX:
            self._rows = {}
        self._seq = -1  # until `keep`: a transaction that fails leaves rows behind that are not true
        return self._rows

    def keep(self, seq: int) -> None:
        """The transaction that changed the levels is committed, and left the ledger at `seq`."""
        self._seq = seq


def reservation_of(key: str, lines: Lines, expires_us: int | None, status: ReservationStatus) -> Reservation:
    """The public form of what a store keeps of a reservation."""
    told = tuple(StockLine(sku, warehouse, units) for (sku, warehouse), units in lines)
    return Reservation(key, told, None if expires_us is None else from_us(expires_us), status)
