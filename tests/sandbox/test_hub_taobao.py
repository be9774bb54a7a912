"""The main job on one platform, both drivers, in process: nothing lost, nothing doubled, equal results."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

import orderhub
from orderhub.errors import OrderHubError
from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World


def _truth(world: World, shop: str) -> set[str]:
    return {row["order_id"] for row in world.control("GET", "/_sandbox/taobao/orders", {"shop_id": shop}, None)[1]}


LIST, DETAIL = "taobao.trades.sold.increment.get", "taobao.trade.fullinfo.get"
FAULTS = (("repeated_page", LIST), ("http_503", LIST), ("token_expired", DETAIL), ("timeout_after", DETAIL),
          ("call_limited", DETAIL), ("shifting_pages", LIST))  # fmt: skip
EVERY = 400


class Meddler:
    """Lets a buyer or seller change an order between calls, every so often; time passes by a second with it."""

    def __init__(self, world: World, shop_id: str) -> None:
        self.world, self.calls = world, 0
        self.ids = sorted(_truth(world, shop_id))

    def __call__(self) -> None:
        self.calls += 1
        if self.calls % EVERY == 0:
            number = self.calls // EVERY
            self.world.advance(number % 2)  # every other change shares its second with the one before
            order_id = self.ids[number * 37 % len(self.ids)]
            fields = {"fields": {"seller_memo": f"change {number}"}}
            assert self.world.control("PATCH", f"/_sandbox/taobao/orders/{order_id}", {}, fields)[0] < 300


class Meddled:
    """A transport with a meddler before each call; sync and awaited."""

    def __init__(self, world: World, meddle: Meddler) -> None:
        self.world, self.meddle = world, meddle

    def send(self, request: Request) -> Reply:
        self.meddle()
        return self.world.handle(request)

    def close(self) -> None:
        """Nothing to release."""


class AsyncMeddled(Meddled):
    async def send(self, request: Request) -> Reply:  # type: ignore[override]
        return super().send(request)

    async def close(self) -> None:  # type: ignore[override]
        """Nothing to release."""


@pytest.mark.fault(23, 29)
@pytest.mark.parametrize(("is_async", "many"), [(False, 10_000), (True, 2_000)])
def test_thousands_of_orders_arrive_once_through_everything(is_async: bool, many: int) -> None:
    """Pages by the hundred, changes while paging, ties, a repeated page, lost reply, 503, call limit, lapsed token."""
    world = World(seed=3, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=many, awkward=True,
                  tick=lambda: 0.0)  # fmt: skip
    (entry,) = world.shops()
    for fault, operation in FAULTS:
        armed = {"platform": "taobao", "fault": fault, "operation": operation, "times": 1}
        assert world.control("POST", "/_sandbox/faults", {}, armed)[0] < 300
    meddler = Meddler(world, entry["shop_id"])
    if is_async:

        async def pull() -> list[orderhub.Order]:
            async with orderhub.AsyncHub([entry], clock=world.clock, transport=AsyncMeddled(world, meddler)) as hub:
                assert [str(report.error) for report in await hub.sync(refunds=False) if report.error] == []
                return await hub.orders()

        orders = asyncio.run(pull())
    else:
        with orderhub.Hub([entry], clock=world.clock, transport=Meddled(world, meddler)) as hub:
            assert [str(report.error) for report in hub.sync(refunds=False) if report.error] == []
            orders = hub.orders()
    assert not world.faults, "a fault was not met"
    assert meddler.calls > many
    ids = [order.order_id for order in orders]
    assert len(ids) == len(set(ids))
    assert set(ids) == _truth(world, entry["shop_id"])
    assert not any(order.discrepancy for order in orders)
    versions = {row["order_id"]: row["modified"] for row in world.control(
        "GET", "/_sandbox/taobao/orders", {"shop_id": entry["shop_id"]})[1]}  # fmt: skip
    stale = [o.order_id for o in orders if o.updated_at != datetime.fromisoformat(f"{versions[o.order_id]}+08:00")]
    assert not stale, f"{len(stale)} orders are not the newest version"
    notes = {order.order_id: order.seller_note for order in orders if (order.seller_note or "").startswith("change ")}
    for order_id, note in notes.items():
        assert world.control("GET", f"/_sandbox/taobao/orders/{order_id}")[1]["seller_memo"] == note


def test_sync_and_async_hubs_agree() -> None:
    def world() -> World:
        return World(seed=5, platforms=["taobao"], carriers=[], orders=30, awkward=True, tick=lambda: 0.0,
                     start=datetime.fromisoformat("2026-11-11T00:00:00+08:00"))  # fmt: skip

    first, second = world(), world()
    with orderhub.Hub(first.shops(), clock=first.clock, transport=first.transport()) as hub:
        assert all(report.ok for report in hub.sync())
        ours = hub.orders()

    async def pull() -> list[orderhub.Order]:
        async with orderhub.AsyncHub(second.shops(), clock=second.clock, transport=second.async_transport()) as ahub:
            assert all(report.ok for report in await ahub.sync())
            return await ahub.orders()

    assert ours == asyncio.run(pull())
    assert len(ours) == sum(len(_truth(first, shop["shop_id"])) for shop in first.shops())


def test_a_second_run_changes_nothing_and_a_changed_order_comes_again() -> None:
    world = World(seed=6, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=120)
    with orderhub.Hub(world.shops(), clock=world.clock, transport=world.transport()) as hub:
        hub.sync()
        world.advance(3600)
        again = hub.sync()
        assert sum(report.counts["inserted"] + report.counts["updated"] for report in again) == 0
        order = next(order for order in hub.orders() if order.is_shippable)
        world.control("PATCH", f"/_sandbox/taobao/orders/{order.order_id}", {}, {"action": "cancel"})
        hub.sync()
        assert hub.orders(keys=[order.key])[0].updated_at > order.updated_at


@pytest.mark.parametrize(
    "wrong", [{"app_secret": "sandbox-wrong"}, {"access_token": "sandbox-wrong", "refresh_token": None}]
)
def test_wrong_credentials_are_named_errors(wrong: dict[str, str]) -> None:
    world = World(seed=1, platforms=["taobao"], carriers=[], orders=1)
    shop = orderhub.connect(**{**world.shops()[0], **wrong}, transport=world.transport(), clock=world.clock)
    with pytest.raises(orderhub.OrderHubError) as caught:
        list(shop.orders(updated_since=world.now() - timedelta(days=1)))
    assert isinstance(caught.value, OrderHubError)
    assert caught.value.code in {"25", "27", None}
    assert "sandbox-wrong" not in str(caught.value)
