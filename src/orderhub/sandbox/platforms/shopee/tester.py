"""The tester's hand in the Shopee market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError, Setup
from orderhub.sandbox.platforms.shopee.moves import (
    Illegal,
    arrange,
    arrive,
    ask_cancel,
    cancel,
    move_return,
    open_return,
    pack,
    pay,
    pick_up,
    receive,
    take_stock,
)
from orderhub.sandbox.platforms.shopee.push import Pushes
from orderhub.sandbox.platforms.shopee.seed import OWN, make_order, rows_of
from orderhub.sandbox.platforms.shopee.state import Market, Order
from orderhub.sandbox.platforms.shopee.wire import Doc, money, units
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "order_sn"
    illegal = Illegal
    stock_keys = ("shop_id", "sku", "item_id", "model_id")

    def __init__(self, setup: Setup, market: Market, pushes: Pushes) -> None:
        super().__init__(setup, market)
        self._pushes = pushes

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": order.sn, "shop_id": order.shop_id, "modified": order.doc["update_time"]}
        digits = order.shop.region.digits
        total = f"{order.total / 10**digits:.{digits}f}" if "total_amount" in order.doc else None
        return {**told, "total": total, "currency": order.shop.region.currency}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, and `_sandbox`: parcels with their numbers, returns, pushes as they would be posted."""
        order = self._order(record_id)
        extra = {
            "shop_id": order.shop_id, "shown_from": order.shown_from, "masked": order.masked,
            "parcels": {
                number: {"tracking_number": parcel.tracking, "shown_from": parcel.shown_from, "way": parcel.way}
                for number, parcel in order.parcels.items()
            },
            "returns": [self._market.returns[sn].doc for sn in order.returns],
            "pushes": [row for row in self._pushes.sent if json.loads(row["body"])["data"].get("ordersn") == order.sn],
        }  # fmt: skip
        return {**order.doc, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.stamp())
        self._take_in(order)
        take_stock(market, order)
        if not body.get("unpaid"):
            pay(market, order, market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        order.shown_from = int(at.timestamp())

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.stamp(), lines=1, plain=True)
        now = market.stamp()
        order.doc |= {"order_status": "READY_TO_SHIP", "pay_time": now, "total_amount": 0.0}
        _overlay(market, order, given, repriced="total_amount" not in given)
        if old is None:
            self._take_in(order)
            return order
        old.doc, old.parcels = order.doc, order.parcels
        market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        told = {name: value for name, value in fields.items() if name != "order_sn"}
        if "update_time" not in told:
            order.doc["update_time"] = self._market.stamp()
        _overlay(self._market, order, told, repriced=False)
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a variant: units on sale, and those kept for campaigns."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {
                "shop_id": item.shop_id, "sku": model.sku, "item_id": item.number, "model_id": model.number,
                "title": item.name, "quantity": model.stock, "reserved": model.reserved,
            }
            for item in self._market.items.values() if shop_id in (None, item.shop_id)
            for model in item.models.values()
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "sku" | "item_id" | "model_id", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.items[row["shop_id"], row["item_id"]].models[row["model_id"]].stock = quantity
        return [{**row, "quantity": quantity} for row in rows]


def _overlay(market: Market, order: Order, fields: Mapping[str, Any], *, repriced: bool) -> None:
    """Fields as given; lines get what a line cannot be without, packages follow from lines unless they are told."""
    pattern = order.items[0]
    order.doc.update({name: value for name, value in fields.items() if name != "_sandbox"})
    if "item_list" in fields:
        order.doc["item_list"] = [{**pattern, **line} for line in order.items]
    for line in order.items if "item_list" in fields else ():
        line.setdefault("active_qty", line["model_quantity_purchased"])
    if "item_list" in fields and "package_list" not in fields:
        pack(market, order, [rows_of(order.items)], OWN.number, OWN.name)
    if repriced:
        digits = order.shop.region.digits
        goods = sum(
            units(one["model_discounted_price"], digits) * one["model_quantity_purchased"] for one in order.items
        )
        order.doc["total_amount"] = money(goods + units(order.doc["estimated_shipping_fee"], digits), digits)


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order, market.stamp())


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Arrange what waits (`tracking_number` for a channel of the shop's own), then a courier takes it."""
    for package in [one for one in order.packages if one["logistics_status"] == "LOGISTICS_READY"]:
        own = not order.channel(package).integrated
        number = str(body.get("tracking_number") or f"SF9{market.serial():012d}") if own else ""
        arrange(market, order, package, "non_integrated" if own else "dropoff", number, market.stamp())
    if order.status != "SHIPPED":
        pick_up(market, order, market.stamp())


def _do_pick_up(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pick_up(market, order, market.stamp())


def _do_deliver(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    arrive(market, order, market.stamp())


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    receive(market, order, market.stamp())


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    cancel(market, order, "buyer", str(body.get("reason", "CHANGE_OF_MIND")), market.stamp())


def _do_ask_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    ask_cancel(market, order, str(body.get("reason", "CHANGE_OF_MIND")), market.stamp())


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`item_id`, `quantity`, `amount`, `goods`, `reason`, `done`), or move one (`return_sn`, `move`)."""
    if "return_sn" in body:
        case = market.returns.get(str(body["return_sn"]))
        if case is None or case.doc["order_sn"] != order.sn:
            raise ControlError(f"no return {body['return_sn']} here", "see _sandbox.returns of the order", 404)
        told: Doc = {"tracking_number": str(body["tracking_number"])} if "tracking_number" in body else {}
        move_return(market, case, str(body.get("move")), market.stamp(), **told)
        return
    wanted = str(body.get("item_id", order.items[0]["item_id"]))
    line = next((one for one in order.items if str(one["item_id"]) == wanted), None)
    if line is None:
        raise ControlError(f"no item {wanted}", "use an item_id of the order", 404)
    case = open_return(market, order, line, body, market.stamp())
    for step in ("confirm", "pay") if body.get("done") else ():
        move_return(market, case, step, market.stamp())


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in order.doc["recipient_address"] if name in body}
    if not fresh:
        known = ", ".join(order.doc["recipient_address"])
        raise ControlError("no receiver field given", f"send some of {known}")
    order.doc["recipient_address"] = {**order.doc["recipient_address"], **fresh}
    market.touch(order)


ACTIONS = {
    "pay": _do_pay, "ship": _do_ship, "pick_up": _do_pick_up, "deliver": _do_deliver, "receive": _do_receive,
    "refund": _do_refund, "change_address": _do_address, "cancel": _do_cancel, "ask_cancel": _do_ask_cancel,
}  # fmt: skip
"""What a tester may make happen."""
