"""Exchanges, of the newer set of calls, by the switch `newer_aftersales`. Source: docs/platforms/suning.md §8.

Names of calls and parameters are documented; values of changeStatus, fields of rows and refusals are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.suning.ask import Ask, Told, done, no_result
from orderhub.sandbox.platforms.suning.moves import Illegal
from orderhub.sandbox.platforms.suning.spec import COMPANY_NAMES, EXCHANGE_MOVES, EXCHANGE_OPEN, PARAMS
from orderhub.sandbox.platforms.suning.state import Doc, Market, Order
from orderhub.sandbox.platforms.suning.wire import Refusal, china, instant

__all__ = ["agree", "deliver", "listed", "move", "open_exchange", "refuse", "refuse_goods"]

CHANGE_DAYS = 1


def open_exchange(market: Market, order: Order, line: Doc, ask: Mapping[str, Any]) -> Doc:
    """The buyer wants other goods for a line that was sent.

    Raises:
        Illegal: It was not, or an exchange of the line is open.
    """
    mine = [one for one in market.exchanges.values() if one["orderLineNumber"] == line["orderLineNumber"]]
    if line["orderLineStatus"] not in ("20", "30") or any(one["changeStatus"] in EXCHANGE_OPEN for one in mine):
        raise Illegal(line["orderLineStatus"], "exchange")
    at = market.stamp()
    told: Doc = {
        "changeApplyId": f"8{market.serial():012d}", "orderCode": order.code,
        "orderLineNumber": line["orderLineNumber"], "productCode": line["productCode"], "changeNum": line["saleNum"],
        "changeReason": str(ask.get("reason", "尺码不合适")), "changeStatus": "1", "applyTime": at,
        "modifiedTime": at, "expressCompanyCode": "", "expressNo": "",
        "deExpressCompanyCode": "", "deExpressno": "", "rejectReasonCode": "",
    }  # fmt: skip
    market.exchanges[told["changeApplyId"]] = told
    return told


def move(market: Market, exchange: Doc, what: str, **told: str) -> None:
    """The next step; `told` sets fields with it.

    Raises:
        Illegal: The status forbids it.
    """
    new = EXCHANGE_MOVES.get((exchange["changeStatus"], what))
    if new is None:
        raise Illegal(exchange["changeStatus"], what)
    exchange |= {**told, "changeStatus": new, "modifiedTime": market.stamp()}


def _of(ask: Ask) -> list[Doc]:
    return [one for one in ask.market.exchanges.values() if ask.order(one["orderCode"]) is not None]


def listed(ask: Ask) -> Told:
    """suning.custom.exchangegoods.query: by change, numbers and status (its longest span is our reading)."""
    try:
        start, end = instant(ask.needed("startModified")), instant(ask.needed("endModified"))
    except ValueError:
        raise Refusal("sys.check.query-time:error", "时间格式错误") from None
    if start > end:
        raise Refusal("sys.check.query-time:error", "开始时间不能大于结束时间")
    if end - start > timedelta(days=CHANGE_DAYS):
        raise Refusal("sys.check.query-time:outofrange", "查询时间间隔过长")
    ids = {one for one in ask.text("changeApplyIds").split(",") if one}
    found = [
        one
        for one in _of(ask)
        if china(start) <= one["modifiedTime"] <= china(end)
        and (not ids or one["changeApplyId"] in ids)
        and ask.text("changeStatus") in ("", one["changeStatus"])
    ]
    first, last, head = ask.page(len(found))
    return Told(found[first:last], head)


def _do(ask: Ask, what: str, **told: str) -> Told:
    wanted = ask.needed("changeApplyId")
    exchange = next((one for one in _of(ask) if one["changeApplyId"] == wanted), None)
    if exchange is None:
        raise no_result()
    try:
        move(ask.market, exchange, what, **told)
    except Illegal as illegal:
        raise Refusal(f"biz.{ask.biz}.order-status:error", "当前状态不允许该操作") from illegal
    return done()


def agree(ask: Ask) -> Told:
    """suning.custom.exchangegoods.confirm: the goods may come back."""
    return _do(ask, "agree")


def deliver(ask: Ask) -> Told:
    """suning.custom.exchangegoodsdelivery.confirm: what came back is taken, the other goods leave."""
    company, number = ask.needed("deExpressCompanyCode"), ask.needed("deExpressno")
    if company not in COMPANY_NAMES:
        raise Refusal(PARAMS, "deExpressCompanyCode错误")
    return _do(ask, "deliver", deExpressCompanyCode=company, deExpressno=number)


def refuse(ask: Ask) -> Told:
    """suning.custom.rejectexchange.modify: with a reason."""
    return _do(ask, "refuse", rejectReasonCode=ask.needed("rejectReasonCode"))


def refuse_goods(ask: Ask) -> Told:
    """suning.custom.rejectexchangedeliver.modify: what came back is not taken."""
    return _do(ask, "refuse_goods", rejectReasonCode=ask.needed("rejectReasonCode"))
