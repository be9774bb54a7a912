"""What happens to orders and after-sales, and what follows from it. Imports this folder's state and tables.

Called by the platform's own calls, by the tester's control and by the generator: one implementation of each change.
`at` is UNIX seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.platforms.douyin.spec import AFTERSALE_MOVES, AFTERSALE_TEXTS, ORDER_TEXTS, PENDING_AFTERSALE
from orderhub.sandbox.platforms.douyin.state import Aftersale, Doc, Good, Market, Order

__all__ = [
    "Illegal", "cancel", "good_of", "hold", "move_case", "open_case", "pay", "pending", "receive", "release",
    "settle", "ship",
]  # fmt: skip

DAY = 86_400
SHIP_HOURS = 48
RETURN, SHIPPED_MONEY, UNSHIPPED_MONEY, EXCHANGE = 0, 1, 2, 3
_TYPE_TEXTS = {RETURN: "退货退款", SHIPPED_MONEY: "已发货仅退款", UNSHIPPED_MONEY: "未发货仅退款", EXCHANGE: "换货"}


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status, self.what = status, what


def _put(doc: Doc, status: int) -> None:
    doc["order_status"], doc["order_status_desc"] = status, ORDER_TEXTS.get(status, "")
    doc["main_status"] = status
    if "main_status_desc" in doc:
        doc["main_status_desc"] = ORDER_TEXTS.get(status, "")


def _tell(market: Market, order: Order, event: str, **more: Any) -> None:
    doc = order.doc
    told = {
        "p_id": int(order.order_id), "s_ids": [int(child["order_id"]) for child in order.children],
        "shop_id": int(order.shop_id), "order_status": doc["order_status"], "order_type": doc["order_type"],
        "biz": doc["biz"], **more,
    }  # fmt: skip
    market.heard(order.shop_id, event, told)


def good_of(market: Market, order: Order, child: Doc) -> Good | None:
    """The SKU that a child sells, None if the shop does not offer it."""
    return market.goods.get((order.shop_id, int(child["sku_id"])))


def hold(market: Market, order: Order, units: int = 1) -> None:
    """A new order holds its units until it is paid; -1 lets go."""
    for child in order.children:
        good = good_of(market, order, child)
        if good is not None:
            good.held = max(0, good.held + units * int(child["item_num"]))


def pay(market: Market, order: Order, at: int, status: int = 0) -> None:
    """The buyer pays all that is owed; COD orders are confirmed instead."""
    if order.doc["order_status"] != 1:
        raise Illegal(order.doc["order_status"], "pay")
    hold(market, order, -1)
    for child in order.children:
        good = good_of(market, order, child)
        if good is not None:
            good.stock = max(0, good.stock - int(child["item_num"]))
    cod = order.doc["pay_type"] == 0
    _walk(order, status or market.switch("pay_status"), at if not cod else 0, at + SHIP_HOURS * 3600)
    for phase in order.doc["order_phase_list"]:
        if not phase["pay_success"]:
            phase |= {"pay_success": True, "phase_pay_amount": phase["phase_payable_price"], "phase_pay_time": at}
    market.touch(order, at)
    paid = {"pay_time": at, "pay_amount": order.doc["pay_amount"], "pay_type": order.doc["pay_type"]}
    _tell(market, order, "pay", **paid)
    if order.doc["order_status"] == 2:
        _tell(market, order, "release", **paid)


def _walk(order: Order, status: int, paid_at: int, ship_by: int) -> None:
    for doc in (order.doc, *order.children):
        _put(doc, status)
        doc["pay_time"], doc["exp_ship_time"] = paid_at, ship_by


def release(market: Market, order: Order, at: int) -> None:
    """A paid order (105) may be made ready (2)."""
    if order.doc["order_status"] != 105:
        raise Illegal(order.doc["order_status"], "release")
    for doc in (order.doc, *order.children):
        _put(doc, 2)
    market.touch(order, at)
    _tell(market, order, "release", pay_time=order.doc["pay_time"], pay_amount=order.doc["pay_amount"])


def pending(order: Order) -> list[Doc]:
    """Children that somebody asks money back for."""
    return [one for one in order.children if one["after_sale_info"]["after_sale_status"] in PENDING_AFTERSALE]


def ship(market: Market, order: Order, units: Mapping[str, int], company: str, number: str, at: int, pack: str) -> None:
    """Units of children leave in one parcel; `company` is a code of the platform."""
    if order.doc["order_status"] not in (2, 101):
        raise Illegal(order.doc["order_status"], "ship")
    gone = [(child, units[str(child["order_id"])]) for child in order.children if str(child["order_id"]) in units]
    order.doc["logistics_info"].append({
        "tracking_no": number, "company": company, "company_name": market.company(company), "ship_time": at,
        "delivery_id": pack, "product_info": [_packed(child, count) for child, count in gone],
    })  # fmt: skip
    for child, count in gone:
        order.sent[str(child["order_id"])] = order.sent.get(str(child["order_id"]), 0) + count
        child["ship_time"] = at
        _put(child, market.switch("child_part_status") if order.left(child) else 3)
    settle(order)
    order.doc["ship_time"] = order.doc["ship_time"] or at
    market.touch(order, market.stamp())
    whole = order.doc["order_status"] == 3
    told = {"logistics_code": number, "express_company_id": company, "pack_id": pack}
    _tell(market, order, "ship" if whole else "part_ship", **told)


def _packed(child: Doc, count: int) -> Doc:
    return {
        "sku_order_id": child["order_id"], "sku_id": child["sku_id"], "outer_sku_id": child["code"],
        "product_id": child["product_id"], "product_name": child["product_name"], "price": child["origin_amount"],
        "product_count": count, "sku_specs": child["spec"],
    }  # fmt: skip


def settle(order: Order) -> None:
    """The parent's status from its children's."""
    open_ones = [child for child in order.children if child["order_status"] != 4]
    statuses = {child["order_status"] for child in open_ones}
    if not statuses:
        _put(order.doc, 4)
    elif len(statuses) == 1 and 101 not in statuses and not any(order.sent.get(c["order_id"]) and order.left(c)
                                                               for c in open_ones):  # fmt: skip
        _put(order.doc, statuses.pop())
    elif any(order.sent.get(str(child["order_id"])) for child in open_ones):
        _put(order.doc, 101)


def receive(market: Market, order: Order, at: int) -> None:
    """The buyer confirms; everything must be on its way."""
    if order.doc["order_status"] != 3:
        raise Illegal(order.doc["order_status"], "receive")
    for doc in (order.doc, *(child for child in order.children if child["order_status"] == 3)):
        _put(doc, 5)
        doc["finish_time"] = at
    market.touch(order, at)
    _tell(market, order, "finish", complete_time=at)


def cancel(market: Market, order: Order, at: int, reason: str = "买家取消订单") -> None:
    """Unpaid: cancelled. Paid and nothing shipped: the money goes back child by child and the order closes."""
    status = order.doc["order_status"]
    if status in (2, 105):
        for child in order.children:
            _money_back(market, order, child, at, reason)
    elif status != 1:
        raise Illegal(status, "cancel")
    else:
        hold(market, order, -1)
    for doc in (order.doc, *order.children):
        _put(doc, 4)
    order.doc["cancel_reason"] = reason
    market.touch(order, at)
    _tell(market, order, "cancel", cancel_reason=reason, cancel_time=at)


def _money_back(market: Market, order: Order, child: Doc, at: int, reason: str) -> None:
    opened = [case for case in market.cases_of(order) if case.child_id == str(child["order_id"])]
    live = [case for case in opened if case.info["aftersale_status"] in PENDING_AFTERSALE]
    if not live and child["pay_amount"] and child["order_status"] != 4:
        live = [open_case(market, order, child, {"reason": reason}, at)]
    for case in live:
        move_case(market, order, case, "agree", at)


def open_case(market: Market, order: Order, child: Doc, ask: Mapping[str, Any], at: int) -> Aftersale:
    """The buyer asks: `ask` may hold refund_amount (fen), goods, exchange, reason.

    Raises:
        Illegal: Nothing was paid, the child is closed, a case is open, or more is asked than is left.
    """
    status, child_id = child["order_status"], str(child["order_id"])
    left = child["pay_amount"] - sum(one.paid for one in market.cases_of(order) if one.child_id == child_id)
    amount = int(ask.get("refund_amount", left))
    kind = _kind(status, bool(ask.get("goods")), bool(ask.get("exchange")))
    if status not in (2, 3, 5, 101, 105) or child in pending(order) or kind is None:
        raise Illegal(status, "refund")
    if kind != EXCHANGE and not 0 < amount <= left:
        raise Illegal(status, f"refund of {amount} fen where {left} is left")
    case_id = f"7{order.shop_id[-2:]}{market.serial():016d}"
    doc = _case(order, child, case_id, kind, 0 if kind == EXCHANGE else amount, str(ask.get("reason", "不想要了")), at)
    case = Aftersale(order.shop_id, order.order_id, child_id, doc)
    order.aftersales.append(case_id)
    _show(market, order, case, child, 6, at)
    _tell_case(market, case, "refund_create")
    return case


def _kind(status: int, goods: bool, exchange: bool) -> int | None:
    sent = status in (3, 5)
    if exchange or goods:
        return (EXCHANGE if exchange else RETURN) if sent else None
    return SHIPPED_MONEY if sent else UNSHIPPED_MONEY


def _case(order: Order, child: Doc, case_id: str, kind: int, amount: int, reason: str, at: int) -> Doc:
    info = {
        "aftersale_id": case_id, "aftersale_order_type": 1, "aftersale_type": kind, "aftersale_sub_type": 0,
        "aftersale_status": 6, "related_id": child["order_id"], "apply_time": at, "create_time": at,
        "update_time": at, "status_deadline": at + 2 * DAY, "refund_amount": amount, "refund_post_amount": 0,
        "refund_tax_amount": 0, "return_promotion_amount": 0, "aftersale_num": child["item_num"], "part_type": 0,
        "aftersale_refund_type": 0, "refund_type": 0, "refund_status": 0 if kind == EXCHANGE else 1,
        "arbitrate_status": 0, "return_logistics_code": "", "return_logistics_company_name": "",
        "exchange_logistics_company_name": "", "remark": "", "got_pkg": 1 if kind in (RETURN, EXCHANGE) else 0,
        "order_logistics": [], "is_agree_refuse_sign": 0, "reason_second_labels": [], "aftersale_tags": [],
        "risk_decision_code": 0,
    }  # fmt: skip
    related = {
        "sku_order_id": child["order_id"], "order_status": child["order_status"], "pay_amount": child["pay_amount"],
        "post_amount": child["post_amount"], "item_num": child["item_num"], "create_time": order.doc["create_time"],
        "product_name": child["product_name"], "product_id": child["product_id"],
        "product_image": child["product_pic"], "sku_spec": child["spec"], "shop_sku_code": child["code"],
        "aftersale_pay_amount": child["pay_amount"], "aftersale_post_amount": 0,
        "aftersale_item_num": child["item_num"], "promotion_pay_amount": 0, "price": child["origin_amount"],
        "given_sku_order_ids": [],
    }  # fmt: skip
    texts = {
        "aftersale_status_text": "", "aftersale_type_text": _TYPE_TEXTS[kind], "reason_text": reason,
        "logistics_text": "未发货" if kind == UNSHIPPED_MONEY else "已发货", "return_logistics_text": "",
        "aftersale_refund_type_text": "原路退款", "bad_item_text": "", "arbitrate_status_text": "无仲裁",
    }  # fmt: skip
    shop_order = {"shop_order_id": order.order_id, "order_flag": 0, "related_order_info": [related]}
    return {"aftersale_info": info, "order_info": shop_order, "text_part": texts, "seller_logs": []}


_EVENTS = {
    "agree_return": "return_agree", "agree_exchange": "return_agree", "return": "return", "refuse": "refuse",
    "close": "refund_close", "deliver": "exchange_ship",
}  # fmt: skip


def move_case(market: Market, order: Order, case: Aftersale, what: str, at: int = 0, **told: Any) -> None:
    """The next step of a case; `told` sets fields of aftersale_info with it, e.g. return_logistics_code."""
    at, kind = at or market.stamp(), case.info["aftersale_type"]
    new = AFTERSALE_MOVES.get((case.info["aftersale_status"], what))
    early = what == "agree" and (kind == EXCHANGE or (kind == RETURN and case.info["aftersale_status"] not in (11, 29)))
    wrong = (what == "agree_return" and kind != RETURN) or (what in ("agree_exchange", "deliver") and kind != EXCHANGE)
    if new is None or early or wrong:
        raise Illegal(case.info["aftersale_status"], what)
    case.info.update(told)
    child = order.child(case.child_id)
    if child is None:  # a document that a tester gave may lack it
        raise Illegal(case.info["aftersale_status"], what)
    if new == 12:
        case.paid, case.info["refund_status"] = int(case.info["refund_amount"]), 3
    _show(market, order, case, child, new, at)
    _tell_case(market, case, _EVENTS.get(what, "refund_create" if what == "reopen" else "refund_agree"))
    if new == 12:
        _paid_out(market, order, case, child, at)


def _show(market: Market, order: Order, case: Aftersale, child: Doc, status: int, at: int) -> None:
    case.info.update(aftersale_status=status, update_time=at)
    case.doc["text_part"]["aftersale_status_text"] = AFTERSALE_TEXTS[status]
    if status in (6, 7, 11):
        case.info["status_deadline"] = at + 2 * DAY
    child["after_sale_info"] = {
        "after_sale_status": status, "after_sale_type": case.info["aftersale_type"],
        "refund_status": case.info["refund_status"],
    }  # fmt: skip
    market.file_case(case)
    market.touch(order, at)


def _paid_out(market: Market, order: Order, case: Aftersale, child: Doc, at: int) -> None:
    """Money went back: a child that never left and has nothing left closes."""
    _tell_case(market, case, "refund_done", success_time=at)
    paid = sum(one.paid for one in market.cases_of(order) if one.child_id == case.child_id)
    if child["order_status"] in (2, 105) and paid >= child["pay_amount"]:
        _put(child, 4)
        settle(order)
        market.touch(order, at)


def _tell_case(market: Market, case: Aftersale, event: str, **more: Any) -> None:
    info = case.info
    told = {
        "aftersale_id": int(case.case_id), "p_id": int(case.order_id), "s_id": int(case.child_id),
        "shop_id": int(case.shop_id), "aftersale_status": info["aftersale_status"],
        "aftersale_type": info["aftersale_type"], "refund_amount": info["refund_amount"],
        "refund_post_amount": info["refund_post_amount"], "reason_code": 0, "apply_time": info["apply_time"],
        "update_time": info["update_time"], **more,
    }  # fmt: skip
    market.heard(case.shop_id, event, told)
