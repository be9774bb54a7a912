"""Refund applications before the goods arrive, classic gateway. Source: docs/platforms/jd.md §8A. Money is in fen."""

from __future__ import annotations

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.claims import move_refund
from orderhub.sandbox.platforms.jd.moves import Illegal
from orderhub.sandbox.platforms.jd.state import Doc
from orderhub.sandbox.platforms.jd.views import veiled
from orderhub.sandbox.platforms.jd.wire import Refusal

__all__ = ["by_id", "listed", "reply", "waiting"]

PAGES, PAGE_SIZE_MAX = 100, 50


def _of(ask: Ask) -> list[Doc]:
    return [doc for doc in ask.market.refunds.values() if doc["_shop"] == ask.shop_id]


def _shown(doc: Doc) -> Doc:
    told = {name: value for name, value in doc.items() if not name.startswith("_")}
    return {**told, "buyerName": veiled(doc["buyerName"])}


def listed(ask: Ask) -> Doc:
    """jingdong.pop.afs.soa.refundapply.queryPageList: 100 pages of 50 at most."""
    page, size = ask.whole("pageIndex", None, 1, PAGES), ask.whole("pageSize", None, 1, PAGE_SIZE_MAX)
    ids = {one.strip() for one in ask.text("ids").split(",") if one.strip()}
    times = [(name, ask.moment(f"{name}Start"), ask.moment(f"{name}End")) for name in ("applyTime", "checkTime")]
    status, order_id, buyer = ask.text("status"), ask.text("orderId"), ask.text("buyerId")
    rows = [
        doc
        for doc in _of(ask)
        if (not ids or str(doc["id"]) in ids)
        and (not status or str(doc["status"]) == status)
        and (not order_id or doc["orderId"] == order_id)
        and (not buyer or doc["buyerId"] == buyer)
        and all((not start or doc[name] >= start) and (not end or "" < doc[name] <= end) for name, start, end in times)
    ]
    shown = rows[(page - 1) * size : page * size]
    return {"queryResult": {"totalCount": len(rows), "result": [_shown(doc) for doc in shown]}}


def by_id(ask: Ask) -> Doc:
    """jingdong.pop.afs.soa.refundapply.queryById."""
    rows = [doc for doc in _of(ask) if str(doc["id"]) == ask.need("id")]
    return {"queryResult": {"totalCount": len(rows), "result": [_shown(doc) for doc in rows]}}


def waiting(ask: Ask) -> Doc:
    """jingdong.pop.afs.soa.refundapply.getWaitRefundNum; the form of its answer is not documented."""
    return {"queryResult": {"totalCount": sum(doc["status"] == 0 for doc in _of(ask))}}


def reply(ask: Ask) -> Doc:
    """jingdong.pop.afs.soa.refundapply.replyRefund: 1 approve, 2 refuse, 6 intercept, 9 force close, 10 follow."""
    status, user = ask.whole("status", None), ask.need("checkUserName")
    doc = next((one for one in _of(ask) if str(one["id"]) == ask.need("id")), None)
    why = _wrong(ask, doc, status)
    if doc is not None and not why:
        try:
            move_refund(ask.market, doc, status, user, ask.text("remark"))
        except Illegal as illegal:
            why = f"当前状态不允许该操作: {illegal.state}"
    return {"replyResult": {"success": ask.flag(not why), "errorCode": "10100021" if why else "0", "errorMsg": why}}


def _wrong(ask: Ask, doc: Doc | None, status: int) -> str:
    if doc is None:
        return "退款申请不存在"
    if status not in (1, 2, 6, 9, 10):
        return "status不合法"
    if status != 9 and not ask.has("remark"):
        return "remark不能为空"
    try:
        kind = ask.whole("rejectType", 0, 0, 5)
    except Refusal:
        return "rejectType不合法"
    return "拒绝时rejectType不能为空" if status == 2 and not kind else ""
