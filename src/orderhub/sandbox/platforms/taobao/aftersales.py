"""Refunds answered beyond yes and no: reasons, returns refused, refilled, negotiated; messages. Imports this folder's.

Source: docs/platforms/taobao.md §8. What a negotiation or a stopped consignment does to the refund is our reading; the
codes of refusals are not documented.
"""

from __future__ import annotations

import json

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.moves import COMPANY_NAMES
from orderhub.sandbox.platforms.taobao.refunds import REASONS, find, move, proof, tmall_only
from orderhub.sandbox.platforms.taobao.spec import REFUND_MOVES
from orderhub.sandbox.platforms.taobao.state import Doc
from orderhub.sandbox.platforms.taobao.wire import Refusal, fen, yuan

__all__ = [
    "add_message", "cancel_goods", "detail", "intercept", "messages", "negotiate", "refill", "refuse_reasons",
    "refuse_return", "review",
]  # fmt: skip

_SELLERS = ("agree", "agree_return", "refuse")
CONTENT_MAX = 400


def detail(ask: Ask) -> Doc:
    """taobao.refund.detail.get: what may be done now, and the version to do it with. Names of operations are ours."""
    refund = find(ask, ask.text("refund_id"))
    able = [what for what in _SELLERS if (refund["status"], what) in REFUND_MOVES and _fits(refund, what)]
    return {
        "detail": {
            "allowed_operations": [{"code": what} for what in able],
            "not_allowed_operations": [{"code": what} for what in _SELLERS if what not in able],
            "refund_version": refund["refund_version"],
        }
    }


def _fits(refund: Doc, what: str) -> bool:
    if what == "agree_return":
        return bool(refund["has_good_return"])
    return what != "refuse" or refund["operation_contraint"] != "cannot_refuse"


def refuse_reasons(ask: Ask) -> Doc:
    """taobao.refund.refusereason.get: the sandbox's own reasons, as `fields` asks for them."""
    find(ask, ask.text("refund_id"))
    asked = [name.strip() for name in ask.text("fields").split(",")]
    rows = [{"reason_id": number, "reason_text": text} for number, text in REASONS.items()]
    told = [{name: value for name, value in row.items() if name in asked} for row in rows]
    return {"reasons": told, "total_results": len(told), "has_next": False}


def review(ask: Ask) -> Doc:
    """taobao.rp.refund.review: Tmall; the refund may (1) or may not (0) be paid back by the call for many."""
    refund = tmall_only(ask, find(ask, ask.text("refund_id")))
    version(ask, refund)
    refund["_reviewed"] = ask.whole("result", None, 0, 1) == 1
    return {"is_success": True}


def version(ask: Ask, refund: Doc) -> None:
    """The optimistic lock, compulsory."""
    if ask.text("refund_version", "-") != str(refund["refund_version"]):
        raise Refusal(15, "isv.refund-version-mismatch", "退款信息已更新，请刷新后重试")


def refuse_return(ask: Ask) -> Doc:
    """taobao.rp.returngoods.refuse: Tmall; the goods that came back are not taken, with proof and a reason."""
    refund = tmall_only(ask, find(ask, ask.text("refund_id")))
    if not refund["has_good_return"]:
        raise Refusal(15, "isv.refund-status-error", "仅退款的单不需要退货")
    if ask.text("refund_phase") != refund["refund_phase"]:
        raise invalid("refund_phase", "refund_phase与退款不一致")
    if ask.whole("refuse_reason_id", None, 1) not in REASONS:
        raise invalid("refuse_reason_id", "拒绝原因不存在")
    proof(ask, True)
    move(ask, refund, "refuse", ask.text("refund_version", "-"))
    return {"result": True}


def refill(ask: Ask) -> Doc:
    """taobao.rp.returngoods.refill: Tmall; the shop tells the waybill that the buyer did not."""
    refund = tmall_only(ask, find(ask, ask.text("refund_id")))
    company, number = ask.text("logistics_company_code"), ask.text("logistics_waybill_no")
    if company not in COMPANY_NAMES:
        raise invalid("logistics_company_code", "物流公司不存在")
    move(ask, refund, "return", "", company_name=COMPANY_NAMES[company], sid=number)
    return {"is_success": True}


