"""After-sales read and answered. Source: docs/platforms/pinduoduo.md §3.4, §8.

The list writes yuan as texts, the detail writes fen as numbers and times in epoch milliseconds, and their
`after_sales_type` differs by one. There is no call that refuses.
"""

from __future__ import annotations

from datetime import timedelta

from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad, no
from orderhub.sandbox.platforms.pinduoduo.moves import Illegal, move_refund
from orderhub.sandbox.platforms.pinduoduo.orders import PAGE_MAX, page
from orderhub.sandbox.platforms.pinduoduo.ship import RETURN_ADDRESSES, usable
from orderhub.sandbox.platforms.pinduoduo.spec import COMPANY_IDS, OPEN
from orderhub.sandbox.platforms.pinduoduo.state import Doc
from orderhub.sandbox.platforms.pinduoduo.wire import china, epoch, fen, yuan_text

__all__ = ["agree", "agree_return", "exchange", "fast", "get", "received", "refunding", "stored"]

SPAN = timedelta(minutes=30)
STATUS_MAX, TYPE_ALL = 33, 1
_FAILED = (1001, 1002, 1003)


def _when(ask: Ask, text: str) -> str:
    return text if ask.switch("refund_times") == "text" else str(epoch(text) or "")


def _row(ask: Ask, refund: Doc) -> Doc:
    """A row of the list."""
    line, order = refund["line"], ask.market.orders[refund["order_sn"]].doc
    shift = 1 if ask.switch("list_type_numbering") == "filter" else 0
    return {
        "id": refund["id"], "order_sn": refund["order_sn"], "after_sales_type": refund["kind"] + shift,
        "after_sales_status": refund["status"], "after_sale_reason": refund["reason"],
        "created_time": _when(ask, refund["created"]), "updated_time": _when(ask, refund["updated"]),
        "confirm_time": _when(ask, order["confirm_time"]), "order_amount": yuan_text(fen(order["pay_amount"])),
        "refund_amount": yuan_text(refund["amount"]), "discount_amount": yuan_text(fen(order["discount_amount"])),
        "goods_id": int(line["goods_id"]), "sku_id": line["sku_id"], "goods_name": line["goods_name"],
        "goods_price": yuan_text(fen(line["goods_price"])), "goods_number": str(refund["number"]),
        "good_image": line["goods_img"], "outer_id": line["outer_id"], "outer_goods_id": line["outer_goods_id"],
        "tracking_number": refund["tracking_number"], "shipping_name": refund["shipping_name"],
        "speed_refund_flag": 0, "speed_refund_status": "0", "user_shipping_status": refund["user_shipping_status"],
        "dispute_refund_status": 0, "refund_operator_role": refund["role"],
    }  # fmt: skip


def received(ask: Ask) -> Doc:
    """pdd.refund.list.increment.get: newest change first; order_sn overrules the other filters, which must be there."""
    start, end = ask.moment("start_updated_at"), ask.moment("end_updated_at")
    if start > end or end - start > SPAN:
        raise bad("end_updated_at", "时间跨度不能超过30分钟")
    kind = ask.one_of("after_sales_type", (TYPE_ALL, 2, 3, 4, 5, 6))
    status = ask.whole("after_sales_status", None, 0, STATUS_MAX)
    every = str(status) == ask.switch("after_sales_all")
    low, high, sn = china(start), china(end), ask.text("order_sn")
    rows = [
        refund
        for refund in ask.market.refunds_of[ask.shop_id]
        if (refund["order_sn"] == sn if sn else low <= refund["updated"] <= high)
        and (sn or kind in (TYPE_ALL, refund["kind"] + 1))
        and (sn or every or status == refund["status"])
        and ask.market.find(ask.shop_id, refund["order_sn"])
    ]
    rows.sort(key=lambda refund: (refund["updated"], refund["id"]), reverse=True)
    first, last, _ = page(ask, len(rows), PAGE_MAX)
    return {"total_count": len(rows), "refund_list": [_row(ask, refund) for refund in rows[first:last]]}


def _find(ask: Ask, order_sn: str, after_sales_id: str) -> Doc:
    order = ask.market.find(ask.shop_id, order_sn)
    if order is None:
        raise no("订单不存在")
    ids = [one for one in order.refunds if after_sales_id in ("", str(one))]
    if not ids:
        raise no("售后单不存在")
    return ask.market.refunds[ids[-1]]


