"""After-sales read and answered, the old set of calls. Source: docs/platforms/suning.md §8.

The refusal of a step that the state forbids is not documented; `biz.<bizName>.order-status:error` stands for it.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.suning.ask import SUCCESS, Ask, Told, done, no_result, scalar
from orderhub.sandbox.platforms.suning.moves import Illegal, move_refund
from orderhub.sandbox.platforms.suning.spec import PARAMS, REFUND_CODES
from orderhub.sandbox.platforms.suning.state import Doc, Order, Refund
from orderhub.sandbox.platforms.suning.wire import Refusal, fen

__all__ = [
    "agree_money", "agree_return", "by_application", "by_change", "codes", "delay", "of_order", "refuse_money",
    "refuse_return", "send_code", "step",
]  # fmt: skip

APPLIED_DAYS, CHANGE_DAYS, CODE_MAX = 30, 1, 20
BEYOND = "sys.check.query-time:outofrange"


def _rows(ask: Ask, refunds: list[Refund], head: Doc) -> Told:
    key = "rejects" if ask.switch("rejects_key") == "rejects" else None
    return Told([_row(ask, refund) for refund in refunds], head, key)


def _row(ask: Ask, refund: Refund) -> Doc:
    if ask.fault("unknown_status"):
        return {**refund.doc, "refundtype": "66", "statusDesc": "退款中台处理中"}
    if ask.fault("drifted_field"):
        return {**refund.doc, "returnMoney": float(refund.doc["returnMoney"]), "returnTraitCode": "A1"}
    return refund.doc


def _window(ask: Ask, axis: str, window: tuple[str, str], code: str = "") -> list[Refund]:
    found = [ask.market.refunds[one] for one in ask.market.window(ask.shop_id, axis, *window)]
    found = [refund for refund in found if not code or refund.code == code]
    return found if ask.switch("list_order") == "oldest_first" else found[::-1]


def _paged(ask: Ask, found: list[Refund]) -> Told:
    first, last, head = ask.page(len(found))
    return _rows(ask, found[first:last], head)


def by_application(ask: Ask) -> Told:
    """suning.custom.batchrejected.query: at most 30 days, of the last three months."""
    window = ask.window(APPLIED_DAYS)
    ask.recent(window[0], BEYOND)
    return _paged(ask, _window(ask, "applied", window))


def by_change(ask: Ask) -> Told:
    """suning.custom.rejectedord.query: at most a day, of one return code."""
    window, code = ask.window(CHANGE_DAYS), ask.needed("orderLineStatus")
    if code not in REFUND_CODES:
        raise Refusal(PARAMS, "orderLineStatus错误")
    return _paged(ask, _window(ask, "moved", window, code))


def codes(ask: Ask) -> Told:
    """suning.custom.batchrejectedOrd.query: codes of orders with an after-sale, each once (axis is our reading)."""
    window = ask.window(APPLIED_DAYS)
    ask.recent(window[0], BEYOND)
    found = dict.fromkeys(refund.order_code for refund in _window(ask, "applied", window))
    if not found:
        raise no_result()
    return Told([{"orderCode": code} for code in found], dict(SUCCESS))


def of_order(ask: Ask) -> Told:
    """suning.custom.singlerejected.get: every case of one order."""
    code = ask.needed("orderCode")
    if len(code) > CODE_MAX:
        raise Refusal("biz.queryReturnByNoServer.orderCode-length:overlong", "订单号过长")
    if not (code.isascii() and code.isdigit()):
        raise Refusal("biz.rejected.ordercode-format:error", "订单号格式错误")
    order = ask.order(code)
    if order is None or not order.refunds:
        raise no_result()
    return _rows(ask, ask.market.refunds_of(order), dict(SUCCESS))


def step(ask: Ask, refund: Refund, what: str) -> None:
    """Move a case, or refuse in the platform's way."""
    try:
        move_refund(ask.market, ask.market.orders[refund.order_code], refund, what)
    except Illegal as illegal:
        raise Refusal(f"biz.{ask.biz}.order-status:error", "当前状态不允许该操作") from illegal


def _answered(ask: Ask, part: str, states: dict[str, str]) -> Told:
    """`<part>Head` names the order, `<part>Detail` its lines; `states` are the values of state, each with its step."""
    code = scalar(ask.object(f"{part}Head").get("orderCode"))
    if not code:
        raise ask.missing("orderCode")
    details = ask.rows(f"{part}Detail", f"{part}Detail")
    if not details or any(scalar(row.get("state")) not in states for row in details):
        raise Refusal(PARAMS, f"{part}Detail错误")
    order = ask.order(code)
    if order is None:
        raise no_result()
    work = [(_case(ask, order, row), states[scalar(row.get("state"))]) for row in details]
    for refund, what in work:
        step(ask, refund, what)
    return done()


def _case(ask: Ask, order: Order, row: Doc) -> Refund:
    """The newest case of the line named by number and product."""
    line, product = scalar(row.get("orderLineNumber")), scalar(row.get("productCode"))
    for refund in reversed(ask.market.refunds_of(order)):
        if refund.line == line and product in ("", refund.doc["productCode"]):
            return refund
    raise no_result()


def agree_return(ask: Ask) -> Told:
    """suning.custom.agreerejected.modify: the goods may come back."""
    return _answered(ask, "rejected", {"C040": "agree_return"})


def refuse_return(ask: Ask) -> Told:
    """suning.custom.disagreerejected.modify: sent as C051 (an SDK's comment); the line's code is C041."""
    return _answered(ask, "rejected", {"C051": "refuse_return"})


def refuse_money(ask: Ask) -> Told:
    """suning.custom.disagreerefund.modify."""
    return _answered(ask, "refund", {"C051": "refuse"})


def delay(ask: Ask) -> Told:
    """suning.custom.delayrefund.modify, old form."""
    return _answered(ask, "refund", {"C055": "delay"})


def send_code(ask: Ask) -> Told:
    """suning.custom.verifycode.get: a code by SMS; the tester finds it in `_sandbox` of the order."""
    account, items = ask.needed("childAccountName"), ask.rows("orderItemList", "orderItemList")
    if not items:
        raise ask.missing("orderItemList")
    code = f"{ask.market.setup.rng.randrange(10**6):06d}"
    for row in items:
        ask.market.sms[account, scalar(row.get("orderItemId"))] = code
    return done()


def agree_money(ask: Ask) -> Told:
    """suning.custom.agreerefund.modify: with the SMS code; orderItemId is the line's number (our reading)."""
    names = ("childAccountName", "code", "orderItemId", "returnMoney", "applyTime", "returnType")
    account, code, item, money, applied, _ = (ask.needed(name) for name in names)
    found = [
        refund for refund in ask.market.refunds.values()
        if (refund.shop_id, refund.line, refund.doc["applyTime"]) == (ask.shop_id, item, applied)
    ]  # fmt: skip
    if not found:
        raise no_result()
    if ask.market.sms.pop((account, item), None) != code:
        raise Refusal(f"biz.{ask.biz}.code-value:error", "验证码错误")
    if fen(money) != found[-1].fee_fen:
        raise Refusal(PARAMS, "returnMoney错误")
    step(ask, found[-1], "agree")
    return done()
