"""Requests by aiohttp keep the promises of those by httpx: addresses, failures, sizes, slots, what is on the wire."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from test_address_faults import NAME, PUBLIC, resolving
from wire_server import Act, Server, answers, breaks_after, reply, serving

from orderhub import AsyncHub
from orderhub.drivers.transport import AsyncHttpTransport
from orderhub.drivers.transport_aiohttp import AiohttpTransport
from orderhub.errors import ConfigurationError, ConnectFailed, DecodeError, SecurityError, TimedOut, TransportError
from orderhub.flow.message import Reply, Request
from orderhub.hub.connect import connect, connect_async, named_transport

BOTH = pytest.mark.parametrize("made", [AsyncHttpTransport, AiohttpTransport])


def play(made: Callable[..., Any], work: Callable[[Any], Awaitable[Any]], **given: Any) -> Any:
    async def run() -> Any:
        transport = made(**given)
        try:
            return await work(transport)
        finally:
            await transport.close()

    return asyncio.run(run())


def send(made: Callable[..., Any], request: Request, **given: Any) -> Reply:
    found: Reply = play(made, lambda transport: transport.send(request), **given)
    return found


@pytest.mark.fault(27)
@pytest.mark.parametrize("found", [("127.0.0.1",), (PUBLIC, "127.0.0.1"), ("::1",), ("169.254.169.254",)])
def test_a_name_that_leads_inwards_meets_no_socket(found: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, found)
    with serving(lambda box: (answers(box, reply(b"inside")),)) as server:
        request = Request("GET", f"http://{NAME}:{server.port}/?token=secret", timeout_s=20)
        with pytest.raises(SecurityError, match="private network") as caught:
            send(AiohttpTransport, request)
        assert server.connections == 0 and "secret" not in str(caught.value)
        if found == ("127.0.0.1",):
            assert send(AiohttpTransport, request, explicit=[f"http://{NAME}:{server.port}"]).body == b"inside"
            with pytest.raises(SecurityError):
                send(AiohttpTransport, request, explicit=[f"http://{NAME}:{server.port + 1}"])


@pytest.mark.fault(27)
def test_the_end_of_a_connection_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up says public; what is connected is not: nothing is sent."""
    with serving(lambda box: (answers(box, reply(b"inside")),)) as server:
        monkeypatch.setattr("orderhub.drivers.transport_aiohttp._Resolver.resolve", astray)
        with pytest.raises(SecurityError):
            send(AiohttpTransport, Request("POST", f"http://{NAME}:{server.port}/", {}, b"secret", timeout_s=20))
        assert server.requests == 0


async def astray(self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
    return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 6, "flags": 0}]


ASKED = [
    ("GET", "x?name=%E5%90%8D&b=+&c=%2f%7E", {"X-One": "1"}, b""),
    ("POST", "y", {"Content-Type": "text/plain"}, "名".encode()),
    ("POST", "", {}, b""),
    ("PUT", "z", {"User-Agent": "mine", "ACCEPT": "application/json"}, b"{}"),
]


def test_what_is_on_the_wire_is_what_httpx_sends() -> None:
    """Line by line, but for the name of the library and the order of headers."""
    seen: list[Any] = []

    def act(peer: socket.socket) -> None:
        while True:
            head, _, body = peer.recv(65536).partition(b"\r\n\r\n")
            if not head:
                return
            first, *lines = head.decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            while len(body) < int(headers.get("content-length", "0")):
                body += peer.recv(65536)
            headers.pop("connection", None)
            if headers["user-agent"].startswith("python-"):
                headers["user-agent"] = "python"
            seen.append((first, headers, body))
            peer.sendall(reply(b"{}", "Set-Cookie: who=me\r\nLocation: /b\r\n", status="302 Found"))

    async def ask(transport: Any) -> list[int]:
        sent = [Request(method, server.url + path, head, body, 20) for method, path, head, body in ASKED]
        return [(await transport.send(request)).status for request in sent]

    with serving(lambda box: (act,)) as server:
        assert play(AsyncHttpTransport, ask) == play(AiohttpTransport, ask) == [302] * 4
    assert seen[:4] == seen[4:]