def get(ask: Ask) -> Doc:
    """pdd.refund.information.get: the newest after-sale of the order unless one is named. No wrapper."""
    refund = _find(ask, ask.text("order_sn"), ask.text("after_sales_id"))
    line, order = refund["line"], ask.market.orders[refund["order_sn"]].doc
    return {
        "id": refund["id"], "order_sn": refund["order_sn"], "after_sales_type": refund["kind"],
        "after_sales_status": refund["status"], "after_sale_reason": refund["reason"],
        "refund_amount": refund["amount"], "order_amount": fen(order["pay_amount"]),
        "discount_amount": fen(order["discount_amount"]), "goods_id": int(line["goods_id"]), "sku_id": line["sku_id"],
        "goods_name": line["goods_name"], "goods_price": fen(line["goods_price"]), "goods_number": refund["number"],
        "good_image": line["goods_img"], "outer_id": line["outer_id"], "outer_goods_id": line["outer_goods_id"],
        "confirm_time": epoch(order["confirm_time"]) * 1000, "expire_time": epoch(refund["expires"]) * 1000,
        "recreated_at": epoch(refund["created"]) * 1000, "shipping_status": int(order["order_status"] != 1),
        "user_shipping_status": refund["user_shipping_status"], "shipping_name": refund["shipping_name"],
        "tracking_number": refund["tracking_number"], "refund_operator_role": refund["role"],
    }  # fmt: skip


def refunding(ask: Ask) -> Doc:
    """pdd.refund.status.check: those of the orders that have after-sales, open or paid back."""
    told = []
    for sn in ask.listed("order_sns"):
        order = ask.market.find(ask.shop_id, sn)
        if order is not None and order.doc["refund_status"] != 1:
            told.append({"order_sn": sn})
    return {"order_sns_exists_refund": told}


def _request(ask: Ask, *names: str) -> tuple[Doc, Doc]:
    """(the request, the after-sale it names)."""
    asked = ask.inner("request", "order_sn", "after_sales_id", *names)
    return asked, _find(ask, str(asked["order_sn"]), str(asked["after_sales_id"]))


def _moved(ask: Ask, refund: Doc, what: str, **told: object) -> str:
    """Why it cannot be; empty when it was done."""
    try:
        move_refund(ask.market, refund, what, ask.market.stamp(), **told)
    except Illegal:
        return "售后状态不允许此操作"
    return ""


def agree(ask: Ask) -> Doc:
    """pdd.refund.agree: the money goes back."""
    _, refund = _request(ask)
    why = _moved(ask, refund, "agree", role=2)
    return {"result": {"succ": not why, "message": why}}


def _answer(why: str) -> Doc:
    return {"success": not why, "error_code": 50001 if why else 0, "error_msg": why, "result": None}


def agree_return(ask: Ask) -> Doc:
    """pdd.refund.returngoods.agree: the buyer may send the goods back, to an address of the shop."""
    asked, refund = _request(ask, "return_address_id")
    if str(asked["return_address_id"]) not in {str(row["refund_address_id"]) for row in RETURN_ADDRESSES}:
        return _answer("退货地址不存在")
    return _answer(_moved(ask, refund, "agree_return", role=2))


def exchange(ask: Ask) -> Doc:
    """pdd.refund.exchange.shipping: the replacement (or what is sent again) leaves."""
    asked, refund = _request(ask, "shipping_id", "tracking_number")
    shipping_id = str(asked["shipping_id"])
    why = usable(int(shipping_id) if shipping_id.isdigit() else -1)
    if not why and refund["kind"] not in (3, 4):
        why = "售后类型不支持"
    if not why and not (why := _moved(ask, refund, "send", role=2)):
        order = ask.market.orders[refund["order_sn"]]
        parcel = {"logistics_id": int(shipping_id), "tracking_number": str(asked["tracking_number"])}
        order.doc["resend_delivery_list"] = [*order.doc.get("resend_delivery_list", []), parcel]
        ask.market.touch(order)
    return _answer(why)


def fast(ask: Ask) -> Doc:
    """pdd.rdc.pddgenius.sendgoods.cancel: our word on a refund of an order that we have not sent."""
    asked = ask.inner("param", "tid", "refund_id", "refund_fee", "status", "operate_time")
    refund = _find(ask, str(asked["tid"]), str(asked["refund_id"]))
    if asked["status"] not in ("SUCCESS", "FAIL"):
        raise bad("param.status", "status取值错误")
    if asked["status"] == "FAIL":
        known = str(asked.get("fail_reason_code")) in map(str, _FAILED)
        return _answer("" if known else "fail_reason_code取值错误")
    if str(asked["refund_fee"]) != str(refund["amount"]) or refund["sent"]:
        return _answer("退款金额不一致" if not refund["sent"] else "订单已发货")
    return _answer(_moved(ask, refund, "agree", role=2))


def stored(ask: Ask) -> Doc:
    """pdd.nextone.logistics.warehouse.update: the goods that came back are in the warehouse (1) or not (2)."""
    asked, refund = _request(ask, "warehouse_status", "reverse_tracking_number")
    if str(asked["warehouse_status"]) not in ("1", "2"):
        raise bad("request.warehouse_status", "warehouse_status取值错误")
    company = str(asked.get("reverse_logistics_id") or "")
    if company and not (company.isdigit() and int(company) in COMPANY_IDS):
        return _answer("物流公司不存在")
    if refund["status"] not in OPEN or refund["kind"] == 1:
        return _answer("售后状态不允许此操作")
    refund["warehouse_status"] = int(asked["warehouse_status"])
    return _answer("")
