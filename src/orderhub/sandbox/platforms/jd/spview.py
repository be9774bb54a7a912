"""Orders and service bills as the SP gateway shows them, same documents. Source: docs/platforms/jd.md §3B, §8C.

Times are epoch milliseconds, ids integers, money yuan numbers.
"""

from __future__ import annotations

from collections.abc import Callable

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.extras import split_rows
from orderhub.sandbox.platforms.jd.moves import carrier_name
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.views import receiver
from orderhub.sandbox.platforms.jd.wire import fen, millis, number

__all__ = ["BLOCKS", "afs_view", "order_view"]


def _base(order: Order) -> Doc:
    doc = order.doc
    out = order.parcels[0]["at"] if order.parcels else ""
    return {
        "orderId": int(order.order_id), "venderId": int(doc["venderId"]), "orderType": int(doc["orderType"]),
        "orderTypeDesc": "SOP" if doc["orderType"] == "22" else "", "orderStatus": doc["orderState"],
        "orderStatusDesc": doc["orderStateRemark"], "orderSource": doc["orderSource"],
        "orderSourceDesc": doc["orderSource"],
        "parentOrderId": int(doc["parentOrderId"]), "rootOrderId": int(doc["parentOrderId"]),
        "createdTime": millis(doc["orderStartTime"]), "modifiedTime": millis(doc["modified"]),
        "outboundTime": millis(out), "finishedTime": millis(doc["orderEndTime"]), "xidBuyer": doc["xid_buyer"],
    }  # fmt: skip


def _items(ask: Ask, order: Order) -> list[Doc]:
    bills: dict[str, list[Doc]] = {}
    for bill in ask.market.services.values():
        if bill["orderId"] == order.order_id:
            bills.setdefault(bill["skuUuid"], []).append(bill)
    return [
        {
            "skuId": int(row["skuId"]), "skuUuid": row["itemExt"]["skuUuid"], "skuName": row["skuName"],
            "skuType": 3 if row["jdPrice"] == "0.00" else 1, "num": int(row["itemTotal"]),
            "jdPrice": number(fen(row["jdPrice"])), "outerSkuId": row["outerSkuId"],
            "productId": int(row["wareId"] or 0),
            "productNo": row["productNo"], "storeId": int(row["newStoreId"] or 0), "giftPoint": int(row["giftPoint"]),
            "serviceInfoList": [],
            "afsInfoList": [
                {
                    "afsOrderId": bill["serviceId"], "afsOrderStatus": bill["serviceStatus"],
                    "afsOrderStatusDesc": bill["serviceStatusName"], "refundStatus": _refund_status(bill),
                    "refundStatusDesc": "已退款" if bill["_back"] else "",
                }
                for bill in bills.get(row["itemExt"]["skuUuid"], [])
            ],
        }
        for row in order.doc["itemInfoList"]
    ]  # fmt: skip


def _refund_status(bill: Doc) -> int:
    """20 = refunded; no other value is documented, 0 stands for all of them."""
    return 20 if bill["_back"] else 0


def _person(ask: Ask, order: Order) -> Doc:
    """Always masked: the SP gateway shows no ciphertext in any source."""
    who = receiver(order, "consigneeInfo", "masked")
    told = {
        "fullName": who["fullname"], "mobile": who["mobile"], "telephone": who["telephone"],
        "fullAddress": who["fullAddress"], "oaid": who["oaid"],
    }  # fmt: skip
    for name in ("province", "city", "county", "town"):
        told |= {f"{name}Id": int(who[f"{name}Id"] or 0), f"{name}Name": who[name]}
    return told


def _payment(ask: Ask, order: Order) -> Doc:
    doc = order.doc
    kind, _, text = doc["payType"].partition("-")
    return {
        "paymentType": int(kind), "paymentTypeDesc": text, "paymentConfirmTime": millis(doc["paymentConfirmTime"]),
        "shouldPayAmount": number(fen(doc["shouldPay"])), "actualPayAmount": number(fen(doc["actualPay"])),
        "payDiscountAmount": number(fen(doc["payDiscount"])), "freightFee": number(fen(doc["freightPrice"])),
        "serviceFeeInfo": {"serviceFee": number(fen(doc.get("serviceFee", "0.00")))}, "taxInfo": {"taxFee": 0},
    }  # fmt: skip


