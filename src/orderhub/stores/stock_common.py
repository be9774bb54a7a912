"""What every stock ledger needs beside the reducer: clock, fork guard. Imports `errors`, `inventory`, `models`."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from orderhub.errors import ConfigurationError
from orderhub.inventory.canonical import Lines, from_us
from orderhub.inventory.ledger import ClockLike
from orderhub.models.stock import Reservation, ReservationStatus, StockLine

__all__ = ["ForkGuard", "Now", "clock_reader", "reservation_of"]

Now: TypeAlias = Callable[[], datetime]


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


def reservation_of(key: str, lines: Lines, expires_us: int | None, status: ReservationStatus) -> Reservation:
    """The public form of what a store keeps of a reservation."""
    told = tuple(StockLine(sku, warehouse, units) for (sku, warehouse), units in lines)
    return Reservation(key, told, None if expires_us is None else from_us(expires_us), status)
