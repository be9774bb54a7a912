"""The tester's hand in the JD market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

from orderhub.sandbox.emulator import ControlError, EmulatorBase, Setup
from orderhub.sandbox.making import made
from orderhub.sandbox.platforms.jd.claims import (
    OPEN_REFUND,
    apply_refund,
    cancel_all,
    move_refund,
    move_service,
    open_service,
    paid_back,
)
from orderhub.sandbox.platforms.jd.moves import (
    RECEIVER,
    Illegal,
    address,
    book,
    left,
    pay,
    receive,
    ship,
    ship_part,
)
from orderhub.sandbox.platforms.jd.seed import make_order
from orderhub.sandbox.platforms.jd.spec import CARRIERS, STATES
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order
from orderhub.sandbox.platforms.jd.stock import put_stock
from orderhub.sandbox.platforms.jd.wire import china, yuan

__all__ = ["ACTIONS", "Tester"]


class Tester(EmulatorBase):
    """The control half of the emulator."""

    def __init__(self, setup: Setup, market: Market) -> None:
        self._setup, self._market = setup, market

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Every order, whatever its age; `modified` as the wire writes it, `total` what the buyer owes."""
        shops = [shop_id] if shop_id is not None else list(self._market.venders)
        return [_row(order) for shop in shops for order in self._market.of(self._shop(shop))]

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document with the receiver in the clear, and `_sandbox`: what no single call tells."""
        order, market = self._order(record_id), self._market
        bills = [bill for bill in market.services.values() if bill["orderId"] == record_id]
        extra = {
            "shop_id": order.shop_id, "parcels": order.parcels, "shown_from": order.shown_from, "flags": order.flags,
            "refunds": [doc for doc in market.refunds.values() if doc["orderId"] == record_id], "services": bills,
            "refunded": yuan(paid_back(market, order)),
            "waybills": [kept.view() for kept in market.books.by_trade.get((order.shop_id, record_id), ())],
        }  # fmt: skip
        return deepcopy({**order.doc, "_sandbox": extra})

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"count": N}` new orders dated now in every shop (or `shop_id`), or documents as given."""
        shops = [self._shop(body["shop_id"])] if "shop_id" in body else list(self._market.venders)
        found = made(
            body,
            shops,
            lambda shop: self._fresh(shop, bool(body.get("unpaid"))),
            lambda given: self._document(body, given),
        )
        return [_row(order) for order in found]

    def _fresh(self, shop_id: str, unpaid: bool) -> Order:
        market = self._market
        order = make_order(market, market.venders[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        book(market, order)
        if not unpaid:
            pay(market, order, market.stamp())
        return order

    def _take_in(self, order: Order) -> None:
        late = self._setup.take_fault("late_order", order.shop_id, "create")
        if late is not None:
            self._market.late = True
            order.shown_from = china(self._market.now() + timedelta(seconds=late.delay_s))
        self._market.add(order)

    def _document(self, body: Mapping[str, Any], given: Any) -> Order:
        """A native document; what an order cannot be without is filled in. A number that exists is replaced."""
        if "shop_id" not in body or not isinstance(given, dict):
            raise ControlError("documents need a shop", 'send {"shop_id": …, "documents": [{native order}, …]}')
        market, shop_id = self._market, self._shop(body["shop_id"])
        base = make_order(market, market.venders[shop_id], self._setup.rng, market.now(), lines=1, plain=True)
        fresh = {name: value for name, value in given.items() if name != "_sandbox"}
        base.doc |= {"orderState": "WAIT_SELLER_STOCK_OUT", "orderStateRemark": STATES["WAIT_SELLER_STOCK_OUT"]}
        base.doc |= {"paymentConfirmTime": base.doc["orderStartTime"], "actualPay": base.doc["shouldPay"]}
        row, who = base.doc["itemInfoList"][0], base.doc["consigneeInfo"]
        base.doc |= fresh
        base.doc["orderId"] = str(base.doc["orderId"])
        base.doc["consigneeInfo"] = {**who, **base.doc["consigneeInfo"]}
        base.doc["itemInfoList"] = [
            {**row, "itemExt": {"skuUuid": f"1_{base.order_id}{place:02d}"}, **one}
            for place, one in enumerate(base.doc["itemInfoList"], 1)
        ]
        old = market.orders.get(base.order_id)
        if old is not None and old.shop_id != shop_id:
            raise ControlError(f"{base.order_id} belongs to {old.shop_id}", "use another orderId")
        if old is not None:
            old.doc = base.doc
            market.place(old)
            return old
        self._take_in(base)
        return base

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """An action of `ACTIONS`, or `{"fields": {native…}}` set as given; `modified` moves unless it is among them."""
        order = self._order(record_id)
        if isinstance(body.get("fields"), dict) and set(body) == {"fields"}:
            self._market.touch(order)
            order.doc.update({name: value for name, value in body["fields"].items() if name != "orderId"})
            self._market.place(order)
            return self.record(record_id)
        action = ACTIONS.get(str(body.get("action")))
        if action is None:
            known = ", ".join(ACTIONS)
            raise ControlError(f"unknown action {body.get('action')!r}", f"use one of {known}, or send fields")
        try:
            action(self._market, order, body)
        except Illegal as illegal:
            raise ControlError(str(illegal), "see the state with GET", 409) from illegal
        return self.record(record_id)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU; `quantity` is on hand, `booked` held by orders."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {
                "shop_id": sku.shop_id, "sku_id": sku.sku_id, "ware_id": sku.ware_id, "title": sku.name,
                "outer_id": sku.outer_id, "quantity": sku.stock, "booked": sku.booked,
            }
            for sku in self._market.skus.values()
            if shop_id in (None, sku.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "outer_id" | "sku_id" | "ware_id", "quantity"}`: everything that matches."""
        quantity = body.get("quantity")
        chosen = {name: str(body[name]) for name in ("shop_id", "outer_id", "sku_id", "ware_id") if name in body}
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0 or not chosen:
            raise ControlError("which quantity?", 'send {"outer_id": "SKU-0001", "quantity": 5}, shop_id if you like')
        changed = [row for row in self.stock(None) if all(str(row[name]) == value for name, value in chosen.items())]
        if not changed:
            raise ControlError(f"nothing matches {chosen}", "see GET stock", 404)
        for row in changed:
            put_stock(self._market, self._market.skus[row["sku_id"]], quantity)
        return [{**row, "quantity": quantity} for row in changed]

    def _shop(self, shop_id: str) -> str:
        if shop_id not in self._market.venders:
            raise ControlError(f"no shop {shop_id!r}", "use one of " + ", ".join(self._market.venders), 404)
        return shop_id

    def _order(self, order_id: str) -> Order:
        order = self._market.orders.get(order_id)
        if order is None:
            raise ControlError(f"no order {order_id}", "see GET /_sandbox/jd/orders", 404)
        return order


def _row(order: Order) -> dict[str, Any]:
    told = {"order_id": order.order_id, "shop_id": order.shop_id, "modified": order.doc["modified"]}
    return {**told, "total": order.doc["shouldPay"], "currency": "CNY"}


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order, market.stamp())


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """The whole order, or `sku_uuids` of it, by `logistics_id` and `waybill`."""
    carrier = str(body.get("logistics_id", "467"))
    if carrier not in CARRIERS:
        raise ControlError(f"unknown logistics_id {carrier}", "use one of " + ", ".join(CARRIERS))
    parcel: Doc = {"carrier": carrier, "number": str(body.get("waybill") or f"SF9{market.serial():012d}")}
    wanted = [str(one) for one in body.get("sku_uuids", [])]
    if not wanted and not order.sent:
        ship(market, order, [parcel], market.stamp())
        return
    goods = {uuid: units for uuid, units in left(order).items() if not wanted or uuid in wanted}
    if not goods:
        raise Illegal(order.state, "ship")
    ship_part(market, order, [{**parcel, "goods": goods}], market.stamp())


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    receive(market, order, market.stamp())


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    cancel_all(market, order)


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one, or move one: before the goods arrive an application (`id`, `status`), afterwards a service bill.

    A bill takes `sku_uuid`, `expect`, `amount`, `num`, `reason`, and `serviceId` with `move`; `done` ends either.
    """
    if "serviceId" in body:
        move_service(market, _found(market.services, order, body["serviceId"]), str(body.get("move")), "tester")
    elif "id" in body:
        move_refund(market, _found(market.refunds, order, body["id"]), int(body["status"]), "tester", "")
    elif order.state in ("WAIT_GOODS_RECEIVE_CONFIRM", "FINISHED_L") and body.get("kind") != "application":
        uuid = str(body.get("sku_uuid") or order.doc["itemInfoList"][0]["itemExt"]["skuUuid"])
        row = order.line(uuid)
        if row is None:
            raise ControlError(f"no line {uuid}", "use a skuUuid of the order", 404)
        bill = open_service(market, order, row, body)
        if body.get("done"):
            _finish(market, bill)
    else:
        doc = apply_refund(market, order, body)
        if body.get("done"):
            move_refund(market, doc, 1, "tester", "同意")
            if doc["status"] in OPEN_REFUND:
                move_refund(market, doc, 3)


def _finish(market: Market, bill: Doc) -> None:
    """All steps of a service bill to its end."""
    steps = ("close",) if bill["serviceStatus"] == 10041 else ("approve_return", "receive", "close")
    for step in steps:
        move_service(market, bill, step, "tester")


def _found(docs: Mapping[int, Doc], order: Order, number: Any) -> Doc:
    doc = docs.get(int(number)) if str(number).isdigit() else None
    if doc is None or doc["orderId"] != order.order_id:
        raise ControlError(f"no refund {number} here", "see _sandbox of the order", 404)
    return doc


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in RECEIVER if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(RECEIVER))
    address(market, order, fresh)


ACTIONS = {
    "pay": _do_pay, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund, "change_address": _do_address,
    "cancel": _do_cancel,
}  # fmt: skip
"""What a tester may make happen."""
