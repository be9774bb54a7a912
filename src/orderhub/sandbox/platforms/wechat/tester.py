"""The tester's hand in the WeChat market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError, Setup
from orderhub.sandbox.platforms.wechat.moves import (
    CASE_MOVES,
    Illegal,
    cancel,
    move_case,
    open_case,
    pay,
    receive,
    ship,
    take_stock,
    whole,
)
from orderhub.sandbox.platforms.wechat.orders import ADDRESS, merge_key
from orderhub.sandbox.platforms.wechat.push import Pushes
from orderhub.sandbox.platforms.wechat.seed import make_order
from orderhub.sandbox.platforms.wechat.spec import CARRIERS
from orderhub.sandbox.platforms.wechat.state import Doc, Market, Order
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "order_id"
    illegal = Illegal
    stock_keys = ("shop_id", "sku_code", "product_id", "sku_id")

    def __init__(self, setup: Setup, market: Market, pushes: Pushes) -> None:
        super().__init__(setup, market)
        self._pushes = pushes
        market.heard = pushes.heard

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        fen = int(order.price["order_price"])
        total = f"{fen // 100}.{fen % 100:02d}"
        told = {"order_id": order.order_id, "shop_id": order.shop_id, "modified": order.doc["update_time"]}
        return {**told, "total": total, "currency": "CNY"}

    def record(self, record_id: str) -> dict[str, Any]:
        """`order` as the wire tells it, and `_sandbox`: cases, messages, when it may be seen."""
        order = self._order(record_id)
        extra = {
            "shop_id": order.shop_id, "shown_from": order.shown_from, "pushes": self._pushes.of(order),
            "cases": [dict(case.doc) for case in self._market.cases_of(order)],
        }  # fmt: skip
        return {**order.doc, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        take_stock(market, order)
        market.heard("channels_ec_order_new", order, {})
        if not body.get("unpaid"):
            pay(market, order)
        return order

    def _late(self, order: Order, at: datetime) -> None:
        order.shown_from = int(at.timestamp())

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1, plain=True)
        order.doc["status"] = 20
        _overlay(order.doc, {name: value for name, value in given.items() if name != "_sandbox"})
        if old is None:
            self._take_in(order)
            return order
        old.doc = order.doc
        market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        told = {name: value for name, value in fields.items() if name not in ("order_id", "_sandbox")}
        _overlay(order.doc, told)
        if "update_time" in told:
            self._market.refile(order)
        else:
            self._market.touch(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU."""
        shops = [self._shop(shop_id)] if shop_id is not None else list(self._market.shops)
        return [
            {
                "shop_id": good.shop_id, "product_id": good.product_id, "sku_id": good.sku_id,
                "sku_code": good.sku_code, "title": good.title, "quantity": good.quantity,
                "warehouses": dict(good.warehouses),
            }
            for shop in shops for good in self._market.goods_of[shop]
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "sku_code" | "product_id" | "sku_id", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.goods[row["shop_id"], row["product_id"], row["sku_id"]].quantity = quantity
        return [{**row, "quantity": quantity} for row in rows]


def _overlay(doc: Doc, fields: Mapping[str, Any]) -> None:
    """Objects are merged, product_infos laid over a whole line, everything else replaced."""
    for name, value in fields.items():
        if name == "product_infos" and isinstance(value, list):
            pattern = doc[name][0]
            doc[name] = [{**pattern, **row} if isinstance(row, dict) else row for row in value]
        elif isinstance(value, Mapping) and isinstance(doc.get(name), dict):
            _overlay(doc[name], value)
        else:
            doc[name] = value


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order)


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`delivery_id`, `waybill_id`, `product_infos`: each has a default."""
    company = str(body.get("delivery_id", "SF"))
    if company not in CARRIERS:
        raise ControlError(f"unknown delivery_id {company}", "use one of " + ", ".join(CARRIERS))
    number = str(body.get("waybill_id") or f"SF9{market.serial():012d}")
    goods = body.get("product_infos") or whole(order)
    ship(market, order, [{"delivery_id": company, "waybill_id": number, "deliver_type": 1, "product_infos": goods}])


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    receive(market, order)


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    cancel(market, order)


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`sku_id`, `type`, `amount`, `count`, `done`), or move one (`after_sale_order_id`, `move`)."""
    if "after_sale_order_id" in body:
        case = market.cases.get(str(body["after_sale_order_id"]))
        if case is None or case.doc["order_id"] != order.order_id:
            raise ControlError("no such case here", "see _sandbox.cases of the order", 404)
        if str(body.get("move")) not in {step for _, _, step in CASE_MOVES}:
            raise ControlError(f"unknown move {body.get('move')!r}", "agree, agree_return, refuse, return, cancel, …")
        told = {name: str(body[name]) for name in ("delivery_id", "waybill_id") if name in body}
        move_case(market, order, case, str(body["move"]), 0, told)
        return
    wanted = str(body.get("sku_id", order.lines[0]["sku_id"]))
    line = next((row for row in order.lines if str(row["sku_id"]) == wanted), None)
    if line is None:
        raise ControlError(f"no line {wanted}", "use a sku_id of the order", 404)
    case = open_case(market, order, line, body)
    if body.get("done"):
        for step in ("agree",) if case.doc["type"] == "REFUND" else ("agree_return", "return", "agree"):
            move_case(market, order, case, step)


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """The buyer's wish: taken at once, or with `review` left for the shop to accept."""
    fresh = {name: str(body[name]) for name in ADDRESS if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(ADDRESS))
    if body.get("review"):
        order.delivery["address_under_review"] = {**order.delivery["address_info"], **fresh}
        order.delivery["address_apply_time"] = market.stamp()
    else:
        address = order.delivery["address_info"]
        address |= fresh
        address["hash_code"] = merge_key(order.shop_id, address)
    market.touch(order)


ACTIONS = {
    "pay": _do_pay, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund,
    "change_address": _do_address, "cancel": _do_cancel,
}  # fmt: skip
"""What a tester may make happen."""
