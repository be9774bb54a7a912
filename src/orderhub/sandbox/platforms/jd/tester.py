"""The tester's hand in the JD market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
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
from orderhub.sandbox.workbench import Workbench

__all__ = ["ACTIONS", "Tester"]


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "orderId"
    illegal = Illegal
    stock_keys = ("shop_id", "outer_id", "sku_id", "ware_id")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": order.order_id, "shop_id": order.shop_id, "modified": order.doc["modified"]}
        return {**told, "total": order.doc["shouldPay"], "currency": "CNY"}

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

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        book(market, order)
        if not body.get("unpaid"):
            pay(market, order, market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late = True
        order.shown_from = china(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        base = make_order(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1, plain=True)
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
        if old is not None:
            old.doc = base.doc
            market.place(old)
            return old
        self._take_in(base)
        return base

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        self._market.touch(order)
        order.doc.update({name: value for name, value in fields.items() if name != "orderId"})
        self._market.place(order)

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
        quantity, changed = self._matching(body)
        for row in changed:
            put_stock(self._market, self._market.skus[row["sku_id"]], quantity)
        return [{**row, "quantity": quantity} for row in changed]


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
