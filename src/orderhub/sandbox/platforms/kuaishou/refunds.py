"""Refunds read and answered. Source: docs/platforms/kuaishou.md. Which code is which mistake is ours."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.kuaishou.ask import Ask
from orderhub.sandbox.platforms.kuaishou.moves import Illegal, move_refund
from orderhub.sandbox.platforms.kuaishou.orders import NOMORE, page_of
from orderhub.sandbox.platforms.kuaishou.spec import HISTORY, REFUND_OVER, REFUND_PAGE_MAX, REFUND_SPAN
from orderhub.sandbox.platforms.kuaishou.state import Doc, Order
from orderhub.sandbox.platforms.kuaishou.wire import Refusal

__all__ = ["approve", "approve_return", "confirm", "detail", "direct", "listed", "reasons", "reject"]

STATE, AMOUNT, VERSION, REASON, RECEIPT = 3616, 300013, 300108, 300009, 300014
REASONS = ((1, "买家未退回商品", False), (2, "商品影响二次销售", True), (3, "与买家协商一致", False))
"""Code, words, whether a picture is needed."""
EXCHANGE, ONLY = 3, 10


def listed(ask: Ask) -> Any:
    """open.seller.order.refund.pcursor.list: a day at most."""
    every = ask.one_of("type", (8, 9)) == ask.switch("refund_type_all")
    window, size = ask.window(REFUND_SPAN, HISTORY), ask.number("pageSize")
    if not 1 <= size <= REFUND_PAGE_MAX:
        raise ask.wrong(f"pageSize: 1-{REFUND_PAGE_MAX}")
    axis = {1: "applied", 2: "moved"}[ask.one_of("queryType", (1, 2), 1)]
    newest, page = ask.one_of("sort", (1, 2), 1) == 1, ask.number("currentPage", 1)
    refunds, orders, stamp = ask.market.refunds, ask.market.orders, ask.market.stamp()
    filters = {name: ask.number(param, 0) for name, param in (
        ("negotiateStatus", "negotiateStatus"), ("status", "status"), ("oid", "orderId"),
    )}  # fmt: skip

    def keep(key: str) -> bool:
        refund = refunds[key]
        return (
            (every or refund["status"] not in REFUND_OVER) and orders[str(refund["oid"])].shown_from <= stamp
            and all(not value or refund[name] == value for name, value in filters.items())
        )  # fmt: skip

    keys, cursor = page_of(ask, axis, window, size, _cursor(ask), newest, keep)
    rows = [_row(refunds[key]) for key in keys]
    if ask.fault("unknown_status") and rows:
        rows[0] = {**rows[0], "status": 66}
    total = sum(map(keep, ask.market.window(ask.shop_id, axis, *window)))
    told = {"currentPage": page, "pageSize": size, "totalPage": -(-total // size), "totalSize": total}
    return {**told, "pcursor": cursor, "refundOrderInfoList": rows}


def _cursor(ask: Ask) -> str:
    cursor = ask.text("pcursor")
    if cursor == NOMORE:
        raise ask.wrong("pcursor")
    return cursor


def _row(refund: Doc) -> Doc:
    return {name: value for name, value in refund.items() if name not in MORE}


MORE = ("logisticsInfo", "exchangeInfo", "buyerExchangeAddress", "returnFreightInfo", "sellerDisagreeReason",
        "sellerDisagreeDesc", "sellerDisagreeImages")  # fmt: skip


def _refund(ask: Ask) -> tuple[Order, Doc]:
    refund = ask.market.refunds.get(str(ask.number("refundId")))
    order = None if refund is None else ask.find(str(refund["oid"]))
    if refund is None or order is None:
        raise Refusal(ask.switch("missing_code"), "退款单不存在")
    return order, refund


def detail(ask: Ask) -> Any:
    """open.seller.order.refund.detail: more than the list tells."""
    refund = _refund(ask)[1]
    told: Doc = {name: refund.get(name) for name in MORE}
    if ask.fault("unknown_status"):
        return {**refund, **told, "status": 66}
    return {**refund, **told}


def _move(ask: Ask, order: Order, refund: Doc, act: str, **fields: Any) -> bool:
    try:
        move_refund(ask.market, order, refund, act, **fields)
    except Illegal as illegal:
        raise Refusal(STATE, "退款单状态不允许该操作") from illegal
    return True


def _amount(ask: Ask, wanted: int) -> None:
    if ask.number("refundAmount") != wanted:
        raise Refusal(AMOUNT, "退款金额不一致")


def _version(ask: Ask, refund: Doc) -> None:
    if ask.number("refundVersion") != refund["updateTime"]:
        raise Refusal(VERSION, "退款单已变更，请刷新后重试")


def approve(ask: Ask) -> Any:
    """open.seller.order.refund.approve: the money goes back; the amount must be the refund's."""
    order, refund = _refund(ask)
    _amount(ask, refund["refundFee"])
    if refund["handlingWay"] != ONLY and refund["status"] == 10:
        raise Refusal(STATE, "退货退款须先同意退货")
    return _move(ask, order, refund, "approve")


def approve_return(ask: Ask) -> Any:
    """open.seller.order.refund.returngoods.approve: the buyer may send the goods; 0 is the amount of an exchange."""
    order, refund = _refund(ask)
    if refund["handlingWay"] == ONLY:
        raise Refusal(STATE, "仅退款无需退货")
    _amount(ask, 0 if refund["handlingWay"] == EXCHANGE else refund["refundFee"])
    return _move(ask, order, refund, "approve_return")


def confirm(ask: Ask) -> Any:
    """open.seller.order.refund.confirm.receipt: the goods are back, the money goes at once."""
    order, refund = _refund(ask)
    if refund["status"] not in (30, 40):
        raise Refusal(RECEIPT, "退款单状态不允许确认收货")
    return _move(ask, order, refund, "exchange" if refund["handlingWay"] == EXCHANGE else "approve")


def reject(ask: Ask) -> Any:
    """open.refund.reject: by a reason of the list, of the version that was seen."""
    order, refund = _refund(ask)
    _version(ask, refund)
    code, images = ask.number("reasonCode"), ask.params.get("rejectImages") or []
    reason = next((row for row in REASONS if row[0] == code), None)
    if reason is None or not isinstance(images, list) or len(images) > 6 or (reason[2] and not images):
        raise Refusal(REASON, "拒绝原因或凭证错误")
    told = {"sellerDisagreeReason": reason[1], "sellerDisagreeDesc": ask.text("rejectDesc")}
    return _move(ask, order, refund, "reject", **told, sellerDisagreeImages=images)


def reasons(ask: Ask) -> Any:
    """open.refund.reject.reason: what a refusal may give (names of fields: ours, but for the two that say needed)."""
    _refund(ask)
    return [
        {"reasonCode": code, "reasonDesc": words, "requiredRejectDesc": False, "requiredRejectImage": picture}
        for code, words, picture in REASONS
    ]  # fmt: skip


def direct(ask: Ask) -> Any:
    """open.refund.direct.refund: the money goes back whatever was asked for."""
    order, refund = _refund(ask)
    _version(ask, refund)
    if refund["handlingWay"] == EXCHANGE:
        raise Refusal(STATE, "换货单不支持直接退款")
    return _move(ask, order, refund, "approve")
