"""Orders read: the list, one order, its receiver. Source: docs/platforms/xiaohongshu.md. Imports `ask`.

Rows of the list carry the header of the order; the answers of the two privacy calls have no source and speak the words
of what is asked.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.xiaohongshu.ask import Ask
from orderhub.sandbox.platforms.xiaohongshu.awkward import UNKNOWN_STATUS
from orderhub.sandbox.platforms.xiaohongshu.state import AXES, Doc, Order

__all__ = ["decrypt", "detail", "listed", "receiver"]

PAGE_MAX, SIZE_MAX, SIZE = 100, 100, 50
HEADER = (
    "orderId", "originalOrderId", "orderType", "orderStatus", "orderAfterSalesStatus", "cancelStatus", "orderTagList",
    "createdTime", "paidTime", "updateTime", "deliveryTime", "cancelTime", "finishTime", "promiseLastDeliveryTime",
    "shopId", "shopName", "whcode",
)  # fmt: skip


def _found(ask: Ask, axis: int, start: int, end: int) -> list[str]:
    status, kind = ask.number("orderStatus", 0, most=10), ask.number("orderType", 0, most=5)
    rows, orders, stamp = ask.market.window(ask.shop_id, AXES[axis], start, end), ask.market.orders, ask.market.stamp()
    if ask.market.late or status or kind:
        rows = [
            one for one in rows
            if orders[one].shown_from <= stamp and status in (0, orders[one].doc["orderStatus"])
            and kind in (0, orders[one].doc["orderType"])
        ]  # fmt: skip
    return rows if ask.switch("list_order") == "oldest_first" else rows[::-1]


def listed(ask: Ask) -> Any:
    """order.getOrderList."""
    axis, start, end = ask.window(1000 if ask.switch("list_time_unit") == "s" else 1)
    page, size = ask.number("pageNo", 1, least=1, most=PAGE_MAX), ask.number("pageSize", SIZE, least=1, most=SIZE_MAX)
    rows = _found(ask, axis, start, end)
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(ask.market.orders[rows[0]])
        rows = _found(ask, axis, start, end)
    cut = rows[(page - 1) * size : page * size]
    if ask.fault("repeated_page") and ask.shop_id in ask.market.served:
        cut = ask.market.served[ask.shop_id]
    ask.market.served[ask.shop_id] = cut
    told = [_header(ask, ask.market.orders[one], place) for place, one in enumerate(cut)]
    return {"orderList": told, "total": len(rows), "pageNo": page, "pageSize": size, "maxPageNo": -(-len(rows) // size)}


def _header(ask: Ask, order: Order, place: int) -> Doc:
    row = {name: order.doc[name] for name in HEADER}
    return {**row, "orderStatus": UNKNOWN_STATUS} if ask.fault("unknown_status") and place == 0 else row


def detail(ask: Ask) -> Any:
    """order.getOrderDetail."""
    doc = ask.order().doc
    if ask.fault("unknown_status"):
        doc = {**doc, "orderStatus": UNKNOWN_STATUS}
    if ask.fault("drifted_field"):
        doc = {**doc, "totalPayAmount": str(doc["totalPayAmount"]), "orderTraitCode": "A1"}
    return doc


def receiver(ask: Ask) -> Any:
    """order.getOrderReceiverInfo: codes that data.batchDecrypt opens."""
    return {"receiverInfos": [_receiver(ask, row) for row in ask.rows("receiverQueries")]}


def _receiver(ask: Ask, row: Doc) -> Doc:
    order = ask.market.find(ask.shop_id, str(row.get("orderId")))
    told: Doc = {"orderId": row.get("orderId"), "openAddressId": row.get("openAddressId"), "matched": False}
    if order is None or order.doc["openAddressId"] != row.get("openAddressId"):
        return told
    who = order.who
    values = {"receiverName": who.name, "receiverPhone": who.mobile, "receiverAddress": f"{who.town}{who.detail}"}
    return {**told, "matched": True, **{name: ask.market.cipher(value) for name, value in values.items()}}


def decrypt(ask: Ask) -> Any:
    """data.batchDecrypt: one row a code; a code that nobody gave out is an error of its row."""
    rows = []
    for row in ask.rows("baseInfos"):
        code = str(row.get("encryptedData"))
        order = ask.market.find(ask.shop_id, str(row.get("dataTag")))
        clear = ask.market.ciphers.get(code) if order is not None else None
        error = {"errorCode": 0, "errorMsg": ""} if clear is not None else {"errorCode": 1, "errorMsg": "解密失败"}
        rows.append({"dataTag": row.get("dataTag"), "encryptedData": code, "decryptedData": clear or "", **error})
    return {"dataInfoList": rows}
