"""The tester's hand in the Youzan market: truth, new trades, changes from the buyer's side, quantities, pushes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.youzan import moves
from orderhub.sandbox.platforms.youzan.seed import make_order
from orderhub.sandbox.platforms.youzan.state import Doc, Market, Order
from orderhub.sandbox.platforms.youzan.wire import china, event_sign, fen
from orderhub.sandbox.workbench import Workbench

__all__ = ["ACTIONS", "Tester"]


class Tester(Workbench[Market, Order]):
    """The control half of the emulator."""

    id_field = "tid"
    illegal = moves.Illegal
    stock_keys = ("shop_id", "outer_sku_id", "item_id", "sku_id")
    _secrets: Mapping[str, str]

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": order.tid, "shop_id": order.shop_id, "modified": order.info["update_time"]}
        return {**told, "total": order.doc["pay_info"]["payment"], "currency": "CNY"}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document, and `_sandbox`: parcels, cases, and the newest pushes with their header."""
        order = self._order(record_id)
        pushes = [self._signed(order, one) for one in order.pushes]
        extra = {"shop_id": order.shop_id, "parcels": order.parcels, "refunds": order.refunds, "pushes": pushes}
        return {**order.doc, "_sandbox": extra}

    def _signed(self, order: Order, content: Doc) -> Doc:
        """A push as the shop's address would receive it."""
        client = f"sandbox-youzan-{order.shop_id}"
        body = json.dumps(content, ensure_ascii=False)
        return {"headers": {"Event-Sign": event_sign(client, body.encode(), self._secrets[client])}, "body": body}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        order = make_order(self._market, self._market.shops[shop_id], self._market.now())
        self._take_in(order)
        if not body.get("unpaid"):
            moves.pay(self._market, order, self._market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late += 1
        order.shown_from = china(at)

    def _id_of(self, given: Mapping[str, Any]) -> str:
        info = given.get("order_info")
        return str(info.get("tid", "")) if isinstance(info, dict) else ""

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        order = make_order(self._market, self._market.shops[shop_id], self._market.now(), lines=1, plain=True)
        order.info.update(status="WAIT_SELLER_SEND_GOODS", pay_time=order.info["created"])
        order.doc["pay_info"]["real_payment"] = order.doc["pay_info"]["payment"]
        _overlay(order.doc, given)
        if old is None:
            self._take_in(order)
            return order
        old.doc = order.doc
        self._market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        tid = order.tid
        _overlay(order.doc, fields)
        order.info["tid"] = tid
        told = fields.get("order_info")
        if not (isinstance(told, dict) and "update_time" in told):
            order.info["update_time"] = self._market.stamp()
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {"shop_id": one.shop_id, "outer_sku_id": one.code, "item_id": one.item_id, "sku_id": one.sku_id,
             "title": one.title, "quantity": one.quantity}
            for one in self._market.goods.values() if shop_id in (None, one.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "outer_sku_id" | "item_id" | "sku_id", "quantity"}`: all that match."""
        quantity, rows = self._matching(body)
        for row in rows:
            self._market.goods[row["shop_id"], row["item_id"], row["sku_id"]].quantity = quantity
        return [{**row, "quantity": quantity} for row in rows]


def _overlay(doc: Doc, fields: Mapping[str, Any]) -> None:
    """Groups are merged, everything else is replaced."""
    for name, value in fields.items():
        if name != "_sandbox":
            doc[name] = {**doc[name], **value} if isinstance(value, dict) and isinstance(doc.get(name), dict) else value


def _pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.pay(market, order, market.stamp(), str(body.get("status", "WAIT_SELLER_SEND_GOODS")))


def _ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`out_stype`, `out_sid`, `oids`: each has a default."""
    number = str(body.get("out_sid") or f"SF9{market.serial():012d}")
    told = {"is_no_express": "0", "out_stype": str(body.get("out_stype", 7)), "out_sid": number}
    moves.ship(market, order, [str(one) for one in body.get("oids", [])], market.stamp(), **told)


def _receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.receive(market, order, market.stamp())


def _cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    moves.cancel(market, order, market.stamp())


def _refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`oid` and `refund_fee` (yuan text): each has a default."""
    oid = str(body.get("oid", order.lines[0]["oid"]))
    line = next((one for one in order.lines if one["oid"] == oid), None)
    if line is None:
        raise ControlError(f"no line {oid}", "use an oid of the trade", 404)
    try:
        amount = fen(str(body["refund_fee"])) if "refund_fee" in body else None
    except ValueError:
        raise ControlError(f"refund_fee is {body['refund_fee']!r}", 'give yuan as text, e.g. "12.50"') from None
    moves.refund(market, order, line, amount, market.stamp())


def _address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    known = order.doc["address_info"]
    fresh = {name: str(body[name]) for name in known if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(known))
    known.update(fresh)
    market.touch(order)


ACTIONS = {
    "pay": _pay, "ship": _ship, "receive": _receive, "refund": _refund, "change_address": _address, "cancel": _cancel,
}  # fmt: skip
"""What a tester may make happen."""
