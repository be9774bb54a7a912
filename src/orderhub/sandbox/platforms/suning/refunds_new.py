"""After-sales, the newer set, by the switch `newer_aftersales`. Source: docs/platforms/suning.md §8.

No source tells its reply fields: rows carry the old set's fields, `returnApplyId` and `returnStatus` (the C0xx code).
"""

from __future__ import annotations

from datetime import timedelta

from orderhub.sandbox.platforms.suning.ask import SUCCESS, Ask, Told, done, no_result
from orderhub.sandbox.platforms.suning.refunds import step
from orderhub.sandbox.platforms.suning.state import Doc, Refund
from orderhub.sandbox.platforms.suning.wire import Refusal, china, instant

__all__ = ["agree", "agree_return", "delay", "get", "listed", "refuse", "refuse_return", "returned"]

CHANGE_DAYS, RETURN_DAYS = 1, 30


def _row(refund: Refund) -> Doc:
    return {**refund.doc, "returnApplyId": refund.refund_id, "returnStatus": refund.code}


def listed(ask: Ask) -> Told:
    """suning.custom.refundlistinformation.query: by change (its longest span is our reading)."""
    try:
        start, end = instant(ask.needed("startModified")), instant(ask.needed("endModified"))
    except ValueError:
        raise Refusal("sys.check.query-time:error", "时间格式错误") from None
    if start > end:
        raise Refusal("sys.check.query-time:error", "开始时间不能大于结束时间")
    if end - start > timedelta(days=CHANGE_DAYS):
        raise Refusal("sys.check.query-time:outofrange", "查询时间间隔过长")
    code, market = ask.text("returnStatus"), ask.market
    found = [market.refunds[one] for one in market.window(ask.shop_id, "moved", china(start), china(end))]
    found = [refund for refund in found if not code or refund.code == code]
    first, last, head = ask.page(len(found))
    return Told([_row(refund) for refund in found[first:last]], head)


def returned(ask: Ask) -> Told:
    """suning.custom.returngoods.query: cases with goods, by application (30 days at most, as the old set)."""
    market, window = ask.market, ask.window(RETURN_DAYS)
    found = [market.refunds[one] for one in market.window(ask.shop_id, "applied", *window)]
    found = [refund for refund in found if refund.goods]
    first, last, head = ask.page(len(found))
    return Told([_row(refund) for refund in found[first:last]], head)


def _case(ask: Ask) -> Refund:
    refund = ask.market.refunds.get(ask.needed("returnApplyId"))
    if refund is None or refund.shop_id != ask.shop_id:
        raise no_result()
    return refund


def get(ask: Ask) -> Told:
    """suning.custom.refundinformation.query."""
    return Told(_row(_case(ask)), dict(SUCCESS))


def _do(ask: Ask, what: str) -> Told:
    step(ask, _case(ask), what)
    return done()


def agree(ask: Ask) -> Told:
    """suning.custom.agreerefund.confirm."""
    return _do(ask, "agree")


def agree_return(ask: Ask) -> Told:
    """suning.custom.agreereturn.confirm."""
    return _do(ask, "agree_return")


def refuse(ask: Ask) -> Told:
    """suning.custom.rejectrefund.modify."""
    return _do(ask, "refuse")


def refuse_return(ask: Ask) -> Told:
    """suning.custom.rejectreturn.modify."""
    return _do(ask, "refuse_return")


def delay(ask: Ask) -> Told:
    """suning.custom.delayrefund.modify, newer form."""
    return _do(ask, "delay")
