"""After-sales read and answered. Source: docs/platforms/wechat.md, after sale.

The sheet lists the errcodes of acceptapply without saying which is which; switches choose. What answers exchanges,
lists reasons, opens cases and changes amounts has no documented body and is not offered.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.wechat.ask import PAGE_MAX, Ask, Refusal
from orderhub.sandbox.platforms.wechat.moves import Illegal, move_case
from orderhub.sandbox.platforms.wechat.spec import ACCEPT_LIMIT
from orderhub.sandbox.platforms.wechat.state import Case, Doc

__all__ = ["accept", "get", "listed", "reject"]

DAY_S, MINUTE_S = 86_400, 60
AGREE_RETURN, AGREE_REFUND = 1, 2
UNKNOWN_WORD = "PLATFORM_ARBITRATION_V2"


def listed(ask: Ask) -> Doc:
    """aftersale/getaftersalelist: ids of a window of creation or of change, at most a day."""
    axes = [axis for axis in ("create_time", "update_time") if f"begin_{axis}" in ask.params]
    if len(axes) != 1:
        raise ask.bad("begin_create_time or begin_update_time, one of them")
    [axis] = axes
    window = ask.window(ask.number(f"begin_{axis}"), ask.number(f"end_{axis}"), DAY_S)
    rows = ask.market.index(ask.shop_id, f"case {axis}").window(*window)
    ids, told = ask.page(rows, lambda _: True, PAGE_MAX)
    return {"after_sale_order_id_list": ids, **told}


def get(ask: Ask) -> Doc:
    """aftersale/getaftersaleorder."""
    doc = ask.case().doc
    if ask.fault("unknown_status"):
        doc = {**doc, "status": UNKNOWN_WORD}
    if ask.fault("drifted_field"):
        doc = {**doc, "refund_info": {"amount": str(doc["refund_info"]["amount"])}, "trait_code": "A1"}
    return {"after_sale_order": doc}


def accept(ask: Ask) -> Doc:
    """aftersale/acceptapply: a return takes two, first the goods, then the money."""
    case, kind = ask.case(), ask.params.get("accept_type")
    if kind not in (None, AGREE_RETURN, AGREE_REFUND):
        raise ask.bad("accept_type")
    now = ask.market.stamp()
    if ask.switch("accept_limited") and case.accepted_at and now - case.accepted_at < MINUTE_S:
        raise Refusal(ACCEPT_LIMIT, "once a minute")
    goods_first = case.doc["type"] != "REFUND" and case.status == "MERCHANT_PROCESSING"
    wanted = AGREE_RETURN if goods_first else AGREE_REFUND
    if kind is not None and kind != wanted:
        raise Refusal(ask.switch("case_state_code"), f"accept_type {kind} in status {case.status}")
    case.accepted_at = now
    _step(ask, case, "agree_return" if goods_first else "agree")
    return {}


def reject(ask: Ask) -> Doc:
    """aftersale/rejectapply."""
    _step(ask, ask.case(), "refuse")
    return {}


def _step(ask: Ask, case: Case, what: str) -> None:
    try:
        move_case(ask.market, ask.market.orders[case.doc["order_id"]], case, what)
    except Illegal as illegal:
        raise Refusal(ask.switch("case_state_code"), str(illegal)) from illegal
