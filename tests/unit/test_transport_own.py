"""Our own way through httpx sends what its client would, and a client of the host's is used as it is."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from orderhub.drivers.transport import AsyncHttpTransport, HttpTransport
from orderhub.errors import DecodeError
from orderhub.flow.message import Request

ASKED = [
    Request("GET", "https://a.example/x?name=%E5%90%8D&b=+", {"X-One": "1"}),
    Request("POST", "http://a.example:8080/y", {"Content-Type": "text/plain"}, "名".encode()),
    Request("POST", "https://a.example", {}, b""),
    Request("PUT", "https://a.example/z", {"User-Agent": "mine", "ACCEPT": "application/json"}, b"{}"),
]


class Kept:
    """Keeps requests and sets a cookie with each reply."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(
            302, headers={"set-cookie": "who=me", "location": "https://b.example"}, stream=httpx.ByteStream(b"{}")
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def wire(request: httpx.Request) -> Any:
    return (
        request.method,
        str(request.url),
        sorted((name.lower(), value) for name, value in request.headers.items()),
        request.content,
    )


def test_requests_are_those_of_the_client_without_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, also awaited; no cookie comes back and no redirect is followed."""
    kept, twin, told = Kept(), Kept(), Kept()
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: kept.handle_request(request))
    monkeypatch.setattr(
        httpx.AsyncHTTPTransport, "handle_async_request", lambda _, request: twin.handle_async_request(request)
    )
    transport = HttpTransport()
    assert [transport.send(request).status for request in ASKED] == [302] * 4

    async def main() -> None:
        one = AsyncHttpTransport()
        for request in ASKED:
            await one.send(request)
        await one.close()

    asyncio.run(main())
    for request in ASKED:
        with httpx.Client(transport=httpx.MockTransport(told.handle_request)) as fresh:
            fresh.send(fresh.build_request(request.method, request.url, headers={
                "accept-encoding": "gzip, deflate", **request.headers}, content=request.body), stream=True)  # fmt: skip
    assert [wire(one) for one in kept.seen] == [wire(one) for one in twin.seen] == [wire(one) for one in told.seen]
    waits = {"connect": 30.0, "read": 30.0, "write": 30.0, "pool": 30.0}
    assert [one.extensions["timeout"] for one in kept.seen] == [waits] * 4
    transport.close()


def test_a_client_of_the_host_adds_what_it_adds() -> None:
    kept = Kept()
    with httpx.Client(
        transport=httpx.MockTransport(kept.handle_request), headers={"x-host": "yes"}, auth=("u", "p")
    ) as client:
        HttpTransport(client).send(ASKED[0])
    assert kept.seen[0].headers["x-host"] == "yes"
    assert kept.seen[0].headers["authorization"].startswith("Basic ")


def test_what_is_no_address_is_told_as_such() -> None:
    transport = HttpTransport()
    with pytest.raises(DecodeError, match="usable address"):
        transport.send(Request("GET", "https://a.example:port/"))
    transport.close()
