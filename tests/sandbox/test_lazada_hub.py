"""The main job on Lazada, in process: orders of several currencies, parcels, quantities, cases, pushes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import orderhub
from orderhub.errors import ConnectFailed, SecurityError
from orderhub.models import Dispatch, ListingStock, Order, Parcel, Receive, Recipient, StockLine, WaybillRequest
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS

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


class Wire:
    """The sandbox's transport; when it `is_deaf`, units cannot be read once something was packed."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.is_deaf, self.packed = inner, False, False

    def send(self, request: Any) -> Any:
        self.packed = self.is_deaf and (self.packed or "/order/fulfill/pack" in request.url)
        if self.packed and "/order/items/get" in request.url:
            raise ConnectFailed("nobody answers")
        return self.inner.send(request)

    def close(self) -> None:
        self.inner.close()


WIRES: list[Wire] = []


@pytest.fixture(scope="module")
def hub() -> Iterator[tuple[World, orderhub.Hub]]:
    """A hub without any carrier, plenty in stock."""
    made = World(seed=4, platforms=["lazada"], carriers=["sf"], orders=25, start=START, tick=lambda: 0.0)
    place = {"code": "sh", "name": "上海仓", "phone": "02155550100",
             "address": {"province": "上海市", "city": "上海市", "street": "仓储路1号"}}  # fmt: skip
    WIRES.append(Wire(made.transport()))
    with orderhub.Hub(made.shops()[:1], warehouses=[place], clock=made.clock, transport=WIRES[-1],
                      backfill=timedelta(days=60)) as found:  # fmt: skip
        found.sync()
        found.stock.apply([Receive("all", tuple(StockLine(sku, "sh", 99) for sku in GOODS))])
        yield made, found


def waiting(found: orderhub.Hub, made: World) -> list[Order]:
    """Orders that nothing was done about."""
    new = (one for one in found.orders() if one.is_shippable and not one.shipments)
    return [one for one in new if found.standing(one.key).state == "new"]


def calls(made: World, since: int) -> list[str]:
    rows = made.log(100_000)
    return [str(row["operation"]) for row in reversed(rows[: len(rows) - since])]


def arm(made: World, fault: str, operation: str, times: int = 1) -> None:
    body = {"platform": "lazada", "fault": fault, "operation": operation, "times": times}
    status, told = made.control("POST", "/_sandbox/faults", {}, body)
    assert status < 300, told


def test_a_hub_without_carriers_ships_under_lazadas_numbers(hub: tuple[World, orderhub.Hub]) -> None:
    made, found = hub
    order = max(waiting(found, made), key=lambda one: sum(line.quantity for line in one.lines))
    assert "number_by_platform" in order.labels
    before = len(made.log(100_000))
    [outcome] = found.fulfil([order.key])
    assert outcome.ok, outcome
    [parcel] = outcome.value.parcels
    assert parcel.issuer == "shop:lazada:lzd-1" and parcel.carrier not in (None, "platform")
    [shipment] = found.shops["lazada:lzd-1"].get_order(order.order_id).shipments
    assert (shipment.waybill_no, shipment.carrier_name) == (parcel.waybill_no, parcel.carrier)
    done = calls(made, before)
    assert done.count("/order/fulfill/pack") == done.count("/order/package/rts") == 1
    assert made.emulators["sf"].records(None) == []
    assert found.fulfil([order.key])[0].reason == "already_done" and len(calls(made, before)) == len(done)


@pytest.mark.parametrize("operation", ["/order/fulfill/pack", "/order/package/rts"])
def test_a_lost_reply_packs_nothing_twice(hub: tuple[World, orderhub.Hub], operation: str) -> None:
    made, found = hub
    order = waiting(found, made)[0]
    arm(made, "timeout_after", operation)
    before = len(made.log(100_000))
    [outcome] = found.fulfil([order.key])
    assert outcome.ok and calls(made, before).count("/order/fulfill/pack") == 1
    shipments = found.shops["lazada:lzd-1"].get_order(order.order_id).shipments
    assert [one.waybill_no for one in shipments] == [one.waybill_no for one in outcome.value.parcels]


def test_a_package_that_cannot_be_read_waits_and_is_found(hub: tuple[World, orderhub.Hub]) -> None:
    made, found = hub
    order = waiting(found, made)[0]
    shop = found.shops["lazada:lzd-1"]
    packed = _request(order, is_new=True)
    WIRES[-1].is_deaf = True
    [outcome] = found.fulfil([order.key])
    WIRES[-1].is_deaf = False
    assert not outcome.ok and outcome.reason == "outcome_unknown"
    assert found.standing(order.key).parcels[0].state == "asked"
    before = len(made.log(100_000))
    found.sync(refunds=False)
    [again] = found.fulfil([order.key])
    assert again.ok and "/order/fulfill/pack" not in calls(made, before)
    assert shop.find_waybills([packed])[0].value is None, "what has left is no package to be found"


