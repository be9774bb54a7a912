"""Listening where platforms push over a channel of their own: sockets, queues to pull, a queue of the host's.

A message is acknowledged only after it has been written down; what it names is read at once beside the listening.
Imports `hub`, `drivers`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, Protocol

from orderhub.collect.inbox import PushReport
from orderhub.drivers.listening import SocketListener
from orderhub.errors import DecodeError, OrderHubError, UnsupportedOperation
from orderhub.hub.core import AsyncHub, Hub

__all__ = ["Listener", "Source", "listen"]

IDLE_S = 0.1
FAILED_S = (1.0, 60.0)
"""First and longest wait after a failed read of a queue."""
log = logging.getLogger("orderhub.push")


class Source(Protocol):
    """A queue of the host's own, e.g. `orderhub.drivers.sqs.SqsSource`; blocking."""

    def receive(self) -> list[tuple[str, bytes]]:
        """(receipt, body) of some messages; unless deleted, they come again."""
        ...

    def delete(self, receipts: Sequence[str]) -> None:
        """End messages."""
        ...


class Listener:
    """Takes the messages of one app's channel for a hub.

    Args:
        hub: Sync or async; a sync one works in threads.
        shop: A shop of the app; messages for the app's other shops in this hub reach those.
        source: A queue of the host's own; else the platform's socket, else its queue of messages; where it has both,
            the connector's setting `message_channel` chooses.
        read: Read what messages name at once; else `hub.refetch()` or the next `hub.sync()` does.
        idle_s: Wait at an empty queue of the platform.
        options: Passed to the connector's `listen`.
    """

    def __init__(
        self, hub: Hub | AsyncHub, shop: str, *, source: Source | None = None, read: bool = True,
        idle_s: float = IDLE_S, **options: Any,
    ) -> None:  # fmt: skip
        self.hub, self.shop, self._source, self._read = hub, shop, source, read
        self._idle_s, self._options, self._face = idle_s, options, hub.shops[shop]
        self._due: set[str] = set()
        self._wake = asyncio.Event()
        self.report = PushReport()

    async def run(self) -> None:
        """Listen until cancelled.

        Raises:
            UnsupportedOperation: The platform has no channel of its own and no source was given.
        """
        channel = self._channel()
        tasks = [asyncio.create_task(channel()), asyncio.create_task(self._reads())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    def _channel(self) -> Callable[[], Any]:
        if self._source is not None:
            return partial(self._queue, self._source)
        offers_socket = getattr(self._face.ops, "listen", None) is not None
        if offers_socket and getattr(self._face.ops, "message_channel", "socket") == "socket":
            return SocketListener(self._plan, self._frame, self.hub.clock).run
        if getattr(self._face.ops, "pull_messages", None) is not None:
            return self._pull
        raise UnsupportedOperation(
            f"{self._face.platform} has no message channel of its own; give source=", platform=self._face.platform
        )

    async def _plan(self) -> Any:
        return await self._shop(lambda: self._face.ops.listen(**self._options))

    async def _shop(self, make: Callable[[], Any]) -> Any:
        """Run an operation of the connector in the shop's own world."""
        if isinstance(self.hub, Hub):
            return await asyncio.to_thread(lambda: self._face.world.run(make()))
        return await self._face.world.run(make())

    async def _hub(self, verb: str, *args: Any, **named: Any) -> Any:
        act = partial(getattr(self.hub, verb), *args, **named)
        if isinstance(self.hub, Hub):
            return await asyncio.to_thread(act)
        found = act()
        return await found if isawaitable(found) else found

    async def _frame(self, raw: bytes) -> bool:
        """Decode and write down; a frame without a message (a heartbeat) counts as safe, the connector answers none."""
        messages = await self._shop(lambda: self._face.ops.decode_message({}, raw))
        if messages:
            self._note(await self._hub("receive_decoded", self.shop, messages))
        return True

    def _note(self, report: PushReport) -> None:
        self.report.accepted += report.accepted
        self.report.duplicates += report.duplicates
        self.report.shops |= report.shops
        self.report.revoked |= report.revoked
        self._due |= report.shops
        if report.shops:
            self._wake.set()

    async def _reads(self) -> None:
        """One reader beside the listening: however many messages come, each shop is read by one task."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = sorted(self._due), set()
            for report in (await self._hub("refetch", shops=due)) if self._read and due else ():
                if report.error is not None:
                    log.warning("message read later", extra={"shop": report.shop_key, "error": str(report.error)})

    async def _pull(self) -> None:
        """The platform's queue, emptied again and again."""
        wait_s = FAILED_S[0]
        while True:
            try:
                found = await self._hub("pull_messages", shops=[self.shop])
            except OrderHubError as error:
                wait_s = await self._failed(error, wait_s)
                continue
            wait_s = FAILED_S[0]
            report = found[self.shop]
            self._note(report)
            await asyncio.sleep(self._idle_s if not report.accepted else 0)

    async def _queue(self, source: Source) -> None:
        """A queue of the host's: a message that cannot be read stays in it, for its own rules about such."""
        wait_s = FAILED_S[0]
        while True:
            try:
                rows = await asyncio.to_thread(source.receive)
                safe = [receipt for receipt, body in rows if await self._row(body)]
                if safe:
                    await asyncio.to_thread(source.delete, safe)
            except OrderHubError as error:
                wait_s = await self._failed(error, wait_s)
                continue
            wait_s = FAILED_S[0]
            await asyncio.sleep(0 if rows else self._idle_s)

    async def _row(self, body: bytes) -> bool:
        try:
            return await self._frame(body)
        except DecodeError as error:
            log.warning("message cannot be read", extra={"path": error.path, "platform": error.platform})
            return False

    async def _failed(self, error: OrderHubError, wait_s: float) -> float:
        if not error.retryable:
            raise error
        log.warning("message queue not reached", extra={"error": str(error), "wait_s": wait_s})
        await asyncio.sleep(wait_s)
        return min(FAILED_S[1], wait_s * 2)


def listen(hub: Hub, shop: str, **options: Any) -> None:
    """Listen for a sync hub until interrupted; see `Listener`."""

    async def until_interrupted() -> None:
        await Listener(hub, shop, **options).run()

    asyncio.run(until_interrupted())
