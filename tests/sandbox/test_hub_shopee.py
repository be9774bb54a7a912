"""Shopee through hub and shop against its emulator: arranged shipments, divided orders, pushes, two currencies."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

import orderhub
from orderhub.errors import SecurityError
from orderhub.hub.asgi import push_app
from orderhub.models import Dispatch, Hold, ListingStock, Order
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
URL = "https://erp.example/push/shopee/14701701"


@pytest.fixture
def world() -> World:
    return World(seed=3, platforms=["shopee"], carriers=[], orders=25, awkward=True, start=START, tick=lambda: 0.0)


def shop(world: World, number: int = 0, **given: Any) -> Any:
    entry = {**world.shops()[number], "callback_url": URL, **given}
    return orderhub.connect(**entry, transport=world.transport(), clock=world.clock)


def ready(world: World) -> list[Order]:
    return [order for order in shop(world).orders(updated_since=START - timedelta(days=40)) if order.is_shippable]


def parcel(order: Order, number: str = "SF1000000000001", **given: Any) -> Dispatch:
    return Dispatch(order_id=order.order_id, carrier="sf", waybill_no=number, **given)


def test_a_hub_reads_two_shops_in_two_currencies_to_the_cent(world: World) -> None:
    truth: dict[str, Any] = {}
    for entry in world.shops():
        rows = world.control("GET", "/_sandbox/shopee/orders", {"shop_id": entry["shop_id"]}, None)[1]
        truth |= {row["order_id"]: row for row in rows}
    with orderhub.Hub([shop(world, 0), shop(world, 1)], clock=world.clock, backfill=timedelta(days=60)) as hub:
        assert all(report.ok for report in hub.sync())
        found = {order.order_id: order for order in hub.orders()}
    assert set(found) == set(truth) and len({order.currency for order in found.values()}) == 2
    for key, order in found.items():
        told = truth[key]["total"]
        assert order.total == (None if told is None else Decimal(told)) and order.currency == truth[key]["currency"]
        assert order.discrepancy in (None, 0)


def test_a_fetched_parcel_is_arranged_once_and_gets_its_number_late(world: World) -> None:
    for order in ready(world):
        fetched = shop(world, ship_way="pickup")
        [outcome] = fetched.ship([parcel(order)])
        if outcome.reason == "invalid_parameter":
            continue  # it does not leave by a pick-up
        assert (outcome.ok, outcome.reason) == (True, "number_by_platform")
        after = fetched.get_order(order.order_id)
        assert after.raw_status == "PROCESSED" and Hold.LOCKED in after.holds and not after.is_shippable
        assert fetched.ship([parcel(order)])[0].reason == "already_done"
        world.advance(7200)
        [shipment] = fetched.get_order(order.order_id).shipments
        assert shipment.waybill_no and shipment.waybill_no != "SF1000000000001"
        return
    pytest.fail("no order that is fetched")


def test_an_order_is_divided_and_sent_in_two_calls(world: World) -> None:
    order = next(order for order in ready(world) if len(order.lines) > 1)
    first, *rest = order.lines
    [outcome] = shop(world).ship([parcel(order, "SF1000000000001", lines=((first.line_id, first.quantity),))])
    assert outcome.ok
    half = shop(world).get_order(order.order_id)
    assert half.status.value == "partially_shipped" and half.is_shippable
    assert [line.shipped_quantity for line in half.lines] == [first.quantity, *(0 for _ in rest)]
    lines = tuple((line.line_id, line.quantity) for line in rest)
    [outcome] = shop(world).ship([parcel(order, "SF1000000000002", lines=lines)])
    assert outcome.ok
    whole = shop(world).get_order(order.order_id)
    assert whole.status.value == "shipped"
    assert {shipment.waybill_no for shipment in whole.shipments} == {"SF1000000000001", "SF1000000000002"}


def test_orders_are_cancelled_and_stock_is_set(world: World) -> None:
    order = ready(world)[0]
    line, own = order.lines[0], shop(world)
    assert own.close_order(order.order_id, "OUT_OF_STOCK").ok
    assert own.get_order(order.order_id).status.value == "cancelled"
    assert own.close_order(order.order_id, "OUT_OF_STOCK").reason == "already_done"
    level = ListingStock(listing_id=line.platform_item_id or "", platform_sku_id=line.platform_sku_id, quantity=17)
    assert own.push_stock([level])[0].ok
    rows = world.control("GET", "/_sandbox/shopee/stock", {"shop_id": own.shop_id}, None)[1]
    assert any(row["quantity"] == 17 for row in rows if str(line.sku) in map(str, row.values()))


def test_a_buyer_who_asks_to_cancel_gets_a_yes(world: World) -> None:
    own = shop(world)
    asked = [order for order in own.orders(updated_since=START - timedelta(days=40)) if order.raw_status == "IN_CANCEL"]
    assert asked and all(Hold.BUYER_CANCEL_REQUESTED in order.holds and not order.is_shippable for order in asked)
    assert own.close_order(asked[0].order_id, "CUSTOMER_REQUEST").ok
    assert own.get_order(asked[0].order_id).status.value == "cancelled"


def test_pushes_reach_the_hub_and_lost_ones_are_pulled(world: World) -> None:
    own = shop(world)
    own.permit_messages()
    [row] = world.control("POST", "/_sandbox/shopee/orders", {}, {"count": 1, "shop_id": own.shop_id})[1]
    record = world.control("GET", f"/_sandbox/shopee/orders/{row['order_id']}", {}, None)[1]
    push = record["_sandbox"]["pushes"][0]
    body, headers = push["body"].encode(), {"authorization": push["authorization"]}
    with orderhub.Hub([own], clock=world.clock) as hub:
        key = own.key
        assert hub.receive(key, headers, body).accepted == 1
        assert hub.receive(key, headers, body).duplicates == 1
        assert hub.receive(key, {}, b"").accepted == 0  # the platform looks whether somebody is there
        with pytest.raises(SecurityError):
            hub.receive(key, headers, body.replace(b"READY", b"PAIDX"))
        hub.refetch()
        assert [order.order_id for order in hub.orders()] == [row["order_id"]]
    lost = own.pull_messages()
    assert [message.order_ids for message in lost] == [(row["order_id"],)]
    own.confirm_messages([message.message_id for message in lost])
    assert own.pull_messages() == []


def test_a_refresh_is_single_use_and_stored_before_it_is_used(world: World) -> None:
    own = shop(world)
    order_id = ready(world)[0].order_id
    world.advance(4 * 3600 + 1)
    assert own.get_order(order_id).order_id == order_id
    assert own.credentials_expire_at == world.now() + timedelta(hours=4)
    world.advance(4 * 3600 + 1)
    assert own.get_order(order_id).order_id == order_id
    refreshes = [row for row in world.log(1000) if "access_token" in str(row["operation"])]
    assert len(refreshes) == 2 and {row["verdict"] for row in refreshes} == {"ok"}


def test_the_ready_made_app_answers_with_an_empty_body(world: World) -> None:
    with orderhub.Hub([shop(world)], clock=world.clock) as hub:

        async def look() -> httpx.Response:
            transport = httpx.ASGITransport(app=push_app(hub, read=False))
            async with httpx.AsyncClient(transport=transport, base_url="https://erp.example") as client:
                return await client.post("/push/shopee/14701701", content=b"")

        reply = asyncio.run(look())
    assert (reply.status_code, reply.content) == (200, b"")
