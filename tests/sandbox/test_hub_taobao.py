"""The main job on one platform, both drivers, in process: nothing lost, nothing doubled, equal results."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

import orderhub
from orderhub.errors import OrderHubError
from orderhub.sandbox import World


def _truth(world: World, shop: str) -> set[str]:
    return {row["order_id"] for row in world.control("GET", "/_sandbox/taobao/orders", {"shop_id": shop}, None)[1]}


LIST, DETAIL = "taobao.trades.sold.increment.get", "taobao.trade.fullinfo.get"
FAULTS = (("repeated_page", LIST), ("http_503", LIST), ("token_expired", DETAIL), ("timeout_after", DETAIL),
          ("call_limited", DETAIL))  # fmt: skip


@pytest.mark.parametrize("is_async", [False, True])
def test_every_order_arrives_once_through_faults(is_async: bool) -> None:
    world = World(seed=3, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=1000, awkward=True)
    (entry,) = world.shops()
    for fault, operation in FAULTS:
        armed = {"platform": "taobao", "fault": fault, "operation": operation, "times": 1}
        assert world.control("POST", "/_sandbox/faults", {}, armed)[0] < 300
    since, clock = world.now() - timedelta(days=85), world.clock
    if is_async:

        async def pull() -> list[orderhub.Order]:
            shop = orderhub.connect_async(**entry, transport=world.async_transport(), clock=clock)
            return [order async for order in shop.orders(updated_since=since)]

        orders = asyncio.run(pull())
    else:
        orders = list(orderhub.connect(**entry, transport=world.transport(), clock=clock).orders(updated_since=since))
    ids = [order.order_id for order in orders]
    assert len(ids) == len(set(ids))
    assert set(ids) == _truth(world, entry["shop_id"])
    assert not any(order.discrepancy for order in orders)


def test_sync_and_async_hubs_agree() -> None:
    def world() -> World:
        return World(seed=5, platforms=["taobao"], carriers=[], orders=30, awkward=True, tick=lambda: 0.0,
                     start=datetime.fromisoformat("2026-11-11T00:00:00+08:00"))  # fmt: skip

    first, second = world(), world()
    with orderhub.Hub(first.shops(), clock=first.clock, transport=first.transport()) as hub:
        assert all(report.ok for report in hub.sync())
        ours = hub.orders()

    async def pull() -> list[orderhub.Order]:
        async with orderhub.AsyncHub(
            second.shops(), clock=second.clock, transport=second.async_transport()
        ) as ahub:
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
