"""The tester's hand in the Douyin market: truth, new orders, changes from the buyer's side, quantities, pushes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError, Setup
from orderhub.sandbox.people import person
from orderhub.sandbox.platforms.douyin.moves import (
    Illegal,
    cancel,
    hold,
    move_case,
    open_case,
    pay,
    receive,
    release,
    ship,
)
from orderhub.sandbox.platforms.douyin.orders import readdress
from orderhub.sandbox.platforms.douyin.push import Outbox
from orderhub.sandbox.platforms.douyin.seed import make_order, pack_id
from orderhub.sandbox.platforms.douyin.spec import ORDER_TEXTS
from orderhub.sandbox.platforms.douyin.state import Doc, Market, Order
from orderhub.sandbox.platforms.douyin.wire import yuan
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "order_id"
    illegal = Illegal
    stock_keys = ("shop_id", "code", "product_id", "sku_id")

    def __init__(self, setup: Setup, market: Market, outbox: Outbox) -> None:
        super().__init__(setup, market)
        self._outbox = outbox

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        doc = order.doc
        modified = datetime.fromtimestamp(int(doc["update_time"]), UTC).isoformat()
        told = {"order_id": order.order_id, "shop_id": order.shop_id, "modified": modified}
        return {**told, "total": yuan(int(doc["pay_amount"])), "currency": "CNY"}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, and `_sandbox`: what no list tells, the receiver in the clear among it."""
        order, market = self._order(record_id), self._market
        doc, ciphers = order.doc, market.ciphers
        clear = {
            "name": ciphers.get(doc["encrypt_post_receiver"], ("", 0, ""))[2],
            "phone": ciphers.get(doc["encrypt_post_tel"], ("", 0, ""))[2],
            "detail": ciphers.get(doc["post_addr"].get("encrypt_detail", ""), ("", 0, ""))[2],
        }
        cases = [{**case.info, "paid": case.paid, "child_id": case.child_id} for case in market.cases_of(order)]
        extra = {
            "shop_id": order.shop_id, "refunds": cases, "shown_from": order.shown_from, "receiver": clear,
            "abnormal": order.abnormal, "sent": dict(order.sent), "proposal": order.proposal,
        }  # fmt: skip
        return {**doc, "_sandbox": extra}

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """As everywhere; `push` adds the requests that are due for the order, `answer_push` tells what the app said."""
        action = body.get("action")
        if action not in ("push", "answer_push"):
            return super().change(record_id, body)
        order = self._order(record_id)
        if action == "answer_push":
            self._outbox.answered(order.order_id, body.get("answer"))
            return self.record(record_id)
        return {**self.record(record_id), "pushes": self._outbox.due(order.shop_id, order.order_id)}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.stamp())
        self._take_in(order)
        hold(market, order)
        self._outbox.tell(shop_id, "create", _created(order))
        if not body.get("unpaid"):
            pay(market, order, market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late = True
        order.shown_from = int(at.timestamp())

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.stamp(), lines=1, plain=True)
        for doc in (order.doc, *order.children):
            doc |= {
                "order_status": 2,
                "order_status_desc": ORDER_TEXTS[2],
                "main_status": 2,
                "pay_time": market.stamp(),
            }
        _overlay(order, given)
        if old is None:
            self._take_in(order)
            return order
        old.doc = order.doc
        market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        told = {name: value for name, value in fields.items() if name != "order_id"}
        _overlay(order, {"update_time": self._market.stamp(), **told})
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {
                "shop_id": good.shop_id, "product_id": str(good.product_id), "sku_id": str(good.sku_id),
                "code": good.code, "title": good.title, "quantity": good.stock, "held": good.held,
                "regional": dict(good.regional),
            }
            for good in self._market.goods.values() if shop_id in (None, good.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "code" | "product_id" | "sku_id", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.goods[row["shop_id"], int(row["sku_id"])].stock = quantity
        keys = {(row["shop_id"], row["sku_id"]) for row in rows}
        return [row for row in self.stock(None) if (row["shop_id"], row["sku_id"]) in keys]


def _created(order: Order) -> Doc:
    return {
        "p_id": int(order.order_id), "s_ids": [int(one["order_id"]) for one in order.children],
        "shop_id": int(order.shop_id), "order_status": 1, "order_type": order.doc["order_type"],
        "biz": order.doc["biz"], "create_time": order.doc["create_time"],
    }  # fmt: skip


def _overlay(order: Order, fields: Mapping[str, Any]) -> None:
    """Fields as given; children get what a child cannot be without."""
    pattern = order.children[0]
    order.doc.update({name: value for name, value in fields.items() if name != "_sandbox"})
    order.doc["order_id"] = str(order.doc["order_id"])
    if "sku_order_list" in fields:
        first = int(order.doc["order_id"])
        order.doc["sku_order_list"] = [
            {**pattern, "order_id": f"{first + place}", "parent_order_id": order.doc["order_id"], **child}
            for place, child in enumerate(fields["sku_order_list"])
        ]
    else:
        for place, child in enumerate(order.children):
            if child["parent_order_id"] != order.doc["order_id"]:
                child |= {"order_id": f"{int(order.doc['order_id']) + place}", "parent_order_id": order.doc["order_id"]}


def _child(order: Order, body: Mapping[str, Any]) -> Doc:
    child = order.child(str(body.get("child_id", order.children[0]["order_id"])))
    if child is None:
        raise ControlError(f"no child {body['child_id']}", "use an order_id of sku_order_list", 404)
    return child


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order, market.stamp(), int(body.get("status", 0)))


