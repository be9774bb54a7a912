"""Every verb of Pinduoduo against the sandbox, in process: what is written can be read back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

import orderhub
from orderhub.connectors.pinduoduo.messages import acknowledgement, heartbeat
from orderhub.flow.message import Request
from orderhub.models import Address, Dispatch, ListingStock, Order, Recipient, Window
from orderhub.sandbox import World


def _world(**given: Any) -> World:
    return World(**({"seed": 1, "platforms": ["pinduoduo"], "carriers": [], "orders": 20, "awkward": True,
                     "shops_per_platform": 1, "tick": lambda: 0.0} | given))  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return _world()


@pytest.fixture(scope="module")
def shop(world: World) -> Any:
    return orderhub.connect(**world.shops()[0], transport=world.transport(), clock=world.clock)


@pytest.fixture(scope="module")
def orders(world: World, shop: Any) -> list[Order]:
    return list(shop.orders(updated_since=world.now() - timedelta(days=10)))


def test_everything_is_read_once_and_explained(world: World, orders: list[Order]) -> None:
    truth = {row["order_id"]: row for row in world.control("GET", "/_sandbox/pinduoduo/orders")[1]}
    assert {order.order_id for order in orders} == set(truth)
    assert len(orders) == len(truth)
    assert not any(order.discrepancy or order.residual for order in orders)
    holds = {str(hold) for order in orders for hold in order.holds}
    assert holds >= {"refund_open", "risk_control", "lottery", "out_of_stock", "gift_pending", "platform_pause",
                     "deposit_only", "unknown_value"}  # fmt: skip
    assert {str(order.fulfilled_by) for order in orders} == {"merchant", "platform"}
    for order in orders:
        hidden = "risk_control" in order.holds or order.status not in (
            "awaiting_shipment",
            "pending_payment",
            "unknown",
        )
        assert order.recipient.privacy.kind == ("masked" if hidden or order.status == "unknown" else "encrypted")


def test_a_hub_pulls_both_shops_and_a_second_run_changes_nothing() -> None:
    world = _world(shops_per_platform=2, orders=5)
    back = timedelta(days=10)
    with orderhub.Hub(world.shops(), clock=world.clock, transport=world.transport(), backfill=back) as hub:
        assert all(report.ok for report in hub.sync())
        assert len(hub.orders()) == len(world.control("GET", "/_sandbox/pinduoduo/orders")[1])
        world.advance(3600)
        again = hub.sync()
        assert not sum(report.counts["inserted"] + report.counts["updated"] for report in again)
    assert all(row["verdict"] == "ok" for row in world.log(100_000))


def test_cases_are_read_alike_in_list_and_detail(world: World, shop: Any, orders: list[Order]) -> None:
    cases = list(shop.refunds(updated_since=world.now() - timedelta(days=10)))
    assert cases
    for case in cases:
        detail = shop.get_refund(case.refund_id)
        assert (detail.kind, detail.status, detail.amount, detail.order_id) == (
            case.kind, case.status, case.amount, case.order_id,
        )  # fmt: skip
    known = {order.order_id: order for order in orders}
    assert {line for case in cases for line, _, _ in case.lines} <= {
        line.line_id for case in cases for line in known[case.order_id].lines
    }


def test_counts_notes_and_addresses(world: World, shop: Any, orders: list[Order]) -> None:
    window = Window(world.now() - timedelta(days=2), world.now())
    assert shop.count_orders(window) == len(list(shop.orders(updated_since=window.start, updated_until=window.end)))
    order = next(order for order in orders if order.is_shippable)
    assert shop.set_memo(order.order_id, "加急 发顺丰", 1).ok
    noted = shop.get_order(order.order_id)
    assert (noted.seller_note, noted.seller_flag) == ("加急 发顺丰", "1")
    old = order.recipient.address
    place = Address(province=old.province, city=old.city, district=old.district, street="新街1号")
    assert shop.change_address(order.order_id, Recipient(name="李四", phone="13900000000", address=place)).ok
    changed = shop.get_order(order.order_id)
    assert changed.recipient.privacy.token != order.recipient.privacy.token
    (told,) = shop.decrypt([(order.order_id, changed.recipient.privacy.token)])
    assert told.matched and (told.recipient.name, told.recipient.address.street) == ("李四", "新街1号")
    assert shop.server_time() == world.now().replace(microsecond=0)


def test_parcels_of_every_kind(world: World, shop: Any, orders: list[Order]) -> None:
    first, second = [order for order in orders if order.is_shippable][1:3]
    parcels = [Dispatch(order_id=first.order_id, carrier="sf", waybill_no="SF1"),
               Dispatch(order_id=first.order_id, carrier="zto", waybill_no="ZT1"),
               Dispatch(order_id=second.order_id, carrier="yto", waybill_no="YT1")]  # fmt: skip
    assert [outcome.ok for outcome in shop.ship(parcels)] == [True, True, True]
    sent = shop.get_order(first.order_id)
    assert [(p.carrier, p.waybill_no) for p in sent.shipments] == [("sf", "SF1"), ("zto", "ZT1")]
    assert (sent.status, sent.recipient.privacy.token) == ("shipped", None)
    assert {outcome.reason for outcome in shop.ship(parcels)} == {"already_done"}
    correction = Dispatch(order_id=second.order_id, carrier="sto", waybill_no="ST1", replaces="YT1")
    assert shop.ship([correction])[0].ok
    assert [(p.carrier, p.waybill_no) for p in shop.get_order(second.order_id).shipments] == [("sto", "ST1")]
    wanted = next(o for o in orders if "refund_open" in o.holds)
    (refused,) = shop.ship([Dispatch(order_id=wanted.order_id, carrier="sf", waybill_no="SF9")])
    assert (refused.ok, refused.reason) == (False, "refund_open")
    blind = orderhub.connect(**world.shops()[0], transport=world.transport(), clock=world.clock, refund_check=False)
    (refused,) = blind.ship([Dispatch(order_id=wanted.order_id, carrier="sf", waybill_no="SF9")])
    assert (refused.ok, refused.reason, refused.error.code) == (False, "request_rejected", "50001")


def test_stock_and_prices(world: World) -> None:
    shop = orderhub.connect(**world.shops()[0], transport=world.transport(), clock=world.clock, listing_prices=True,
                            body="json")  # fmt: skip
    listing = next(iter(shop.listings()))
    assert listing.price is not None and listing.price > 0
    level = ListingStock(listing_id=listing.listing_id, platform_sku_id=listing.platform_sku_id, quantity=7, version=1)
    assert shop.push_stock([level])[0].ok
    assert shop.change_stock(listing.listing_id, -2, platform_sku_id=listing.platform_sku_id).ok
    assert next(iter(shop.listings())).quantity == 5
    with pytest.raises(orderhub.OrderHubError):
        shop.change_stock(listing.listing_id, -9, platform_sku_id=listing.platform_sku_id)


def test_the_message_socket_tells_what_to_read_again() -> None:
    world = _world(orders=3, awkward=False)
    entry = {**world.shops()[0], "message_url": "ws://sandbox.local"}
    shop = orderhub.connect(**entry, transport=world.transport(), clock=world.clock)
    shop.permit_messages()
    address = shop.world.run(shop.ops.message_address())
    line = world.connect(Request("GET", address.replace("ws://", "http://")))
    assert line is not None
    assert world.connect(Request("GET", address[:-4].replace("ws://", "http://") + "AAAA")) is None
    order = next(order for order in shop.orders(updated_since=world.now() - timedelta(days=10)) if order.is_shippable)
    line.receive(heartbeat(world.now()))
    shop.ship([Dispatch(order_id=order.order_id, carrier="sf", waybill_no="SF1")])
    world.advance(1)
    frames = [frame for frame in line.waiting() if "Common" in frame]
    told = [message for frame in frames for message in shop.decode_message({}, frame.encode())]
    assert [(message.topic, message.order_ids) for message in told] == [
        ("pdd_trade_TradeSellerShip", (order.order_id,))
    ]
    for frame in frames:
        line.receive(acknowledgement(json.loads(frame), world.now()))
    world.advance(3600)
    assert not [frame for frame in line.waiting() if "Common" in frame]
