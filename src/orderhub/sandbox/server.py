"""The world behind a socket: a Starlette app under uvicorn. The only module here that imports starlette and uvicorn.

Loopback unless told otherwise. Request targets in absolute form are routed too (httptools parses them). Faults of the
transport are done on the connection itself: dropped, reset in mid body, late. WebSockets of platforms that push over
one are carried when the package `websockets` (extra `push`) is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Collection, Iterator
from importlib.util import find_spec
from typing import Any, Literal, cast

from orderhub.errors import ConfigurationError
from orderhub.flow.message import Reply, Request
from orderhub.sandbox.world import Exchange, Line, World

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError as missing:  # pragma: no cover - needs an environment without the extra
    raise ConfigurationError(
        f"the sandbox server needs {missing.name}: pip install 'orderhub[sandbox]'", field="extra"
    ) from missing

__all__ = ["create_app", "running", "serve"]

BODY_MAX_BYTES = 64 * 1024 * 1024
START_TIMEOUT_S = 10.0
PUSH_EVERY_S = 0.02
_TRANSPORT = "orderhub.transport"


class _Protocol(HttpToolsProtocol):
    """Lends the connection to the app, so that it can be cut."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(dict[str, Any], self.scope)[_TRANSPORT] = self.transport  # not in the TypedDict: ours


class _Door:
    """The one endpoint: bytes in, what becomes of them out."""

    def __init__(self, world: World, hosts: Collection[str]) -> None:
        self._world, self._hosts = world, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _converse(self._world.connect(_request(scope, b"")), receive, send)
            return
        body = await _body(receive)
        if body is None:
            await _send(send, Reply(413, {"content-type": "text/plain"}, b"request too large\n"))
            return
        exchange = self._world.exchange(_request(scope, body), self._hosts)
        await _perform(scope, send, exchange)


async def _body(receive: Receive) -> bytes | None:
    """The whole body, None when it is larger than anybody needs."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_MAX_BYTES:
            return None
    return b"".join(parts)


def _request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "sandbox.local")
    path = scope.get("raw_path", scope["path"].encode()).split(b"?")[0].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return Request(scope.get("method", "GET"), f"http://{host}{path}" + (f"?{query}" if query else ""), headers, body)


async def _perform(scope: Scope, send: Send, exchange: Exchange) -> None:
    if exchange.fate != "answered" and exchange.delay_s:
        await asyncio.sleep(exchange.delay_s)
    if exchange.reply is None or exchange.fate == "timeout_after":
        await _cut(scope, rudely=False)
    elif exchange.fate == "reset":
        await _send(send, exchange.reply, half=True)
        await _cut(scope, rudely=True)
    else:
        await _send(send, exchange.reply)


async def _send(send: Send, reply: Reply, half: bool = False) -> None:
    """Headers and body; `half` stops in the middle of the body although the length was promised whole."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = reply.body[: len(reply.body) // 2] if half else reply.body
    await send({"type": "http.response.body", "body": body, "more_body": half})


async def _cut(scope: Scope, rudely: bool) -> None:
    """Close the connection without a word; `rudely` by a TCP reset. Waits until the server has noticed."""
    transport = scope[_TRANSPORT]
    if rudely:
        await asyncio.sleep(0.01)  # lets the half that was sent leave first
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    for _ in range(3):
        await asyncio.sleep(0)


async def _converse(line: Line | None, receive: Receive, send: Send) -> None:
    """Carry frames both ways until one side hangs up; a refused connection is closed before it opens."""
    await receive()
    if line is None:
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "websocket.accept"})
    speaking = asyncio.create_task(_speak(line, send))
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            for frame in line.receive(message.get("bytes") or b"" if text is None else text):
                await send(_frame(frame))
    finally:
        speaking.cancel()
        await asyncio.wait([speaking])  # as a task: our own cancellation is not to be taken for its
        if not speaking.cancelled():
            speaking.result()


def _frame(frame: str | bytes) -> dict[str, Any]:
    return {"type": "websocket.send", "text" if isinstance(frame, str) else "bytes": frame}


async def _speak(line: Line, send: Send) -> None:
    while not line.closed:
        for frame in line.waiting():
            await send(_frame(frame))
        await asyncio.sleep(PUSH_EVERY_S)
    await send({"type": "websocket.close", "code": 1000})


def create_app(world: World, hosts: Collection[str] = ()) -> Starlette:
    """An ASGI app that answers for the world at every path and by every method.

    Args:
        world: Whose requests these are.
        hosts: Names, beside `localhost` and every IP address, by which the control API may be called (`Host`).
    """
    app = Starlette()
    app.router.default = _Door(world, frozenset(name.lower() for name in hosts))
    return app


def _config(world: World, host: str, port: int, hosts: Collection[str] = ()) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(world, (host, *hosts)), host=host, port=port, http=_Protocol, ws=_frames(), lifespan="off",
        loop="asyncio", log_level="warning", access_log=False, date_header=False, server_header=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip


def _frames() -> Literal["websockets-sansio", "none"]:
    """The WebSocket side of uvicorn, if it is installed."""
    ours = "uvicorn.protocols.websockets.websockets_sansio_impl"
    return "websockets-sansio" if find_spec("websockets") and find_spec(ours) else "none"


def _listening(host: str, port: int) -> socket.socket:
    """A bound socket; binding here tells the port before the server runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off only then: 44 ms a reply otherwise.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}", field="port") from error
    return sock


def _address(sock: socket.socket, host: str) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{sock.getsockname()[1]}"


@contextlib.contextmanager
def running(world: World, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve the world from a daemon thread; yields the base URL, which `world.shops()` tells too meanwhile.

    Raises:
        ConfigurationError: The port is taken, or the server does not start.
    """
    sock = _listening(host, port)
    server = uvicorn.Server(_config(world, host, port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="orderhub-sandbox", daemon=True)
    before, world.base_url = world.base_url, _address(sock, host)
    thread.start()
    try:
        _until(lambda: server.started or not thread.is_alive())
        if not server.started:
            raise ConfigurationError("the sandbox server did not start", field="port")
        yield world.base_url
    finally:
        world.base_url = before
        server.should_exit = True
        thread.join(START_TIMEOUT_S)
        sock.close()


def _until(done: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(int(START_TIMEOUT_S / 0.005)):
        if done() or waited.wait(0.005):
            return


def serve(world: World, host: str = "127.0.0.1", port: int = 8700, hosts: Collection[str] = ()) -> None:
    """Serve the world until interrupted; for the command line. `hosts` as for `create_app`."""
    sock = _listening(host, port)
    world.base_url = _address(sock, host)
    with contextlib.closing(sock):
        uvicorn.Server(_config(world, host, port, hosts)).run(sockets=[sock])