def _details(ask: Ask, order: Order) -> list[Doc]:
    told = []
    for row in split_rows(order) if order.is_paid else []:
        amounts = [
            {
                "type": one["type"], "typeName": one["typeName"], "amount": one["amount"], "activityId": 0,
                "activityName": one["typeName"], "orderCostAmountList": one["orderCostAmounts"],
            }
            for one in row["amountExpands"]
        ]  # fmt: skip
        told.append({
            "skuId": int(row["skuId"]), "skuUuid": row["skuUuid"], "skuNum": row["num"], "skuType": row["skuType"],
            "amountExpandList": amounts,
        })  # fmt: skip
    return told


def _prices(ask: Ask, order: Order) -> Doc:
    names = ("totalOriginalPrice", "totalSellerDiscount", "totalSellerReceivable")
    return {f"{name}Amount": number(fen(order.doc[name])) for name in names}


def _transport(ask: Ask, order: Order) -> Doc:
    parts = [
        {
            "shipmentId": parcel["shipmentId"], "companyId": int(parcel["carrier"]), "waybillCode": parcel["number"],
            "companyName": carrier_name(parcel["carrier"]), "shipmentTime": millis(parcel["at"]),
            "skuList": [{"skuUuid": uuid, "num": units} for uuid, units in parcel["goods"].items()],
        }
        for parcel in ([] if order.whole else order.parcels)
    ]  # fmt: skip
    doc = order.doc
    told = {"logisticsId": doc["logisticsId"], "waybillCode": doc["waybill"], "deliveryType": doc["deliveryType"]}
    return {**told, "partialShipmentList": parts}


def _note(ask: Ask, order: Order) -> Doc:
    made, changed = order.flags.get("remarked", ("", ""))
    return {
        "remark": order.doc["venderRemark"], "flagId": int(order.doc["venderRemarkLevelFlag"]), "flagDesc": "",
        "createdTime": millis(made), "modifiedTime": millis(changed),
    }  # fmt: skip


def _flags(ask: Ask, order: Order) -> Doc:
    names = ("tryBeforePayLater", "globalOrder", "consolidatorOrder", "xinJiangConsolidatorOrder")
    return {
        "partialShipment": bool(order.parcels) and not order.whole, "popOrder": True,
        "preSaleOrder": "step" in order.flags,
        "jdShipment": bool(order.doc["storeOrder"]), "returnOrder": order.doc["returnOrder"] != "0",
        **dict.fromkeys(names, False),
    }  # fmt: skip


BLOCKS: dict[str, Callable[[Ask, Order], object]] = {
    "skuItemInfoList": _items, "consigneeInfo": _person, "finalConsigneeInfo": _person, "paymentInfo": _payment,
    "paymentDetailList": _details, "sellerTradePriceInfo": _prices, "transportInfo": _transport,
    "invoiceInfo": lambda ask, order: {"invoiceContent": order.doc["invoiceInfo"]},
    "buyerRemark": lambda ask, order: {"remark": order.doc["orderRemark"]}, "venderRemarkInfo": _note,
    "orderFlag": _flags, "stepPaymentInfo": lambda ask, order: order.flags.get("step"),
    "specialStatusReasonInfo": lambda ask, order: order.doc.get("specialStatusReasonInfo"),
}  # fmt: skip
"""Block by name, as `scopeSet` asks for them."""


def order_view(ask: Ask, order: Order) -> Doc:
    """One order with the blocks asked for; all of them when none is named."""
    asked = [one.strip() for one in ask.text("scopeSet").split(",") if one.strip()]
    return _base(order) | {name: BLOCKS[name](ask, order) for name in (asked or BLOCKS) if name in BLOCKS}


def afs_view(bill: Doc) -> Doc:
    """One service bill; mainStatus 100 = finished is documented, 10 stands for all before."""
    done = bill["serviceStatus"] in (10004, 10010, 10011)
    return {
        "afsOrderId": bill["serviceId"], "orderId": int(bill["orderId"]), "mainStatus": 100 if done else 10,
        "subStatus": bill["serviceStatus"], "customerExpect": bill["customerExpect"], "applyTime": bill["applyTime"],
        "updateTime": bill["updateDate"], "skuId": bill["skuId"], "skuUuid": bill["skuUuid"],
        "num": bill["serviceCount"],
        "refundInfo": {
            "refundStatus": _refund_status(bill), "applyRefundAmount": number(bill["_asked"]),
            "actualRefundAmount": number(bill["_back"]),
        },
    }  # fmt: skip
