"""The main job on Lazada, in process: orders of several currencies, parcels, quantities, cases, pushes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import orderhub
from orderhub.errors import SecurityError
from orderhub.models import Dispatch, ListingStock, Receive, StockLine
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def world(orders: int = 30) -> World:
    return World(seed=4, platforms=["lazada"], carriers=[], orders=orders, awkward=True, start=START, tick=lambda: 0.0)


def shop(made: World, place: int = 0, **given: Any) -> Any:
    return orderhub.connect(**made.shops()[place], **given, transport=made.transport(), clock=made.clock)


def test_a_hub_has_everything_once_and_to_the_cent() -> None:
    made = world()
    truth = {row["order_id"]: row for row in made.control("GET", "/_sandbox/lazada/orders")[1]}
    with orderhub.Hub(made.shops(), clock=made.clock, transport=made.transport(), backfill=timedelta(days=60)) as hub:
        assert all(report.ok for report in hub.sync())
        found = {order.order_id: order for order in hub.orders()}
    assert found.keys() == truth.keys()
    for name, order in found.items():
        assert (order.total, order.currency) == (Decimal(truth[name]["total"]), truth[name]["currency"])
        assert order.residual == 0


@pytest.mark.parametrize(("currency", "price"), [("VND", "150000"), ("IDR", "99000.00"), ("MYR", "12.5")])
def test_an_order_keeps_its_own_currency(currency: str, price: str) -> None:
    made = world(2)
    name = made.control("GET", "/_sandbox/lazada/orders", {"shop_id": "lzd-1"})[1][0]["order_id"]
    record = made.control("GET", f"/_sandbox/lazada/orders/{name}")[1]
    changed = {"item_price": price, "paid_price": price, "voucher_amount": "0", "voucher_seller": "0",
               "voucher_platform": "0", "currency": currency}  # fmt: skip
    units = [unit | changed for unit in record["order_items"]]
    total = Decimal(price) * len(units)
    fields = {"order_items": units, "price": str(total), "voucher": "0", "shipping_fee": "0"}
    assert made.control("PATCH", f"/_sandbox/lazada/orders/{name}", {}, {"fields": fields})[0] == 200
    order = shop(made).get_order(name)
    assert (order.currency, order.total, order.items_total, order.residual) == (currency, total, total, 0)


def test_parts_of_an_order_go_in_parcels_of_their_own() -> None:
    made = world(60)
    lazada = shop(made)
    order = next(
        one for one in lazada.orders(updated_since=START - timedelta(days=40))
        if one.is_shippable and any(line.quantity > 1 for line in one.lines)
    )  # fmt: skip
    line = next(line for line in order.lines if line.quantity > 1)
    (first,) = lazada.ship(
        [Dispatch(order_id=order.order_id, carrier="sf", waybill_no="A", lines=((line.line_id, 1),))]
    )
    assert first.ok and first.reason == "number_by_platform" and first.value
    half = lazada.get_order(order.order_id)
    assert half.status == "partially_shipped" and half.is_shippable
    (rest,) = lazada.ship([Dispatch(order_id=order.order_id, carrier="sf", waybill_no="B")])
    assert rest.ok and rest.value
    whole = lazada.get_order(order.order_id)
    assert whole.status == "shipped" and not whole.is_shippable
    assert {parcel.carrier for parcel in whole.shipments} == {"sf"}
    assert sum(units for parcel in whole.shipments for _, units in parcel.lines) == sum(
        line.quantity for line in order.lines
    )


def test_quantities_cases_and_pushes() -> None:
    made = world()
    lazada = shop(made)
    row = next(iter(lazada.listings()))
    level = ListingStock(listing_id=row.listing_id, platform_sku_id=row.platform_sku_id, quantity=3, version=1)
    assert lazada.push_stock([level])[0].ok
    assert {one.platform_sku_id: one.quantity for one in lazada.listings()}[row.platform_sku_id] == 3
    refunds = list(lazada.refunds(updated_since=START - timedelta(days=40)))
    assert refunds and {refund.currency for refund in refunds} == {"SGD"}
    assert lazada.get_refund(refunds[0].refund_id) == refunds[0]
    owner = lazada.get_order(refunds[0].order_id)
    names = {name for line in owner.lines for name in line.extra["order_item_ids"]}
    assert {name for name, _, _ in refunds[0].lines} <= names
    push = made.control("GET", f"/_sandbox/lazada/orders/{owner.order_id}")[1]["_sandbox"]["push"]
    (message,) = lazada.decode_message(push["headers"], push["body"].encode())
    assert message.order_ids == (owner.order_id,)
    with pytest.raises(SecurityError):
        shop(made, 1).decode_message(push["headers"], push["body"].encode())


def test_no_carrier_is_asked_for_a_number_that_the_platform_gives(tmp_path: Any) -> None:
    """A number bought before would be nobody's: the hub says what to do instead, and the stock stays free."""
    made = World(seed=4, platforms=["lazada"], carriers=["sf"], orders=10, start=START, tick=lambda: 0.0)
    account = {{"partner_id": "app_key", "checkword": "app_secret"}.get(name, name): value
               for name, value in made.carrier_accounts()[0].items() if name != "token_url"}  # fmt: skip
    place = {"code": "sh", "address": {"province": "上海市", "city": "上海市", "street": "仓储路1号"}}
    with orderhub.Hub(made.shops()[:1], warehouses=[place], carriers=[account], clock=made.clock,
                      transport=made.transport(), backfill=timedelta(days=60)) as hub:  # fmt: skip
        hub.sync()
        order = next(one for one in hub.orders() if one.is_shippable)
        assert "number_by_platform" in order.labels
        hub.stock.apply([Receive("all", tuple(StockLine(line.sku, "sh", 9) for line in order.lines))])
        (outcome,) = hub.fulfil([order.key])
        assert (outcome.ok, outcome.error.code, outcome.error.sub_code) == (False, "no_carrier", "number_by_platform")
        assert "ship()" in outcome.error.message and made.emulators["sf"].records(None) == []
        assert sum(level.reserved for level in hub.stock.levels()) == 0
