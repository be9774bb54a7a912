"""The awaited face of any stock ledger: a queue of callers before a bounded thread pool. Imports `inventory`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory.ledger import Ledger
from orderhub.models.stock import (
    Level,
    Movement,
    Reservation,
    ReservationStatus,
    StockCommand,
    StockOutcome,
    StockSnapshot,
)
from orderhub.stores.coalesce import Ticket, serve, take_batch

__all__ = ["StockLedgerAsync"]

T = TypeVar("T")

THREADS_MAX = 4


class StockLedgerAsync:
    """`AsyncLedger`: the ledger is opened by the first verb; callers that wait meanwhile share the next batch."""

    def __init__(self, opener: Callable[[], Ledger]) -> None:
        self._opener = opener
        self._ledger: Ledger | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="orderhub-stock")
        self._waiting: deque[Ticket] = deque()
        self._ready: dict[Ticket, asyncio.Future[None]] = {}
        self._drain: asyncio.Task[None] | None = None

    async def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """See `AsyncLedger.apply`."""
        loop = asyncio.get_running_loop()
        if self._ledger is None or self._loop is not loop:
            await self._opened()
        ticket = Ticket(tuple(commands))
        self._waiting.append(ticket)
        ready = self._ready[ticket] = loop.create_future()
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._serve_all())
        await ready
        return ticket.answer()

    async def _serve_all(self) -> None:
        try:
            while self._waiting:
                await self._serve(take_batch(self._waiting))
        finally:
            for ready in self._ready.values():
                ready.cancel()
            self._ready.clear()

    async def _serve(self, batch: list[Ticket]) -> None:
        ledger = await self._opened()
        await self._in_thread(partial(serve, ledger.apply, batch))
        for ticket in batch:
            ready = self._ready.pop(ticket)
            if not ready.done():
                ready.set_result(None)

    async def _opened(self) -> Ledger:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ConfigurationError("An async stock ledger belongs to one event loop; open another one in this loop")
        if self._ledger is not None:
            return self._ledger
        async with self._opening:
            if self._ledger is None:
                self._ledger = await self._in_thread(self._opener)
        return self._ledger

    async def _in_thread(self, call: Callable[[], T]) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, call)
        except RuntimeError as error:
            raise InventoryError("This stock ledger is closed; open it again") from error
        return await future

    async def level(self, sku: str, warehouse: str) -> Level:
        """See `AsyncLedger.level`."""
        return await self._in_thread(partial((await self._opened()).level, sku, warehouse))

    async def levels(self, skus: Iterable[str] | None = None) -> list[Level]:
        """See `AsyncLedger.levels`."""
        return await self._in_thread(partial((await self._opened()).levels, skus))

    async def movements(self, sku: str, warehouse: str) -> list[Movement]:
        """See `AsyncLedger.movements`."""
        return await self._in_thread(partial((await self._opened()).movements, sku, warehouse))

    async def reservations(
        self, open: bool = True, *, keys: Iterable[str] | None = None, status: ReservationStatus | None = None
    ) -> list[Reservation]:
        """See `AsyncLedger.reservations`."""
        return await self._in_thread(partial((await self._opened()).reservations, open, keys=keys, status=status))

    async def snapshot(self, skus: Iterable[str] | None = None) -> StockSnapshot:
        """See `AsyncLedger.snapshot`."""
        return await self._in_thread(partial((await self._opened()).snapshot, skus))

    async def close(self) -> None:
        """See `AsyncLedger.close`; waits for the batch that is under way."""
        if self._drain is not None:
            await asyncio.wait([self._drain])
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            await self._in_thread(ledger.close)
        self._pool.shutdown(wait=False)

    def __await__(self) -> Generator[Any, None, Self]:
        return self._open().__await__()

    async def _open(self) -> Self:
        await self._opened()
        return self

    async def __aenter__(self) -> Self:
        return await self._open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
