"""The main job on Amazon against its emulator, in process: nothing lost, nothing doubled, both wire profiles alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import orderhub
from orderhub.models import Dispatch, ListingStock
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
LISTS = {"orders_2026": ("searchOrders", "getOrder"), "orders_v0": ("getOrders", "getOrderItems")}


def world(orders: int = 30, **given: Any) -> World:
    return World(
        seed=5, platforms=["amazon"], carriers=[], orders=orders, awkward=True, start=START, tick=lambda: 0.0, **given
    )


def truth(at: World, shop: str) -> dict[str, dict[str, Any]]:
    status, rows = at.control("GET", "/_sandbox/amazon/orders", {"shop_id": shop}, None)
    assert status < 300
    return {row["order_id"]: row for row in rows}


def pulled(at: World, wire: str) -> list[orderhub.Order]:
    shop = orderhub.connect(**at.shops()[0], transport=at.transport(), clock=at.clock, wire=wire)
    return list(shop.orders(updated_since=at.now() - timedelta(days=85)))


@pytest.mark.parametrize("faults", [("repeated_page", "http_503", "token_expired"), ("timeout_after", "call_limited")])
@pytest.mark.parametrize("wire", LISTS)
def test_every_order_arrives_once_through_faults(wire: str, faults: tuple[str, ...]) -> None:
    at = world(60, shops_per_platform=1)
    (entry,) = at.shops()
    for fault in faults:
        for operation in LISTS[wire]:
            armed = {"platform": "amazon", "fault": fault, "operation": operation, "times": 1}
            assert at.control("POST", "/_sandbox/faults", {}, armed)[0] < 300
    ids = [order.order_id for order in pulled(at, wire)]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(truth(at, entry["shop_id"]))


def test_both_profiles_read_the_same_money_and_goods() -> None:
    def told(order: orderhub.Order) -> Any:
        goods = [
            (line.line_id, line.sku, line.quantity, line.shipped_quantity, line.unit_price, line.total)
            for line in order.lines
            if line.status != "cancelled"  # v0 says 0 units of a cancelled line, the newer profile what was ordered
        ]
        return (order.total, order.items_total, order.discount_total, order.currency, order.fulfilled_by, order.ship_by,
                order.recipient.name, order.recipient.address, goods)  # fmt: skip

    old, new = ({o.order_id: told(o) for o in pulled(world(), wire)} for wire in ("orders_v0", "orders_2026"))
    assert old == new
    assert len(new) > 30
    assert any(total is None for total, *_ in new.values())


def test_money_equals_the_platform_s_own_truth() -> None:
    at = world()
    facts = truth(at, at.shops()[0]["shop_id"])
    for order in pulled(at, "orders_2026"):
        assert order.discrepancy in (0, None)
        if (total := facts[order.order_id].get("total")) is not None:
            assert order.total == Decimal(total)


def test_sync_and_async_hubs_agree() -> None:
    first, second = world(), world()
    with orderhub.Hub(first.shops(), clock=first.clock, transport=first.transport()) as hub:
        assert [str(report.error) for report in hub.sync() if not report.ok] == []
        ours = hub.orders()

    async def pull() -> list[orderhub.Order]:
        async with orderhub.AsyncHub(second.shops(), clock=second.clock, transport=second.async_transport()) as ahub:
            assert all(report.ok for report in await ahub.sync())
            return await ahub.orders()

    assert ours == asyncio.run(pull())
    assert len(ours) == sum(len(truth(first, shop["shop_id"])) for shop in first.shops())


def test_orders_of_amazon_s_own_warehouses_are_seen_and_never_shipped() -> None:
    at = world()
    shop = orderhub.connect(**at.shops()[0], transport=at.transport(), clock=at.clock)
    theirs = [order for order in pulled(at, "orders_2026") if order.fulfilled_by == "platform"]
    assert theirs
    assert not any(order.is_shippable for order in theirs)
    for order in theirs:
        (outcome,) = shop.ship([Dispatch(order_id=order.order_id, carrier="ups", waybill_no="1Z1")])
        assert (outcome.ok, outcome.reason) == (False, "conflict")


@pytest.mark.parametrize("wire", LISTS)
def test_shipping_stock_and_cancelling(wire: str) -> None:
    at = world(shops_per_platform=1)
    shop = orderhub.connect(**at.shops()[0], transport=at.transport(), clock=at.clock, wire=wire)
    ready = [order for order in pulled(at, wire) if order.is_shippable and order.status == "awaiting_shipment"]
    first, second = ready[:2]
    (outcome,) = shop.ship([Dispatch(order_id=first.order_id, carrier="sf", waybill_no="SF1")])
    assert outcome.ok
    assert shop.get_order(first.order_id).status == "shipped"
    assert shop.close_order(second.order_id, "NoInventory").ok
    assert shop.get_order(second.order_id).status == "cancelled"
    bulk = orderhub.connect(**at.shops()[0], transport=at.transport(), clock=at.clock, stock_feed_from=3)
    rows = [row for row in shop.listings() if row.quantity is not None][:3]
    levels = [ListingStock(listing_id=row.listing_id, quantity=41, version=1) for row in rows]
    for face in (shop, bulk):
        assert all(outcome.ok for outcome in face.push_stock(levels))
    assert {row.listing_id: row.quantity for row in shop.listings() if row.quantity == 41} == dict.fromkeys(
        (row.listing_id for row in rows), 41
    )
