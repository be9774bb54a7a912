"""What happens to shops: tokens refreshed twice at once or refused, calls cancelled anywhere, XML that bites."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from time import process_time
from typing import Any

import pytest

from orderhub import Hub
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import CredentialBox, Services
from orderhub.drivers.sync import SyncWorld
from orderhub.errors import AuthError, OrderHubError, TokenExpired
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import exchange
from orderhub.logistics.carriers.sto.wire import open_reply
from orderhub.models import Credentials, Token
from orderhub.plugins import find, names
from orderhub.sandbox import World
from orderhub.stores.memory import MemoryStores
from orderhub.testing.conformance import Bench

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
SPEAKING = [name for name in names() if find(name).spec.base_url.startswith("https://")]


class Issuer:
    """A platform that honours only the token that it gave last."""

    def __init__(self) -> None:
        self.issued, self.seen, self.meanwhile = 1, list[str](), list[Any]()

    @property
    def valid(self) -> str:
        return f"t{self.issued}"

    def send(self, request: Request) -> Reply:
        self.seen.append(request.body.decode())
        return Reply(200 if request.body.decode() == self.valid else 401, {}, request.body)

    def refresh(self, refresh_token: str) -> Iterator[Any]:
        yield from ()
        self.issued += 1
        mine = Token(self.valid, refresh_token=f"r{self.issued}")
        while self.meanwhile:
            self.meanwhile.pop()()
        return mine


def build(credentials: Credentials, at: datetime) -> Request:
    assert credentials.token is not None
    return Request("POST", "https://demo.example/", body=credentials.token.access_token.encode())


def opened(found: Reply) -> bytes:
    if found.status == 401:
        raise TokenExpired("lapsed")
    return found.body


class Clock:
    def now(self) -> datetime:
        return START

    def sleep(self, seconds: float) -> None:
        return None


def process(issuer: Issuer, stores: MemoryStores) -> SyncWorld:
    """As another process has it: its own credentials in memory, the same store."""
    box = CredentialBox(Credentials("key", "secret", Token("t0", refresh_token="r0")), "demo:1", stores)
    return SyncWorld(Services(HostGuard(["demo.example"]), box, issuer.refresh, Clock()), issuer)


@pytest.mark.fault(25)
def test_two_processes_that_refresh_at_once_end_with_the_token_that_counts() -> None:
    issuer, stores = Issuer(), MemoryStores(clock=Clock())
    one, other = process(issuer, stores), process(issuer, stores)
    read = lambda world: world.run(exchange("demo.get", build, opened))  # noqa: E731
    issuer.meanwhile.append(lambda: read(other))
    assert read(one) == issuer.valid.encode()
    assert read(other) == read(one) == issuer.valid.encode()
    third = process(issuer, stores)
    assert read(third) == issuer.valid.encode()
    assert issuer.issued <= 4, "they refresh in turns for ever"


@pytest.mark.fault(24)
def test_a_shop_whose_refresh_is_refused_stops_alone_and_asks_once() -> None:
    world = World(seed=4, platforms=["taobao"], carriers=[], shops_per_platform=2, orders=8, start=START,
                  tick=lambda: 0.0)  # fmt: skip
    good, bad = world.shops()
    bad |= {"access_token": "sandbox-wrong-token", "refresh_token": "sandbox-wrong-refresh"}
    with Hub([good, bad], clock=world.clock, transport=world.transport()) as hub:
        for _ in range(3):
            reports = {report.shop_key: report for report in hub.sync(refunds=False)}
            assert reports[f"taobao:{good['shop_id']}"].ok
            assert isinstance(reports[f"taobao:{bad['shop_id']}"].error, AuthError)
        assert {order.shop_id for order in hub.orders()} == {good["shop_id"]}
    refreshes = [row for row in world.log(1000) if "token" in str(row["operation"]).lower()]
    assert len(refreshes) <= 1


@cache
def bench(platform: str) -> Bench:
    return Bench.of(platform)


@pytest.mark.fault(69)
@pytest.mark.parametrize("platform", SPEAKING)
def test_a_call_cancelled_after_any_turn_of_the_loop_leaves_a_shop_that_works(platform: str) -> None:
    found = bench(platform)
    world = found.world(orders=3, awkward=False)
    order_id = next(iter(found.truth(world)))

    async def play() -> None:
        for turns in range(7):
            shop = found.async_shop(world)
            if turns % 2:
                world.control("POST", "/_sandbox/faults", {}, {
                    "platform": found.name, "fault": "token_expired", "times": 1})  # fmt: skip
            task = asyncio.create_task(shop.get_order(order_id))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            found.disarm(world)
            assert (await asyncio.wait_for(shop.get_order(order_id), 5)).order_id == order_id

    asyncio.run(play())


GROWING = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BITING = {
    "billion laughs": f'<!DOCTYPE r [<!ENTITY a0 "ha">{GROWING}]><response><success>&a9;</success></response>',
    "quadratic": f'<!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]><response><errorMsg>{"&a;" * 10_000}</errorMsg></response>',
    "file": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><response><success>&a;</success></response>',
    "parameter": '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]><response></response>',
    "without a declaration": "<response><success>false</success><errorMsg>&a9;&xxe;</errorMsg></response>",
}


@pytest.mark.fault(15)
@pytest.mark.parametrize("name", BITING)
def test_xml_that_grows_or_reaches_out_does_neither(name: str) -> None:
    for head in ("", '<?xml version="1.0"?>', "\n "):
        started = process_time()
        with pytest.raises(OrderHubError) as caught:
            open_reply(Reply(200, {"content-type": "text/xml"}, (head + BITING[name]).encode()))
        assert process_time() - started < 0.5
        assert len(str(caught.value)) < 1000
