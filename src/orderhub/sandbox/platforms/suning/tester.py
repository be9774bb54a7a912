"""The tester's hand in the Suning market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.suning.exchanges import move as move_exchange
from orderhub.sandbox.platforms.suning.exchanges import open_exchange
from orderhub.sandbox.platforms.suning.moves import (
    Illegal,
    cancel,
    hold_stock,
    move_refund,
    open_refund,
    pay,
    receive,
    ship,
)
from orderhub.sandbox.platforms.suning.seed import make_order
from orderhub.sandbox.platforms.suning.spec import COMPANY_NAMES
from orderhub.sandbox.platforms.suning.state import Doc, Market, Order
from orderhub.sandbox.platforms.suning.wire import china, fen, yuan
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]

ADDRESS = (
    "customerName", "provinceCode", "provinceName", "cityCode", "cityName", "districtCode", "districtName",
    "customerAddress", "detailAddress", "deliveryArea", "mobNum", "phoneNum", "zipCode",
)  # fmt: skip
_TIME = "orderLineStatusChangeTime"


class Tester(Workbench[Market, Order]):
    """The control half of the emulator; with fields, lines change now unless they tell a time."""

    id_field = "orderCode"
    illegal = Illegal
    stock_keys = ("shop_id", "itemCode", "productCode")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _row(self, order: Order) -> dict[str, Any]:
        told = {"order_id": order.code, "shop_id": order.shop_id, "modified": order.modified}
        return {**told, "total": yuan(order.total_fen), "currency": "CNY"}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document with the times of its lines, and `_sandbox`: what no call tells."""
        order, market = self._order(record_id), self._market
        refunds = [
            {**one.doc, "refund_id": one.refund_id, "code": one.code, "goods": one.goods, "moved": one.moved}
            for one in market.refunds_of(order)
        ]
        lines = {line["orderLineNumber"] for line in order.lines}
        sms = {f"{account} {line}": code for (account, line), code in market.sms.items() if line in lines}
        swaps = [one for one in market.exchanges.values() if one["orderCode"] == order.code]
        extra = {
            "shop_id": order.shop_id, "refunds": refunds, "shown_from": order.shown_from, "sms": sms,
            "exchanges": swaps,
        }  # fmt: skip
        return {**order.told(), "_sandbox": extra | {"delays": dict(order.delays)}}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now())
        self._take_in(order)
        hold_stock(market, order)
        if not body.get("unpaid"):
            pay(market, order, market.stamp())
        return order

    def _late(self, order: Order, at: datetime) -> None:
        self._market.late = True
        order.shown_from = china(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1, plain=True)
        order.doc |= {"orderSaleTime": order.doc["orderTime"], "orderTotalStatus": "10"}
        order.lines[0]["orderLineStatus"] = "10"
        _overlay(order, {name: value for name, value in given.items() if name != "_sandbox"}, market.stamp())
        if old is None:
            self._take_in(order)
            return order
        old.doc, old.changed = order.doc, order.changed
        market.refile(old)
        return old

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        told = {name: value for name, value in fields.items() if name not in ("orderCode", "_sandbox")}
        _overlay(order, told, self._market.stamp())
        self._market.refile(order)

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a product: units in all warehouses, what unpaid orders lock, and units by warehouse."""
        if shop_id is not None:
            self._shop(shop_id)
        return [
            {
                "shop_id": good.shop_id, "productCode": good.code, "itemCode": good.item_code, "title": good.title,
                "quantity": good.quantity, "locked": good.locked, "warehouses": dict(good.stock),
            }
            for good in self._market.goods.values() if shop_id in (None, good.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "itemCode" | "productCode", "quantity"}`: all that match, in the first warehouse alone."""
        quantity, rows = self._matching(body)
        for row in rows:
            stock = self._market.goods[row["shop_id"], row["productCode"]].stock
            stock.update(dict.fromkeys(stock, 0) | {next(iter(stock)): quantity})
        keys = {(row["shop_id"], row["productCode"]) for row in rows}
        return [row for row in self.stock(None) if (row["shop_id"], row["productCode"]) in keys]