def _do_release(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    release(market, order, market.stamp())


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """All that is left, or `child_ids`, in one parcel."""
    chosen = [str(one) for one in body.get("child_ids", [])]
    units = {
        str(child["order_id"]): order.left(child) for child in order.children
        if (not chosen or str(child["order_id"]) in chosen) and order.left(child) and child["order_status"] in (2, 101)
    }  # fmt: skip
    company, number = str(body.get("company_code", "shunfeng")), str(body.get("logistics_code", ""))
    number = number or f"SF1{market.setup.rng.randrange(10**12):012d}"
    ship(market, order, units, company, number, market.stamp(), pack_id(market))


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    receive(market, order, market.stamp())


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    cancel(market, order, market.stamp())


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`child_id`, `refund_amount` fen, `goods`, `exchange`, `reason`, `done`), or move one."""
    if "aftersale_id" in body:
        case = market.aftersales.get(str(body["aftersale_id"]))
        if case is None or case.order_id != order.order_id:
            raise ControlError(f"no after-sale {body['aftersale_id']} here", "see _sandbox.refunds of the order", 404)
        if "number" in body:
            case.info["return_logistics_code"] = str(body["number"])
        move_case(market, order, case, str(body.get("move")))
        return
    case = open_case(market, order, _child(order, body), body, market.stamp())
    if body.get("done"):
        for step in ("agree_return", "return", "agree") if body.get("goods") else ("agree",):
            move_case(market, order, case, step)


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Somebody else receives it; with `ask` the buyer only asks for that."""
    who = person(market.setup.rng)
    given = {name: str(body[name]) for name in ("post_receiver", "post_tel") if name in body}
    region = {name: dict(order.doc["post_addr"][name]) for name in ("province", "city", "town", "street")}
    address = {**region, "address_detail": str(body.get("address_detail", who.detail))}
    told: Doc = {"post_addr": address, "post_receiver": who.name, "post_tel": who.mobile, **given}
    if not body.get("ask"):
        readdress(market, order, told)
        return
    order.proposal = told
    market.heard(order.shop_id, "ask_address", _created(order) | {"order_status": order.doc["order_status"]})


def _do_review(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Risk review begins (`abnormal` 2, the default) or ends (0)."""
    order.abnormal = int(body.get("abnormal", 2))
    market.touch(order)


ACTIONS: dict[str, Callable[[Market, Order, Mapping[str, Any]], None]] = {
    "pay": _do_pay, "release": _do_release, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund,
    "change_address": _do_address, "cancel": _do_cancel, "review": _do_review,
}  # fmt: skip
"""What a tester may make happen."""
