"""What happens to orders and after-sales, and what follows from it. Imports this folder's state, tables, messages.

Called by the platform's own API, by the tester's control and by the generator: one implementation of each change.
Every function changes the document in place and stamps it; `at` is Beijing time as the wire writes it.
Source: docs/platforms/pinduoduo.md §3.2, §4, §6, §8.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.pinduoduo.messages import tell, tell_refund
from orderhub.sandbox.platforms.pinduoduo.spec import OPEN, REFUND_MOVES, REFUND_START
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Market, Order
from orderhub.sandbox.platforms.pinduoduo.wire import china, fen, instant

__all__ = [
    "Illegal", "cancel", "confirm", "deduct", "fail_group", "finish_refund", "left_fen", "move_refund", "open_refund",
    "pay", "receive", "review", "ship", "ship_again", "ship_refusal",
]  # fmt: skip

SHIP_WITHIN = timedelta(hours=48)
REFUND_WITHIN = timedelta(days=2)


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, order: Order, what: str) -> None:
        doc = order.doc
        super().__init__(
            f"{what} is not possible with order_status {doc['order_status']}, refund_status {doc['refund_status']}, "
            f"confirm_status {doc['confirm_status']}, group_status {doc['group_status']}"
        )


def pay(market: Market, order: Order, at: str, form: bool = True) -> None:
    """The buyer pays, or pays the balance of a deposit order; `form` False leaves the group open."""
    doc, step = order.doc, order.doc.get("step_order_info")
    if doc["confirm_status"] == 2 or (doc["pay_time"] and not (step and step["step_trade_status"] < 2)):
        raise Illegal(order, "pay")
    doc["pay_time"] = at
    if step:
        doc["step_order_info"] = {**step, "step_trade_status": 2, "step_paid_fee": doc["pay_amount"]}
    if order.listed:
        market.touch(order)
    elif form:
        confirm(market, order, at)
    else:
        market.touch(order)


def confirm(market: Market, order: Order, at: str) -> None:
    """The group is formed: the order becomes visible, is to be sent, takes its units."""
    doc = order.doc
    if doc["confirm_status"] != 0 or not (doc["pay_time"] or doc.get("step_order_info")):
        raise Illegal(order, "form_group")
    doc["group_status"] = doc["confirm_status"] = 1
    doc["confirm_time"] = at
    doc.setdefault("last_ship_time", china(instant(at) + SHIP_WITHIN))
    deduct(market, order)
    market.touch(order)
    tell(market, order, "TradeConfirmed")


def fail_group(market: Market, order: Order) -> None:
    """The group was not formed in time: the money goes back, no list ever shows the order."""
    if order.doc["confirm_status"] != 0:
        raise Illegal(order, "fail_group")
    order.doc["group_status"] = order.doc["confirm_status"] = 2
    market.touch(order)


def deduct(market: Market, order: Order) -> None:
    """Units of a confirmed order leave the listing."""
    for line in order.doc["item_list"]:
        goods = market.goods.get(int(line["goods_id"]))
        for sku in goods.skus if goods else ():
            if str(sku["sku_id"]) == line["sku_id"]:
                sku["sku_quantity"] = max(0, sku["sku_quantity"] - line["goods_count"])


def ship_refusal(market: Market, order: Order) -> str:
    """Why the order cannot be sent now; empty when it can."""
    doc, step = order.doc, order.doc.get("step_order_info")
    if doc["confirm_status"] != 1 or doc["group_status"] != 1:
        return "订单未成团，不能发货"
    if doc["risk_control_status"] != 0:
        return "订单审核中，不能发货"
    if doc["refund_status"] != 1:
        return "订单售后中或已退款，不能发货"
    if step and step["step_trade_status"] < 2:
        return "定金订单尾款未支付，不能发货"
    if order.tagged("ship_hold") and market.setup.switches["ship_hold_blocks"]:
        return "订单暂停发货"
    return ""


def ship(market: Market, order: Order, logistics_id: int, number: str, at: str) -> None:
    """The main parcel leaves; the caller has asked `ship_refusal`."""
    if order.doc["order_status"] != 1:
        raise Illegal(order, "ship")
    order.doc |= {
        "order_status": 2, "shipping_time": at, "logistics_id": logistics_id, "tracking_number": number,
    }  # fmt: skip
    market.sent[number] = at
    market.books.use(number)
    market.touch(order)
    tell(market, order, "TradeSellerShip")


def ship_again(market: Market, order: Order, logistics_id: int, number: str, at: str) -> None:
    """Another carrier or number for the main parcel of a sent order."""
    if order.doc["order_status"] != 2:
        raise Illegal(order, "ship again")
    order.doc |= {"logistics_id": logistics_id, "tracking_number": number}
    market.sent[number] = at
    market.books.use(number)
    market.touch(order)


def receive(market: Market, order: Order, at: str) -> None:
    """The buyer confirms."""
    if order.doc["order_status"] != 2:
        raise Illegal(order, "receive")
    order.doc |= {"order_status": 3, "receive_time": at}
    market.touch(order)
    tell(market, order, "TradeSuccess")


def review(market: Market, order: Order, status: int) -> None:
    """Risk control takes the order under review (1) or lets it go (0)."""
    order.doc["risk_control_status"] = status
    market.touch(order)
    tell(market, order, "TradeRiskChanged")


def cancel(market: Market, order: Order, at: str) -> None:
    """Before sending: an un-formed order just ends, a confirmed one is refunded whole and cancelled."""
    doc = order.doc
    if doc["confirm_status"] == 0:
        fail_group(market, order)
        return
    if doc["confirm_status"] == 2 or doc["order_status"] != 1 or doc["refund_status"] != 1:
        raise Illegal(order, "cancel")
    if left_fen(market, order):
        refund = open_refund(market, order, {"reason": "交易取消", "refund_operator_role": 3}, at)
        finish_refund(market, refund, at)
    doc |= {"confirm_status": 2, "refund_status": 4}
    market.touch(order)


def left_fen(market: Market, order: Order) -> int:
    """What the buyer paid and has not got back, fen."""
    step = order.doc.get("step_order_info")
    paid = fen(step["step_paid_fee"]) if step else fen(order.doc["pay_amount"])
    done = [market.refunds[one] for one in order.refunds]
    return paid - sum(int(one["amount"]) for one in done if one["status"] == 10)


def open_refund(market: Market, order: Order, ask: Mapping[str, Any], at: str) -> Doc:
    """The buyer asks for after-sales.

    Args:
        ask: May hold `kind` (1 refund only, 2 return, 3 exchange, 4 resend, 5 repair), `refund_amount` (yuan),
            `line` (index of the goods), `goods_number`, `reason`, `refund_operator_role`.

    Raises:
        Illegal: Nothing was paid, after-sales are open, more is asked than is left, or less than all before sending.
    """
    doc, kind, left = order.doc, int(ask.get("kind", 1)), left_fen(market, order)
    money = kind in (1, 2)
    amount = (fen(ask["refund_amount"]) if "refund_amount" in ask else left) if money else 0
    if not doc["pay_time"] or doc["confirm_status"] == 2 or _open(market, order) or kind not in REFUND_START:
        raise Illegal(order, "refund")
    unsent = doc["order_status"] == 1
    if (money and (not 0 < amount <= left or (unsent and amount < left))) or (unsent and kind != 1):
        raise Illegal(order, f"refund of kind {kind} and {amount} fen where {left} are left")
    index = int(ask.get("line", 0))
    line = doc["item_list"][index if 0 <= index < len(doc["item_list"]) else 0]
    refund: Doc = {
        "id": 1_200_000_000_000 + market.serial(), "order_sn": order.sn, "shop_id": order.shop_id, "kind": kind,
        "status": REFUND_START[kind], "reason": str(ask.get("reason", "不想要了")), "created": at, "updated": at,
        "amount": amount, "line": dict(line), "number": int(ask.get("goods_number", line["goods_count"])),
        "tracking_number": "", "shipping_name": "", "role": int(ask.get("refund_operator_role", 1)),
        "user_shipping_status": "0", "expires": china(instant(at) + REFUND_WITHIN), "sent": not unsent,
    }  # fmt: skip
    market.refunds[refund["id"]] = refund
    market.refunds_of[order.shop_id].append(refund)
    order.refunds.append(refund["id"])
    _mirror(market, order, refund, at)
    tell_refund(market, refund, "RefundCreated")
    return refund


def _open(market: Market, order: Order) -> bool:
    return any(market.refunds[one]["status"] in OPEN for one in order.refunds)


_TOPICS = {
    "agree": "RefundAgreeAgreement", "agree_return": "RefundAgreeAgreement", "withdraw": "RefundClosed",
    "overdue": "RefundClosed", "platform_refuse": "RefundClosed", "reopen": "RefundBuyerModifyAgreement",
    "return": "RefundBuyerReturnGoods", "refuse": "RefundCreateMessage",
}  # fmt: skip


def move_refund(market: Market, refund: Doc, what: str, at: str, **told: Any) -> None:
    """The next step of an after-sale; `told` sets fields with it, e.g. shipping_name and tracking_number."""
    order = market.orders[refund["order_sn"]]
    new = REFUND_MOVES.get((refund["status"], what))
    if new is None:
        raise Illegal(order, f"{what} of after_sales_status {refund['status']}")
    refund.update(told)
    refund["status"] = new or REFUND_START[refund["kind"]]
    if what == "return":
        refund["user_shipping_status"] = "1"
    _mirror(market, order, refund, at)
    if what in _TOPICS:
        tell_refund(market, refund, _TOPICS[what])
    if refund["status"] in (4, 5) and market.setup.switches["refund_instant"]:
        move_refund(market, refund, "settle", at)


def finish_refund(market: Market, refund: Doc, at: str) -> None:
    """Agreed and paid back, whatever the switch says."""
    move_refund(market, refund, "agree", at)
    if refund["status"] == 4:
        move_refund(market, refund, "settle", at)


def _mirror(market: Market, order: Order, refund: Doc, at: str) -> None:
    """The order shows its newest after-sale."""
    refund["updated"], status = at, refund["status"]
    order.doc["after_sales_status"] = status
    if status == 10:
        partial = left_fen(market, order) > 0
        order.doc["refund_status"] = market.setup.switches["partial_refund_status"] if partial else 4
    else:
        order.doc["refund_status"] = 3 if status in (4, 5) else 2 if status in OPEN else 1
    market.touch(order)