def _overlay(order: Order, fields: Mapping[str, Any], now: str) -> None:
    """Fields as given; lines get what a line cannot be without, and the time of their change goes beside them."""
    pattern = order.lines[0]
    order.doc.update(fields)
    if "orderDetail" in fields:
        order.doc["orderDetail"] = [_whole_line(line, pattern, place) for place, line in enumerate(order.lines)]
    order.changed = {line["orderLineNumber"]: line.pop(_TIME, now) for line in order.lines}
    order.doc["orderCode"] = str(order.doc["orderCode"])
    if "countMoney" not in fields and "orderDetail" in fields:
        order.doc["countMoney"] = yuan(order.total_fen) + "000"


def _whole_line(line: Mapping[str, Any], pattern: Doc, place: int) -> Doc:
    bare = {
        "orderLineNumber": f"{int(pattern['orderLineNumber']) + place:014d}", "productCode": pattern["productCode"],
        "itemCode": pattern["itemCode"], "saleNum": "1.00000", "payAmount": "0.00000", "orderLineStatus": "10",
        "returnOrderFlag": "0", "fpsdeliveryflag": "0", "expresscompanycode": "", "expressno": "",
        "packageorderid": "", "transportFee": "0.00000", "coupontotalMoney": "0.00000", "vouchertotalMoney": "",
        "paymentList": [],
    }  # fmt: skip
    return {**bare, **line}


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order, market.stamp())


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`expressCompanyCode`, `expressNo`, `orderLineNumbers`: each has a default."""
    company = str(body.get("expressCompanyCode", "S02"))
    if company not in COMPANY_NAMES:
        raise ControlError(f"unknown expressCompanyCode {company}", "use one of " + ", ".join(COMPANY_NAMES))
    wanted = [str(one) for one in body.get("orderLineNumbers", [])]
    lines = [
        line for line in order.lines
        if line["orderLineStatus"] == "10" and (not wanted or line["orderLineNumber"] in wanted)
    ]  # fmt: skip
    if not lines:
        raise Illegal(order.doc["orderTotalStatus"], "ship")
    number = str(body.get("expressNo") or f"SF9{market.serial():012d}")
    ship(market, order, lines, market.stamp(), expresscompanycode=company, expressno=number)


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    receive(market, order, market.stamp())


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    cancel(market, order, market.stamp())


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`orderLineNumber`, `returnMoney`, `goods`, `reason`, `done`), or move one (`refund_id`, `move`)."""
    if "refund_id" in body:
        refund = market.refunds.get(str(body["refund_id"]))
        if refund is None or refund.order_code != order.code:
            raise ControlError(f"no refund {body['refund_id']} here", "see _sandbox.refunds of the order", 404)
        told = {name: str(body[name]) for name in ("expressCompanyCode", "expressNo") if name in body}
        move_refund(market, order, refund, str(body.get("move")), **told)
        return
    line = order.line(str(body.get("orderLineNumber", order.lines[0]["orderLineNumber"])))
    if line is None:
        raise ControlError(f"no line {body['orderLineNumber']}", "use an orderLineNumber of the order", 404)
    try:
        fen(str(body.get("returnMoney", "0")))
    except ValueError:
        raise ControlError(f"returnMoney is {body['returnMoney']!r}", 'give yuan as text, e.g. "12.50"') from None
    refund = open_refund(market, order, line, body, market.stamp())
    if body.get("done"):
        for step in ("agree_return", "return", "agree") if refund.goods else ("agree",):
            move_refund(market, order, refund, step)


def _do_exchange(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """Open one (`orderLineNumber`, `reason`), or move one (`changeApplyId`, `move`)."""
    if "changeApplyId" in body:
        exchange = market.exchanges.get(str(body["changeApplyId"]))
        if exchange is None or exchange["orderCode"] != order.code:
            raise ControlError(f"no exchange {body['changeApplyId']} here", "see _sandbox.exchanges of the order", 404)
        told = {name: str(body[name]) for name in ("expressCompanyCode", "expressNo") if name in body}
        move_exchange(market, exchange, str(body.get("move")), **told)
        return
    line = order.line(str(body.get("orderLineNumber", order.lines[0]["orderLineNumber"])))
    if line is None:
        raise ControlError(f"no line {body['orderLineNumber']}", "use an orderLineNumber of the order", 404)
    open_exchange(market, order, line, body)


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in ADDRESS if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(ADDRESS))
    order.doc.update(fresh)
    market.touch(order)


ACTIONS = {
    "pay": _do_pay, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund,
    "change_address": _do_address, "cancel": _do_cancel, "exchange": _do_exchange,
}  # fmt: skip
"""What a tester may make happen."""
