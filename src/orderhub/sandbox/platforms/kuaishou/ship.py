"""Parcels: whole, in parts, one more, a number put right, orders to one door. Source: docs/platforms/kuaishou.md."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.kuaishou.ask import Ask
from orderhub.sandbox.platforms.kuaishou.moves import ALL, PART, add_parcel, ship
from orderhub.sandbox.platforms.kuaishou.spec import DELIVER, PAID, SENT, SPLIT
from orderhub.sandbox.platforms.kuaishou.state import Doc, Order
from orderhub.sandbox.platforms.kuaishou.wire import Refusal

__all__ = ["append", "deliver", "merge_check", "split", "update"]

SERIAL_LISTS = {1: "serialNumberList", 2: "imeiList"}
APPEND_STATE, APPEND_MAX, APPEND_TWICE, APPEND_RULE = 102, 103, 104, 11
RETURN_ADDRESSES = (0, 1)
"""returnAddressId that the shop has."""


def _refuse(code: int, text: str) -> Refusal:
    return Refusal(code, text)


def _company(ask: Ask, row: Doc, code: int) -> tuple[int, str]:
    """expressCode and expressNo of a parcel."""
    company, number = ask.whole(row.get("expressCode"), "expressCode"), row.get("expressNo")
    if not isinstance(number, str) or not number.strip():
        raise ask.wrong("expressNo")
    known = str(ask.switch("express_codes"))
    if not company or (known and str(company) not in known.split(",")):
        raise _refuse(code, "快递公司编码错误")
    return company, number.strip()


def _free(ask: Ask, order: Order, codes: dict[str, int]) -> None:
    """Nothing keeps the order from being sent."""
    if ask.market.running(order):
        raise _refuse(codes["refund"], "订单存在进行中的售后")
    base, address = order.base, order.doc["orderAddress"]
    sealed = bool(address["encryptedConsignee"] and address["encryptedMobile"] and address["encryptedAddress"])
    if base["disableDeliveryReasonCode"] or not base["validPromiseShipmentTimeStamp"] or not sealed:
        raise _refuse(codes["rule"], "订单暂不允许发货")


def _serials(ask: Ask, order: Order, row: Doc, pieces: int, code: int) -> None:
    """Goods with numbers of their own are sent with them."""
    for kind in order.delivery["serialNumberInfo"]["serialType"]:
        told = row.get(SERIAL_LISTS[kind])
        if not isinstance(told, list) or len(told) != pieces or not all(isinstance(one, str) and one for one in told):
            raise _refuse(code, f"缺少商品码: {SERIAL_LISTS[kind]}")


def _left(order: Order, oid: str) -> int:
    """Pieces of an oid still to be sent."""
    for sub in order.subs:
        if str(sub["subOrderBaseInfo"]["oid"]) == oid:
            return int(sub["subOrderItemInfo"]["num"] - sub["subOrderDeliveryInfo"]["deliveryNum"])
    return int(order.item["num"] - order.delivery["deliveryNum"])


def _oids(order: Order) -> list[str]:
    return [order.oid, *(str(sub["subOrderBaseInfo"]["oid"]) for sub in order.subs)]


def deliver(ask: Ask) -> Any:
    """open.seller.order.goods.deliver: the whole main order; the same waybill again is a success."""
    order = ask.order("orderId", DELIVER["owner"])
    company, number = _company(ask, ask.params, DELIVER["carrier"])
    if order.base["status"] == SENT:
        if any(row["expressNo"] == number for row in order.doc["orderLogisticsInfo"]):
            return True
        raise _refuse(DELIVER["sent"], "订单已发货")
    if order.base["status"] != PAID:
        raise _refuse(DELIVER["state"], "订单状态不允许发货")
    _free(ask, order, DELIVER)
    if ask.number("returnAddressId", 0) not in RETURN_ADDRESSES:
        raise _refuse(DELIVER["address"], "退货地址不存在")
    _serials(ask, order, ask.params, order.item["num"], DELIVER["rule"])
    parcels = [(oid, company, number, left) for oid in _oids(order) if (left := _left(order, oid)) > 0]
    ship(ask.market, order, parcels, part=False)
    return True


def split(ask: Ask) -> Any:
    """open.order.goods.split.deliver: pieces of the main product and of gifts in several parcels."""
    order = ask.order("mainOrderId", SPLIT["owner"])
    parcels, stated = _parcels(ask, order), _stated(ask, order)
    if order.base["status"] not in (PAID, SENT):
        raise _refuse(SPLIT["state"], "订单状态不允许发货")
    if order.base["status"] == SENT and all(parcel in order.parcels for parcel in _sent(parcels)):
        return True  # the very same once more
    if order.delivery["deliveryStatus"] == ALL:
        raise _refuse(SPLIT["state"], "订单已全部发货")
    if not order.base["enableSplitDeliveryOrder"]:
        raise _refuse(SPLIT["not_allowed"], "订单不支持拆单发货")
    if ask.market.running(order):
        raise _refuse(SPLIT["refund"], "订单存在进行中的售后")
    _free(ask, order, {"refund": SPLIT["refund"], "rule": SPLIT["rule"]})
    _enough(order, parcels, stated)
    ship(ask.market, order, parcels, part=stated.get(order.oid) != ALL)
    return True


def _sent(parcels: list[tuple[str, int, str, int]]) -> list[tuple[str, str, int]]:
    return [(number, oid, pieces) for oid, _, number, pieces in parcels]


def _parcels(ask: Ask, order: Order) -> list[tuple[str, int, str, int]]:
    """(oid, carrier, number, pieces) of everything in the call."""
    found = []
    for parcel in ask.rows("deliveryItemInfoList"):
        company, number = _company(ask, parcel, SPLIT["carrier"])
        goods = parcel.get("deliveryGoodsInfoList")
        if not isinstance(goods, list) or not goods:
            raise ask.wrong("deliveryGoodsInfoList")
        for row in goods:
            oid, pieces = str(ask.whole(row.get("oid"), "oid")), ask.whole(row.get("deliveryNum"), "deliveryNum")
            if oid not in _oids(order):
                raise _refuse(SPLIT["owner"], "子订单不属于主订单")
            if oid == order.oid:
                _serials(ask, order, row, pieces, SPLIT["rule"])
            found.append((oid, company, number, pieces))
    if not found:
        raise ask.wrong("deliveryItemInfoList")
    return found


def _stated(ask: Ask, order: Order) -> dict[str, int]:
    """What the shop says of each oid afterwards: 10 part, 40 all."""
    rows = {
        str(ask.whole(row.get("oid"), "oid")): row.get("confirmDeliveryStatus") for row in ask.rows("deliveryStatus")
    }
    if not rows or set(rows) - set(_oids(order)) or set(rows.values()) - {PART, ALL}:
        raise _refuse(SPLIT["status"], "发货状态错误")
    return {oid: int(str(status)) for oid, status in rows.items()}


def _enough(order: Order, parcels: list[tuple[str, int, str, int]], stated: dict[str, int]) -> None:
    """Not more pieces than are left, nothing left where all is stated, not too many parcels."""
    wanted: dict[str, int] = {}
    for oid, _, _, pieces in parcels:
        if not pieces:
            raise _refuse(SPLIT["quantity"], "发货件数错误")
        wanted[oid] = wanted.get(oid, 0) + pieces
    for oid, pieces in wanted.items():
        left = _left(order, oid) - pieces
        if left < 0 or (left and stated.get(oid) == ALL):
            raise _refuse(SPLIT["quantity"], "发货件数超出")
    numbers = {row["expressNo"] for row in order.doc["orderLogisticsInfo"]} | {number for _, _, number, _ in parcels}
    if len(numbers) > order.delivery["maxPackageNum"]:
        raise _refuse(SPLIT["packages"], "包裹数超出上限")


def append(ask: Ask) -> Any:
    """open.seller.order.goods.logistics.append: one more parcel of an order that was sent."""
    order = ask.order()
    company, number = _company(ask, ask.params, APPEND_RULE)
    rows: list[Doc] = order.doc["orderLogisticsInfo"]
    if order.base["status"] != SENT or not order.delivery["enableAppendPackage"]:
        raise _refuse(APPEND_STATE, "订单不允许追加包裹")
    if any(row["expressNo"] == number for row in rows):
        raise _refuse(APPEND_TWICE, "运单号重复")
    if len(rows) >= order.delivery["maxPackageNum"]:
        raise _refuse(APPEND_MAX, "包裹数超出上限")
    add_parcel(ask.market, order, order.oid, company, number, 0)
    ask.market.touch(order)
    return True


def update(ask: Ask) -> Any:
    """open.seller.order.logistics.update: another number; without logisticsId the order has one parcel."""
    order = ask.order("orderId", DELIVER["owner"])
    company, number = _company(ask, ask.params, DELIVER["carrier"])
    rows: list[Doc] = [*order.doc["orderLogisticsInfo"]]
    rows += [row for sub in order.subs for row in sub["subOrderLogisticsInfo"]]
    which = ask.number("logisticsId", 0)
    main = order.doc["orderLogisticsInfo"]
    found = [row for row in rows if row["logisticsId"] == which] if which else main
    if order.base["status"] != SENT or len(found) != 1:
        raise _refuse(DELIVER["state"], "没有可修改的包裹")
    old = found[0]["expressNo"]
    for row in rows if not which else found:
        if row["expressNo"] == old:
            row.update(expressNo=number, expressCode=company)
    order.parcels = [(number if one == old else one, oid, pieces) for one, oid, pieces in order.parcels]
    ask.market.touch(order)
    return True


def merge_check(ask: Ask) -> Any:
    """open.order.deliver.merge.check: which of the orders may go in one parcel with the first."""
    orders = [ask.find(str(ask.whole(row.get("oid"), "oid"))) for row in ask.rows("mergeList")]
    fit = [
        order for order in orders
        if order is not None and order.base["status"] == PAID and not ask.market.running(order)
        and not order.base["disableDeliveryReasonCode"]
    ]  # fmt: skip
    doors = {order.delivery["openAddressId"] for order in fit[:1]}
    told = [{"oid": order.base["oid"]} for order in fit if order.delivery["openAddressId"] in doors]
    return {"enableMergeList": told if len(told) > 1 else []}
