"""What may happen to an order and to a refund, whoever makes it happen. Imports this folder's state and tables."""

from __future__ import annotations

from orderhub.sandbox.platforms.kuaishou.spec import MOVES, PAID, REFUND_MOVES, SENT, SIGNED, UNPAID
from orderhub.sandbox.platforms.kuaishou.state import Doc, Market, Order

__all__ = ["Illegal", "add_parcel", "cancel", "complete", "move_refund", "open_refund", "pay", "receive", "ship"]

PART, ALL = 10, 40
REFUND_EVENT = "kwaishop_aftersales_updateRefund"


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: object, act: str) -> None:
        super().__init__(f"{act} is not possible in status {status}")


def _go(market: Market, order: Order, act: str, at: int, **fields: int) -> int:
    """The move of the table; gifts follow. Answers the instant."""
    status, at = order.base["status"], at or market.stamp()
    if (status, act) not in MOVES:
        raise Illegal(status, act)
    order.base.update(status=MOVES[status, act], **fields)
    for sub in order.subs:
        if act != "ship":
            sub["subOrderBaseInfo"].update(status=MOVES[status, act], updateTime=at)
    market.touch(order, at)
    return at


def _tell(market: Market, order: Order, event: str) -> None:
    base = order.base
    told = {"oid": base["oid"], "sellerId": order.shop_id, "status": base["status"], "updateTime": base["updateTime"]}
    market.heard(order, f"kwaishop_order_{event}", told)


def pay(market: Market, order: Order, at: int = 0) -> None:
    """Paid: to be sent within two days, unless a reason keeps it."""
    at = _go(market, order, "pay", at)
    order.base.update(payTime=at, payType=1)
    order.base["validPromiseShipmentTimeStamp"] = at + 172_800_000
    _tell(market, order, "paySuccess")


def cancel(market: Market, order: Order, at: int = 0) -> None:
    """Closed before anything was sent."""
    if order.base["status"] not in (UNPAID, PAID):
        raise Illegal(order.base["status"], "cancel")
    _go(market, order, "cancel", at)
    order.base["validPromiseShipmentTimeStamp"] = 0
    _tell(market, order, "orderFail")


def add_parcel(market: Market, order: Order, oid: str, company: int, number: str, pieces: int) -> Doc:
    """One parcel with pieces of the main product or of a gift; the same number stands once for an oid."""
    sub = next((one for one in order.subs if str(one["subOrderBaseInfo"]["oid"]) == oid), None)
    rows: list[Doc] = order.doc["orderLogisticsInfo"] if sub is None else sub["subOrderLogisticsInfo"]
    delivery = order.delivery if sub is None else sub["subOrderDeliveryInfo"]
    row = next((one for one in rows if one["expressNo"] == number), None)
    if row is None:
        row = {"logisticsId": 880_000_000 + market.serial(), "expressNo": number, "expressCode": company}
        rows.append(row)
    order.parcels.append((number, oid, pieces))
    delivery["deliveryNum"] += pieces
    if sub is None:
        order.delivery["packageNum"] = order.delivery["totalPackageNum"] = len(rows)
    return row


def ship(market: Market, order: Order, parcels: list[tuple[str, int, str, int]], at: int = 0, *, part: bool) -> None:
    """Parcels of (oid, carrier, number, pieces) left; `part` says that more will follow."""
    at = _go(market, order, "ship", at)
    for oid, company, number, pieces in parcels:
        add_parcel(market, order, oid, company, number, pieces)
    order.base["sendTime"] = order.base["sendTime"] or at
    order.delivery["deliveryStatus"] = PART if part else ALL
    for sub in order.subs:
        if sub["subOrderDeliveryInfo"]["deliveryNum"]:
            sub["subOrderBaseInfo"].update(status=SENT, sendTime=sub["subOrderBaseInfo"]["sendTime"] or at)
    _tell(market, order, "delivering")


def receive(market: Market, order: Order, at: int = 0) -> None:
    """Signed."""
    if order.delivery["deliveryStatus"] == PART:
        raise Illegal(order.base["status"], "receive")
    order.base["recvTime"] = _go(market, order, "receive", at)
    _tell(market, order, "deliverySuccess")


def complete(market: Market, order: Order, at: int = 0) -> None:
    """The deal is done."""
    _go(market, order, "complete", at)
    _tell(market, order, "orderSuccess")


def open_refund(
    market: Market, order: Order, at: int = 0, *, way: int = 10, fee: int | None = None, reason: str = "不想要了"
) -> Doc:
    """The buyer asks: `way` 1 return and refund, 10 refund only, 3 exchange; `fee` in fen, None is all paid."""
    at, item = at or market.stamp(), order.item
    if order.base["status"] < PAID or order.base["status"] > 70 or market.running(order):
        raise Illegal(order.base["status"], "refund")
    serial = market.serial()
    refund = {
        "oid": order.base["oid"], "refundId": 2_400_000_000_000 + serial, "handlingWay": way, "negotiateStatus": 1,
        "refundFee": 0 if way == 3 else order.owed if fee is None else fee, "skuId": item["skuId"], "status": 10,
        "refundType": 1, "refundDesc": reason, "refundReason": 100 + serial % 20, "refundReasonDesc": reason,
        "submitTime": at, "createTime": at, "updateTime": at, "endTime": 0, "expireTime": at + 172_800_000,
        "relSkuId": item["relSkuId"], "relItemId": item["relItemId"], "skuNick": item["skuNick"],
        "itemId": item["itemId"], "logisticsId": 0, "receiptStatus": 2 if order.base["status"] >= SIGNED else 1,
    }  # fmt: skip
    order.refunds.append(str(refund["refundId"]))
    market.file_refund(order.shop_id, refund)
    _onto_order(market, order, refund, at)
    market.heard(order, "kwaishop_aftersales_addRefund", {"oid": refund["oid"], "refundId": refund["refundId"]})
    return refund


def _onto_order(market: Market, order: Order, refund: Doc, at: int) -> None:
    """The order tells its newest refund alone."""
    names = ("refundId", "handlingWay", "status", "refundFee", "createTime", "updateTime")
    order.doc["orderRefundList"] = [{**{name: refund[name] for name in names}, "specialRefundType": 0}]
    market.touch(order, at)


def move_refund(market: Market, order: Order, refund: Doc, act: str, at: int = 0, **fields: object) -> None:
    """One step of the table; money that went back in full closes the order."""
    at, status, old = at or market.stamp(), refund["status"], refund["updateTime"]
    if (status, act) not in REFUND_MOVES:
        raise Illegal(status, act)
    refund.update(fields, status=REFUND_MOVES[status, act], updateTime=at)
    refund["negotiateStatus"] = {12: 3, 10: 1}.get(refund["status"], 2)
    if refund["status"] in (60, 70):
        refund["endTime"] = at
    market.file_refund(order.shop_id, refund, old)
    if refund["status"] == 60 and refund["handlingWay"] != 3:
        order.base["refundTime"] = at
        paid = sum(one["refundFee"] for one in market.refunds_of(order) if one["status"] == 60)
        if paid >= order.owed:
            _go(market, order, "refunded", at)
            order.base["validPromiseShipmentTimeStamp"] = 0
    _onto_order(market, order, refund, at)
    market.heard(order, REFUND_EVENT, {"oid": refund["oid"], "refundId": refund["refundId"]})
