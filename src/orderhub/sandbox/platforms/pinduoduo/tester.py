"""The tester's hand in the Pinduoduo market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.pinduoduo.fields import BLANK, RECEIVER, document
from orderhub.sandbox.platforms.pinduoduo.messages import tell
from orderhub.sandbox.platforms.pinduoduo.moves import (
    Illegal,
    cancel,
    confirm,
    fail_group,
    finish_refund,
    move_refund,
    open_refund,
    pay,
    receive,
    review,
    ship,
    ship_refusal,
)
from orderhub.sandbox.platforms.pinduoduo.seed import make_order
from orderhub.sandbox.platforms.pinduoduo.spec import COMPANY_IDS
from orderhub.sandbox.platforms.pinduoduo.state import Market, Order
from orderhub.sandbox.platforms.pinduoduo.wire import china, fen
from orderhub.sandbox.workbench import Workbench

__all__ = ["ACTIONS", "Tester"]

_CLEAR = {
    "receiver_name": "name", "receiver_phone": "phone", "receiver_address": "address", "province": "province",
    "city": "city", "town": "town",
}  # fmt: skip
_DERIVED = frozenset({"address", *(name for name in BLANK if name.endswith("_mask")), "_sandbox"})
"""Follow from the receiver in the clear."""


class Tester(Workbench[Market, Order]):
    """The control half of the emulator. `create` also takes `open_group`: paid without a formed group, not listed."""

    id_field = "order_sn"
    illegal = Illegal
    create_keys = frozenset({"open_group"})
    stock_keys = ("shop_id", "outer_id", "sku_id", "goods_id")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": order.sn, "shop_id": order.shop_id, "modified": order.doc["updated_at"]}
        cents = fen(order.doc["pay_amount"])
        return {**told, "total": f"{cents // 100}.{cents % 100:02d}", "currency": "CNY"}

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Every order that the platform lists, whatever its age; `modified` as the wire writes it.

        Unpaid orders and open or failed groups exist too, but no call lists them: find them by `record`.
        """
        shops = [shop_id] if shop_id is not None else list(self._market.shops)
        return [self._row(order) for shop in shops for order in self._market.of(self._shop(shop)) if order.listed]

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document with the receiver in the clear, and `_sandbox`: what no call tells."""
        order = self._order(record_id)
        told, who = document(order, "full"), order.receiver
        told |= {name: who[key] for name, key in _CLEAR.items() if name not in order.doc}
        place = "".join(who[name] for name in ("province", "city", "town"))
        told["address"] = order.doc.get("address", place + who["address"])
        refunds = [self._market.refunds[one] for one in order.refunds]
        waybills = [kept.view() for kept in self._market.books.by_trade.get((order.shop_id, record_id), ())]
        extra = {
            "shop_id": order.shop_id, "refunds": refunds, "shown_from": order.shown_from, "printed": order.printed,
            "waybills": waybills,
        }  # fmt: skip
        return {**told, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        if not body.get("unpaid"):
            pay(market, order, market.stamp(), form=not body.get("open_group"))
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late = True
        order.shown_from = china(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        base = make_order(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1)
        at = market.stamp()
        base.doc |= {"pay_time": at, "confirm_time": at, "confirm_status": 1, "group_status": 1}
        _overlay(base, given)
        if old is not None:
            old.doc, old.receiver = base.doc, base.receiver
            market.changed(old)
            return old
        self._take_in(base)
        return base

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        self._market.touch(order)
        _overlay(order, fields)
        self._market.changed(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a sku."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {
                "shop_id": goods.shop_id, "goods_id": goods.doc["goods_id"], "goods_name": goods.doc["goods_name"],
                "sku_id": sku["sku_id"], "outer_id": sku["outer_id"], "quantity": sku["sku_quantity"],
            }
            for goods in self._market.goods.values()
            if shop_id in (None, goods.shop_id)
            for sku in goods.skus
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "outer_id" | "sku_id" | "goods_id", "quantity"}`: everything that matches."""
        quantity, changed = self._matching(body)
        for row in changed:
            for sku in self._market.goods[row["goods_id"]].skus:
                if sku["sku_id"] == row["sku_id"]:
                    sku["sku_quantity"] = quantity
        return [{**row, "quantity": quantity} for row in changed]


def _overlay(order: Order, given: Mapping[str, Any]) -> None:
    """Native fields over the order; a receiver in the clear becomes its receiver, ciphertext stays as given."""
    for name, value in given.items():
        key = _CLEAR.get(name)
        if key is not None and isinstance(value, str) and value[:1] not in ("~", "$", ""):
            order.receiver[key] = value
        elif name not in _DERIVED:
            order.doc[name] = value


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order, market.stamp(), form=bool(body.get("form", True)))


def _do_form(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    confirm(market, order, market.stamp())


def _do_fail(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fail_group(market, order)


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """With `logistics_id` and `tracking_number` if given."""
    logistics_id = body.get("logistics_id", 44)
    if logistics_id not in COMPANY_IDS:
        raise ControlError(f"unknown logistics_id {logistics_id!r}", f"use one of {', '.join(map(str, COMPANY_IDS))}")
    if ship_refusal(market, order):
        raise Illegal(order, "ship")
    number = str(body.get("tracking_number") or f"SF9{market.serial():012d}")
    ship(market, order, logistics_id, number, market.stamp())


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    receive(market, order, market.stamp())


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    cancel(market, order, market.stamp())


def _do_risk(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`status` 1 (the default) takes it under review, 0 lets it go."""
    status = body.get("status", 1)
    if status not in (0, 1):
        raise ControlError(f"status is {status!r}", "give 0 or 1")
    review(market, order, status)


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`kind`, `refund_amount` in yuan, `line`, `goods_number`, `reason`, `done`), or move one.

    A move takes `refund_id`, `move` (see `spec.REFUND_MOVES`), and for a return `shipping_name`, `tracking_number`.
    """
    at = market.stamp()
    if "refund_id" in body:
        number = str(body["refund_id"])
        refund = market.refunds.get(int(number)) if number.isdigit() else None
        if refund is None or refund["order_sn"] != order.sn:
            raise ControlError(f"no refund {number} here", "see _sandbox.refunds of the order", 404)
        told = {name: str(body[name]) for name in ("shipping_name", "tracking_number") if name in body}
        move_refund(market, refund, str(body.get("move")), at, **told)
        return
    try:
        refund = open_refund(market, order, body, at)
    except (ArithmeticError, ValueError, TypeError) as error:
        raise ControlError(
            f"the refund makes no sense: {error}", "refund_amount in yuan, kind 1 to 5, whole numbers"
        ) from error
    if body.get("done"):
        finish_refund(market, refund, at)


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {key: str(body[name]) for name, key in _CLEAR.items() if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(_CLEAR))
    order.receiver = {name: {**order.receiver, **fresh}[name] for name in RECEIVER}
    market.touch(order)
    tell(market, order, "TradeLogisticsAddressChanged")


ACTIONS = {
    "pay": _do_pay, "form_group": _do_form, "fail_group": _do_fail, "ship": _do_ship, "receive": _do_receive,
    "refund": _do_refund, "change_address": _do_address, "cancel": _do_cancel, "risk": _do_risk,
}  # fmt: skip
"""What a tester may make happen."""
