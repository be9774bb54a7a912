"""The public face of a stock ledger, sync and async, as Protocols. Imports `ports`, `models`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

from orderhub.models.stock import (
    Level,
    Movement,
    Reservation,
    ReservationStatus,
    StockCommand,
    StockOutcome,
    StockSnapshot,
)
from orderhub.ports import Clock, StockStore

__all__ = ["AsyncLedger", "ClockLike", "Ledger"]

ClockLike: TypeAlias = Clock | Callable[[], datetime]
"""A `Clock`, or a function that answers the instant; aware, in any zone."""


class Ledger(StockStore, Protocol):
    """`StockStore` plus what hosts like to read. Safe to share between threads.

    Every verb, reads included, first expires the reservations whose time has come. What another process holds locked
    raises a retryable `InventoryError`; then nothing was written, and the same commands may be applied again.
    """

    def reservations(
        self, open: bool = True, *, keys: Iterable[str] | None = None, status: ReservationStatus | None = None
    ) -> list[Reservation]:
        """Reservations by key, sorted: those still open, or all of them; only those of `keys` when given.

        `status` asks for those in one state instead, e.g. "waiting" back-orders or transfers "in_transit".
        """
        ...

    def snapshot(self, skus: Iterable[str] | None = None) -> StockSnapshot:
        """Levels, all or those of `skus`, and the ledger's version, read at one instant."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class AsyncLedger(Protocol):
    """`Ledger`, awaited. Belongs to one event loop; `await ledger` opens it ahead of its first verb."""

    async def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """As `Ledger.apply`. A cancelled call may still have its effect: apply the same keys again to know."""
        ...

    async def level(self, sku: str, warehouse: str) -> Level:
        """As `Ledger.level`."""
        ...

    async def levels(self, skus: Iterable[str] | None = None) -> list[Level]:
        """As `Ledger.levels`."""
        ...

    async def movements(self, sku: str, warehouse: str) -> list[Movement]:
        """As `Ledger.movements`."""
        ...

    async def reservations(
        self, open: bool = True, *, keys: Iterable[str] | None = None, status: ReservationStatus | None = None
    ) -> list[Reservation]:
        """As `Ledger.reservations`."""
        ...

    async def snapshot(self, skus: Iterable[str] | None = None) -> StockSnapshot:
        """As `Ledger.snapshot`."""
        ...

    async def close(self) -> None:
        """Release resources; twice does no harm."""
        ...

    def __await__(self) -> Generator[Any, None, Self]: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
