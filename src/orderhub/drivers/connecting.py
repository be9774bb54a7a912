"""Connections of httpx that go where the gate lets them: a name is looked up once, checked, and that very address used.

So a name that answers differently the second time finds nobody to answer to. Imports `drivers.addresses`,
`errors`; loads httpx and its httpcore.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from orderhub.drivers.addresses import Gate, lookup
from orderhub.errors import ConfigurationError

__all__ = ["AsyncGuarded", "Guarded"]

Options = Iterable[Any] | None


class _Backend(httpcore.NetworkBackend):
    def __init__(self, gate: Gate) -> None:
        self._gate, self._inner = gate, httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        more: dict[str, Any] = {"local_address": local_address, "socket_options": socket_options}
        if self._gate.knows(host, port):
            return self._inner.connect_tcp(host, port, timeout, **more)
        with _unresolved():
            found = lookup(host, port)
        failure: Exception = httpcore.ConnectError("no address")
        for address, seconds in _shared(self._gate.pick(host, port, found), timeout):
            try:
                stream = self._inner.connect_tcp(address, port, seconds, **more)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            try:
                self._gate.check(host, port, _peer(stream, address))
            except Exception:
                stream.close()
                raise
            return stream
        raise failure


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, gate: Gate) -> None:
        self._gate, self._inner = gate, httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ASYNC109
        socket_options: Options = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        more: dict[str, Any] = {"local_address": local_address, "socket_options": socket_options}
        if self._gate.knows(host, port):
            return await self._inner.connect_tcp(host, port, timeout, **more)
        with _unresolved():
            async with asyncio.timeout(timeout):
                found = await asyncio.to_thread(lookup, host, port)
        failure: Exception = httpcore.ConnectError("no address")
        for address, seconds in _shared(self._gate.pick(host, port, found), timeout):
            try:
                stream = await self._inner.connect_tcp(address, port, seconds, **more)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            try:
                self._gate.check(host, port, _peer(stream, address))
            except Exception:
                await stream.aclose()
                raise
            return stream
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@contextmanager
def _unresolved() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from None
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from None


def _shared(addresses: list[str], timeout: float | None) -> Iterator[tuple[str, float | None]]:
    """Each address with its share of the time: one that does not answer must not cost the others theirs."""
    for address in addresses:
        yield address, None if timeout is None else timeout / len(addresses)


def _peer(stream: Any, address: str) -> str:
    """Who is at the other end, by the socket's own word."""
    told = stream.get_extra_info("server_addr")
    return str(told[0]) if told else address


def _options(tls: ssl.SSLContext, limits: httpx.Limits) -> dict[str, Any]:
    return {
        "ssl_context": tls, "max_connections": limits.max_connections, "http2": False,
        "max_keepalive_connections": limits.max_keepalive_connections, "keepalive_expiry": limits.keepalive_expiry,
    }  # fmt: skip


class Guarded(httpx.HTTPTransport):
    """The transport of httpx with a pool that stands behind a gate.

    httpx takes no backend, so its pool is replaced by one made alike; it stays its own kind of transport, which is what
    recorders and mocks of httpx look for.
    """

    def __init__(self, gate: Gate, tls: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=tls, limits=limits, trust_env=False)
        _check(self)
        self._pool = httpcore.ConnectionPool(network_backend=_Backend(gate), **_options(tls, limits))


class AsyncGuarded(httpx.AsyncHTTPTransport):
    """`Guarded`, awaited."""

    def __init__(self, gate: Gate, tls: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=tls, limits=limits, trust_env=False)
        _check(self)
        self._pool = httpcore.AsyncConnectionPool(network_backend=_AsyncBackend(gate), **_options(tls, limits))


def _check(made: Any) -> None:
    """Without a pool to replace nothing would be checked: then nothing is sent."""
    if not isinstance(getattr(made, "_pool", None), httpcore.ConnectionPool | httpcore.AsyncConnectionPool):
        raise ConfigurationError("this version of httpx keeps its connections elsewhere; install httpx 0.27 or 0.28")
