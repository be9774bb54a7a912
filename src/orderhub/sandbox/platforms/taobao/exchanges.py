"""Tmall exchanges: goods for goods. Source: docs/platforms/taobao.md §8.

Statuses are documented, which step leads from one to the other is our reading; so are the codes of refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.moves import COMPANY_NAMES, Illegal
from orderhub.sandbox.platforms.taobao.refunds import REASONS
from orderhub.sandbox.platforms.taobao.spec import EXCHANGE_MOVES, EXCHANGE_OPEN
from orderhub.sandbox.platforms.taobao.state import Doc, Market, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, china

__all__ = ["agree", "consign", "get", "move", "open_exchange", "received", "refuse", "return_agree", "return_refuse"]

PAGE_MAX, IDS_MAX = 100, 20
_EXCHANGEABLE = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED"})


def open_exchange(market: Market, trade: Trade, line: Doc, ask: Mapping[str, Any]) -> Doc:
    """The buyer wants other goods: `ask` may hold exchange_sku, num, reason.

    Raises:
        Illegal: Not sent, or an exchange of the line is open.
    """
    mine = [one for one in market.exchanges.values() if one["oid"] == line["oid"]]
    if line["status"] not in _EXCHANGEABLE or any(one["status"] in EXCHANGE_OPEN for one in mine):
        raise Illegal(line["status"], "exchange")
    doc, at = trade.doc, market.stamp()
    told: Doc = {
        "dispute_id": f"25{market.serial():016d}", "biz_order_id": str(doc["tid"]), "oid": line["oid"],
        "num": int(ask.get("num", line["num"])), "buyer_nick": doc["buyer_nick"], "status": "1", "created": at,
        "modified": at, "reason": str(ask.get("reason", "尺码不合适")), "title": line["title"],
        "bought_sku": line.get("outer_sku_id", ""), "exchange_sku": str(ask.get("exchange_sku", "")) or
        line.get("outer_sku_id", ""), "buyer_logistic_no": "", "buyer_logistic_name": "", "seller_logistic_no": "",
        "seller_logistic_name": "", "alipay_no": doc.get("alipay_no", ""), "seller_nick": doc["seller_nick"],
        "buyer_name": doc["receiver_name"][:1] + "**", "buyer_phone": "", "buyer_address": "", "address": "",
        "desc": "", "refund_phase": "aftersale" if doc["status"] == "TRADE_FINISHED" else "onsale",
    }  # fmt: skip
    market.exchanges[told["dispute_id"]] = told
    market.touch(trade)
    return told


def move(market: Market, exchange: Doc, what: str, **told: Any) -> None:
    """The next step; `told` sets fields with it.

    Raises:
        Illegal: The status forbids it.
    """
    new = EXCHANGE_MOVES.get((exchange["status"], what))
    if new is None:
        raise Illegal(exchange["status"], what)
    exchange |= {**told, "status": new, "modified": market.stamp()}
    market.touch(market.orders[int(exchange["biz_order_id"])])


def _project(exchange: Doc, fields: str) -> Doc:
    asked = [name.strip() for name in fields.split(",")]
    asked = ["biz_order_id" if name == "bizorder_id" else name for name in asked]
    return {name: exchange[name] for name in asked if name in exchange and name != "oid"}


def _of(ask: Ask) -> list[Doc]:
    trades = ask.market.orders
    return [one for one in ask.market.exchanges.values() if trades[int(one["biz_order_id"])].shop_id == ask.shop_id]


def received(ask: Ask) -> Doc:
    """tmall.exchange.receive.get: by times of application and change, status, order; newest change first."""
    spans = (
        ("created", "start_created_time", "end_created_time"),
        ("modified", "start_gmt_modified_time", "end_gmt_modifed_time"),
    )
    bounds = [(axis, _bound(ask, low, ""), _bound(ask, high, "9999")) for axis, low, high in spans]
    statuses = frozenset(ask.listed("dispute_status_array", 20)) if ask.given("dispute_status_array") else None
    ids = frozenset(ask.listed("refund_id_array", IDS_MAX)) if ask.given("refund_id_array") else None
    rows = [
        one
        for one in _of(ask)
        if all(low <= one[axis] <= high for axis, low, high in bounds)
        and (statuses is None or one["status"] in statuses)
        and (ids is None or one["dispute_id"] in ids)
        and ask.text("biz_order_id") in ("", one["biz_order_id"])
    ]
    rows.sort(key=lambda one: (one["modified"], one["dispute_id"]), reverse=True)
    page, size = ask.whole("page_no", 1, 1), ask.whole("page_size", 20, 1, PAGE_MAX)
    shown = rows[(page - 1) * size : page * size]
    told = [_project(one, ask.text("fields")) for one in shown]
    return {"results": told, "total_results": len(rows), "page_results": len(told), "has_next": page * size < len(rows)}


def _bound(ask: Ask, name: str, otherwise: str) -> str:
    at = ask.moment(name)
    return china(at) if at else otherwise


def _find(ask: Ask) -> Doc:
    wanted = ask.text("dispute_id")
    for one in _of(ask):
        if one["dispute_id"] == wanted:
            return one
    raise Refusal(15, "isv.exchange-not-exist", "换货单不存在")


def _answer(ask: Ask, exchange: Doc, fields: str) -> Doc:
    told = _project(exchange, fields)
    return {"result": {"success": True, "msg_code": "", "message": "", "exchange": told}}


def get(ask: Ask) -> Doc:
    """tmall.exchange.get."""
    return _answer(ask, _find(ask), ask.text("fields"))


def _moved(ask: Ask, what: str, **told: Any) -> Doc:
    exchange = _find(ask)
    try:
        move(ask.market, exchange, what, **told)
    except Illegal as illegal:
        raise Refusal(15, "isv.exchange-status-error", "换货单状态不允许此操作") from illegal
    return _answer(ask, exchange, ask.text("fields", "dispute_id,biz_order_id,modified,status"))


def agree(ask: Ask) -> Doc:
    """tmall.exchange.agree: the buyer may send the goods to the address."""
    return _moved(ask, "agree", address=ask.market.return_address(ask.text("address_id")))


def _reason(ask: Ask) -> None:
    if ask.whole("seller_refuse_reason_id", None, 1) not in REASONS:
        raise invalid("seller_refuse_reason_id", "拒绝原因不存在")


def refuse(ask: Ask) -> Doc:
    """tmall.exchange.refuse."""
    _reason(ask)
    return _moved(ask, "refuse", desc=ask.text("leave_message"))


def return_agree(ask: Ask) -> Doc:
    """tmall.exchange.returngoods.agree: the goods came back and are taken."""
    return _moved(ask, "take")


def return_refuse(ask: Ask) -> Doc:
    """tmall.exchange.returngoods.refuse: what came back is not taken."""
    _reason(ask)
    return _moved(ask, "refuse_goods", desc=ask.text("leave_message"))


def consign(ask: Ask) -> Doc:
    """tmall.exchange.consigngoods: the other goods leave; the carrier goes by name here."""
    name, number = ask.text("logistics_company_name"), ask.text("logistics_no")
    if name not in COMPANY_NAMES.values():
        raise invalid("logistics_company_name", "物流公司不存在")
    if ask.whole("logistics_type", None, 100) not in (100, 200):
        raise invalid("logistics_type", "100为平邮，200为快递")
    ask.market.books.use(number)
    return _moved(ask, "consign", seller_logistic_name=name, seller_logistic_no=number)
