"""Shopee numbers the parcels that it arranges, sometimes late: one arrangement a parcel, whatever becomes of a reply."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fulfil_world import CARDS

from orderhub import Hub
from orderhub.errors import ConnectFailed
from orderhub.models import Order, Parcel, Receive, Recipient, StockLine, WaybillRequest
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
SHIP, SPLIT, PARAMETERS = "logistics/ship_order", "order/split_order", "logistics/get_shipping_parameter"
STANDARD = {"logistics_channel_id": 18028, "shipping_carrier": "Standard Delivery"}
PLACE = {"code": "sh", "name": "上海仓", "phone": "02155550100",
         "address": {"province": "上海市", "city": "上海市", "street": "仓储路1号"}}  # fmt: skip


class Desk:
    """A hub over one shop and one carrier, whose wire can go deaf for orders."""

    def __init__(self) -> None:
        self.world = World(seed=3, platforms=["shopee"], carriers=["sf"], orders=0, shops_per_platform=1, start=START,
                           tick=lambda: 0.0, limits=False)  # fmt: skip
        self.inner, self.is_deaf, self.has_arranged = self.world.transport(), False, False
        self.is_outrun = False
        names = {"partner_id": "app_key", "checkword": "app_secret"}
        carrier = {names.get(name, name): value for name, value in self.world.carrier_accounts()[0].items()
                   if name != "token_url"}  # fmt: skip
        self.hub = Hub(
            shops=self.world.shops(), warehouses=[PLACE], carriers=[carrier], rate_cards=[CARDS], transport=self,
            clock=self.world.clock, backfill=timedelta(days=1),
        )  # fmt: skip
        self.hub.stock.apply([Receive("all", tuple(StockLine(sku, "sh", 999) for sku in GOODS))])
        [self.shop] = self.hub.shops.values()

    def send(self, request: Any) -> Any:
        self.has_arranged = self.is_deaf and (self.has_arranged or SHIP in request.url)
        if self.has_arranged and "get_order_detail" in request.url:
            raise ConnectFailed("nobody answers")
        if self.is_outrun and SHIP in request.url:
            self.inner.send(request)  # another worker was faster
        return self.inner.send(request)

    def close(self) -> None:
        self.inner.close()

    def order(self, *, own: bool = False, lines: int = 1) -> Order:
        """A new order, pulled; Shopee carries it, or (`own`) the merchant does."""
        while True:
            [row] = self.world.control("POST", "/_sandbox/shopee/orders", {}, {"count": 1})[1]
            path = f"/_sandbox/shopee/orders/{row['order_id']}"
            packages = self.world.control("GET", path, {}, None)[1]["package_list"]
            if not own:
                fields = {"package_list": [{**one, **STANDARD} for one in packages]}
                assert self.world.control("PATCH", path, {}, {"fields": fields})[0] == 200
            found = self.shop.get_order(row["order_id"])
            home = found.recipient.address.country == "CN"
            if len(found.lines) >= lines and (home or not own):
                self.hub.sync(refunds=False)
                return found

    def fulfil(self, order: Order) -> Any:
        [outcome] = self.hub.fulfil([order.key])
        return outcome

    def calls(self, order: Order, name: str) -> int:
        """How often something was asked for since the order was made."""
        rows = [row for row in self.world.log(100_000) if row["at"] >= order.created_at]
        return sum(row["operation"] == name for row in rows)

    def arm(self, fault: str, operation: str, times: int = 1) -> None:
        body = {"platform": "shopee", "fault": fault, "operation": operation, "times": times}
        assert self.world.control("POST", "/_sandbox/faults", {}, body)[0] < 300

    def later(self) -> None:
        self.world.advance(60)
        self.hub.sync(refunds=False)

    def numbers(self, order: Order) -> list[str | None]:
        return [one.waybill_no for one in self.shop.get_order(order.order_id).shipments]

    def reserved(self) -> int:
        return sum(level.reserved for level in self.hub.stock.levels())


@pytest.fixture(scope="module")
def made() -> Iterator[Desk]:
    found = Desk()
    with found.hub:
        yield found


@pytest.fixture
def desk(made: Desk) -> Iterator[Desk]:
    """At an instant of its own, so that calls are counted by time."""
    made.world.advance(3600)
    yield made
    made.is_deaf = made.is_outrun = False
    made.world.control("DELETE", "/_sandbox/faults", {}, None)


def request(order: Order, **given: Any) -> WaybillRequest:
    lines = given.pop("lines", tuple((line.line_id, line.quantity) for line in order.lines))
    parcel = Parcel(parcel_id="p", order_key=order.key, warehouse="sh", recipient=order.recipient, lines=lines,
                    order_ids=(order.order_id,))  # fmt: skip
    return WaybillRequest(carrier="platform", parcel=parcel, sender=Recipient(name="仓"), **given)


def test_a_number_that_comes_late_is_waited_for_and_nothing_is_arranged_twice(desk: Desk) -> None:
    order = desk.order()
    first = desk.fulfil(order)
    assert (first.ok, first.reason) == (False, "waybill_pending") and first.error.retryable
    assert desk.hub.standing(order.key).parcels[0].state == "asked" and desk.reserved() > 0
    desk.hub.sync(refunds=False)
    assert desk.fulfil(order).reason == "waybill_pending", "arranged orders are locked by our own doing"
    desk.later()
    last = desk.fulfil(order)
    assert last.ok and desk.reserved() == 0 and desk.calls(order, SHIP) == 1
    [parcel] = last.value.parcels
    assert (parcel.carrier, parcel.issuer) == ("Standard Delivery", f"shop:{desk.shop.key}")
    assert desk.numbers(order) == [parcel.waybill_no]
    assert desk.world.emulators["sf"].records(None) == []


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before"])
def test_a_lost_reply_is_settled_by_reading(desk: Desk, fault: str) -> None:
    order = desk.order()
    desk.arm(fault, SHIP)
    assert desk.fulfil(order).reason == "waybill_pending"
    desk.later()
    outcome = desk.fulfil(order)
    assert outcome.ok and desk.numbers(order) == [outcome.value.parcels[0].waybill_no]
    assert desk.calls(order, SHIP) == (1 if fault == "timeout_after" else 2)


def test_what_cannot_be_read_is_unknown_and_found_by_the_next_run(desk: Desk) -> None:
    order = desk.order()
    desk.is_deaf = True
    assert desk.fulfil(order).reason == "outcome_unknown"
    desk.is_deaf = False
    desk.later()
    assert desk.fulfil(order).ok and desk.calls(order, SHIP) == 1


def test_a_parcel_that_is_fetched_before_its_number_was_seen_is_reconciled(desk: Desk) -> None:
    order = desk.order()
    assert desk.fulfil(order).reason == "waybill_pending"
    path = f"/_sandbox/shopee/orders/{order.order_id}"
    assert desk.world.control("PATCH", path, {}, {"action": "pick_up"})[0] == 200
    desk.later()
    told = desk.hub.reconcile([order.key], heal=True)
    assert [one.kind for one in told.differences] == ["unfinished"], told
    assert desk.hub.standing(order.key).state == "done" and desk.calls(order, SHIP) == 1


def test_what_another_worker_arranged_is_no_refusal(desk: Desk) -> None:
    order = desk.order()
    desk.is_outrun = True
    assert desk.fulfil(order).reason == "waybill_pending"
    desk.later()
    outcome = desk.fulfil(order)
    assert outcome.ok and desk.numbers(order) == [outcome.value.parcels[0].waybill_no]


def test_a_parcel_under_the_merchants_own_number_goes_with_a_carrier(desk: Desk) -> None:
    order = desk.order(own=True)
    outcome = desk.fulfil(order)
    assert outcome.ok, outcome
    [parcel] = outcome.value.parcels
    assert (parcel.carrier, parcel.issuer) == ("sf", None) and desk.numbers(order) == [parcel.waybill_no]
    assert desk.shop.create_waybills([request(desk.order(own=True))])[0].error.code == "own_number"


def test_parts_are_divided_once_and_numbered_each(desk: Desk) -> None:
    order = desk.order(lines=2)
    first, *rest = order.lines
    parts = [((first.line_id, first.quantity),), tuple((line.line_id, line.quantity) for line in rest)]
    assert desk.hub.split(order.key, parts).ok
    assert desk.fulfil(order).reason == "waybill_pending"
    desk.later()
    desk.fulfil(order)
    desk.later()
    outcome = desk.fulfil(order)
    assert outcome.ok, outcome
    assert (desk.calls(order, SPLIT), desk.calls(order, SHIP)) == (1, 2)
    found = {one.waybill_no: {name for name, _ in one.lines} for one in desk.shop.get_order(order.order_id).shipments}
    told = {one.waybill_no: {name for name, _ in one.lines} for one in outcome.value.parcels}
    assert found == told and len(found) == 2


def test_an_order_that_is_cancelled_while_it_waits_frees_its_stock(desk: Desk) -> None:
    order = desk.order()
    before = desk.reserved()
    assert desk.fulfil(order).reason == "waybill_pending" and desk.reserved() > before
    kept = desk.hub.cancel(order.key)
    assert (kept.ok, kept.reason) == (False, "waybill_unknown"), "there may be a number: the shipment is arranged"
    status, told = desk.world.control(
        "PATCH", f"/_sandbox/shopee/orders/{order.order_id}", {}, {"fields": {"order_status": "CANCELLED"}}
    )
    assert status == 200, told
    desk.later()
    assert desk.hub.cancel(order.key).ok and desk.reserved() == before


def test_an_arrangement_stands_until_its_order_is_cancelled(desk: Desk) -> None:
    order = desk.order()
    [outcome] = desk.shop.create_waybills([request(order, is_new=True)])
    assert outcome.reason == "waybill_pending"
    desk.later()
    [found] = desk.shop.find_waybills([request(order)])
    assert found.ok and found.value.order_ids == (order.order_id,)
    assert desk.shop.cancel_waybill(found.value).reason == "conflict"
    assert desk.shop.cancel_waybill(found.value.model_copy(update={"waybill_no": "other"})).reason == "already_done"
    assert desk.shop.find_waybills([request(desk.order())])[0].value is None
    strange = request(desk.order(), lines=(("no-such-line", 1),))
    assert desk.shop.create_waybills([strange])[0].reason == "waybill_rejected"


def test_other_carriers_are_no_agreement(desk: Desk) -> None:
    order = desk.order()
    asked = request(order).model_copy(update={"carrier": "sf"})
    assert desk.shop.create_waybills([asked])[0].error.code == "no_account"
    assert [one.carrier for one in desk.shop.waybill_accounts()] == ["platform"]
