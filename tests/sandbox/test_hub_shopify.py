"""A hub, a sandbox shop and everything between: pages of one row, buckets that run dry, parcels, stock, webhooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub.models import Dispatch, ListingStock, Order
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def world(orders: int = 25, **more: Any) -> World:
    return World(seed=7, platforms=["shopify"], carriers=[], orders=orders, awkward=True, start=START, **more)


def shop(made: World, place: int = 0, **given: Any) -> Any:
    entry = {**made.shops()[place], "location_id": "first", **given}
    return orderhub.connect(**entry, transport=made.transport(), clock=made.clock)


def orders_of(found: Any) -> dict[str, Order]:
    return {order.order_id: order for order in found.orders(updated_since=START - timedelta(days=50))}


def plain(order: Order) -> dict[str, Any]:
    """Without what pages look like."""
    return {name: value for name, value in order.dump().items() if name != "extra"}


def test_orders_are_the_same_by_pages_of_one_row() -> None:
    made = world(20, shops_per_platform=1)
    wide, narrow = (orders_of(shop(made, detail_size=size, page_size=size)) for size in (25, 1))
    assert wide.keys() == narrow.keys() and len(wide) > 40
    assert [plain(narrow[name]) for name in wide] == [plain(order) for order in wide.values()]


def test_cases_are_the_same_by_pages_of_one_row() -> None:
    made = world(20, shops_per_platform=1)
    since = START - timedelta(days=50)
    told = [sorted((case.refund_id, str(case.status), case.amount, case.lines)
                   for case in shop(made, page_size=size).refunds(updated_since=since)) for size in (100, 1)]  # fmt: skip
    assert told[0] == told[1] and told[0]


def test_a_bucket_that_runs_dry_is_waited_for() -> None:
    made = world(30, shops_per_platform=1)
    truth = {row["order_id"] for row in made.emulators["shopify"].records(None)}
    status, _ = made.control("PUT", "/_sandbox/switches", {}, {"shopify": {"throttle": True, "query_cost_max": 1000}})
    assert status == 200
    before = made.now()
    assert orders_of(shop(made)).keys() == truth
    refused = [row for row in made.log(10_000) if row["verdict"] != "ok"]
    assert made.now() - before > timedelta(seconds=10)
    assert len(refused) < len(truth) / 2, "refused calls were hammered"


def test_shops_keep_their_own_currencies_and_totals() -> None:
    made = world()
    with orderhub.Hub([shop(made, 0), shop(made, 1)], clock=made.clock) as hub:
        assert all(report.ok for report in hub.sync())
        stored = list(hub.orders())
    truth = {row["order_id"]: row for row in made.emulators["shopify"].records(None)}
    assert {order.order_id for order in stored} == truth.keys()
    assert {order.currency for order in stored} == {"USD", "EUR"}
    for order in stored:
        assert (str(order.total), order.currency) == (truth[order.order_id]["total"], truth[order.order_id]["currency"])


def test_orders_of_two_locations_ship_and_stock_is_one_locations() -> None:
    made = world(10, shops_per_platform=1)
    found = shop(made)
    ready = [order for order in orders_of(found).values() if order.is_shippable]
    outcomes = found.ship([Dispatch(order_id=order.order_id, carrier="sf", waybill_no=f"SF{place}")
                           for place, order in enumerate(ready)])  # fmt: skip
    assert all(outcome.ok for outcome in outcomes), [str(one.error) for one in outcomes if one.error]
    after = orders_of(shop(made))
    assert {str(after[order.order_id].status) for order in ready} <= {"shipped", "completed", "delivered"}
    row = next(iter(found.listings()))
    assert found.push_stock([ListingStock(listing_id=row.listing_id, platform_sku_id=row.platform_sku_id, quantity=3)])[
        0
    ].ok
    assert next(iter(shop(made).listings())).quantity == 3


def test_webhooks_of_the_sandbox_are_believed_and_forged_ones_are_not() -> None:
    made = world(0, shops_per_platform=1)
    status, rows = made.control("POST", "/_sandbox/shopify/orders", {}, {"count": 1})
    assert status == 200
    order_id = rows[0]["order_id"]
    _, told = made.control("GET", f"/_sandbox/shopify/orders/{order_id}")
    pushes = told["_sandbox"]["webhooks"]
    assert pushes, "the sandbox keeps no webhooks"
    for push in pushes:
        headers, body = push["headers"], push["body"].encode()
        [message] = shop(made).decode_message(headers, body)
        assert message.order_ids == (order_id,) and message.message_id
        with pytest.raises(orderhub.errors.SecurityError):
            shop(made, app_secret="sandbox-other").decode_message(headers, body)
