"""What networks do to a call, over real sockets: names, broken bodies, closed connections, bombs, redirects."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from wire_server import Act, Server, answers, breaks_after, reply, serving

from orderhub.drivers.aio import AsyncWorld
from orderhub.drivers.budget import QUOTA_MAX, RetryBudget
from orderhub.drivers.clock import SystemClock
from orderhub.drivers.guard import HostGuard, decompressed
from orderhub.drivers.services import CredentialBox, Services
from orderhub.drivers.sync import SyncWorld
from orderhub.drivers.transport import AsyncHttpTransport, HttpTransport
from orderhub.errors import (
    ConfigurationError,
    ConnectFailed,
    DecodeError,
    OrderHubError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    SecurityError,
)
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import call
from orderhub.kit.exchange import check_http, exchange
from orderhub.models import Credentials, Token

COST = 14
"""What a retry after a transient failure takes from the quota."""
ZEROS = 48 * 1024 * 1024


class Clock(SystemClock):
    """Naps instead of sleeping."""

    def sleep(self, seconds: float) -> None:
        self.slept = getattr(self, "slept", 0.0) + seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def services(url: str) -> Services:
    box = CredentialBox(Credentials("key", "secret", Token("t1")), "demo:1")
    return Services(HostGuard((), [url]), box, clock=Clock())


def asking(url: str, **options: Any) -> Any:
    """One exchange whose reply is its body."""

    def build(credentials: Credentials, at: datetime) -> Request:
        return Request("POST", url, body=b"x", timeout_s=5)

    def opened(found: Reply) -> bytes:
        check_http(found, platform="demo")
        return found.body

    return exchange("demo.call", build, opened, **options)


def sync_run(url: str, operation: Any) -> Any:
    transport = HttpTransport()
    try:
        return SyncWorld(services(url), transport).run(operation)
    finally:
        transport.close()


def async_run(url: str, operation: Any) -> Any:
    async def play() -> Any:
        transport = AsyncHttpTransport()
        try:
            return await AsyncWorld(services(url), transport).run(operation)
        finally:
            await transport.close()

    return asyncio.run(play())


RUNS = pytest.mark.parametrize("run", [sync_run, async_run])


@pytest.mark.fault(1)
def test_a_name_that_leads_nowhere_is_tried_three_times_and_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def nowhere(host: Any, *more: Any, **named: Any) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    url = "http://platform.invalid/"
    given, transport = services(url), HttpTransport()
    with pytest.raises(ConnectFailed) as caught:
        SyncWorld(given, transport).run(asking(url))
    transport.close()
    assert len(asked) == 3 and caught.value.retryable and caught.value.operation == "demo.call"
    assert given.port("retry")._quota == QUOTA_MAX - 2 * COST


def cut(box: list[Server]) -> Act:
    return answers(box, reply(b'{"part":', length=100))


@pytest.mark.fault(5, 12)
@RUNS
def test_a_body_that_breaks_off_is_thrown_away_and_read_again(run: Callable[..., Any]) -> None:
    with serving(lambda box: (cut(box), answers(box, reply(b"whole")))) as server:
        assert run(server.url, asking(server.url)) == b"whole"
        assert server.requests == 2
    with serving(lambda box: (cut(box), answers(box, reply(b"whole")))) as server:
        with pytest.raises(OutcomeUnknown):
            run(server.url, asking(server.url, write=True))
        assert server.requests == 1


def twice(url: str, **options: Any) -> Any:
    """A call that leaves its connection open, then another."""
    yield from asking(url)
    return (yield from asking(url, **options))


@pytest.mark.fault(6)
@RUNS
def test_a_kept_connection_that_the_peer_closes_costs_a_read_one_repeat_and_a_write_its_certainty(
    run: Callable[..., Any],
) -> None:
    def make(box: list[Server]) -> tuple[Act, ...]:
        return breaks_after(box, reply(b"first")), answers(box, reply(b"second"))

    for options in ({}, {"write": True, "keyed": True}):
        with serving(make) as server:
            assert run(server.url, twice(server.url, **options)) == b"second"
            assert (server.connections, server.requests) == (2, 3)
    with serving(make) as server:
        with pytest.raises(OutcomeUnknown):
            run(server.url, twice(server.url, write=True))
        assert server.requests == 2


@pytest.mark.fault(10)
@pytest.mark.parametrize("error", [PlatformUnavailable("down"), RateLimited("slow")])
def test_a_thousand_callers_of_a_dead_platform_send_at_most_a_tenth_more(error: OrderHubError) -> None:
    budget, sent = RetryBudget(), 0
    for _ in range(1000):
        attempt = 1
        while budget.decide(error, attempt, 0.0) is not None:
            attempt += 1
        sent += attempt
    assert 1000 < sent <= 1100


@pytest.mark.fault(14)
@RUNS
def test_a_bomb_is_stopped_at_the_limit(run: Callable[..., Any]) -> None:
    bomb = gzip.compress(bytes(ZEROS))
    with serving(lambda box: (answers(box, reply(bomb, "Content-Encoding: gzip\r\n")),)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(DecodeError, match="larger than"):
                run(server.url, call(Request("GET", server.url, timeout_s=5)))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 2 * 32 * 1024 * 1024


@pytest.mark.fault(14)
@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "compress"])
def test_encodings_that_were_not_asked_for_are_refused(encoding: str) -> None:
    with pytest.raises(DecodeError, match="not asked for"):
        decompressed([gzip.compress(b"x")], encoding)


FOREIGN = (
    "http://api.example.com/", "https://evil.example/", "https://api.example.com.evil.example/",
    "https://api.example.com@evil.example/", "https://user:word@api.example.com/", "https://127.0.0.1/",
    "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://localhost/", "https://xn--pi-8ia.com/",
    "https://api.exаmple.com/", "https://api.example.com\\@evil.example/", "https://evil.example#api.example.com",
    "https://evil.example/?https://api.example.com/", "ftp://api.example.com/", "file:///etc/hosts",
    "//api.example.com/", "https:///x", "https://api.example.com%2eevil.example/", "https://metadata.internal/",
    "https://.example.com/", "gopher://api.example.com/", "data:text/plain,x", "", "https://sub.api.example.com/",
)  # fmt: skip


class Untouched:
    """A transport that must not be reached."""

    def send(self, request: Request) -> Reply:
        raise AssertionError(f"reached {request.url}")


@pytest.mark.fault(27)
@pytest.mark.parametrize("url", FOREIGN)
def test_no_foreign_or_private_address_reaches_a_socket(url: str) -> None:
    given = Services(HostGuard(["api.example.com"]), clock=Clock())
    with pytest.raises(SecurityError):
        SyncWorld(given, Untouched()).run(call(Request("GET", url)))
    with pytest.raises(SecurityError):
        asyncio.run(AsyncWorld(given, Untouched()).run(call(Request("GET", url))))  # type: ignore[arg-type]


@pytest.mark.fault(28)
@RUNS
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(run: Callable[..., Any], status: str) -> None:
    with serving(lambda box: (answers(box, reply(b"secrets?")),)) as other:
        away = reply(b"", f"Location: {other.url}\r\n", status=status)
        with serving(lambda box: (answers(box, away),)) as server:
            found = run(server.url, call(Request("GET", server.url, {"authorization": "secret"}, timeout_s=5)))
        assert found.status == int(status[:3]) and other.connections == 0


@pytest.mark.fault(70)
def test_threads_share_one_transport() -> None:
    with serving(lambda box: (answers(box, *[reply(b"ok")] * 50),)) as server:
        transport = HttpTransport()
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: transport.send(Request("GET", server.url)).body, range(80)))
        transport.close()
    assert found == [b"ok"] * 80


@pytest.mark.fault(69)
def test_cancelled_calls_give_their_slots_back() -> None:
    gate = threading.Event()

    def make(box: list[Server]) -> tuple[Act, ...]:
        def slow(peer: socket.socket) -> None:
            while box[0].heard(peer):
                gate.wait(5)
                peer.sendall(reply(b"ok"))

        return (slow,)

    async def play(url: str) -> None:
        transport = AsyncHttpTransport(slots=3)
        request = Request("GET", url, timeout_s=5)
        for pauses in range(12):
            tasks = [asyncio.create_task(transport.send(request)) for _ in range(6)]
            for _ in range(pauses):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(
                *tasks, return_exceptions=True))  # fmt: skip
            gate.set()
            found = await asyncio.wait_for(asyncio.gather(*(transport.send(request) for _ in range(6))), 5)
            assert [one.body for one in found] == [b"ok"] * 6
            gate.clear()
        gate.set()
        await transport.close()
        assert not transport._running and transport._slots._value == 3

    with serving(make) as server:
        started = time.monotonic()
        asyncio.run(play(server.url))
        assert time.monotonic() - started < 5


@pytest.mark.fault(70)
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_leaves_the_connections_of_its_parent_alone() -> None:
    context = multiprocessing.get_context("fork")
    with serving(lambda box: (answers(box, *[reply(b"ok")] * 9),)) as server:
        transport, told = HttpTransport(), context.SimpleQueue()
        request = Request("GET", server.url, timeout_s=5)
        transport.send(request)
        child = context.Process(target=lambda: told.put(transport.send(request).body))
        child.start()
        child.join(10)
        assert told.get() == b"ok" and server.connections == 2
        assert transport.send(request).body == b"ok" and server.connections == 2
        transport.close()


@pytest.mark.fault(70)
def test_an_async_transport_serves_one_loop_at_a_time() -> None:
    with serving(lambda box: (answers(box, *[reply(b"ok")] * 9),)) as server:
        transport, request = AsyncHttpTransport(), Request("GET", server.url, timeout_s=5)

        async def ask() -> bytes:
            return (await transport.send(request)).body

        async def meanwhile() -> None:
            await ask()
            with pytest.raises(ConfigurationError, match="one event loop"):
                await asyncio.to_thread(asyncio.run, ask())
            assert await ask() == b"ok"
            await transport.close()

        asyncio.run(meanwhile())
        with asyncio.Runner() as runner:
            assert runner.run(ask()) == b"ok", "the first loop is closed: the next one may begin"
            runner.run(transport.close())
