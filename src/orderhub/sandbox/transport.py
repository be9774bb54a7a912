"""The way in without a socket: shaped as `ports.Transport` and `ports.AsyncTransport`. Imports `errors`, `flow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderhub.errors import ConnectFailed, DecodeError, TimedOut, TransportError
from orderhub.flow.message import Reply, Request

if TYPE_CHECKING:
    from orderhub.sandbox.world import Exchange, World

__all__ = ["AsyncDirect", "Direct", "deliver"]


def deliver(world: World, exchange: Exchange, timeout_s: float) -> Reply:
    """The reply as a client would see it; delays move the sandbox clock instead of sleeping.

    Raises:
        TimedOut: `timeout_before`, `timeout_after`, or `slow` beyond `timeout_s`: sent, outcome not known.
        ConnectFailed: `connect_failed`: never sent.
        TransportError: `reset`: sent, the reply broke off.
        DecodeError: `gzip_bomb`: a careful transport stops unpacking.
    """
    if exchange.delay_s and exchange.fate != "answered":
        world.advance(min(exchange.delay_s, timeout_s))
    if exchange.fate == "connect_failed":
        raise ConnectFailed("the sandbox refused the connection")
    if exchange.fate == "reset":
        raise TransportError("the sandbox reset the connection in the middle of the reply")
    late = exchange.fate == "slow" and exchange.delay_s > timeout_s
    if exchange.reply is None or exchange.fate == "timeout_after" or late:
        raise TimedOut(f"no reply within {timeout_s:g} s")
    if "content-encoding" in exchange.reply.headers:
        raise DecodeError("the reply unpacks to more than a transport takes", status=exchange.reply.status)
    return exchange.reply


class Direct:
    """Sends into the world, in process."""

    def __init__(self, world: World) -> None:
        self._world = world

    def send(self, request: Request) -> Reply:
        """One exchange; raises as `deliver` does."""
        return self._world.handle(request)

    def close(self) -> None:
        """Nothing to release."""


class AsyncDirect:
    """`Direct`, awaited; never blocks for longer than the call takes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send(self, request: Request) -> Reply:
        """One exchange; raises as `deliver` does."""
        return self._world.handle(request)

    async def close(self) -> None:
        """Nothing to release."""
