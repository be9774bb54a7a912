"""The public question: the same answer for whatever is not to be seen, few tries however they come, nobody's number."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.errors import ConfigurationError
from orderhub.hub.lookup import LookupPolicy, read_lookup_policy
from orderhub.hub.lookup_asgi import lookup_app
from orderhub.models import (
    Address,
    Order,
    OrderStatus,
    Privacy,
    PrivacyKind,
    Recipient,
    Shipment,
)
from orderhub.sandbox import World

START = datetime(2026, 11, 11, tzinfo=UTC)
POLICY = {"misses_max": 3, "client_misses_max": 6, "answer_ms": 0}


def order(number: str, phone: str | None = "13900001234", **more: Any) -> Order:
    person = Recipient(name="李小明", phone=phone, privacy=Privacy(kind=more.pop("privacy", PrivacyKind.CLEAR)),
                       address=Address(province="广东省", city="广州市", street="体育西路9号"), **more)  # fmt: skip
    return Order(platform="taobao", shop_id="tb-1", order_id=number, status=OrderStatus.SHIPPED, currency="CNY",
                 created_at=START, recipient=person, shipments=(Shipment(carrier="sf", waybill_no="SF1"),))  # fmt: skip


ORDERS = [order("8001"), order("8002", "139****5678", privacy=PrivacyKind.MASKED), order("8003", None),
          order("8004", "13900001111", phone_extension="4321"), order("8005", "$cipher$", privacy=PrivacyKind.ENCRYPTED)]  # fmt: skip


def made(kind: type[Any] = Hub, database: str = "memory:", policy: Any = None) -> tuple[Any, World]:
    world = World(
        seed=4,
        platforms=["taobao"],
        carriers=[],
        shops_per_platform=1,
        start=START,
        tick=lambda: 0.0,
    )
    transport = world.transport() if kind is Hub else world.async_transport()
    hub = kind(shops=world.shops(), transport=transport, clock=world.clock, database=database, lookup=policy or POLICY)
    hub.stores.put_orders(ORDERS)
    return hub, world


@pytest.fixture
def scene() -> Iterator[tuple[Hub, World]]:
    hub, world = made()
    with hub:
        yield hub, world


def test_the_end_of_the_number_opens_the_order_and_nothing_more(scene: tuple[Hub, World]) -> None:
    hub, _ = scene
    found = hub.lookup("8001", "1234", client="1.2.3.4", locale="en")
    assert found.ok and found.view is not None and found.view.status == "shipped" and found.reason is None
    told = found.view.model_dump_json()
    for secret in ("13900001234", "1234", "小明", "体育西路"):
        assert secret not in told
    assert hub.lookup("8002", "5678").ok, "a mask that shows the last digits is enough"
    assert hub.lookup("8004", "4321").ok and hub.lookup("8004", "1111").ok


@pytest.mark.parametrize(
    ("number", "tail"),
    [("8001", "9999"), ("nope", "1234"), ("8003", ""), ("8003", "None"), ("8005", "er$"), ("8001", ""), ("8001", "01234"),
     ("8001", "１２３４"), ("", ""), ("8001\n", "123"), ("x" * 500, "1234"), ("8001", "\ud800"), ("taobao:tb-1:8001", "1234"),
     ("*", "****"), ("8005", "----"), ("%", "1234")],
)  # fmt: skip
def test_whatever_is_not_to_be_seen_gets_one_answer(scene: tuple[Hub, World], number: str, tail: str) -> None:
    hub, _ = scene
    found = hub.lookup(number, tail)
    assert (found.view, found.reason, found.retry_after_s) == (None, "not_found", None)


@pytest.mark.parametrize("number", ["8001", "nope"])
def test_after_some_misses_nobody_is_answered_for_that_number(scene: tuple[Hub, World], number: str) -> None:
    hub, world = scene
    assert [hub.lookup(number, "0000").reason for _ in range(5)] == ["not_found"] * 3 + ["too_many_tries"] * 2
    blocked = hub.lookup(number, "1234")
    assert (blocked.view, blocked.reason, blocked.retry_after_s) == (None, "too_many_tries", 15 * 60)
    assert hub.lookup("8002", "5678").ok, "other numbers are not concerned"
    world.advance(15 * 60)
    assert hub.lookup(number, "1234").ok is (number == "8001")
    for _ in range(3):
        hub.lookup(number, "0000")
    assert hub.lookup(number, "0000").retry_after_s == 30 * 60, "each block is twice as long"


def test_old_misses_are_forgotten_and_right_tries_cost_nothing(scene: tuple[Hub, World]) -> None:
    hub, world = scene
    for _ in range(20):
        assert hub.lookup("8001", "1234", client="a").ok
    assert [hub.lookup("8001", "0").reason for _ in range(2)] == ["not_found"] * 2
    world.advance(3600)
    assert [hub.lookup("8001", "0").reason for _ in range(2)] == ["not_found"] * 2
    assert hub.lookup("8001", "1234").ok


def test_one_client_over_many_numbers_is_stopped_and_others_are_not(scene: tuple[Hub, World]) -> None:
    hub, _ = scene
    told = [hub.lookup(f"guess-{at}", "0000", client="9.9.9.9").reason for at in range(8)]
    assert told == ["not_found"] * 6 + ["too_many_tries"] * 2
    assert hub.lookup("8001", "1234", client="9.9.9.9").reason == "too_many_tries"
    assert [hub.lookup("8001", "1234", client="8.8.8.8").ok for _ in range(9)] == [True] * 9, (
        "refused tries do not count"
    )


def test_many_at_once_have_no_more_tries_than_one_after_the_other(tmp_path: Path) -> None:
    hub, _ = made(database=f"sqlite:///{tmp_path}/hub.db")
    with hub, ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda at: hub.lookup("8001", f"{at:04}").reason, range(40)))
    assert told.count("not_found") <= POLICY["misses_max"]
    assert set(told) <= {"not_found", "too_many_tries"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=25))
def test_known_and_unknown_numbers_count_alike(pauses: list[int]) -> None:
    """The same wrong tries at a number that exists and at one that does not: the same answers."""
    hub, world = made()
    with hub:
        pair: dict[str, list[Any]] = {"8001": [], "nope": []}
        for minutes in pauses:
            world.advance(minutes * 60)
            for number, answers in pair.items():
                found = hub.lookup(number, "0000")
                answers.append((found.reason, found.retry_after_s))
    assert pair["8001"] == pair["nope"]


def test_counters_are_bounded_and_hold_nobody(scene: tuple[Hub, World]) -> None:
    hub, _ = scene
    for at in range(30):
        hub.lookup(f"secret-{at}", "7777", client="203.0.113.7")
    kept = [(name, cursor.position) for name, cursor in hub.stores._cursors.items() if name.startswith("lookup:")]
    assert kept and "203.0.113" not in repr(kept) and "secret" not in repr(kept) and "7777" not in repr(kept)


def test_a_wrong_try_takes_its_time() -> None:
    hub, world = made(policy={"answer_ms": 250})
    with hub:
        before = world.now()
        hub.lookup("8001", "0000")
        assert world.now() - before >= timedelta(milliseconds=250)


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    for bad in ({"misses_max": 0}, {"answer_ms": -1}, {"nonsense": 1}, {"block_minutes": "soon"}):
        with pytest.raises(ConfigurationError, match="lookup"):
            read_lookup_policy(bad)
    assert read_lookup_policy(policy := LookupPolicy()) is policy


@pytest.mark.parametrize("kind", [Hub, AsyncHub])
async def test_the_endpoint_answers_alike_on_both_hubs(kind: type[Any]) -> None:
    hub, _ = made(kind)
    app = lookup_app(hub, client_of=lambda scope: "203.0.113.7")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host") as client:
        good = await client.post("/track", json={"order": "8001", "tail": "1234", "locale": "en"})
        form = await client.post("/track/", data={"order": "8001", "tail": "1234"})
        assert (good.status_code, form.status_code) == (200, 200)
        assert good.json()["title"] == "Shipped" and form.json()["title"] == "已发货"
        assert "1234" not in good.text and good.headers["cache-control"] == "no-store"
        wrong, unknown = [
            await client.post("/track", json={"order": number, "tail": "0000"}) for number in ("8001", "no")
        ]
        assert (
            (wrong.status_code, wrong.content)
            == (unknown.status_code, unknown.content)
            == (404, b'{"error": "not_found"}')
        )
        for _ in range(2):
            await client.post("/track", json={"order": "8001", "tail": "0000"})
        late = await client.post("/track", json={"order": "8001", "tail": "1234"})
        assert late.status_code == 429 and int(late.headers["retry-after"]) > 0
        bad: list[Any] = [b"{", b"[]", b"\xff", b'{"order": "1"}', b'{"order": 1, "tail": "1234"}', b"[" * 3000,
                          b'{"order": "1", "tail": "1", "locale": "fr"}', b'{"order": "1", "tail": "1", "admin": "1"}']  # fmt: skip
        assert {(await client.post("/track", content=body)).status_code for body in bad} == {400}
        assert (await client.post("/track", content=b"x" * 5000)).status_code == 413
        assert (await client.get("/track?order=8001&tail=1234")).status_code == 405
        assert (await client.post("/track/more", json={})).status_code == 404
    await asyncio.to_thread(hub.close) if kind is Hub else await hub.close()


def test_the_answer_is_plain_json(scene: tuple[Hub, World]) -> None:
    hub, _ = scene
    view = hub.lookup("8001", "1234").view
    assert view is not None
    assert set(json.loads(view.model_dump_json())) == {
        "order_no", "locale", "status", "title", "receiver", "region", "updated_at", "parcels", "steps"}  # fmt: skip
