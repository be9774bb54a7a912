"""Refund applications and service bills: how they begin and move. Source: docs/platforms/jd.md §8.

One implementation for the platform's calls, the tester and the generator. Imports this folder's state and tables.
Keys of a document that begin with an underscore are never shown on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from orderhub.sandbox.platforms.jd.money import owed, recount, shares
from orderhub.sandbox.platforms.jd.moves import Illegal, book, cancel, lock, unlock
from orderhub.sandbox.platforms.jd.spec import REFUND_MOVES, SERVICE_MOVES, STATES
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order
from orderhub.sandbox.platforms.jd.wire import fen, millis, number, yuan

__all__ = [
    "EXPECTS", "OPEN_REFUND", "apply_refund", "cancel_all", "move_refund", "move_service", "open_service", "paid_back",
    "reissue",
]  # fmt: skip

EXPECTS = {10: "退货", 11: "仅退款", 20: "换货", 30: "维修", 80: "补发", 90: "生鲜赔付"}
"""customerExpect."""
STATUS_NAMES = {
    10000: "待审核", 10001: "待审核", 10002: "待客户反馈", 10004: "审核关闭", 10005: "待收货", 10006: "待处理",
    10007: "待处理", 10009: "待用户确认", 10010: "完成", 10011: "取消", 10012: "客户已反馈", 10041: "已提交退款",
}  # fmt: skip
OPEN_REFUND = frozenset({0, 1, 6, 7, 10})
_MONEY_BACK = frozenset({10, 11})


def paid_back(market: Market, order: Order) -> int:
    """Fen that went back to the buyer so far."""
    if "paid_back" in order.flags:
        return fen(order.flags["paid_back"])
    return sum(bill["_back"] for bill in market.services.values() if bill["orderId"] == order.order_id)


def apply_refund(market: Market, order: Order, ask: Mapping[str, Any]) -> Doc:
    """The buyer asks for the money before the order is complete; the order is locked meanwhile.

    Raises:
        Illegal: Nothing was paid, an application is open, or the state cannot be locked.
    """
    if not order.is_paid:
        raise Illegal(order.state, "refund of what was not paid")
    lock(market, order)
    doc = {
        "id": 8_800_000 + market.serial(), "orderId": order.order_id, "buyerId": order.doc["open_id_buyer"],
        "buyerName": order.doc["consigneeInfo"]["fullname"], "applyTime": market.stamp(),
        "applyRefundSum": owed(order), "status": 0, "checkTime": "", "checkUserName": "", "checkRemark": "",
        "reason": str(ask.get("reason", "不想要了")), "partRefundType": 0, "systemId": 28, "_shop": order.shop_id,
    }  # fmt: skip
    market.refunds[doc["id"]] = doc
    return doc


def move_refund(market: Market, doc: Doc, status: int, by: str = "", remark: str = "") -> None:
    """The next status; an approval is paid by JD finance at once, or when the tester moves it to 3."""
    if (doc["status"], status) not in REFUND_MOVES:
        raise Illegal(doc["status"], f"status {status}")
    order = market.orders[doc["orderId"]]
    if status == 1 and market.setup.switches["finance"] == "at_once":
        status = 3
    if status in (3, 9):
        cancel(market, order, market.stamp())
    elif status in (2, 4, 8, 11):
        unlock(market, order)
    doc["status"] = status
    if by:
        doc["checkTime"], doc["checkUserName"], doc["checkRemark"] = market.stamp(), by, remark


def cancel_all(market: Market, order: Order) -> None:
    """The order is cancelled from outside; an open application is thereby granted."""
    cancel(market, order, market.stamp())
    for doc in market.refunds.values():
        if doc["orderId"] == order.order_id and doc["status"] in OPEN_REFUND:
            doc["status"] = 3


def open_service(market: Market, order: Order, row: Doc, ask: Mapping[str, Any]) -> Doc:
    """The buyer asks after the goods arrived (or are on their way): `ask` may hold expect, amount, num, reason.

    Raises:
        Illegal: Not shipped, a bill of the row is open, or more is asked than is left.
    """
    uuid = row["itemExt"]["skuUuid"]
    earlier = [one for one in market.services.values() if one["orderId"] == order.order_id and one["skuUuid"] == uuid]
    rest = shares(order.doc)[uuid] - sum(one["_back"] for one in earlier)
    expect = int(ask.get("expect", 10))
    wanted = fen(str(ask["amount"])) if "amount" in ask else rest
    if order.state not in ("WAIT_GOODS_RECEIVE_CONFIRM", "RECEIPTS_CONFIRM", "FINISHED_L") or expect not in EXPECTS:
        raise Illegal(order.state, f"service {expect}")
    if any(one["serviceStatus"] not in (10004, 10010, 10011) for one in earlier) or not 0 <= wanted <= rest:
        raise Illegal(order.state, f"service over {yuan(wanted)} where {yuan(rest)} is left")
    doc = _bill(market, order, row, expect, ask)
    doc |= {"_shop": order.shop_id, "_asked": wanted if expect in _MONEY_BACK else 0, "_back": 0}
    market.services[doc["serviceId"]] = doc
    return doc


def _bill(market: Market, order: Order, row: Doc, expect: int, ask: Mapping[str, Any]) -> Doc:
    who, serial = order.doc["consigneeInfo"], market.serial()
    now = millis(market.stamp())
    status = 10041 if expect == 11 else 10000
    units = int(ask.get("num", row["itemTotal"]))
    paid = number(shares(order.doc)[row["itemExt"]["skuUuid"]])
    return {
        "serviceId": 2_000_000_000 + serial, "applyId": 3_000_000_000 + serial, "orderId": order.order_id,
        "orderType": 22, "orderTypeName": "SOP", "applyTime": now, "customerExpect": expect,
        "customerExpectName": EXPECTS[expect], "serviceStatus": status, "serviceStatusName": STATUS_NAMES[status],
        "customerPin": order.doc["open_id_buyer"], "customerName": who["fullname"], "customerTel": who["mobile"],
        "customerGrade": 0, "pickwareType": 7, "pickwareAddress": who["fullAddress"], "skuId": int(row["skuId"]),
        "skuUuid": row["itemExt"]["skuUuid"], "skuType": 3 if row["jdPrice"] == "0.00" else 1,
        "skuTypeName": "赠品" if row["jdPrice"] == "0.00" else "单品", "wareName": row["skuName"], "wareType": 10,
        "wareTypeName": "主商品", "serviceCount": units, "actualPayPrice": paid,
        "approvePin": "", "approveName": "", "approveResult": 0, "approveResultName": "", "approveTime": None,
        "updateDate": now, "platformSrc": 28, "platformSrcName": "APP", "sysVersion": 1,
        "questionDesc": str(ask.get("reason", "尺码不合适")),
    }  # fmt: skip


def move_service(market: Market, doc: Doc, what: str, by: str = "", notes: str = "") -> None:
    """The next status; closing pays back what was asked if the kind gives money."""
    new = SERVICE_MOVES.get((doc["serviceStatus"], what))
    if new is None:
        raise Illegal(doc["serviceStatus"], what)
    now = millis(market.stamp())
    doc["serviceStatus"], doc["serviceStatusName"], doc["updateDate"] = new, STATUS_NAMES[new], now
    doc["sysVersion"] += 1
    doc.setdefault("_log", []).append({"operateTime": now, "operateNick": by, "content": f"{what} {notes}".strip()})
    if what in ("approve_return", "refuse"):
        doc["approvePin"] = doc["approveName"] = by
        doc["approveTime"], doc["approveNotes"] = now, notes
    if what == "close":
        doc["_back"], doc["finishTime"] = doc["_asked"], now


def reissue(market: Market, bill: Doc) -> Order:
    """What is sent again is an order of its own, paid by nobody (returnOrder 1), waiting to be sent."""
    old = market.orders[bill["orderId"]]
    row = old.line(bill["skuUuid"]) or old.doc["itemInfoList"][0]
    order_id, at = f"28{market.serial():010d}", market.stamp()
    fresh = {
        **row,
        "jdPrice": "0.00",
        "itemTotal": str(bill["serviceCount"]),
        "itemExt": {"skuUuid": f"1_{order_id}01"},
    }
    doc = {
        **deepcopy(old.doc), "orderId": order_id, "returnOrder": "1", "directParentOrderId": old.order_id,
        "parentOrderId": old.order_id, "orderState": "WAIT_SELLER_STOCK_OUT", "orderStateRemark":
        STATES["WAIT_SELLER_STOCK_OUT"], "orderStartTime": at, "modified": at, "orderEndTime": "0001-01-01 00:00:00",
        "paymentConfirmTime": "1970-01-01 00:00:00", "freightPrice": "0.00", "couponDetailList": [],
        "itemInfoList": [fresh], "waybill": "", "logisticsId": "", "partialLogisticsInfoModel": [],
        "invoiceInfo": "不需要开具发票",
    }  # fmt: skip
    recount(doc)
    order = Order(old.shop_id, doc)
    market.add(order)
    book(market, order)
    return order
