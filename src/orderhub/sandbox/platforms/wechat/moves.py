"""What happens to orders and cases, and what follows from it. Imports this folder's state and tables.

Called by the platform's own calls, by the tester's control and by the generator: one implementation of each change.
`at` is seconds since 1970, 0 is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.sandbox.platforms.wechat.spec import (
    AFTERSALES,
    CANCELLED_UNPAID,
    CARRIERS,
    DONE,
    GIFT_OPEN,
    GROUP_OPEN,
    OPEN_CASES,
    PART_SHIPPED,
    REFUNDED,
    SHIPPED,
    TO_SHIP,
    UNPAID,
)
from orderhub.sandbox.platforms.wechat.state import Case, Doc, Market, Order

__all__ = [
    "CASE_MOVES", "Illegal", "cancel", "correct", "move_case", "open_case", "pay", "receive", "ship", "take_stock",
    "whole",
]  # fmt: skip

ANSWER_S, ASKED_MAX = 3 * 86_400, 5
_PAID_OUT = frozenset({"MERCHANT_REFUND_SUCCESS", "MERCHANT_RETURN_SUCCESS"})

CASE_MOVES: dict[tuple[str, str, str], str] = {
    ("REFUND", "MERCHANT_PROCESSING", "agree"): "MERCHANT_REFUND_SUCCESS",
    ("REFUND", "MERCHANT_PROCESSING", "refuse"): "MERCHANT_REJECT_REFUND",
    ("REFUND", "MERCHANT_OVERDUE_REFUND", "agree"): "MERCHANT_REFUND_SUCCESS",
    ("REFUND", "MERCHANT_PROCESSING", "overdue"): "MERCHANT_OVERDUE_REFUND",
    ("RETURN", "MERCHANT_PROCESSING", "agree_return"): "USER_WAIT_RETURN",
    ("RETURN", "MERCHANT_PROCESSING", "refuse"): "MERCHANT_REJECT_RETURN",
    ("RETURN", "USER_WAIT_RETURN", "return"): "MERCHANT_WAIT_RECEIPT",
    ("RETURN", "USER_WAIT_RETURN", "close"): "RETURN_CLOSED",
    ("RETURN", "MERCHANT_WAIT_RECEIPT", "agree"): "MERCHANT_RETURN_SUCCESS",
    ("RETURN", "MERCHANT_WAIT_RECEIPT", "refuse"): "MERCHANT_REJECT_REFUND",
    ("EXCHANGE", "MERCHANT_PROCESSING", "agree_return"): "USER_WAIT_RETURN",
    ("EXCHANGE", "MERCHANT_PROCESSING", "refuse"): "MERCHANT_REJECT_RETURN",
    **{(kind, word, "cancel"): "USER_CANCELD" for kind in ("REFUND", "RETURN", "EXCHANGE")
       for word in ("MERCHANT_PROCESSING", "USER_WAIT_RETURN", "MERCHANT_OVERDUE_REFUND")},
    **{(kind, "PLATFORM_REFUNDING", "paid"): won for kind, won in
       (("REFUND", "MERCHANT_REFUND_SUCCESS"), ("RETURN", "MERCHANT_RETURN_SUCCESS"))},
    **{(kind, "PLATFORM_REFUNDING", "fail"): "PLATFORM_REFUND_FAIL" for kind in ("REFUND", "RETURN")},
}  # fmt: skip
"""(type, status, step) to the status after it."""


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: object, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status, self.what = status, what


def take_stock(market: Market, order: Order, sign: int = -1) -> None:
    """A new order takes its units at once; +1 gives them back."""
    for line in order.lines:
        good = market.good(order, line)
        if good is not None:
            good.quantity = max(0, good.quantity + sign * int(line["sku_cnt"]))


def pay(market: Market, order: Order, at: int = 0) -> None:
    """The buyer pays all that is owed; a gift then waits to be accepted."""
    if order.status != UNPAID:
        raise Illegal(order.status, "pay")
    at = at or market.stamp()
    order.doc["status"] = GIFT_OPEN if order.doc["is_present"] else TO_SHIP
    order.doc["order_detail"]["pay_info"] |= {
        "pay_time": at, "transaction_id": f"42000{market.serial():019d}", "payment_method": 1,
    }  # fmt: skip
    market.touch(order, at)
    market.heard("channels_ec_order_pay", order, {"pay_time": at})


def whole(order: Order) -> list[Doc]:
    """product_infos of everything that is left to ship."""
    keys = dict.fromkeys((str(line["product_id"]), str(line["sku_id"])) for line in order.lines)
    return [
        {"product_id": int(product), "sku_id": int(sku), "product_cnt": order.left(product, sku)}
        for product, sku in keys if order.left(product, sku)
    ]  # fmt: skip


def ship(market: Market, order: Order, parcels: Sequence[Doc], at: int = 0) -> None:
    """Parcels leave; each has delivery_id, waybill_id, deliver_type, product_infos."""
    if order.status not in (TO_SHIP, PART_SHIPPED):
        raise Illegal(order.status, "ship")
    at = at or market.stamp()
    for parcel in parcels:
        order.parcels.append(parcel_row(parcel, at))
    order.doc["status"] = SHIPPED if order.is_all_sent else PART_SHIPPED
    if order.is_all_sent:
        order.delivery["ship_done_time"] = at
    market.touch(order, at)
    market.heard("channels_ec_order_deliver", order, {"finish_delivery": int(order.is_all_sent)})


def parcel_row(parcel: Mapping[str, Any], at: int) -> Doc:
    """One row of delivery_product_info."""
    return {
        "delivery_id": parcel["delivery_id"], "delivery_name": CARRIERS.get(parcel["delivery_id"], ""),
        "waybill_id": parcel["waybill_id"], "deliver_type": parcel["deliver_type"], "delivery_time": at,
        "product_infos": [dict(row) for row in parcel["product_infos"]],
    }  # fmt: skip


def correct(market: Market, order: Order, old: Doc, new: Mapping[str, Any]) -> None:
    """Another carrier or number of a parcel that left."""
    old |= {"delivery_id": new["delivery_id"], "delivery_name": CARRIERS.get(new["delivery_id"], "")}
    old |= {"waybill_id": new["waybill_id"]}
    market.touch(order)


def receive(market: Market, order: Order, at: int = 0) -> None:
    """The buyer confirms."""
    if order.status != SHIPPED:
        raise Illegal(order.status, "receive")
    at = at or market.stamp()
    order.doc["status"] = DONE
    order.doc["order_detail"]["ext_info"]["confirm_receipt_time"] = at
    market.touch(order, at)
    market.heard("channels_ec_order_confirm", order, {"confirm_type": 1})


def cancel(market: Market, order: Order, at: int = 0) -> None:
    """Unpaid, or a gift not accepted: closed, units come back. Paid and nothing shipped: all money goes back."""
    at = at or market.stamp()
    if order.status in (UNPAID, GIFT_OPEN):
        order.doc["status"] = CANCELLED_UNPAID if order.status == UNPAID else REFUNDED
        take_stock(market, order, 1)
        market.touch(order, at)
    elif order.status in (TO_SHIP, GROUP_OPEN):
        for case in market.cases_of(order):
            if case.status in OPEN_CASES:
                move_case(market, order, case, "cancel", at)
        for line in order.lines:
            if _units_left(line):
                case = open_case(market, order, line, {}, at)
                move_case(market, order, case, "agree", at)
    else:
        raise Illegal(order.status, "cancel")
    market.heard("channels_ec_order_cancel", order, {"cancel_type": 1})


def _units_left(line: Doc) -> int:
    return int(line["sku_cnt"]) - int(line["on_aftersale_sku_cnt"]) - int(line["finish_aftersale_sku_cnt"])


def _fen_left(market: Market, order: Order, line: Doc) -> int:
    """What of a line did not go back, and is not asked for, yet."""
    key = (str(line["product_id"]), str(line["sku_id"]))
    rows = [
        case.doc["refund_info"]["amount"] for case in market.cases_of(order)
        if (case.doc["product_info"]["product_id"], case.doc["product_info"]["sku_id"]) == key
        and (case.status in OPEN_CASES or case.status in _PAID_OUT)
    ]  # fmt: skip
    same = [row for row in order.lines if (str(row["product_id"]), str(row["sku_id"])) == key]
    return sum(int(row["real_price"]) for row in same) - sum(map(int, rows))


def open_case(market: Market, order: Order, line: Doc, ask: Mapping[str, Any], at: int = 0) -> Case:
    """The buyer asks: `ask` may hold type REFUND, RETURN or EXCHANGE, amount in fen, count, status.

    Raises:
        Illegal: Nothing was paid, all of the line is asked for, or more money than is left.
    """
    at, kind = at or market.stamp(), str(ask.get("type", "REFUND"))
    units, left = int(ask.get("count", _units_left(line))), _fen_left(market, order, line)
    amount = int(ask.get("amount", left if units == _units_left(line) else left * units // max(1, _units_left(line))))
    paid = order.status in (GROUP_OPEN, TO_SHIP, PART_SHIPPED, SHIPPED, DONE)
    product = [case for case in market.cases_of(order) if case.doc["product_info"]["sku_id"] == str(line["sku_id"])]
    if len(product) >= ASKED_MAX:
        raise Illegal(order.status, f"more than {ASKED_MAX} applications for one product")
    if not paid or not 0 < units <= _units_left(line) or kind not in ("REFUND", "RETURN", "EXCHANGE"):
        raise Illegal(order.status, f"{kind.lower()} of {units}")
    if not 0 <= amount <= left or (kind != "REFUND" and order.status == TO_SHIP):
        raise Illegal(order.status, f"{kind.lower()} of {amount} fen where {left} are left")
    case = Case(order.shop_id, _case_doc(market, order, line, (kind, units, amount), at), units)
    order.cases.append(case.case_id)
    market.file_case(case)
    line["on_aftersale_sku_cnt"] = int(line["on_aftersale_sku_cnt"]) + units
    _show(market, order, case, at)
    return case


def _case_doc(market: Market, order: Order, line: Doc, ask: tuple[str, int, int], at: int) -> Doc:
    kind, units, amount = ask
    field = market.setup.switches.get("aftersale_count_field", "count")
    return {
        "after_sale_order_id": f"40{market.serial():014d}", "order_id": order.order_id,
        "type": kind, "status": "MERCHANT_PROCESSING", "create_time": at, "update_time": at,
        "refund_info": {"amount": amount},
        "product_info": {"product_id": str(line["product_id"]), "sku_id": str(line["sku_id"]), field: units},
        "return_info": {}, "deadline": at + ANSWER_S,
    }  # fmt: skip


def move_case(
    market: Market, order: Order, case: Case, what: str, at: int = 0, told: Mapping[str, str] | None = None
) -> None:
    """The next step of a case; `told` is what return_info shows with it. Raises `Illegal`."""
    new = CASE_MOVES.get((case.doc["type"], case.status, what))
    if new is None:
        raise Illegal(case.status, what)
    at = at or market.stamp()
    if new in _PAID_OUT and what == "agree" and market.setup.switches.get("refund_passes_through"):
        new = "PLATFORM_REFUNDING"
    was_open = case.status in OPEN_CASES
    case.doc |= {"status": new, "update_time": at, "deadline": at + ANSWER_S if new in OPEN_CASES else 0}
    case.doc["return_info"] |= told or {}
    market.file_case(case)
    if was_open and new not in OPEN_CASES:
        _end(order, case, new)
    _show(market, order, case, at)


def _end(order: Order, case: Case, status: str) -> None:
    """Units are asked for no more; those paid back are finished, and an order with nothing left is refunded."""
    product = case.doc["product_info"]
    line = order.line(product["product_id"], product["sku_id"])
    if line is None:
        return
    line["on_aftersale_sku_cnt"] = max(0, int(line["on_aftersale_sku_cnt"]) - case.units)
    if status not in _PAID_OUT:
        return
    line["finish_aftersale_sku_cnt"] = int(line["finish_aftersale_sku_cnt"]) + case.units
    if all(int(row["finish_aftersale_sku_cnt"]) >= int(row["sku_cnt"]) for row in order.lines):
        order.doc["status"] = REFUNDED
    elif order.status == PART_SHIPPED and order.is_all_sent:
        order.doc["status"] = SHIPPED


def _show(market: Market, order: Order, case: Case, at: int) -> None:
    """aftersale_detail of the order follows its cases."""
    cases = market.cases_of(order)
    order.doc["aftersale_detail"] = {
        "aftersale_order_list": [
            {"aftersale_order_id": int(one.case_id), "status": AFTERSALES[one.status]} for one in cases
        ],
        "on_aftersale_order_cnt": sum(one.status in OPEN_CASES for one in cases),
    }  # fmt: skip
    refunded = any(one.status in _PAID_OUT for one in cases)
    order.doc["order_detail"]["refund_info"]["refund_freight"] = (
        order.price["freight"] if refunded and order.status == REFUNDED and not order.parcels else 0
    )
    market.touch(order, max(at, int(order.doc["update_time"])))
    told = {"status": case.status, "after_sale_order_id": case.case_id}
    market.heard("channels_ec_aftersale_update", order, told)
