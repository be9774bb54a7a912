"""Each platform's own message channel against its emulator, over real sockets: nothing is acknowledged unstored."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import orderhub
from orderhub.drivers.listening import SocketListener, _check
from orderhub.drivers.sqs import SqsSource
from orderhub.errors import ConfigurationError, PlatformUnavailable, SecurityError, UnsupportedOperation
from orderhub.hub.listening import Listener
from orderhub.kit.listening import Listening
from orderhub.sandbox import World
from orderhub.sandbox.server import running

WAIT_S = 10.0


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(seed=5, platforms=[request.param], carriers=[], shops_per_platform=2, orders=2, limits=False)
    with running(world):
        yield world


def create(world: World, platform: str, count: int = 3) -> set[str]:
    """New orders in every shop; answers their ids."""
    status, rows = world.control("POST", f"/_sandbox/{platform}/orders", {}, {"count": count})
    assert status < 300, rows
    return {row["order_id"] for row in rows}


@contextlib.asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(listener.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await done():  # noqa: ASYNC110  # the sandbox has no event to wait for
            await asyncio.sleep(0.05)


async def ids_of(hub: Any) -> set[str]:
    return {order.order_id for order in await hub.orders()}


def left(world: World, platform: str) -> int:
    """Messages that nobody acknowledged."""
    emulator: Any = world.emulators[platform]
    box = emulator._messages
    return len(box.queue if hasattr(box, "queue") else box.messages)


@pytest.mark.parametrize("served", ["pinduoduo"], indirect=True)
async def test_pinduoduos_socket_brings_orders_of_both_shops_of_the_app(served: World) -> None:
    entries = served.shops()
    async with orderhub.AsyncHub(entries) as hub:
        for shop in hub.shops.values():
            await shop.permit_messages()
        listener = Listener(hub, next(iter(hub.shops)))
        async with listening(listener):
            await asyncio.sleep(0.2)
            made = create(served, "pinduoduo")
            await until(lambda: _all(hub, made))
            market: Any = served.emulators["pinduoduo"]
            await until(lambda: _empty(market._market.messages))
        assert listener.report.accepted == len(made)
        assert {order.shop_id for order in await hub.orders()} == {entry["shop_id"] for entry in entries}


async def _all(hub: Any, made: set[str]) -> bool:
    return made <= await ids_of(hub)


async def _empty(queue: list[Any]) -> bool:
    return not queue


@pytest.mark.parametrize("served", ["pinduoduo"], indirect=True)
async def test_a_message_is_not_acknowledged_while_the_store_cannot_write(served: World) -> None:
    market: Any = served.emulators["pinduoduo"]
    async with orderhub.AsyncHub(served.shops()[:1]) as hub:
        [shop] = hub.shops.values()
        await shop.permit_messages()
        put, failures = hub.stores.put_outbox, iter((True, True))

        def full(*args: Any, **named: Any) -> None:
            if next(failures, False):
                raise PlatformUnavailable("as if the disk were full")
            put(*args, **named)

        hub.stores.put_outbox = full  # type: ignore[method-assign]
        made = create(served, "pinduoduo", 1)
        mine = {
            row["order_id"] for row in served.control("GET", "/_sandbox/pinduoduo/orders", {"shop_id": shop.shop_id})[1]
        } & made
        listener = Listener(hub, shop.key)
        served.control("PUT", "/_sandbox/switches", {}, {"pinduoduo": {"push_retry_s": 1}})
        async with listening(listener):
            await until(lambda: _all(hub, mine))
            await until(lambda: _empty(market._market.messages))


@pytest.mark.parametrize("served", ["suning"], indirect=True)
async def test_sunings_binary_socket_with_greeting_and_acknowledgement(served: World) -> None:
    async with orderhub.AsyncHub(served.shops()) as hub:
        first = next(iter(hub.shops.values()))
        for shop in hub.shops.values():
            await shop.permit_messages(["suning_order_changed"])
        async with listening(Listener(hub, first.key, client_ip="127.0.0.1")):
            await asyncio.sleep(0.2)
            made = create(served, "suning", 2)
            mine = {
                row["order_id"]
                for row in served.control("GET", "/_sandbox/suning/orders", {"shop_id": first.shop_id})[1]
            }
            await until(lambda: _all(hub, made & mine))
            box: Any = served.emulators["suning"]
            await until(lambda: _none_for(box, first.shop_id))
        assert made - mine and not (made - mine) & await ids_of(hub), "another app's messages come on its own socket"


async def _none_for(emulator: Any, shop_id: str) -> bool:
    return not [one for one in emulator._messages.queue if one.shop_id == shop_id]


@pytest.mark.parametrize("served", ["taobao"], indirect=True)
async def test_taobaos_queue_is_emptied_and_confirmed(served: World) -> None:
    market: Any = served.emulators["taobao"]
    async with orderhub.AsyncHub(served.shops()) as hub:
        for shop in hub.shops.values():
            await shop.permit_messages()
        async with listening(Listener(hub, next(iter(hub.shops)))):
            made = create(served, "taobao")
            await until(lambda: _all(hub, made))
            await until(lambda: _empty(market._market.messages))


def over_socket(world: World, **more: Any) -> list[dict[str, Any]]:
    return [{**entry, "message_channel": "socket", **more} for entry in world.shops()]


@contextlib.asynccontextmanager
async def quick(hub: Any) -> AsyncIterator[Listener]:
    """A listener that pulls and comes back without the waits that a platform deserves."""
    listener = Listener(hub, next(iter(hub.shops)), pull_s=0.05)
    plan = listener._plan

    async def soon() -> Listening:
        return replace(await plan(), first_wait_s=0.01, wait_max_s=0.05)

    listener._plan = soon  # type: ignore[method-assign]
    async with listening(listener):
        yield listener


def greetings(world: World) -> int:
    return sum(1 for line in world.log(2000) if line["operation"] == "connect")


@pytest.mark.parametrize("served", ["taobao"], indirect=True)
async def test_taobaos_binary_socket_brings_orders_of_both_shops_and_is_opened_again(served: World) -> None:
    market: Any = served.emulators["taobao"]
    async with orderhub.AsyncHub(over_socket(served)) as hub:
        for shop in hub.shops.values():
            await shop.permit_messages()
        async with quick(hub) as listener:
            made = create(served, "taobao")
            await until(lambda: _all(hub, made))
            await until(lambda: _empty(market._market.messages))
            assert greetings(served) == 1 and listener.report.accepted >= len(made)
            served.control("PUT", "/_sandbox/switches", {}, {"taobao": {"tmc_idle_s": 5}})
            served.advance(60)
            await until(lambda: _greeted(served, 2))
            later = create(served, "taobao", 1)
            await until(lambda: _all(hub, later))
            await until(lambda: _empty(market._market.messages))


async def _greeted(world: World, count: int) -> bool:
    return greetings(world) >= count


@pytest.mark.parametrize("served", ["taobao"], indirect=True)
async def test_taobaos_message_is_not_confirmed_while_the_store_cannot_write(served: World) -> None:
    market: Any = served.emulators["taobao"]
    async with orderhub.AsyncHub(over_socket(served)[:1]) as hub:
        [shop] = hub.shops.values()
        await shop.permit_messages()
        put, refused, is_full = hub.stores.put_outbox, [], [True]

        def full(*args: Any, **named: Any) -> None:
            if is_full[0]:
                refused.append(1)
                raise PlatformUnavailable("as if the disk were full")
            put(*args, **named)

        hub.stores.put_outbox = full  # type: ignore[method-assign]
        served.control("PUT", "/_sandbox/switches", {}, {"taobao": {"tmc_redelivery_s": 0}})
        create(served, "taobao", 1)
        waiting = {message["id"] for message in market._market.messages}
        async with quick(hub) as listener:
            await until(lambda: _refused(2, refused))
            assert {message["id"] for message in market._market.messages} == waiting != set()
            assert listener.report.accepted == 0
            is_full[0] = False
            await until(lambda: _empty(market._market.messages))
            assert listener.report.accepted == len(waiting)


async def _refused(count: int, found: list[int]) -> bool:
    return len(found) >= count


@pytest.mark.parametrize("served", ["taobao"], indirect=True)
async def test_taobaos_socket_refuses_a_wrong_secret_and_brings_nothing(served: World) -> None:
    market: Any = served.emulators["taobao"]
    entries = over_socket(served)
    async with orderhub.AsyncHub(entries[:1]) as hub:
        await next(iter(hub.shops.values())).permit_messages()
    create(served, "taobao", 1)
    waiting = len(market._market.messages)
    async with orderhub.AsyncHub([{**entries[0], "app_secret": "another"}]) as hub:
        async with quick(hub):
            await until(lambda: _greeted(served, 3))
        assert len(market._market.messages) == waiting > 0 and not await hub.orders()


@pytest.mark.parametrize("served", ["taobao"], indirect=True)
async def test_taobaos_documented_address_needs_a_word_of_the_host(served: World) -> None:
    entries = over_socket(served, message_url="ws://mc.example.com/")
    async with orderhub.AsyncHub(entries[:1]) as hub:
        with pytest.raises(SecurityError, match="setting"):
            await Listener(hub, next(iter(hub.shops))).run()
    async with orderhub.AsyncHub([{**entries[0], "message_plain": True}]) as hub:
        plan = await Listener(hub, next(iter(hub.shops)))._plan()
        _check(plan)
        assert entries[0]["app_secret"] not in repr(plan) and "greeting" not in repr(plan)


INSIDE = Listening("wss://messages.example.com/", lambda frame, at: None)


@pytest.mark.fault(27)
@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:192.168.0.1"])
async def test_a_message_sockets_name_that_leads_inwards_is_refused_before_a_byte(
    monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    found = [(2, 1, 6, "", (inner, 443))]
    monkeypatch.setattr("orderhub.drivers.reaching.lookup", lambda host, port: found)
    with pytest.raises(SecurityError, match="private network"):
        await asyncio.wait_for(_socket(INSIDE).run(), WAIT_S)


@pytest.mark.fault(27)
async def test_a_message_socket_whose_other_end_is_inside_after_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setattr("orderhub.drivers.addresses.Gate.pick", lambda *args: ["127.0.0.1"])
        plan = replace(INSIDE, address=f"wss://localhost.example.com:{port}/")
        monkeypatch.setattr("orderhub.drivers.reaching.lookup", lambda host, port: [])
        with pytest.raises(SecurityError, match="private network"):
            await asyncio.wait_for(_socket(plan).run(), WAIT_S)
        await until(lambda: _came(heard))
    assert heard == [b""]


async def _came(found: list[bytes]) -> bool:
    return bool(found)


def _socket(plan: Listening) -> SocketListener:
    async def planned() -> Listening:
        return plan

    async def handle(frame: bytes) -> bool:
        raise AssertionError("nothing is heard")

    class Still:
        def now(self) -> datetime:
            return datetime(2024, 6, 18, tzinfo=UTC)

    return SocketListener(planned, handle, Still())  # type: ignore[arg-type]


@pytest.mark.parametrize("served", ["taobao"], indirect=True)
async def test_an_address_that_the_host_gave_may_be_a_name_of_its_own_network(
    served: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relay's name that leads inwards is heard because the setting names it."""
    [entry, *_] = over_socket(served)
    entry |= {"message_url": entry["message_url"].replace("127.0.0.1", "relay.example.com"), "message_plain": True}
    places = [(2, 1, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr("orderhub.drivers.reaching.lookup", lambda host, port: places)
    async with orderhub.AsyncHub([entry]) as hub, quick(hub):
        await until(lambda: _greeted(served, 1))


ARN = "arn:aws:sqs:us-east-1:123456789012:orderhub"


@pytest.mark.parametrize("served", ["amazon"], indirect=True)
async def test_amazons_notifications_come_through_sqs(served: World) -> None:
    pytest.importorskip("boto3")
    entries = [{**entry, "queue_arn": ARN} for entry in served.shops()]
    async with orderhub.AsyncHub(entries) as hub:
        for shop in hub.shops.values():
            await shop.permit_messages()
        source = SqsSource(f"{served.base_url}/123456789012/orderhub", wait_s=0, endpoint_url=served.base_url,
                           region_name="us-east-1", aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # fmt: skip
        made = create(served, "amazon")
        async with listening(Listener(hub, next(iter(hub.shops)), source=source)):
            await until(lambda: _all(hub, made))
            await until(lambda: _gone(served))


async def _gone(world: World) -> bool:
    return left(world, "amazon") == 0


@pytest.mark.parametrize("served", ["jd"], indirect=True)
async def test_a_platform_without_a_channel_says_so(served: World) -> None:
    async with orderhub.AsyncHub(served.shops()[:1]) as hub:
        with pytest.raises(UnsupportedOperation, match="no message channel"):
            await Listener(hub, next(iter(hub.shops))).run()


# --- the socket itself -----------------------------------------------------------------------------------------------


class Server:
    """A platform's socket that hangs up, falls silent or sends nonsense, as told."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.opened = 0
        self.behave: Callable[[Any, int], Awaitable[None]] = self.hang_up

    async def hang_up(self, socket: Any, number: int) -> None:
        await socket.close()

    async def __call__(self, socket: Any) -> None:
        self.opened += 1
        await self.behave(socket, self.opened)
        async for frame in socket:
            self.got.append(frame)


@contextlib.asynccontextmanager
async def socket_of(server: Server) -> AsyncIterator[str]:
    from websockets.asyncio.server import serve

    async with serve(server, "127.0.0.1", 0) as listening_at:
        port = next(iter(listening_at.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


def client(address: str, handle: Callable[[bytes], Awaitable[bool]], **more: Any) -> SocketListener:
    from orderhub.drivers.clock import SystemClock

    async def plan() -> Listening:
        given = {"first_wait_s": 0.01, "wait_max_s": 0.05, **more}
        return Listening(address, lambda frame, at: f"ack {frame!r}", **given)

    return SocketListener(plan, handle, SystemClock())


async def yes(raw: bytes) -> bool:
    return True


@contextlib.asynccontextmanager
async def run(listener: SocketListener) -> AsyncIterator[None]:
    task = asyncio.create_task(listener.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_lost_socket_is_opened_again() -> None:
    server = Server()
    async with socket_of(server) as address, run(client(address, yes)):
        await until(lambda: _at_least(server, 4))


async def _at_least(server: Server, count: int) -> bool:
    return server.opened >= count


class Hangs:
    """A socket in memory that is lost soon after it opens: the same steps of the loop each time."""

    async def __aenter__(self) -> Hangs:
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)

    async def recv(self) -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        raise OSError("hung up")

    async def send(self, frame: Any) -> None:
        await asyncio.sleep(0)


@pytest.mark.parametrize("silence_s", [60.0, float("inf")])
async def test_a_listener_ends_at_whatever_step_it_is_cancelled(
    silence_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(listening: Listening) -> Hangs:
        return Hangs()

    monkeypatch.setattr("orderhub.drivers.listening._connect", hangs)
    for steps in range(40):
        listener = client("ws://127.0.0.1/x", yes, silence_s=silence_s, first_wait_s=0, beat=lambda at: "beat")
        task = asyncio.create_task(listener.run())
        await _turns(steps)
        task.cancel()
        await _turns(40)
        is_over = task.done()
        while not task.done():  # a listener that missed its cancellation is told again, so that the test ends
            task.cancel()
            await _turns(1)
        assert is_over and task.cancelled(), f"cancelled after {steps} steps, the listener went on"


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_silent_socket_is_taken_for_dead_and_heartbeats_go_out() -> None:
    server = Server()

    async def mute(socket: Any, number: int) -> None:
        return

    server.behave = mute
    async with (
        socket_of(server) as address,
        run(client(address, yes, silence_s=0.2, beat=lambda at: "beat", beat_s=0.05)),
    ):
        await until(lambda: _at_least(server, 2))
    assert server.got.count("beat") >= 3


async def test_a_greeting_goes_first_and_a_beat_may_have_nothing_to_say() -> None:
    server = Server()

    async def mute(socket: Any, number: int) -> None:
        return

    server.behave, left = mute, iter((None, None, b"now"))
    async with (
        socket_of(server) as address,
        run(client(address, yes, greeting=b"hello", beat=lambda at: next(left, None), beat_s=0.01)),
    ):
        await until(lambda: _heard(server, 2))
        await asyncio.sleep(0.05)
    assert server.got == [b"hello", b"now"]


async def _heard(server: Server, count: int) -> bool:
    return len(server.got) >= count


async def test_a_refusal_does_not_count_as_heard() -> None:
    server = Server()

    async def refuse(socket: Any, number: int) -> None:
        await socket.send("no")

    async def handle(raw: bytes) -> bool:
        raise PlatformUnavailable("no")

    server.behave = refuse
    async with socket_of(server) as address:
        listener = client(address, handle)
        async with run(listener):
            await until(lambda: _at_least(server, 3))
    assert listener.frames == 0


async def test_only_what_is_safe_is_acknowledged_and_nonsense_breaks_nothing() -> None:
    server, seen = Server(), []

    async def send(socket: Any, number: int) -> None:
        for frame in ("safe", "unsafe", b"\x00binary"):
            await socket.send(frame)

    async def handle(raw: bytes) -> bool:
        from orderhub.errors import DecodeError

        seen.append(raw)
        if raw.startswith(b"\x00"):
            raise DecodeError("nonsense")
        return raw == b"safe"

    server.behave = send
    async with socket_of(server) as address, run(client(address, handle)):
        await until(lambda: _got(server, seen))
        await asyncio.sleep(0.1)
    assert server.got == ["ack 'safe'"] and seen == [b"safe", b"unsafe", b"\x00binary"] and server.opened == 1


async def _got(server: Server, seen: list[bytes]) -> bool:
    return len(seen) == 3 and bool(server.got)


@pytest.mark.parametrize(
    "address", ["ws://message-api.pinduoduo.com/x", "http://127.0.0.1/x", "ws://10.0.0.1/x", "wss://"]
)
async def test_an_address_that_would_leak_its_proof_is_refused(address: str) -> None:
    with pytest.raises(SecurityError):
        await client(address, yes).run()


def test_backoff_doubles_to_its_longest_and_spreads() -> None:
    listener = client("ws://127.0.0.1/x", yes)
    plan = Listening("ws://127.0.0.1/x", lambda frame, at: None, first_wait_s=20, wait_max_s=1200)
    waits = [listener._wait_s(plan, failures) for failures in (1, 2, 3, 7, 50, 5_000)]
    for wait, longest in zip(waits, (20, 40, 80, 1200, 1200, 1200), strict=True):
        assert longest / 2 <= wait <= longest


def test_the_plan_shows_no_address() -> None:
    assert "secret" not in repr(Listening("wss://x/secret", lambda frame, at: None))


async def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "websockets.asyncio.client", None)
    with pytest.raises(ConfigurationError, match="push"):
        await client("ws://127.0.0.1:1/x", yes).run()


# --- the stand-in for SQS --------------------------------------------------------------------------------------------


def sqs(world: World, target: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
    from orderhub.flow.message import Request

    told = {"x-amz-target": f"AmazonSQS.{target}", "authorization": "AWS4-HMAC-SHA256 Credential=x", **headers}
    reply = world.handle(Request("POST", "http://sandbox.local/", told, json.dumps(body).encode()))
    return reply.status, json.loads(reply.body)


def test_the_queue_refuses_what_sqs_refuses() -> None:
    world = World(seed=1, platforms=["amazon"], carriers=[])
    url = {"QueueUrl": "http://x/123456789012/orderhub"}
    assert sqs(world, "ReceiveMessage", url, authorization="")[0] == 403
    assert "QueueDoesNotExist" in sqs(world, "ReceiveMessage", url)[1]["__type"]
    assert sqs(world, "ReceiveMessage", {})[0] == 400
