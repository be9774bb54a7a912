"""WeChat stores in a hub against the sandbox: everything comes, parcels and stock go, tokens renew, callbacks land."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

import orderhub
from orderhub.errors import SecurityError
from orderhub.hub.asgi import push_app
from orderhub.hub.core import Hub
from orderhub.inventory import Receive, StockLine
from orderhub.models import Dispatch, ListingStock
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World(seed=9, platforms=["wechat"], carriers=[], orders=15, awkward=True, start=START, tick=lambda: 0.0)


def connected(world: World, **given: Any) -> list[Any]:
    return [
        orderhub.connect(**{**entry, "push_token": "sandbox-wechat-push", **given}, transport=world.transport(),
                         clock=world.clock)
        for entry in world.shops()
    ]  # fmt: skip


def control(world: World, method: str, path: str, body: Any = None, **query: str) -> Any:
    status, told = world.control(method, f"/_sandbox/wechat/{path}", query, body)
    assert status < 300, told
    return told


def test_a_hub_holds_what_the_platform_holds_to_the_cent(world: World) -> None:
    with Hub(connected(world), clock=world.clock, backfill=timedelta(days=31)) as hub:
        assert all(report.ok for report in hub.sync())
        truth = {row["order_id"]: row for row in control(world, "GET", "orders")}
        stored = {order.order_id: order for order in hub.orders()}
        assert stored.keys() == truth.keys()
        for order_id, order in stored.items():
            assert str(order.total) == truth[order_id]["total"] and order.currency == "CNY"


def test_tokens_renew_by_themselves_after_two_hours_and_without_one_at_all(world: World) -> None:
    for given in ({}, {"access_token": None}):
        (shop, _) = connected(world, **given)
        order_id = control(world, "GET", "orders", shop_id="wx-1")[0]["order_id"]
        assert shop.get_order(order_id).order_id == order_id
        world.advance(7300)
        assert shop.get_order(order_id).order_id == order_id


def test_a_second_program_that_forces_a_token_is_survived(world: World) -> None:
    shop, other = connected(world)[0], connected(world, access_token=None, force_token=True)[0]
    order_id = control(world, "GET", "orders", shop_id="wx-1")[0]["order_id"]
    for _ in range(2):
        assert other.get_order(order_id).order_id == order_id
        assert shop.get_order(order_id).order_id == order_id


def test_parts_leave_in_several_calls_and_the_rest_stays(world: World) -> None:
    (shop, _) = connected(world)
    order = next(
        one for one in shop.orders(updated_since=world.now() - timedelta(days=20))
        if one.is_shippable and len(one.lines) > 1 and str(one.status) == "awaiting_shipment" and not one.refunded
    )  # fmt: skip
    for number, line in enumerate(order.lines, 1):
        left = line.quantity - (line.refunded_quantity or 0)
        parcel = Dispatch(
            order_id=order.order_id, carrier="sf", waybill_no=f"SF{number}", lines=((line.line_id, left),)
        )
        (outcome,) = shop.ship([parcel])
        assert outcome.ok, outcome.error
        found = shop.get_order(order.order_id)
        assert str(found.status) == ("shipped" if number == len(order.lines) else "partially_shipped")
    assert [shipment.waybill_no for shipment in found.shipments] == [f"SF{n}" for n in range(1, len(order.lines) + 1)]


def test_stock_survives_sales_and_lost_replies(world: World) -> None:
    (shop, _) = connected(world)
    row = control(world, "GET", "stock", shop_id="wx-1")[0]
    level = ListingStock(listing_id=row["product_id"], platform_sku_id=row["sku_id"], quantity=11, version=1)
    for fault in ("", "timeout_after", "timeout_before"):
        control(world, "PUT", "stock", {"shop_id": "wx-1", "sku_code": row["sku_code"], "quantity": 30})
        if fault:
            world.control("POST", "/_sandbox/faults", {}, {
                "platform": "wechat", "fault": fault, "operation": "product/stock/update", "times": 1})  # fmt: skip
        assert shop.push_stock([level])[0].ok
        (shown,) = [one for one in control(world, "GET", "stock", shop_id="wx-1") if one["sku_id"] == row["sku_id"]]
        assert shown["quantity"] == 11, fault


def test_a_hub_pushes_stock_of_goods_that_only_orders_name(world: World) -> None:
    with Hub(connected(world), clock=world.clock, backfill=timedelta(days=31)) as hub:
        hub.sync()
        sold = {line.sku for order in hub.orders() for line in order.lines if line.sku}
        hub.stock.apply([Receive("opening", tuple(StockLine(sku, "sh", 9) for sku in sorted(sold)))])
        outcomes = hub.push_stock()
        assert outcomes and all(outcome.ok for outcome in outcomes), [str(one.error) for one in outcomes if not one.ok][
            :3
        ]
    told = {outcome.key: outcome.value for outcome in outcomes}
    for row in control(world, "GET", "stock"):
        key = f"wechat:{row['shop_id']}:{row['product_id']}:{row['sku_id']}"
        assert key not in told or row["quantity"] == told[key] == 9


def test_callbacks_lead_to_a_fresh_order(world: World) -> None:
    with Hub(connected(world), clock=world.clock) as hub:
        hub.sync()
        (made, *_) = control(world, "POST", "orders", {"count": 1, "shop_id": "wx-1"})
        push = control(world, "GET", f"orders/{made['order_id']}")["_sandbox"]["pushes"][0]
        headers, body = {"x-query-string": urlencode(push["query"])}, push["body"].encode()
        report = hub.receive("wechat:wx-1", headers, body)
        assert report.accepted == 1
        assert hub.receive("wechat:wx-1", headers, body).duplicates == 1
        hub.refetch()
        assert made["order_id"] in {order.order_id for order in hub.orders()}
        with pytest.raises(SecurityError):
            hub.receive("wechat:wx-1", {**headers, "x-query-string": "signature=0&timestamp=1&nonce=n"}, body)
        assert json.loads(push["body"])["MsgType"] == "event"


def test_the_ready_made_app_speaks_wechat(world: World) -> None:
    async def play() -> list[tuple[int, str, str]]:
        hub = Hub(connected(world), clock=world.clock)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(push_app(hub)), base_url="http://host") as client:
            (made, *_) = control(world, "POST", "orders", {"count": 1, "shop_id": "wx-1"})
            push = control(world, "GET", f"orders/{made['order_id']}")["_sandbox"]["pushes"][0]
            place = "/push/wechat/wx-1"
            replies = [
                await client.get(place, params={**push["query"], "echostr": "hello 你好"}),
                await client.get(place, params={"echostr": "x"}),
                await client.get("/push/wechat/nobody"),
                await client.post(place, params=push["query"], content=push["body"].encode()),
                await client.post(place, content=push["body"].encode()),
            ]
            assert made["order_id"] in {order.order_id for order in hub.orders()}
        hub.close()
        return [(reply.status_code, reply.headers["content-type"][:10], reply.text) for reply in replies]

    checked, forged, nobody, taken, bare = asyncio.run(play())
    assert checked == (200, "text/plain", "hello 你好")
    assert (forged[0], nobody[0], bare[0]) == (401, 405, 401)
    assert taken == (200, "text/plain", "success")


def test_a_party_of_its_own_ships_what_is_held(world: World) -> None:
    (shop, _) = connected(world)
    held = [one for one in shop.orders(updated_since=world.now() - timedelta(days=30)) if "dropship" in one.labels]
    assert held and all(
        "other" in one.holds and not one.is_shippable for one in held if str(one.status) in "awaiting_shipment"
    )
