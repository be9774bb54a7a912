"""Keeping a message socket open: heartbeat, silence, reconnecting with backoff. Needs the package `websockets`.

What comes is handed to `handle`; the frame that ends a message is sent only after `handle` says that it is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from orderhub.drivers.addresses import Gate
from orderhub.drivers.clock import Randomness
from orderhub.drivers.reaching import reached
from orderhub.errors import ConfigurationError, DecodeError, OrderHubError, SecurityError
from orderhub.kit.listening import Frame, Listening
from orderhub.ports import Clock

__all__ = ["SocketListener"]

FRAME_MAX = 1024 * 1024
OPEN_TIMEOUT_S = 20.0
log = logging.getLogger("orderhub.push")
Plan = Callable[[], Awaitable[Listening]]
Handle = Callable[[bytes], Awaitable[bool]]


class SocketListener:
    """One socket of one app, opened again for as long as it runs.

    Args:
        plan: Where and how to connect; asked before every try, since addresses are signed with the time.
        handle: Takes a frame; True once what it names is written down, False for a frame that is not to be ended.
    """

    def __init__(self, plan: Plan, handle: Handle, clock: Clock, randomness: Randomness | None = None) -> None:
        self._plan, self._handle, self._clock = plan, handle, clock
        self._random = randomness or Randomness()
        self.opened = self.frames = 0

    async def run(self) -> None:
        """Listen until cancelled.

        Raises:
            ConfigurationError: The package or a setting is missing.
            SecurityError: The address is neither encrypted nor on this machine, or leads into a private network.
        """
        lost: tuple[type[Exception], ...] = (OSError, TimeoutError, OrderHubError, *_broken())
        failures = 0
        while True:
            listening = await self._plan()
            _check(listening)
            heard = self.frames
            try:
                await self._session(listening)
                why = "closed"
            except (ConfigurationError, SecurityError):
                raise
            except lost as error:
                why = type(error).__name__
            failures = 1 if self.frames > heard else failures + 1
            wait_s = self._wait_s(listening, failures)
            log.warning("message socket lost", extra={"why": why, "failures": failures, "wait_s": round(wait_s, 1)})
            await asyncio.sleep(wait_s)

    def _wait_s(self, listening: Listening, failures: int) -> float:
        """Doubled after each failure up to the longest; half of it is jitter, so that a crowd spreads."""
        longest = min(listening.wait_max_s, listening.first_wait_s * 2.0 ** min(failures - 1, 30))
        return longest * (0.5 + self._random.random() / 2)

    async def _session(self, listening: Listening) -> None:
        async with await _connect(listening) as socket:
            self.opened += 1
            if listening.greeting is not None:
                await socket.send(listening.greeting)
            beating = asyncio.create_task(self._beat(socket, listening))
            try:
                while True:
                    async with asyncio.timeout(_seconds(listening.silence_s)):
                        frame = await socket.recv()
                    await self._take(socket, listening, frame)
            finally:
                await _ended(beating)

    async def _take(self, socket: Any, listening: Listening, frame: Frame) -> None:
        """One frame; one that cannot be read is left unanswered, so that the platform keeps it.

        A frame that refuses the connection, or cannot be stored, does not count as heard: waits go on doubling.
        """
        try:
            is_safe = await self._handle(frame.encode() if isinstance(frame, str) else frame)
            self.frames += 1
        except DecodeError as error:
            self.frames += 1
            log.warning("message cannot be read", extra={"path": error.path, "platform": error.platform})
            return
        answer = listening.acknowledge(frame, self._clock.now()) if is_safe else None
        if answer is not None:
            await socket.send(answer)

    async def _beat(self, socket: Any, listening: Listening) -> None:
        while listening.beat is not None:
            frame = listening.beat(self._clock.now())
            if frame is not None:
                await socket.send(frame)
            await asyncio.sleep(listening.beat_s)


async def _ended(beating: asyncio.Task[None]) -> None:
    """Cancel the beat and wait for it; waited for as a task, so that our own cancellation is not taken for its."""
    beating.cancel()
    await asyncio.wait([beating])
    if not beating.cancelled():
        with contextlib.suppress(OSError, *_broken()):
            beating.result()


def _seconds(silence_s: float) -> float | None:
    return None if silence_s == float("inf") else silence_s


def _check(listening: Listening) -> None:
    """Addresses prove secrets: encrypted, on this machine, or in plain because the host said so."""
    parts = urlsplit(listening.address)
    if parts.scheme == "wss" and parts.hostname:
        return
    is_fine = bool(parts.hostname) and listening.is_plain_allowed
    if parts.scheme != "ws" or not (is_fine or _is_here(parts.hostname or "")):
        raise SecurityError("a message socket is wss, or ws on this machine for a sandbox, or ws allowed by a setting")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _broken() -> tuple[type[Exception], ...]:
    """What the package raises when a socket breaks or is refused."""
    try:
        from websockets.exceptions import WebSocketException
    except ImportError:
        return ()  # said once a connection is tried
    return (WebSocketException,)


async def _connect(listening: Listening) -> Any:
    try:
        from websockets.asyncio.client import connect
    except ImportError:
        raise ConfigurationError('message sockets need pip install "orderhub[push]"', field="extra") from None

    class Straight(connect):
        """To the address that was checked, and to no other that it points to: the greeting proves a secret."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    is_known = listening.is_given or _is_here(urlsplit(listening.address).hostname or "")
    there = await reached(listening.address, Gate([listening.address] if is_known else ()), OPEN_TIMEOUT_S)
    return Straight(
        listening.address, sock=there, ping_interval=listening.ping_s, open_timeout=OPEN_TIMEOUT_S, max_size=FRAME_MAX,
        logger=_discreet(), proxy=None,
    )  # fmt: skip


def _discreet() -> logging.Logger:
    """The logger of the package's own words, never as low as DEBUG: there it tells addresses and frames."""
    found = logging.getLogger("orderhub.push.socket")
    if found.level < logging.INFO:
        found.setLevel(logging.INFO)
    return found
