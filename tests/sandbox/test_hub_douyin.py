"""Douyin inside a hub, against its emulator: sync, parcels, stock, cases, pushes; beside shops of other currencies."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

import orderhub
from orderhub.connectors.douyin.wire import event_sign
from orderhub.hub.asgi import push_app
from orderhub.models import Dispatch, ListingStock, Order, OrderStatus, Recipient
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def world(*platforms: str, orders: int = 25) -> World:
    return World(seed=6, platforms=platforms or ["douyin"], carriers=[], orders=orders, awkward=True, start=START,
                 tick=lambda: 0.0)  # fmt: skip


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def shop(made: World) -> Any:
    return orderhub.connect(**made.shops()[0], transport=made.transport(), clock=made.clock)


def truth(made: World, platform: str = "douyin") -> dict[str, dict[str, Any]]:
    return {row["order_id"]: row for row in made.control("GET", f"/_sandbox/{platform}/orders", {}, None)[1]}


def waits(order: Order) -> bool:
    """Whether nothing of it has left and nothing holds it."""
    return order.is_shippable and order.status is OrderStatus.AWAITING_SHIPMENT


def test_every_order_of_two_shops_arrives_with_its_money(made: World) -> None:
    with orderhub.Hub(made.shops(), clock=made.clock, transport=made.transport(), backfill=timedelta(days=60)) as hub:
        assert all(report.ok for report in hub.sync())
        stored = {order.order_id: order for order in hub.orders()}
        rows = truth(made)
        assert stored.keys() == rows.keys()
        assert all(order.total == Decimal(rows[key]["total"]) for key, order in stored.items())
        assert len({order.shop_id for order in stored.values()}) == 2
        assert {"risk_control", "refund_open", "platform_pause"} <= {hold for o in stored.values() for hold in o.holds}
        assert not sum(report.counts["inserted"] + report.counts["updated"] for report in hub.sync())


def test_sync_and_async_hubs_store_the_same() -> None:
    async def play() -> Any:
        twin = world()
        args: dict[str, Any] = {
            "clock": twin.clock,
            "transport": twin.async_transport(),
            "backfill": timedelta(days=60),
        }
        async with orderhub.AsyncHub(twin.shops(), **args) as hub:
            await hub.sync()
            return {order.key: order for order in await hub.orders()}

    first = world()
    with orderhub.Hub(
        first.shops(), clock=first.clock, transport=first.transport(), backfill=timedelta(days=60)
    ) as hub:
        hub.sync()
        assert {order.key: order for order in hub.orders()} == asyncio.run(play())


def test_parts_rest_and_correction(made: World, shop: Any) -> None:
    since = made.now() - timedelta(days=30)
    order = next(o for o in shop.orders(updated_since=since) if waits(o) and len(o.lines) > 1)
    first = order.lines[0]
    part = Dispatch(order_id=order.order_id, carrier="sf", waybill_no="SF1", lines=((first.line_id, first.quantity),))
    assert shop.ship([part])[0].ok
    halfway = shop.get_order(order.order_id)
    assert (halfway.status, halfway.lines[0].shipped_quantity) == ("partially_shipped", first.quantity)
    assert halfway.lines[1].shipped_quantity == 0
    assert shop.ship([Dispatch(order_id=order.order_id, carrier="zto", waybill_no="Z1")])[0].ok
    assert shop.ship([Dispatch(order_id=order.order_id, carrier="yto", waybill_no="Y1", replaces="SF1")])[0].ok
    done = shop.get_order(order.order_id)
    assert done.status == "shipped"
    assert {(parcel.carrier, parcel.waybill_no) for parcel in done.shipments} == {("yto", "Y1"), ("zto", "Z1")}


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before"])
def test_packs_whose_reply_is_lost_are_sent_once(made: World, shop: Any, fault: str) -> None:
    since = made.now() - timedelta(days=30)
    order = next(o for o in shop.orders(updated_since=since) if waits(o) and len(o.lines) > 1)
    parcels = [Dispatch(order_id=order.order_id, carrier="sf", waybill_no=f"SF{n}", lines=((line.line_id, line.quantity),))
               for n, line in enumerate(order.lines)]  # fmt: skip
    body = {"platform": "douyin", "fault": fault, "operation": "order.logisticsAddMultiPack", "times": 1}
    assert made.control("POST", "/_sandbox/faults", {}, body)[0] == 200
    assert all(outcome.ok for outcome in shop.ship(parcels))
    numbers = [parcel.waybill_no for parcel in shop.get_order(order.order_id).shipments]
    assert sorted(numbers) == [f"SF{n}" for n in range(len(parcels))]


def test_stock_goes_out_by_the_hosts_own_map(made: World) -> None:
    rows = made.control("GET", "/_sandbox/douyin/stock", {}, None)[1]
    row = rows[0]
    shop = orderhub.connect(**made.shops()[0], transport=made.transport(), clock=made.clock)
    level = ListingStock(listing_id=str(row["product_id"]), platform_sku_id=str(row["sku_id"]), quantity=5, version=2)
    wrong = level.model_copy(update={"platform_sku_id": "99"})
    stale = level.model_copy(update={"quantity": 9, "version": 1})
    good, bad, old = shop.push_stock([level, wrong, stale])
    assert (good.ok, bad.ok, old.reason) == (True, False, "superseded")
    for _ in range(2):
        assert shop.change_stock(level.listing_id, 4, platform_sku_id=level.platform_sku_id, key="once").ok
    shown = made.control("GET", "/_sandbox/douyin/stock", {"shop_id": row["shop_id"]}, None)[1]
    assert next(one["quantity"] for one in shown if one["sku_id"] == row["sku_id"]) == 9


def test_cases_notes_and_receivers(made: World, shop: Any) -> None:
    since = made.now() - timedelta(days=30)
    orders = list(shop.orders(updated_since=since))
    cases = list(shop.refunds(updated_since=since))
    assert {case.order_id for case in cases} <= {order.order_id for order in orders}
    assert all(shop.get_refund(case.refund_id) == case for case in cases)
    assert {"refunded", "requested", "closed"} <= {str(case.status) for case in cases}
    assert any(address.is_default for address in shop.return_addresses())
    order = next(o for o in orders if waits(o) and all((o.recipient.privacy.token, o.recipient.address.city)))
    assert shop.set_memo(order.order_id, "已打包", 3).ok
    noted = shop.get_order(order.order_id)
    assert (noted.seller_note, noted.seller_flag) == ("已打包", "3")
    (plain,) = shop.decrypt([(order.order_id, order.recipient.privacy.token)])
    assert plain.matched
    assert "*" not in plain.recipient.name + plain.recipient.phone + plain.recipient.address.street
    place = order.recipient.address.model_copy(update={"street": "新路1号"})
    person = Recipient(name=plain.recipient.name, phone=plain.recipient.phone, address=place)
    assert shop.change_address(order.order_id, person).ok


def test_a_return_is_agreed_to_once(made: World, shop: Any) -> None:
    since = made.now() - timedelta(days=30)
    order = next(o for o in shop.orders(updated_since=since) if o.status == "shipped" and o.aftersale_status == "none")
    path = f"/_sandbox/douyin/orders/{order.order_id}"
    assert made.control("PATCH", path, {}, {"action": "refund", "goods": True})[0] == 200
    case = next(one for one in shop.refunds(updated_since=since) if one.order_id == order.order_id)
    assert (case.status, case.kind) == ("requested", "return_and_refund")
    address = next(one for one in shop.return_addresses() if one.is_default)
    assert shop.agree_return(case, address).ok
    assert shop.get_refund(case.refund_id).status == "in_progress"
    assert shop.agree_return(case, address).reason == "already_done"
    assert shop.get_order(order.order_id).aftersale_status == "in_progress"


async def test_a_push_is_answered_in_the_platforms_words_and_read(made: World) -> None:
    entry = made.shops()[0]
    [row] = made.control("POST", "/_sandbox/douyin/orders", {}, {"count": 1, "shop_id": entry["shop_id"]})[1]
    data = json.dumps({"p_id": int(row["order_id"]), "shop_id": int(entry["shop_id"])})
    body = json.dumps([{"tag": "101", "msg_id": "m1", "data": data}]).encode()
    sign = {"app-id": entry["app_key"], "event-sign": event_sign(entry["app_key"], entry["app_secret"], body)}
    with orderhub.Hub([entry], clock=made.clock, transport=made.transport()) as hub:
        transport = httpx.ASGITransport(push_app(hub))
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            path = f"/push/douyin/{entry['shop_id']}"
            reply = await client.post(path, content=body, headers=sign)
            assert (reply.status_code, reply.json()) == (200, {"code": 0, "msg": "success"})
            forged = await client.post(path, content=body + b" ", headers=sign)
            assert forged.status_code == 401
        assert [order.order_id for order in hub.orders()] == [row["order_id"]]


def test_shops_of_four_currencies_keep_their_own() -> None:
    made = World(seed=6, platforms=["douyin", "woocommerce"], carriers=[], shops_per_platform=3, orders=4, start=START,
                 tick=lambda: 0.0)  # fmt: skip
    with orderhub.Hub(made.shops(), clock=made.clock, transport=made.transport(), backfill=timedelta(days=60)) as hub:
        assert all(report.ok for report in hub.sync())
        rows = truth(made) | truth(made, "woocommerce")
        orders = hub.orders()
        assert {order.currency for order in orders} == {"CNY", "USD", "EUR", "SGD"}
        assert {order.order_id: (str(order.total), order.currency) for order in orders} == {
            key: (row["total"], row["currency"]) for key, row in rows.items()}  # fmt: skip
