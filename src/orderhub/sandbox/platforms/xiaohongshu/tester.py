"""The tester's hand in the Xiaohongshu market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.xiaohongshu import moves
from orderhub.sandbox.platforms.xiaohongshu.seed import make_order
from orderhub.sandbox.platforms.xiaohongshu.spec import TO_SHIP
from orderhub.sandbox.platforms.xiaohongshu.state import Market, Order
from orderhub.sandbox.platforms.xiaohongshu.wire import instant, ms
from orderhub.sandbox.workbench import Workbench

__all__ = ["ACTIONS", "Tester"]

_RECEIVER = {"receiverName": "name", "receiverPhone": "mobile", "receiverAddress": "detail"}


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "orderId"
    illegal = moves.Illegal
    stock_keys = ("shop_id", "erpCode", "skuId")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        total = int(order.doc["totalPayAmount"])
        told = {"order_id": order.order_id, "shop_id": order.shop_id, "modified": order.doc["updateTime"]}
        return {**told, "total": f"{total // 100}.{total % 100:02d}", "currency": "CNY"}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, and `_sandbox`: the receiver in the clear and the cases."""
        order = self._order(record_id)
        who = {"name": order.who.name, "mobile": order.who.mobile, "address": f"{order.who.town}{order.who.detail}"}
        shown = instant(order.shown_from) if order.shown_from else None
        return {**order.doc, "_sandbox": {"shop_id": order.shop_id, "receiver": who, "cases": order.cases,
                                          "shown_from": shown}}  # fmt: skip

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        order = make_order(self._market, self._market.shops[shop_id], self._market.now())
        self._take_in(order)
        moves.hold(self._market, order)
        if not body.get("unpaid"):
            moves.pay(self._market, order, self._market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late += 1
        order.shown_from = ms(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        order = make_order(self._market, self._market.shops[shop_id], self._market.now(), lines=1, plain=True)
        order.doc.update(orderStatus=TO_SHIP, paidTime=order.doc["createdTime"])
        order.doc.update({name: value for name, value in given.items() if name != "_sandbox"})
        if old is None:
            self._take_in(order)
            return order
        old.doc = order.doc
        self._market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        order.doc.update({name: value for name, value in fields.items() if name not in ("orderId", "_sandbox")})
        if "updateTime" not in fields:
            order.doc["updateTime"] = self._market.stamp()
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU: units for sale, and units that unpaid orders hold."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {"shop_id": one.shop_id, "erpCode": one.code, "skuId": one.sku_id, "title": one.title,
             "quantity": one.quantity, "held": one.held}
            for one in self._market.goods.values() if shop_id in (None, one.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "erpCode" | "skuId", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.goods[row["shop_id"], row["skuId"]].quantity = quantity
        return [{**row, "quantity": quantity} for row in rows]


def _pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.pay(market, order, market.stamp(), int(body.get("status", TO_SHIP)))


def _ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`expressNo`, `expressCompanyCode`, `skuIdList`: each has a default."""
    number = str(body.get("expressNo") or f"SF9{market.serial():012d}")
    skus = [str(one) for one in body.get("skuIdList", [])]
    moves.ship(market, order, skus, market.stamp(), number, str(body.get("expressCompanyCode", "shunfeng")))


def _receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.receive(market, order, market.stamp())


def _cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.cancel(market, order, market.stamp())


def _refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open a case (`skuId`, `refundFee` in fen, `returnType`, `done`), or move one (`returnsId`, `move`)."""
    at = market.stamp()
    if "returnsId" in body:
        owner, case = market.cases.get(str(body["returnsId"]), (None, {}))
        if owner is not order:
            raise ControlError(f"no case {body['returnsId']} here", "see _sandbox.cases of the order", 404)
        moves.move_case(market, order, case, str(body.get("move")), at)
        return
    sku_id = str(body.get("skuId", order.skus[0]["skuId"]))
    sku = next((one for one in order.skus if one["skuId"] == sku_id), None)
    if sku is None:
        raise ControlError(f"no SKU {sku_id}", "use a skuId of the order", 404)
    amount = body.get("refundFee")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
        raise ControlError(f"refundFee is {amount!r}", "give fen as a number")
    case = moves.open_case(market, order, sku, at, amount, int(body.get("returnType", 4)))
    if body.get("done"):
        moves.move_case(market, order, case, "agree", at)


def _address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """The receiver: `receiverName`, `receiverPhone`, `receiverAddress`; it gets another openAddressId."""
    fresh = {name: str(body[told]) for told, name in _RECEIVER.items() if told in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(_RECEIVER))
    old = order.who
    name, mobile, detail = (fresh.get(part, getattr(old, part)) for part in _RECEIVER.values())
    order.who = replace(old, name=name, mobile=mobile, detail=detail)
    order.doc["openAddressId"] = f"{market.setup.rng.getrandbits(128):032x}"
    market.touch(order)


ACTIONS = {
    "pay": _pay, "ship": _ship, "receive": _receive, "refund": _refund, "change_address": _address, "cancel": _cancel,
}  # fmt: skip
"""What a tester may make happen."""
