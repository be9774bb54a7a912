"""The tester's hand in the Kuaishou market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.kuaishou.moves import (
    Illegal,
    cancel,
    complete,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.kuaishou.privacy import hide, masked, open_address_id
from orderhub.sandbox.platforms.kuaishou.seed import SF, fresh_order, told_new
from orderhub.sandbox.platforms.kuaishou.spec import PAID, SENT
from orderhub.sandbox.platforms.kuaishou.state import Doc, Market, Order
from orderhub.sandbox.platforms.kuaishou.wire import millis
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]

RECEIVER = ("name", "mobile", "address", "province", "city", "district", "town")


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "oid"
    illegal = Illegal
    stock_keys = ("shop_id", "skuNick", "skuId")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _id_of(self, given: Mapping[str, Any]) -> str:
        base = given.get("orderBaseInfo")
        return str(base.get("oid", "")) if isinstance(base, Mapping) else ""

    def _row(self, order: Order) -> dict[str, Any]:
        total = f"{order.owed // 100}.{order.owed % 100:02d}"
        told = {"order_id": order.oid, "shop_id": order.shop_id, "modified": order.base["updateTime"]}
        return {**told, "total": total, "currency": "CNY"}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = fresh_order(market, market.shops[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        told_new(market, order)
        if not body.get("unpaid"):
            pay(market, order)
        return order

    def _late(self, order: Order, at: datetime) -> None:
        order.shown_from = millis(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        order = fresh_order(market, market.shops[shop_id], self._setup.rng, market.now())
        order.base.update(status=PAID, payTime=order.base["createTime"], payType=1)
        order.base["validPromiseShipmentTimeStamp"] = order.base["createTime"] + 172_800_000
        _overlay(order.doc, given)
        if old is None:
            self._take_in(order)
            return order
        old.doc = order.doc
        market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        oid, told = order.base["oid"], order.base["updateTime"]
        _overlay(order.doc, fields)
        order.base["oid"] = oid
        if order.base["updateTime"] == told:
            order.base["updateTime"] = self._market.stamp()
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {"shop_id": good.shop_id, "kwaiItemId": good.item_id, "skuId": good.sku_id, "skuNick": good.nick,
             "title": good.title, "quantity": good.stock}
            for good in self._market.goods.values() if shop_id in (None, good.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "skuNick" | "skuId", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.goods[row["shop_id"], row["skuId"]].stock = quantity
        return [{**row, "quantity": quantity} for row in rows]


def _overlay(doc: Doc, given: Mapping[str, Any]) -> None:
    """Groups field by field, anything else as given."""
    for name, value in deepcopy(dict(given)).items():
        if name == "_sandbox":
            continue
        if isinstance(value, dict) and isinstance(doc.get(name), dict):
            doc[name].update(value)
        else:
            doc[name] = value


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`expressCode`, `expressNo`, `pieces`: each has a default."""
    left = order.item["num"] - order.delivery["deliveryNum"]
    pieces = body.get("pieces", left)
    if order.base["status"] not in (PAID, SENT) or not isinstance(pieces, int) or not 0 < pieces <= left:
        raise Illegal(order.base["status"], "ship")
    number = str(body.get("expressNo") or f"SF9{market.serial():012d}")
    ship(market, order, [(order.oid, int(body.get("expressCode", SF)), number, pieces)], part=pieces < left)


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`handlingWay`, `refundFee`, `reason`, `done`), or move one (`refundId`, `move`)."""
    if "refundId" in body:
        refund = market.refunds.get(str(body["refundId"]))
        if refund is None or str(refund["oid"]) != order.oid:
            raise ControlError(f"no refund {body['refundId']} here", "see _sandbox.refunds of the order", 404)
        move_refund(market, order, refund, str(body.get("move")))
        return
    way, fee = int(body.get("handlingWay", 10)), body.get("refundFee")
    refund = open_refund(market, order, way=way, fee=fee, reason=str(body.get("reason", "不想要了")))
    if body.get("done"):
        for step in ("approve",) if way == 10 else ("approve_return", "return", "approve"):
            move_refund(market, order, refund, step)


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """The buyer's wish: taken at once, or (`audit`) laid before the shop."""
    fresh = {name: str(body[name]) for name in RECEIVER if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(RECEIVER))
    if order.base["status"] != PAID:
        raise Illegal(order.base["status"], "change_address")
    if body.get("audit"):
        order.wanted = fresh
        old, new = order.receiver, {**order.receiver, **fresh}
        order.doc["addressUpdateAuditInfo"] = {
            "addressBeforeUpdate": _shown(old), "addressAfterUpdate": _shown(new), "auditStatus": 10,
            "timeoutOfAudit": market.stamp() + 86_400_000, "auditTime": 0,
        }  # fmt: skip
        market.heard(order, "kwaishop_order_addressUpdateAudit", {"oid": order.base["oid"]})
    else:
        order.receiver = {**order.receiver, **fresh}
        order.doc["orderAddress"] = hide(market, order.oid, order.receiver)
        order.delivery["openAddressId"] = open_address_id(order.receiver)
    market.touch(order)


def _shown(receiver: Doc) -> Doc:
    return {
        "desensitiseConsignee": masked(receiver["name"], 2), "desensitiseMobile": masked(receiver["mobile"], 3),
        "desensitiseAddress": masked(receiver["address"], 1),
        **{name: receiver[name] for name in ("province", "city", "district", "town")},
    }  # fmt: skip


ACTIONS: Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]] = {
    "pay": lambda market, order, body: pay(market, order), "ship": _do_ship,
    "receive": lambda market, order, body: receive(market, order),
    "complete": lambda market, order, body: complete(market, order), "refund": _do_refund,
    "change_address": _do_address, "cancel": lambda market, order, body: cancel(market, order),
}  # fmt: skip
"""What a tester may make happen."""
