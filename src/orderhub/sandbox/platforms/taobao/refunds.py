"""Refunds read and answered. Source: docs/platforms/taobao.md §8. The code for a stale version is not documented."""

from __future__ import annotations

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.moves import Illegal, move_refund
from orderhub.sandbox.platforms.taobao.state import Doc
from orderhub.sandbox.platforms.taobao.trades import page
from orderhub.sandbox.platforms.taobao.wire import Refusal, beijing, fen

__all__ = ["agree", "agree_return", "get", "received", "refuse"]

_DEFAULT_TYPES = frozenset({"fixed", "auction", "auto_delivery"})
PAGE_MAX = 100
STALE = "isv.refund-version-mismatch"


def _project(refund: Doc, fields: str) -> Doc:
    asked = [name.strip() for name in fields.split(",")]
    return {name: refund[name] for name in asked if name in refund}


def received(ask: Ask) -> Doc:
    """taobao.refunds.receive.get: newest change first; by default of plain trades only."""
    start, end = ask.moment("start_modified"), ask.moment("end_modified")
    low, high = beijing(start) if start else "", beijing(end) if end else "9999"
    kinds = frozenset(ask.text("type").split(",")) if ask.given("type") else _DEFAULT_TYPES
    kinds |= {"fixed", "auction"} if "guarantee_trade" in kinds else frozenset()
    rows = [
        refund
        for refund in ask.market.refunds.values()
        if (trade := ask.market.trades[refund["tid"]]).shop_id == ask.shop_id
        and low <= refund["modified"] <= high
        and trade.doc["type"] in kinds
        and ask.text("status") in ("", refund["status"])
        and ask.text("buyer_open_uid") in ("", refund["buyer_open_uid"])
    ]
    rows.sort(key=lambda refund: (refund["modified"], refund["refund_id"]), reverse=True)
    first, last, more = page(ask, len(rows), 40, PAGE_MAX)
    told: Doc = {"refunds": [_project(refund, ask.text("fields")) for refund in rows[first:last]]}
    return told | ({"has_next": more} if ask.yes("use_has_next") else {"total_results": len(rows)})


def _refund(ask: Ask, refund_id: str) -> Doc:
    refund = ask.market.refunds.get(refund_id)
    if refund is None or ask.market.trades[refund["tid"]].shop_id != ask.shop_id:
        raise Refusal(15, "isv.refund-not-exist", "退款单不存在")
    return refund


def get(ask: Ask) -> Doc:
    """taobao.refund.get."""
    return {"refund": _project(_refund(ask, ask.text("refund_id")), ask.text("fields"))}


def _move(ask: Ask, refund: Doc, what: str, version: str) -> None:
    if version and version != str(refund["refund_version"]):
        raise Refusal(15, STALE, "退款信息已更新，请刷新后重试")
    try:
        move_refund(ask.market, ask.market.trades[refund["tid"]], refund, what)
    except Illegal as illegal:
        raise Refusal(15, "isv.refund-status-error", "退款状态不允许此操作") from illegal


def agree(ask: Ask) -> Doc:
    """taobao.rp.refunds.agree: `refund_id|amount_fen|version|phase`, comma separated; each answers by itself."""
    told = []
    for text in ask.listed("refund_infos", 30):
        parts = text.split("|")
        if len(parts) != 4:
            raise invalid("refund_infos", "write refund_id|amount_fen|version|phase")
        told.append(_agreed(ask, *parts))
    good = sum(row["succ"] for row in told)
    code = "OP_SUCC" if good == len(told) else "SOME_OP_SUCC" if good else "OP_FAILURE_UE"
    return {"succ": good == len(told), "msg_code": code, "results": told}


def _agreed(ask: Ask, refund_id: str, amount_fen: str, version: str, phase: str) -> Doc:
    try:
        refund = _refund(ask, refund_id)
        if amount_fen != str(fen(refund["refund_fee"])) or phase != refund["refund_phase"]:
            raise Refusal(15, "isv.invalid-parameter:refund_infos", "金额或阶段不一致")
        _move(ask, refund, "agree", version or "-")
    except Refusal as refusal:
        return {"refund_id": refund_id, "succ": False, "msg_code": refusal.sub_code, "message": refusal.sub_msg}
    return {"refund_id": refund_id, "succ": True, "msg_code": "OP_SUCC", "message": ""}


def refuse(ask: Ask) -> Doc:
    """taobao.refund.refuse: not before sending; Tmall needs the version."""
    refund = _refund(ask, ask.text("refund_id"))
    if not 2 <= len(ask.text("refuse_message")) <= 200:
        raise invalid("refuse_message", "2 to 200 characters")
    if refund["operation_contraint"] == "cannot_refuse":
        raise Refusal(15, "isv.refund-status-error", "未发货的退款不能拒绝")
    tmall = ask.market.sellers[ask.shop_id].kind == "B"
    _move(ask, refund, "refuse", ask.text("refund_version", "-" if tmall else ""))
    return {"is_success": True, "refund": {name: refund[name] for name in ("refund_id", "status", "modified")}}


def agree_return(ask: Ask) -> Doc:
    """taobao.rp.returngoods.agree: the buyer may send the goods back."""
    refund = _refund(ask, ask.text("refund_id"))
    if not refund["has_good_return"]:
        raise Refusal(15, "isv.refund-status-error", "仅退款的单不需要退货")
    tmall = ask.market.sellers[ask.shop_id].kind == "B"
    _move(ask, refund, "agree_return", ask.text("refund_version", "-" if tmall else ""))
    return {"is_success": True}
