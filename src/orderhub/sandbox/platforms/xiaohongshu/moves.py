"""What happens to orders and after-sales; `at` is milliseconds. Imports this folder's state, tables and wire.

orderAfterSalesStatus has no documented values: 0 is none, 1 a case is open, 2 money went back.
"""

from __future__ import annotations

from collections.abc import Sequence

from orderhub.sandbox.platforms.xiaohongshu.spec import (
    CANCELLED,
    CASE_MOVES,
    CLOSED,
    DONE,
    PART_SHIPPED,
    TO_RECEIVE,
    TO_SHIP,
    UNPAID,
)
from orderhub.sandbox.platforms.xiaohongshu.state import Doc, Market, Order

__all__ = ["Illegal", "cancel", "hold", "move_case", "open_case", "pay", "receive", "ship"]

PROMISE_MS = 48 * 3_600_000


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: object, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")


def _need(order: Order, what: str, *allowed: int) -> None:
    if order.doc["orderStatus"] not in allowed:
        raise Illegal(order.doc["orderStatus"], what)


def hold(market: Market, order: Order, sign: int = 1, sold: bool = False) -> None:
    """Units of a new order are held; paid or cancelled they are not (`sign` -1), and `sold` ones are gone."""
    for sku in order.skus:
        good = market.goods.get((order.shop_id, sku["skuId"]))
        if good is None:
            continue
        units = sku["skuQuantity"]
        good.held = max(0, good.held + sign * units)
        if not sold:
            good.quantity = max(0, good.quantity - sign * units)


def pay(market: Market, order: Order, at: int, status: int = TO_SHIP) -> None:
    """The buyer pays all; `status` is where the order then stands."""
    _need(order, "pay", UNPAID)
    order.doc.update(orderStatus=status, paidTime=at, promiseLastDeliveryTime=at + PROMISE_MS)
    hold(market, order, -1, sold=True)
    market.touch(order, at)


def ship(market: Market, order: Order, skus: Sequence[str], at: int, number: str, company: str) -> None:
    """A parcel leaves with these SKUs (none: everything, and nothing may be gone yet)."""
    _need(order, "ship", TO_SHIP, PART_SHIPPED)
    waiting = [sku["skuId"] for sku in order.skus if sku["skuId"] not in order.sent() | _back(order)]
    chosen = list(skus) or waiting
    if not chosen or set(chosen) - set(waiting) or (not skus and order.sent()):
        raise Illegal(order.doc["orderStatus"], "shipping these goods")
    parcels = order.doc["simpleDeliveryOrderList"]
    parcels.append({"deliveryOrderIndex": len(parcels) + 1, "status": 1, "expressTrackingNo": number,
                    "expressCompanyCode": company, "skuIdList": chosen})  # fmt: skip
    order.doc.update(expressTrackingNo=number, expressCompanyCode=company, unpack=len(chosen) < len(order.skus))
    _sent(order, at)
    market.touch(order, at)


def _sent(order: Order, at: int) -> None:
    """Everything that was not given back is gone: to receive, else partly shipped."""
    left = {sku["skuId"] for sku in order.skus} - order.sent() - _back(order)
    if order.sent():
        order.doc["orderStatus"] = PART_SHIPPED if left else TO_RECEIVE
        order.doc["deliveryTime"] = order.doc["deliveryTime"] if left else at


def _back(order: Order) -> set[str]:
    """SKUs whose whole money went back."""
    return {case["skuId"] for case in order.cases if case["status"] == 4 and case["whole"]}


def receive(market: Market, order: Order, at: int) -> None:
    """The buyer has it."""
    _need(order, "receive", TO_RECEIVE)
    order.doc.update(orderStatus=DONE, finishTime=at)
    market.touch(order, at)


def cancel(market: Market, order: Order, at: int) -> None:
    """Unpaid: cancelled. Paid and nothing sent: all money goes back and the order closes."""
    if order.doc["orderStatus"] == UNPAID:
        order.doc.update(orderStatus=CANCELLED, cancelTime=at)
        hold(market, order, -1)
        market.touch(order, at)
        return
    _need(order, "cancel", TO_SHIP)
    for sku in order.skus:
        if sku["skuId"] not in _back(order):
            move_case(market, order, open_case(market, order, sku, at), "agree", at)


def open_case(market: Market, order: Order, sku: Doc, at: int, amount: int | None = None, kind: int = 4) -> Doc:
    """The buyer asks for money of one SKU: all that is left, or `amount`; `kind` is the returnType."""
    _need(order, "after-sale", TO_SHIP, PART_SHIPPED, TO_RECEIVE, DONE)
    given = sum(case["refundFee"] for case in order.cases if case["skuId"] == sku["skuId"] and case["status"] == 4)
    left = sku["totalPaidAmount"] - given
    asked = left if amount is None else amount
    if not 0 <= asked <= left:
        raise Illegal(order.doc["orderStatus"], "giving back more than is left")
    case: Doc = {
        "returnsId": f"R{market.serial():018d}", "orderId": order.order_id, "returnType": kind, "status": 1,
        "skuId": sku["skuId"], "refundFee": asked, "createdAt": at, "updatedAt": at, "whole": asked == left,
    }  # fmt: skip
    order.cases.append(case)
    market.cases[case["returnsId"]] = (order, case)
    order.doc["orderAfterSalesStatus"] = 1
    market.touch(order, at)
    return case


def move_case(market: Market, order: Order, case: Doc, what: str, at: int) -> None:
    """One step of a case; money that goes back may close the order."""
    new = CASE_MOVES.get((case["status"], what))
    if new is None:
        raise Illegal(case["status"], what)
    case.update(status=new, updatedAt=at)
    open_ones = [one for one in order.cases if one["status"] in (1, 2, 3)]
    paid_back = any(one["status"] == 4 for one in order.cases)
    order.doc["orderAfterSalesStatus"] = 1 if open_ones else 2 if paid_back else 0
    if new == 4 and order.doc["orderStatus"] in (TO_SHIP, PART_SHIPPED):
        _after_refund(order, at)
    market.touch(order, at)


def _after_refund(order: Order, at: int) -> None:
    if not order.sent() and _back(order) >= {sku["skuId"] for sku in order.skus}:
        order.doc.update(orderStatus=CLOSED, cancelTime=at)
    else:
        _sent(order, at)
