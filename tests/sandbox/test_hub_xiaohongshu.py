"""Xiaohongshu in a hub against the sandbox: everything comes, parcels and stock go, receivers open, tokens renew."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub.hub.core import Hub
from orderhub.inventory import Receive, StockLine
from orderhub.models import Dispatch, ListingStock, Order, Window
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World(seed=1, platforms=["xiaohongshu"], carriers=[], orders=30, awkward=True, start=START, tick=lambda: 0.0)


def connected(world: World, **given: Any) -> list[Any]:
    return [orderhub.connect(**{**entry, **given}, transport=world.transport(), clock=world.clock)
            for entry in world.shops()]  # fmt: skip


def control(world: World, method: str, path: str, body: Any = None, **query: str) -> Any:
    status, told = world.control(method, f"/_sandbox/xiaohongshu/{path}", query, body)
    assert status < 300, told
    return told


def read(shop: Any, world: World) -> list[Order]:
    return list(shop.orders(updated_since=world.now() - timedelta(days=40)))


def test_a_hub_holds_what_the_platform_holds_to_the_cent(world: World) -> None:
    with Hub(connected(world), clock=world.clock, backfill=timedelta(days=31)) as hub:
        assert all(report.ok for report in hub.sync())
        truth = {row["order_id"]: row for row in control(world, "GET", "orders")}
        stored = {order.order_id: order for order in hub.orders()}
        assert stored.keys() == truth.keys() and len(stored) > 60
        for order_id, order in stored.items():
            assert str(order.total) == truth[order_id]["total"] and order.currency == "CNY"
            assert order.discrepancy == 0
        cases = hub.aftersales()
        assert cases and {case.order_id for case in cases} <= truth.keys()


def test_both_axes_and_the_count_agree(world: World) -> None:
    (shop, _) = connected(world, page_size=3)
    changed = read(shop, world)
    made = list(shop.orders(created_since=world.now() - timedelta(days=40)))
    assert {order.order_id for order in changed} == {order.order_id for order in made}
    window = Window(world.now() - timedelta(days=40), world.now(), "created")
    assert shop.count_orders(window) == len(made)


def test_lines_leave_in_parcels_of_their_own_and_a_number_is_corrected(world: World) -> None:
    (shop, _) = connected(world)
    order = next(one for one in read(shop, world)
                 if one.is_shippable and len(one.lines) > 1 and str(one.status) == "awaiting_shipment")  # fmt: skip
    outcomes = shop.ship([
        Dispatch(order_id=order.order_id, carrier="zto", waybill_no=f"Z{number}", lines=((line.line_id, line.quantity),))
        for number, line in enumerate(order.lines)
    ])  # fmt: skip
    assert all(outcome.ok for outcome in outcomes)
    after = shop.get_order(order.order_id)
    assert str(after.status) == "shipped" and [row.waybill_no for row in after.shipments] == [
        f"Z{number}" for number in range(len(order.lines))
    ]
    fix = Dispatch(order_id=order.order_id, carrier="sf", waybill_no="SF77", replaces="Z1")
    assert [shop.ship([fix])[0].reason for _ in range(2)] == [None, "already_done"]
    assert [row.waybill_no for row in shop.get_order(order.order_id).shipments][:2] == ["Z0", "SF77"]


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "reset"])
def test_a_parcel_is_told_once_whatever_happens_to_the_reply(world: World, fault: str) -> None:
    (shop, _) = connected(world)
    order = next(one for one in read(shop, world) if one.is_shippable and str(one.status) == "awaiting_shipment")
    status, _ = world.control("POST", "/_sandbox/faults", {}, {
        "platform": "xiaohongshu", "fault": fault, "operation": "order.orderDeliver", "times": 1})  # fmt: skip
    assert status < 300
    (outcome,) = shop.ship([Dispatch(order_id=order.order_id, carrier="sf", waybill_no="SF1")])
    assert outcome.ok
    assert [row.waybill_no for row in shop.get_order(order.order_id).shipments] == ["SF1"]


def test_what_waits_for_an_answer_is_not_sent(world: World) -> None:
    (shop, _) = connected(world)
    held = [one for one in read(shop, world) if one.holds]
    assert {str(hold) for one in held for hold in one.holds} >= {"buyer_cancel_requested", "other", "unknown_value"}
    outcomes = shop.ship([Dispatch(order_id=one.order_id, carrier="sf", waybill_no="SF1") for one in held])
    assert not any(outcome.ok for outcome in outcomes)


def test_buyers_see_the_pushed_figure_although_unpaid_orders_hold_units(world: World) -> None:
    (shop, _) = connected(world)
    row = next(one for one in control(world, "GET", "stock", shop_id="xhs-1") if one["held"])
    level = ListingStock(listing_id=row["skuId"], quantity=11, version=1)

    def shown() -> tuple[int, int]:
        (now,) = [one for one in control(world, "GET", "stock", shop_id="xhs-1") if one["skuId"] == row["skuId"]]
        return now["quantity"], now["held"]

    assert shop.push_stock([level])[0].ok and shown() == (11, row["held"])
    assert shop.change_stock(row["skuId"], -4).ok and shown() == (7, row["held"])
    (plain, _) = connected(world, stock_mode="plain")
    assert plain.push_stock([level])[0].ok and shown() == (11 - row["held"], row["held"])


def test_a_hub_pushes_stock_of_goods_that_only_orders_name(world: World) -> None:
    with Hub(connected(world), clock=world.clock, backfill=timedelta(days=31)) as hub:
        hub.sync()
        sold = {line.sku for order in hub.orders() for line in order.lines if line.sku}
        hub.stock.apply([Receive("opening", tuple(StockLine(sku, "sh", 9) for sku in sorted(sold)))])
        outcomes = hub.push_stock()
    assert outcomes and all(outcome.ok for outcome in outcomes), [str(one.error) for one in outcomes if not one.ok][:3]
    rows = {(row["shop_id"], row["skuId"]): row["quantity"] for row in control(world, "GET", "stock")}
    assert {quantity for quantity in rows.values() if quantity == 9} == {9}
    assert sum(quantity == 9 for quantity in rows.values()) >= len(outcomes)


def test_receivers_open_by_the_key_of_their_address(world: World) -> None:
    (shop, _) = connected(world)
    orders = read(shop, world)[:25]
    assert {str(order.recipient.privacy.kind) for order in orders} == {"encrypted"}
    opened = shop.decrypt([(order.order_id, order.recipient.privacy.token or "") for order in orders])
    assert all(one.matched and one.recipient.name and one.recipient.phone for one in opened)
    assert [one.order_id for one in opened] == [order.order_id for order in orders]
    (wrong,) = shop.decrypt([(orders[0].order_id, "another")])
    assert not wrong.matched and wrong.recipient.name is None


def test_a_lapsed_token_is_renewed(world: World) -> None:
    (shop, _) = connected(world)
    order_id = control(world, "GET", "orders", shop_id="xhs-1")[0]["order_id"]
    assert shop.get_order(order_id).order_id == order_id
    status, _ = world.control("POST", "/_sandbox/faults", {}, {
        "platform": "xiaohongshu", "fault": "token_expired", "times": 1})  # fmt: skip
    assert status < 300 and shop.get_order(order_id).order_id == order_id


def test_both_faces_read_the_same(world: World) -> None:
    (shop, _) = connected(world)
    since = world.now() - timedelta(days=40)

    async def awaited() -> list[Order]:
        other = orderhub.connect_async(**world.shops()[0], transport=world.async_transport(), clock=world.clock)
        return [order async for order in other.orders(updated_since=since)]

    assert read(shop, world) == asyncio.run(awaited())