@BOTH
@pytest.mark.fault(1, 2, 5, 12)
def test_failures_are_what_they_are(made: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        shut = door.getsockname()[1]
    for url in (f"http://127.0.0.1:{shut}/", "http://nowhere.invalid/"):
        with pytest.raises(ConnectFailed):
            send(made, Request("POST", url, {}, b"x", 20))
    with pytest.raises(DecodeError, match="usable address"):
        send(made, Request("GET", "https://a.example:port/"))
    with serving(lambda box: (answers(box, reply(b"part", length=100)),)) as server:
        with pytest.raises(TransportError, match="broke") as caught:
            send(made, Request("GET", server.url, timeout_s=20))
        assert not isinstance(caught.value, ConnectFailed | TimedOut)
    done = threading.Event()

    def silent(box: list[Server]) -> tuple[Act, ...]:
        return (lambda peer: (box[0].heard(peer), done.wait(30))[0],)  # type: ignore[func-returns-value, return-value]

    with serving(silent) as server:
        with pytest.raises(TimedOut):
            send(made, Request("GET", server.url, timeout_s=0.2))
        done.set()


@BOTH
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_nothing_is_sent_a_second_time(made: Callable[..., Any], method: str) -> None:
    """A kept connection that is closed on the second request: the caller decides, not the library."""

    async def twice(transport: Any) -> None:
        request = Request(method, server.url, {}, b"x", 20)
        assert (await transport.send(request)).body == b"one"
        with pytest.raises(TransportError):
            await transport.send(request)

    with serving(lambda box: (breaks_after(box, reply(b"one")), answers(box, reply(b"two")))) as server:
        play(made, twice)
        assert server.requests == 2 and server.connections == 1


@BOTH
def test_bodies_are_capped_packed_or_not(made: Callable[..., Any]) -> None:
    packed = gzip.compress(b"x" * 3000)
    kinds = (reply(b"x" * 3000), reply(packed, "Content-Encoding: gzip\r\n"))
    for one in kinds:
        with serving(lambda box, one=one: (answers(box, one, one),)) as server:  # type: ignore[misc]
            request = Request("GET", server.url, timeout_s=20)
            assert send(made, request).body == b"x" * 3000
            with pytest.raises(DecodeError, match="larger than 2000"):
                send(made, request, bytes_max=2000)


def test_cancelled_calls_give_their_slots_back() -> None:
    async def work(transport: Any) -> None:
        request = Request("GET", server.url, timeout_s=30)
        for pauses in range(6):
            tasks = [asyncio.create_task(transport.send(request)) for _ in range(6)]
            for _ in range(pauses):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            found = await asyncio.gather(*(transport.send(request) for _ in range(6)))
            assert [one.body for one in found] == [b"ok"] * 6
        with pytest.raises(ConfigurationError, match="one event loop"):
            await asyncio.to_thread(asyncio.run, transport.send(request))

    with serving(lambda box: (answers(box, *[reply(b"ok")] * 99),)) as server:
        play(AiohttpTransport, work, slots=3)
        assert server.connections <= 3


def test_it_is_chosen_by_name() -> None:
    assert isinstance(named_transport("aiohttp"), AiohttpTransport)
    with pytest.raises(ConfigurationError, match="none of httpx, aiohttp"):
        named_transport("carrier pigeon")

    account = {"platform": "taobao", "app_key": "k", "app_secret": "s", "access_token": "t"}
    with pytest.raises(ConfigurationError, match="async"):
        connect("taobao", app_key="k", app_secret="s", access_token="t", transport="aiohttp")  # type: ignore[arg-type]

    async def main() -> bytes:
        async with AsyncHub(shops=[account], transport="aiohttp") as hub:
            assert all(isinstance(shop.world.transport, AiohttpTransport) for shop in hub.shops.values())
        async with connect_async(
            "taobao", app_key="k", app_secret="s", access_token="t", base_url=server.url, transport="aiohttp"
        ) as shop:
            found = await shop.world.transport.send(Request("GET", f"http://localhost:{server.port}/", timeout_s=20))
            return bytes(found.body)

    with serving(lambda box: (answers(box, reply(b"ok")),)) as server, pytest.raises(SecurityError):
        asyncio.run(main())