def negotiate(ask: Ask) -> Doc:
    """taobao.refund.negotiatereturn: money only becomes a return with the sum agreed, fen, not above what was asked."""
    refund = find(ask, ask.text("refund_id"))
    fee = ask.whole("refund_fee", None, 1)
    if refund["has_good_return"] or refund["operation_contraint"] == "cannot_refuse":
        raise Refusal(15, "isv.refund-status-error", "该退款不能协商退货退款")
    if fee > fen(refund["refund_fee"]):
        raise invalid("refund_fee", "金额不能超过申请金额")
    address = ask.market.return_address(ask.text("address_id"))
    paid = fen(refund["refund_fee"]) + fen(refund["payment"])
    move(
        ask, refund, "agree_return", ask.text("refund_version", "-"), has_good_return=True, refund_fee=yuan(fee),
        payment=yuan(paid - fee), dispute_type="REFUND_AND_RETURN", address=address,
    )  # fmt: skip
    return {}


def intercept(ask: Ask) -> Doc:
    """taobao.rp.refund.intercept: the shop asks the carrier to turn round what was sent; seen in `attribute`."""
    refund = find(ask, ask.text("refund_id"))
    version(ask, refund)
    if refund["operation_contraint"] == "cannot_refuse" or refund["status"] != "WAIT_SELLER_AGREE":
        raise Refusal(15, "isv.refund-status-error", "退款状态不允许拦截")
    refund["attribute"] = ";intercept:1;"
    refund["refund_version"] += 1
    refund["modified"] = ask.market.stamp()
    return {}


def cancel_goods(ask: Ask) -> Doc:
    """taobao.rdc.aligenius.sendgoods.cancel: whether the shop could stop an order that was not sent.

    SUCCESS pays the refund back, FAIL leaves it; `param` holds tid, oid, refund_id, refund_fee (fen), status.
    """
    try:
        told = json.loads(ask.text("param"))
    except ValueError:
        raise invalid("param", "param is not JSON") from None
    if not isinstance(told, dict) or told.get("status") not in ("SUCCESS", "FAIL"):
        raise invalid("param", "status应为SUCCESS或FAIL")
    refund = find(ask, str(told.get("refund_id", "")))
    if str(told.get("tid")) != str(refund["tid"]) or str(told.get("refund_fee")) != str(fen(refund["refund_fee"])):
        raise invalid("param", "订单或金额与退款不一致")
    if refund["operation_contraint"] != "cannot_refuse":
        raise Refusal(15, "isv.refund-status-error", "订单已发货")
    if told["status"] == "SUCCESS":
        move(ask, refund, "agree", "")
    return {"result": {"success": True}}


def messages(ask: Ask) -> Doc:
    """taobao.refund.messages.get: notes of buyer and shop, oldest first."""
    rows = find(ask, ask.text("refund_id")).get("_messages", [])
    asked = [name.strip() for name in ask.text("fields").split(",")]
    page, size = ask.whole("page_no", 1, 1), ask.whole("page_size", 40, 1, 100)
    shown = rows[(page - 1) * size : page * size]
    told = [{name: row[name] for name in asked if name in row} for row in shown]
    return {"refund_messages": told, "total_results": len(rows)}


def add_message(ask: Ask) -> Doc:
    """taobao.refund.message.add."""
    refund = find(ask, ask.text("refund_id"))
    if len(ask.text("content")) > CONTENT_MAX:
        raise invalid("content", f"content is longer than {CONTENT_MAX} characters")
    row = {
        "id": ask.market.serial(), "refund_id": refund["refund_id"], "content": ask.text("content"),
        "created": ask.market.stamp(), "owner_nick": ask.market.shops[ask.shop_id].nick, "owner_role": "SELLER",
    }  # fmt: skip
    refund.setdefault("_messages", []).append(row)
    return {"refund_message": {name: row[name] for name in ("id", "created")}}
