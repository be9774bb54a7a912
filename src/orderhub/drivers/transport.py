"""HTTP by httpx, sync and async, behind the `Transport` ports. Imports `drivers`, `flow`, `errors`; loads httpx.

No redirects, no name that leads into a private network unless its address was given, one TLS context for all shops of
the process, bodies capped while they are read. Async calls take a slot of our own semaphore and run in their own
shielded task: a cancelled caller must not cost the pool a connection. What a client of httpx adds around its transport
(cookies, redirects, authentication, hooks) is wanted by no platform and costs a quarter of a call: requests go to the
transport itself, unless the host gives a client of its own.
"""

from __future__ import annotations

import asyncio
import functools
import os
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from orderhub.drivers.addresses import Gate
from orderhub.drivers.connecting import AsyncGuarded, Guarded
from orderhub.drivers.guard import BYTES_MAX, decompressed
from orderhub.errors import ConfigurationError, ConnectFailed, DecodeError, TimedOut, TransportError
from orderhub.flow.message import Reply, Request

__all__ = ["AsyncHttpTransport", "HttpTransport"]

_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16)
SLOWEST = 10
"""A body may take so many times the wait for a reply; one that comes a byte at a time would take for ever."""


@functools.lru_cache(maxsize=1)
def shared_tls() -> ssl.SSLContext:
    """The one TLS context of this process."""
    return httpx.create_ssl_context()


_ALWAYS = {
    "accept": "*/*", "accept-encoding": "gzip, deflate", "connection": "keep-alive",
    "user-agent": f"python-httpx/{httpx.__version__}",
}  # fmt: skip
_NAMES = frozenset(_ALWAYS)


def _built(request: Request) -> httpx.Request:
    """What is sent; `host` and `content-length` are filled in by httpx. Raises `DecodeError` for no usable address."""
    mine = {name.lower() for name in request.headers} & _NAMES
    usual = {name: value for name, value in _ALWAYS.items() if name not in mine} if mine else _ALWAYS
    seconds = request.timeout_s
    waits = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
    try:
        return httpx.Request(
            request.method, request.url, headers={**usual, **request.headers}, content=request.body,
            extensions={"timeout": waits},
        )  # fmt: skip
    except httpx.InvalidURL:
        raise DecodeError("not a usable address") from None


def _failed(error: Exception, request: Request) -> TransportError:
    """Which failure it was; only those before the request left are certain not to have been executed."""
    kind = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol):
        return ConnectFailed(f"no connection to {httpx.URL(request.url).host} ({kind})")
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"no reply within {request.timeout_s:g} s ({kind})")
    return TransportError(f"the connection broke before the reply was complete ({kind})")


def _too_slow(began: float, request: Request) -> None:
    if time.monotonic() - began > SLOWEST * request.timeout_s:
        raise TimedOut(f"the reply was not complete within {SLOWEST * request.timeout_s:g} s")


def _timely(chunks: Iterable[bytes], request: Request) -> Iterator[bytes]:
    began = time.monotonic()
    for chunk in chunks:
        _too_slow(began, request)
        yield chunk


def _by(client: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
    """The same through a client of the host's, with what that one adds."""
    headers = {"accept-encoding": "gzip, deflate", **request.headers}
    try:
        return client.build_request(
            request.method, request.url, headers=headers, content=request.body, timeout=request.timeout_s
        )
    except httpx.InvalidURL:
        raise DecodeError("not a usable address") from None


def _own(gate: Gate) -> Guarded:
    return Guarded(gate, shared_tls(), _LIMITS)


def _async_own(gate: Gate) -> AsyncGuarded:
    return AsyncGuarded(gate, shared_tls(), _LIMITS)


def _reply(response: httpx.Response, body: bytes) -> Reply:
    return Reply(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)


class HttpTransport:
    """`Transport` over one keep-alive pool of httpx; usable from several threads, and in a forked child.

    Args:
        client: One of the host's own; then where it connects to is the host's matter.
        explicit: Addresses that may lead into a private network: a sandbox, a proxy. `connect` adds what it is given.
    """

    def __init__(
        self, client: httpx.Client | None = None, *, bytes_max: int = BYTES_MAX, explicit: Iterable[str] = ()
    ) -> None:
        self._gate = Gate(explicit)
        self.trust = self._gate.trust
        self._client, self._bytes_max = client or _own(self._gate), bytes_max
        self._pid, self._parents = os.getpid(), list[Any]()

    def _here(self) -> None:
        """Connections of the parent are left alone: two processes on one of them would read each other's replies."""
        if os.getpid() != self._pid:
            if isinstance(self._client, httpx.Client):
                raise ConfigurationError("this client was made before a fork; give the child one of its own")
            self._parents.append(self._client)  # kept, so that nothing of it is closed here
            self._client, self._pid = _own(self._gate), os.getpid()

    def send(self, request: Request) -> Reply:
        """One exchange; see `ports.Transport`."""
        self._here()
        client = self._client
        try:
            if isinstance(client, httpx.Client):
                response = client.send(_by(client, request), stream=True)
            else:
                response = client.handle_request(_built(request))
            try:
                encoding = response.headers.get("content-encoding", "")
                return _reply(response, decompressed(_timely(response.iter_raw(), request), encoding, self._bytes_max))
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise _failed(error, request) from None

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()


class AsyncHttpTransport:
    """`AsyncTransport` over one pool of httpx, for one event loop; another one may follow when that is closed.

    Args:
        client, explicit: As for `HttpTransport`.
        slots: How many exchanges at once.
    """

    def __init__(
        self, client: httpx.AsyncClient | None = None, *, bytes_max: int = BYTES_MAX, slots: int = 32,
        explicit: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self._gate = Gate(explicit)
        self.trust = self._gate.trust
        self._client, self._bytes_max = client or _async_own(self._gate), bytes_max
        self._slots, self._slots_max = asyncio.Semaphore(slots), slots
        self._running: set[asyncio.Task[Reply]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def _here(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._loop is not None:
            if isinstance(self._client, httpx.AsyncClient) or not self._loop.is_closed():
                raise ConfigurationError(
                    "an async shop or hub belongs to one event loop; make another one in this loop"
                )
            self._client, self._running = _async_own(self._gate), set()
            self._slots = asyncio.Semaphore(self._slots_max)
        self._loop = loop

    async def send(self, request: Request) -> Reply:
        """One exchange in a task of its own, which ends by itself when the caller is cancelled.

        Raises:
            ConfigurationError: Another event loop uses it, too.
        """
        self._here()
        await self._slots.acquire()
        task = asyncio.get_running_loop().create_task(self._exchange(request))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Reply]) -> None:
        self._running.discard(task)
        self._slots.release()
        if not task.cancelled():
            task.exception()  # seen here when the caller is gone

    async def _exchange(self, request: Request) -> Reply:
        client = self._client
        try:
            if isinstance(client, httpx.AsyncClient):
                response = await client.send(_by(client, request), stream=True)
            else:
                response = await client.handle_async_request(_built(request))
            try:
                encoding, chunks, size = response.headers.get("content-encoding", ""), [], 0
                began = time.monotonic()
                async for chunk in response.aiter_raw():
                    _too_slow(began, request)
                    size += len(chunk)
                    if size > self._bytes_max:
                        raise DecodeError(f"reply larger than {self._bytes_max} bytes; stopped reading")
                    chunks.append(chunk)
                return _reply(response, decompressed(chunks, encoding, self._bytes_max))
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise _failed(error, request) from None

    async def close(self) -> None:
        """Wait for what is under way, then close."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.aclose()
