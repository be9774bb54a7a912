"""The tester's hand in the Taobao market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.taobao.edits import ADDRESS_GBK_BYTES
from orderhub.sandbox.platforms.taobao.exchanges import move as move_exchange
from orderhub.sandbox.platforms.taobao.exchanges import open_exchange
from orderhub.sandbox.platforms.taobao.goods import put_quantity
from orderhub.sandbox.platforms.taobao.invoices import apply
from orderhub.sandbox.platforms.taobao.messages import tell
from orderhub.sandbox.platforms.taobao.moves import (
    COMPANY_NAMES,
    Illegal,
    cancel,
    consign,
    hold_stock,
    move_refund,
    open_refund,
    pay,
    receive,
)
from orderhub.sandbox.platforms.taobao.seed import make_trade
from orderhub.sandbox.platforms.taobao.spec import INNER
from orderhub.sandbox.platforms.taobao.state import Doc, Market, Trade
from orderhub.sandbox.platforms.taobao.wire import china
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]


class Tester(Workbench[Market, Trade]):
    """The control half of the emulator."""

    id_field = "tid"
    illegal = Illegal
    stock_keys = ("shop_id", "outer_id", "sku_id", "num_iid")

    def _actions(self) -> Mapping[str, Callable[[Market, Trade, Mapping[str, Any]], None]]:
        return ACTIONS

    def _find(self, record_id: str) -> Trade | None:
        return self._market.orders.get(int(record_id)) if record_id.isascii() and record_id.isdigit() else None

    def _row(self, order: Trade) -> dict[str, Any]:
        told = {"order_id": str(order.tid), "shop_id": order.shop_id, "modified": order.doc["modified"]}
        return {**told, "total": order.doc["payment"], "currency": "CNY"}

    def record(self, record_id: str) -> dict[str, Any]:
        """The native document with the receiver in the clear, lists unwrapped, and `_sandbox`: what no call tells."""
        trade = self._order(record_id)
        refunds = [refund for refund in self._market.refunds.values() if refund["tid"] == trade.tid]
        parcels = [
            {**parcel, "goods": {str(oid): units for oid, units in parcel["goods"].items()}} for parcel in trade.parcels
        ]
        waybills = [kept.view() for kept in self._market.books.by_trade.get((trade.shop_id, record_id), ())]
        extra = {
            "shop_id": trade.shop_id, "parcels": parcels, "refunds": refunds, "shown_from": trade.shown_from,
            "waybills": waybills, "sms": self._market.sms.get(trade.shop_id, ""),
            "exchanges": [one for one in self._market.exchanges.values() if one["biz_order_id"] == str(trade.tid)],
            "invoices": self._market.invoices.get(trade.tid, []),
        }  # fmt: skip
        return {**trade.doc, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Trade:
        market = self._market
        seller, now = market.shops[shop_id], market.now()
        trade = make_trade(market, seller, self._setup.rng, now, unpaid=True)
        self._take_in(trade)
        hold_stock(market, trade)
        tell(market, trade, "taobao_trade_TradeCreate")
        if not body.get("unpaid"):
            pay(market, trade, market.stamp())
        return trade

    def _late(self, order: Trade, at: datetime) -> None:
        self._market.late = True
        order.shown_from = order.doc["async_modified"] = china(at)

    def _document(self, shop_id: str, given: dict[str, Any], old: Trade | None) -> Trade:
        doc, market = _unwrapped(given), self._market
        base = make_trade(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1)
        lines: list[Doc] = [{**_BARE_LINE, **line} for line in doc.get("orders") or base.doc["orders"]]
        kept = {name: base.doc[name] for name in _NEEDED}
        base.doc.clear()
        base.doc.update(kept, **doc)
        base.doc["tid"] = int(str(base.doc["tid"]))
        base.doc["orders"] = [{**line, "oid": int(line.get("oid") or base.doc["tid"])} for line in lines]
        base.doc.setdefault("async_modified", base.doc["modified"])
        if old is not None:
            old.doc = base.doc
            market.changed(shop_id)
            return old
        self._take_in(base)
        return base

    def _set(self, order: Trade, fields: Mapping[str, Any]) -> None:
        self._market.touch(order)
        order.doc.update(_unwrapped(dict(fields)))
        self._market.changed(order.shop_id)
        tell(self._market, order, "taobao_trade_TradeChanged")

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a sku (or listing without skus)."""
        if shop_id is not None:
            self._shop(shop_id)
        rows = []
        for item in self._market.items.values():
            if shop_id in (None, item.shop_id):
                base = {"shop_id": item.shop_id, "num_iid": item.doc["num_iid"], "title": item.doc["title"]}
                for sku in item.skus:
                    told = ("sku_id", "outer_id", "quantity", "with_hold_quantity")
                    rows.append({**base, **{name: sku[name] for name in told}})
                if not item.skus:
                    held = {"quantity": item.doc["num"], "with_hold_quantity": item.doc["with_hold_quantity"]}
                    rows.append({**base, "sku_id": None, "outer_id": item.doc["outer_id"], **held})
        return rows

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "outer_id" | "sku_id" | "num_iid", "quantity"}`: everything that matches."""
        quantity, changed = self._matching(body)
        for row in changed:
            item = self._market.items[row["num_iid"]]
            sku = next((sku for sku in item.skus if sku["sku_id"] == row["sku_id"]), None)
            put_quantity(self._market, item, sku, quantity)
        return [{**row, "quantity": quantity} for row in changed]


_NEEDED = (
    "tid", "status", "type", "created", "modified", "seller_nick", "buyer_nick", "buyer_open_uid", "payment",
    "post_fee", "shipping_type", "is_part_consign", "seller_rate", "buyer_rate",
    "receiver_name", "receiver_mobile", "receiver_state", "receiver_district", "receiver_address",
)  # fmt: skip
_BARE_LINE: Doc = {
    "status": "WAIT_SELLER_SEND_GOODS", "refund_status": "NO_REFUND", "num": 1, "price": "0.00", "total_fee": "0.00",
    "payment": "0.00", "title": "", "num_iid": 0, "outer_iid": "",
}  # fmt: skip


def _unwrapped(doc: dict[str, Any]) -> Doc:
    """Lists as plain lists, as the market keeps them; wrapped ones are taken too."""
    told: Doc = {}
    for name, value in doc.items():
        inner = INNER.get(name)
        if inner and isinstance(value, dict) and isinstance(value.get(inner), list):
            value = value[inner]
        if isinstance(value, list):
            value = [_unwrapped(one) if isinstance(one, dict) else one for one in value]
        told[name] = value
    return {name: value for name, value in told.items() if name != "_sandbox"}


def _do_pay(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    pay(market, trade, market.stamp())


def _do_ship(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    company = str(body.get("company_code", "SF"))
    if company not in COMPANY_NAMES:
        raise ControlError(f"unknown company_code {company}", "use one of " + ", ".join(COMPANY_NAMES))
    wanted = [int(one) for one in body.get("sub_tids", [])]
    goods = {
        line["oid"]: line["num"] - trade.sent.get(line["oid"], 0)
        for line in trade.doc["orders"]
        if line["status"] == "WAIT_SELLER_SEND_GOODS" and (not wanted or line["oid"] in wanted)
    }
    number = str(body.get("out_sid") or f"SF9{market.serial():012d}")
    if not goods:
        raise Illegal(trade.doc["status"], "ship")
    consign(market, trade, [{"out_sid": number, "company_code": company, "goods": goods}], market.stamp(), frozenset())


def _do_receive(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    receive(market, trade, market.stamp())


def _do_cancel(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    cancel(market, trade, market.stamp())


def _do_refund(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    """Open one (`oid`, `refund_fee`, `has_good_return`, `reason`, `done`), or move one (`refund_id`, `move`)."""
    if "refund_id" in body:
        refund = market.refunds.get(str(body["refund_id"]))
        if refund is None or refund["tid"] != trade.tid:
            raise ControlError(f"no refund {body['refund_id']} here", "see _sandbox.refunds of the order", 404)
        move_refund(market, trade, refund, str(body.get("move")))
        return
    oid = int(body.get("oid", trade.doc["orders"][0]["oid"]))
    line = trade.line(oid)
    if line is None:
        raise ControlError(f"no line {oid}", "use an oid of the order", 404)
    refund = open_refund(market, trade, line, body, market.stamp())
    if body.get("done"):
        move_refund(market, trade, refund, "agree")


def _do_exchange(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    """Open one (`oid`, `exchange_sku`, `num`, `reason`), or move one (`dispute_id`, `move`)."""
    if "dispute_id" in body:
        exchange = market.exchanges.get(str(body["dispute_id"]))
        if exchange is None or exchange["biz_order_id"] != str(trade.tid):
            raise ControlError(f"no exchange {body['dispute_id']} here", "see _sandbox.exchanges of the order", 404)
        told = {name: str(body[name]) for name in ("buyer_logistic_no", "buyer_logistic_name") if name in body}
        move_exchange(market, exchange, str(body.get("move")), **told)
        return
    line = trade.line(int(body.get("oid", trade.doc["orders"][0]["oid"])))
    if line is None or market.shops[trade.shop_id].kind != "B":
        raise ControlError("no such line, or not at Tmall", "use an oid of an order of a Tmall shop", 404)
    open_exchange(market, trade, line, body)


def _do_invoice(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    """The buyer asks for a tax invoice; fields of the application as given."""
    apply(market, trade, body)


def _do_address(market: Market, trade: Trade, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in ADDRESS_GBK_BYTES if name in body}
    if not fresh:
        raise ControlError("no receiver field given", "send some of " + ", ".join(ADDRESS_GBK_BYTES))
    trade.doc.update(fresh)
    trade.doc["lm"] = "1"
    market.touch(trade)
    without = ("oid", "seller_nick", "payment", "type", "status")
    tell(market, trade, "taobao_trade_TradeLogisticsAddressChanged", without)


ACTIONS = {
    "pay": _do_pay, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund,
    "change_address": _do_address, "cancel": _do_cancel, "exchange": _do_exchange, "invoice": _do_invoice,
}  # fmt: skip
"""What a tester may make happen."""
