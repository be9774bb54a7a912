"""HTTP by aiohttp, awaited, behind the `AsyncTransport` port. Imports `drivers`, `flow`, `errors`; loads aiohttp.

The same promises as by httpx: no redirects, no cookies, no name that leads into a private network, bodies capped while
they are read, slots of our own, and nothing is sent twice unasked. Many calls at once cost a fraction of the time.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from orderhub.drivers.addresses import Gate, lookup
from orderhub.drivers.guard import BYTES_MAX, decompressed
from orderhub.drivers.transport import AsyncHttpTransport, shared_tls
from orderhub.errors import ConfigurationError, ConnectFailed, DecodeError, TimedOut, TransportError
from orderhub.flow.message import Reply, Request

__all__ = ["AiohttpTransport"]

_ALWAYS = {"accept": "*/*", "accept-encoding": "gzip, deflate", "user-agent": f"python-aiohttp/{aiohttp.__version__}"}
_PIECE = 1 << 16
_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ServerFingerprintMismatch)
"""Failures that come before a byte of the request has left."""


class _Resolver(AbstractResolver):
    """Looks a name up once and checks what it found; those very addresses are connected to."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found: list[Any] = await asyncio.to_thread(lookup, host, port)
        self._gate.pick(host, port, found)
        return [
            ResolveResult(hostname=host, host=row[4][0], port=port, family=row[0], proto=row[2], flags=0)
            for row in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _Guarded(aiohttp.TCPConnector):
    """Connections behind a gate, which looks again at who is at the other end."""

    def __init__(self, gate: Gate, slots: int) -> None:
        super().__init__(resolver=_Resolver(gate), use_dns_cache=False, ssl=shared_tls(), limit=slots)
        self._gate = gate

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109
        connection = await super().connect(req, traces, timeout)
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        try:
            if peer:
                self._gate.check(req.url.raw_host or "", req.url.port or 443, str(peer[0]))
        except Exception:
            connection.close()
            raise
        return connection


class AiohttpTransport(AsyncHttpTransport):
    """`AsyncTransport` over one keep-alive pool of aiohttp, for one event loop.

    Args:
        explicit: Addresses that may lead into a private network: a sandbox, a proxy. `connect_async` adds its own.
        slots: How many exchanges at once.
    """

    def __init__(self, *, bytes_max: int = BYTES_MAX, slots: int = 32, explicit: Iterable[str] = ()) -> None:
        self._gate = Gate(explicit)
        self.trust = self._gate.trust
        self._bytes_max, self._slots, self._slots_max = bytes_max, asyncio.Semaphore(slots), slots
        self._running: set[asyncio.Task[Reply]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Any = None

    def _here(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):
            raise ConfigurationError("an async shop or hub belongs to one event loop; make another one in this loop")
        if self._session is None:
            self._loop, self._session = loop, _session(_Guarded(self._gate, self._slots_max))

    async def _exchange(self, request: Request) -> Reply:
        try:
            async with self._session.request(
                request.method, _url(request.url), headers=_headers(request), data=request.body or None,
                allow_redirects=False, timeout=_waits(request.timeout_s),
            ) as response:  # fmt: skip
                return await self._read(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _failed(error, request) from None

    async def _read(self, response: Any) -> Reply:
        chunks, size = [], 0
        async for chunk in response.content.iter_chunked(_PIECE):
            size += len(chunk)
            if size > self._bytes_max:
                response.close()
                raise DecodeError(f"reply larger than {self._bytes_max} bytes; stopped reading")
            chunks.append(chunk)
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = decompressed(chunks, headers.get("content-encoding", ""), self._bytes_max)
        return Reply(response.status, headers, body)

    async def close(self) -> None:
        """Wait for what is under way, then close."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _session(connector: _Guarded) -> Any:
    """A session that adds nothing of its own and sends nothing a second time."""
    made = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False,
        skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
    )  # fmt: skip
    if not hasattr(made, "_retry_connection"):
        raise ConfigurationError("this version of aiohttp may send a request twice; install aiohttp 3.11 to 3.14")
    made._retry_connection = False
    return made


def _headers(request: Request) -> dict[str, str]:
    mine = {name.lower() for name in request.headers}
    return {**{name: value for name, value in _ALWAYS.items() if name not in mine}, **request.headers}


def _url(text: str) -> URL:
    """The address as it was signed, not quoted anew. Raises `DecodeError` for no usable address."""
    try:
        found = URL(text, encoded=text.isascii())
        if found.scheme in ("http", "https") and found.host and found.port:
            return found
    except (ValueError, TypeError):
        pass
    raise DecodeError("not a usable address")


def _waits(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=seconds, sock_connect=seconds, sock_read=seconds)


def _failed(error: Exception, request: Request) -> TransportError:
    """Which failure it was; only those before the request left are certain not to have been executed."""
    kind = type(error).__name__
    if isinstance(error, _NEVER_LEFT):
        return ConnectFailed(f"no connection to {URL(request.url).host} ({kind})")
    if isinstance(error, TimeoutError):
        return TimedOut(f"no reply within {request.timeout_s:g} s ({kind})")
    return TransportError(f"the connection broke before the reply was complete ({kind})")
