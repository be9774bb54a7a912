"""WooCommerce against its emulator through a hub: several currencies, parcels, refunds, stock, webhooks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import orderhub
from orderhub.errors import SecurityError
from orderhub.models import Dispatch, ListingStock
from orderhub.sandbox import World

HOOKS = {"webhook_url": "https://app.example/woo", "webhook_secret": "sandbox-hook-secret"}


@pytest.fixture
def world() -> World:
    return World(seed=7, platforms=["woocommerce"], carriers=[], orders=30, awkward=True)


def hub_of(world: World, **settings: Any) -> orderhub.Hub:
    shops = [{**entry, **HOOKS, **settings} for entry in world.shops()]
    return orderhub.Hub(shops=shops, transport=world.transport(), clock=world.clock)


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    status, told = world.control(method, f"/_sandbox/woocommerce/{path}", {}, body)
    assert status == 200, told
    return told


def test_every_order_keeps_its_own_currency_and_its_total(world: World) -> None:
    with hub_of(world) as hub:
        assert all(report.ok for report in hub.sync())
        truth = {row["order_id"]: row for row in control(world, "GET", "orders")}
        stored = {order.order_id: order for order in hub.orders()}
        assert stored.keys() == truth.keys() and len({order.currency for order in stored.values()}) > 2
        for number, order in stored.items():
            assert (order.total, order.currency) == (Decimal(truth[number]["total"]), truth[number]["currency"])
            assert order.residual == order.discrepancy == 0


@pytest.mark.parametrize("inclusive", [True, False])
def test_windows_lose_nothing_whatever_their_bounds_mean(world: World, inclusive: bool) -> None:
    world.control("PUT", "/_sandbox/switches", {}, {"woocommerce": {"bounds_inclusive": inclusive}})
    made = {row["order_id"] for row in control(world, "POST", "orders", {"count": 3})}
    with hub_of(world) as hub:
        hub.sync()
        assert made <= {order.order_id for order in hub.orders()}


def test_refunds_come_with_their_lines(world: World) -> None:
    with hub_of(world) as hub:
        hub.sync()
        parts = [order for order in hub.orders() if str(order.aftersale_status) == "partially_refunded"]
        assert parts
        for order in parts:
            assert all(line.refunded_quantity is not None for line in order.lines), order.key
            assert order.refunded is not None and order.refunded < (order.total or 0)


def test_parts_are_sent_and_read_back_by_another_shop_object(world: World) -> None:
    with hub_of(world) as hub:
        hub.sync()
        order = next(order for order in hub.orders() if order.is_shippable and len(order.lines) > 1)
        shop = hub.shops[f"woocommerce:{order.shop_id}"]
        first, *rest = [(line.line_id, line.quantity - (line.refunded_quantity or 0)) for line in order.lines]
        parcel = Dispatch(order_id=order.order_id, carrier="sf", waybill_no="SF1", lines=(first,))
        assert shop.ship([parcel])[0].ok
        part = shop.get_order(order.order_id)
        assert str(part.status) == "partially_shipped" and part.is_shippable
        last = parcel.model_copy(update={"waybill_no": "SF2", "lines": tuple(pair for pair in rest if pair[1])})
        assert shop.ship([last])[0].ok
        done = shop.get_order(order.order_id)
        assert (str(done.status), [one.waybill_no for one in done.shipments]) == ("completed", ["SF1", "SF2"])


def test_stock_goes_to_versions_and_products(world: World) -> None:
    with hub_of(world) as hub:
        shop = next(iter(hub.shops.values()))
        rows = list(shop.listings())
        assert {row.platform_sku_id is None for row in rows} == {True, False}
        chosen = [next(row for row in rows if (row.platform_sku_id is None) == plain) for plain in (True, False)]
        levels = [
            ListingStock(listing_id=row.listing_id, platform_sku_id=row.platform_sku_id, quantity=3) for row in chosen
        ]
        assert all(outcome.ok for outcome in shop.push_stock(levels))
        shown = {(row.listing_id, row.platform_sku_id): row.quantity for row in shop.listings()}
        assert [shown[level.listing_id, level.platform_sku_id] for level in levels] == [3, 3]


def test_webhooks_bring_changes_and_forged_ones_do_not(world: World) -> None:
    with hub_of(world) as hub:
        hub.sync()
        key, shop = next(iter(hub.shops.items()))
        shop.permit_messages(["order.created", "order.updated"])
        [row] = control(world, "POST", "orders", {"count": 1, "shop_id": shop.shop_id})
        pushed = control(world, "PATCH", f"orders/{row['order_id']}", {"action": "push"})["pushes"]
        assert pushed
        for push in pushed:
            body = push["body"].encode() if isinstance(push["body"], str) else push["body"]
            hub.receive(key, push["headers"], body)
            if b'"id"' in body:
                with pytest.raises(SecurityError):
                    hub.receive(key, push["headers"], body + b" ")
        hub.refetch()
        assert row["order_id"] in {order.order_id for order in hub.orders()}