def test_a_cancelled_order_keeps_its_package_and_gets_it_again(hub: tuple[World, orderhub.Hub]) -> None:
    """Nothing can be unpacked, and nothing leaves unless it is said to be ready: the number belongs to the goods."""
    made, found = hub
    order = waiting(found, made)[0]
    shop = found.shops["lazada:lzd-1"]
    arm(made, "http_503", "/order/package/rts", 50)
    [made_first] = shop.create_waybills([_request(order, is_new=True)])
    assert made_first.ok
    given = shop.cancel_waybill(made_first.value)
    assert (given.ok, given.reason) == (True, "kept_for_goods")
    made.control("DELETE", "/_sandbox/faults", {}, None)
    [outcome] = found.fulfil([order.key])
    assert outcome.ok and outcome.value.parcels[0].waybill_no == made_first.value.waybill_no
    stays = shop.cancel_waybill(made_first.value)
    assert not stays.ok and stays.reason == "conflict"


def test_parcels_of_one_order_never_share_a_unit(hub: tuple[World, orderhub.Hub]) -> None:
    made, found = hub
    order = next(one for one in waiting(found, made) if max(line.quantity for line in one.lines) > 1)
    line = next(line for line in order.lines if line.quantity > 1)
    rest = tuple((one.line_id, one.quantity) for one in order.lines if one is not line)
    parts = [((line.line_id, 1),), ((line.line_id, line.quantity - 1), *rest)]
    assert found.split(order.key, parts).ok
    [outcome] = found.fulfil([order.key])
    assert outcome.ok, outcome
    numbers = {one.waybill_no for one in outcome.value.parcels}
    there = found.shops["lazada:lzd-1"].get_order(order.order_id)
    assert len(numbers) == 2 and {one.waybill_no for one in there.shipments} == numbers
    packed = sum(units for one in there.shipments for _, units in one.lines)
    assert packed == sum(one.quantity for one in order.lines)


def test_a_carrier_that_is_not_offered_is_no_agreement(hub: tuple[World, orderhub.Hub]) -> None:
    made, found = hub
    order = waiting(found, made)[0]
    shop = found.shops["lazada:lzd-1"]
    [account] = shop.waybill_accounts()
    assert account.is_usable and account.carrier == "platform"
    [outcome] = shop.create_waybills([_request(order, carrier="usps")])
    assert (outcome.reason, outcome.error.code) == ("not_serviceable", "no_account")
    [merged] = shop.create_waybills([_request(order, order_ids=("1", "2"))])
    assert merged.error.field == "order_ids"


def test_never_means_never(hub: tuple[World, orderhub.Hub]) -> None:
    """Whoever wants carriers' own numbers only is told why none is good here; nothing is asked, no stock is held."""
    made, found = hub
    order = waiting(found, made)[0]
    before, held = len(made.log(100_000)), sum(level.reserved for level in found.stock.levels())
    found.ops.plan = replace(found.ops.plan, platform_waybills="never")
    [outcome] = found.fulfil([order.key])
    found.ops.plan = replace(found.ops.plan, platform_waybills="hidden")
    assert (outcome.error.code, outcome.error.sub_code) == ("no_carrier", "number_by_platform")
    assert len(made.log(100_000)) == before and sum(level.reserved for level in found.stock.levels()) == held


def _request(order: Order, carrier: str = "platform", **given: Any) -> WaybillRequest:
    told = {"order_ids": (order.order_id,), "lines": tuple((line.line_id, line.quantity) for line in order.lines)}
    told |= {name: given.pop(name) for name in list(given) if name in told}
    parcel = Parcel(parcel_id=f"p-{order.order_id}", order_key=order.key, warehouse="sh", recipient=order.recipient,
                    **told)  # fmt: skip
    return WaybillRequest(carrier=carrier, parcel=parcel, sender=Recipient(name="仓"), **given)


def test_a_rehearsal_packs_nothing(hub: tuple[World, orderhub.Hub]) -> None:
    made, found = hub
    order = waiting(found, made)[0]
    before = len(made.log(100_000))
    [outcome] = found.fulfil([order.key], dry_run=True)
    assert outcome.ok and outcome.reason == "dry_run"
    assert outcome.value.parcels[0].issuer == "shop:lazada:lzd-1"
    assert not any("pack" in name for name in calls(made, before)) and found.standing(order.key).state == "new"
