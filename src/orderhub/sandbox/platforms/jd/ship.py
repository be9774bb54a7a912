"""Shipping by the classic gateway: whole orders, corrections, carriers. Source: docs/platforms/jd.md §6."""

from __future__ import annotations

import re

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.moves import renumber, ship, tell_parts
from orderhub.sandbox.platforms.jd.spec import CARRIERS, CONTRACTED, JD_EXPRESS, SELF_DELIVERY, SHIP_ERRORS
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.wire import Refusal

__all__ = ["Barred", "barrier", "busy", "carriers", "outstorage", "parcels_of", "renumber_part", "shipment", "update"]

WAYBILLS_MAX, LETTERS_MAX, NUMBERS_MAX = 10, 200, 5
_NUMBER = re.compile(r"[A-Za-z0-9-]+")


class Barred(Exception):
    """The order service says no; the code is one of `SHIP_ERRORS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code, self.text = code, SHIP_ERRORS[code]


def busy(ask: Ask, what: str) -> bool:
    """Whether this call is the n-th that the switch makes fail."""
    every = ask.switch("busy_every")
    if not every:
        return False
    count = ask.market.calls[what] = ask.market.calls.get(what, 0) + 1
    return bool(count % every == 0)


def barrier(ask: Ask, order: Order | None) -> Order:
    """The order, if it may leave; refuses what is not ours, locked, not waiting, or JD's own to ship."""
    if order is None:
        raise Barred("10100041")
    if order.state in ("LOCKED", "TRADE_CANCELED"):
        raise Barred("101000014")
    if order.flags.get("presale"):
        raise Barred("12000003")
    if order.doc["storeOrder"]:
        raise Barred("10100014")
    if order.state != "WAIT_SELLER_STOCK_OUT":
        raise Barred("10100021")
    if ask.switch("serials_required") and order.flags.get("subsidy") and not order.flags.get("serials"):
        raise Barred("SERIAL")
    return order


def _fits(ask: Ask, parcels: list[Doc]) -> list[Doc]:
    """Numbers that are e-waybills of this platform must be alive and their carrier's; others where none is demanded."""
    for parcel in parcels:
        carrier, number = parcel["carrier"], parcel["number"]
        wrong = ask.market.books.unfit(ask.shop_id, carrier, number)
        if wrong:
            raise Barred("10200005" if wrong == "company" else "10100012")
        if number in ask.market.books.by_number:
            continue
        if ask.switch("ewaybill_required"):
            raise Barred("101000022")
        if carrier == JD_EXPRESS and ask.switch("jd_waybill_bound"):
            raise Barred("10300009")
    return parcels


def parcels_of(ask: Ask, carriers: str, numbers: str | None) -> list[Doc]:
    """`2100|4700` and `1200,1112|4687` as parcels; every rule about carriers and waybills of one call."""
    if not carriers:
        raise Barred("10100034")
    ids = carriers.split("|")
    if not all(ids):
        raise Barred("10100036")
    if not all(one.isascii() and one.isdigit() for one in ids):
        raise Barred("10100013")
    if any(one not in CONTRACTED for one in ids):
        raise Barred("10100017")
    if SELF_DELIVERY in ids:
        if len(ids) > 1:
            raise Barred("10100035")
        return [{"carrier": SELF_DELIVERY, "number": ""}]
    return _fits(ask, _numbered(ids, numbers))


def _numbered(ids: list[str], numbers: str | None) -> list[Doc]:
    if numbers is None:
        raise Barred("10100012")
    if not numbers or len(numbers) > LETTERS_MAX:
        raise Barred("10200001")
    groups = [group.split(",") for group in numbers.split("|")]
    flat = [one for group in groups for one in group]
    if not all(flat):
        raise Barred("10200002")
    if not all(_NUMBER.fullmatch(one) for one in flat):
        raise Barred("10200003")
    if len(groups) != len(ids) or (JD_EXPRESS in ids and len(flat) > 1):
        raise Barred("10200008")
    if len(flat) > WAYBILLS_MAX:
        raise Barred("10200001")
    return [{"carrier": one, "number": number} for one, group in zip(ids, groups, strict=True) for number in group]


def shipment(ask: Ask) -> Doc:
    """jingdong.pop.order.shipment: the whole order, once."""
    number = ask.given.get("logiNo")
    try:
        if busy(ask, "shipment"):
            raise Barred("50010")
        order = barrier(ask, ask.order())
        if order.sent:
            raise Barred("10100021")
        parcels = parcels_of(ask, ask.text("logiCoprId"), None if number is None else str(number))
    except Barred as no:
        told = {"success": ask.flag(False), "chineseErrCode": no.text, "englishErrCode": no.code, "errorCode": no.code}
        return {"sopjosshipment_result": told}
    ship(ask.market, order, parcels, ask.market.stamp())
    told = {"success": ask.flag(True), "chineseErrCode": "", "englishErrCode": "", "errorCode": "0"}
    return {"sopjosshipment_result": told}


def outstorage(ask: Ask) -> Doc:
    """360buy.order.sop.outstorage: the old name of the same; refusals are gateway errors (their form is not known)."""
    number = ask.given.get("waybill")
    try:
        order = barrier(ask, ask.order("order_id"))
        if order.sent:
            raise Barred("10100021")
        parcels = parcels_of(ask, ask.text("logistics_id"), None if number is None else str(number))
    except Barred as no:
        raise Refusal(no.code, no.text, no.code) from None
    ship(ask.market, order, parcels, ask.market.stamp())
    return {"orderId": order.order_id, "venderId": order.doc["venderId"], "modified": order.doc["modified"]}


def update(ask: Ask) -> Doc:
    """jingdong.pop.order.sop.logistics.update: other waybills while the order awaits receipt."""
    order = ask.market.order_of(ask.shop_id, str(ask.nested("oneGlobalOrderModelNoLogistic").get("orderId", "")))
    rows = ask.rows("logisticsGlobalModelList", ask.given, WAYBILLS_MAX)
    told, parcels = _updated(order, rows)
    if any(ask.market.books.unfit(ask.shop_id, one["carrier"], one["number"]) for one in parcels):
        told = "150000"
    if told == "SUCCESS" and order is not None:
        renumber(ask.market, order, parcels)
    return {
        "returnType": {
            "success": ask.flag(told == "SUCCESS"),
            "resultCode": told,
            "resultDescribe": _WHY.get(told, told),
        }
    }


_WHY = {
    "SUCCESS": "", "NotExisted": "订单不存在", "NotEmpty": "运单号不能为空", "LOGI_NO_ERR_ALPHA": "运单号含有非法字符",
    "LOGI_NO_REPEAT_ERR": "运单号重复", "WRONG_STATE": "订单状态不是等待确认收货",
    "JD_DELIVERY_NOT_SUPPORT_MULTI_OUT": "京东快递不支持多包裹", "150000": "承运商错误",
}  # fmt: skip


def _updated(order: Order | None, rows: list[Doc]) -> tuple[str, list[Doc]]:
    """(result code, parcels). Which code belongs to a wrong state or carrier is not documented."""
    if order is None:
        return "NotExisted", []
    if order.state != "WAIT_GOODS_RECEIVE_CONFIRM" or not order.whole:
        return "WRONG_STATE", []
    parcels: list[Doc] = []
    for row in rows:
        carrier, numbers = str(row.get("logiCoprId", "")), row.get("logiNoList") or []
        if carrier not in CONTRACTED:
            return "150000", []
        if not isinstance(numbers, list) or not numbers or len(numbers) > NUMBERS_MAX or not all(numbers):
            return "NotEmpty", []
        if not all(_NUMBER.fullmatch(str(one)) for one in numbers):
            return "LOGI_NO_ERR_ALPHA", []
        parcels += [{"carrier": carrier, "number": str(one)} for one in numbers]
    if any(parcel["carrier"] == JD_EXPRESS for parcel in parcels) and len(parcels) > 1:
        return "JD_DELIVERY_NOT_SUPPORT_MULTI_OUT", []
    if len({parcel["number"] for parcel in parcels}) < len(parcels):
        return "LOGI_NO_REPEAT_ERR", []
    return "SUCCESS", parcels


def renumber_part(ask: Ask) -> Doc:
    """jingdong.pop.order.waybill.update: other waybills for parcels of an order sent in parts."""
    data = ask.nested("data", ask.nested("request"))
    order = ask.market.order_of(ask.shop_id, str(data.get("orderId", "")))
    rows = ask.rows("partialShipmentInfoList", data, 10)
    known = {parcel["shipmentId"]: parcel for parcel in order.parcels} if order and not order.whole else {}
    if order is None or not known or any(_bad(ask, row, known) for row in rows):
        return {"response": {"code": 10_100_021, "msg": "运单修改失败", "data": None}}
    for row in rows:
        parcel = known[int(row["shipmentId"])]
        ask.market.books.use(str(row["waybillId"]))
        parcel |= {"carrier": str(row["logicId"]), "number": str(row["waybillId"]), "changed": ask.market.stamp()}
    tell_parts(order)
    ask.market.touch(order)
    return {"response": {"code": 200, "msg": "success", "data": True}}


def _bad(ask: Ask, row: Doc, known: dict[int, Doc]) -> bool:
    number = str(row.get("waybillId", ""))
    place = str(row.get("shipmentId", ""))
    return (
        not (place.isascii() and place.isdigit() and len(place) < 20)
        or int(place) not in known
        or str(row.get("logicId", "")) not in CONTRACTED
        or not _NUMBER.fullmatch(number)
        or bool(ask.market.books.unfit(ask.shop_id, str(row.get("logicId", "")), number))
    )


def carriers(ask: Ask) -> Doc:
    """360buy.delivery.logistics.get: what the shop has signed with."""
    rows = [
        {
            "logisticsId": int(one), "logisticsName": CARRIERS[one], "logisticsRemark": "", "sequence": place,
            "agreeFlag": 1, "isCod": int(one == JD_EXPRESS),
        }
        for place, one in enumerate(CONTRACTED, 1)
    ]  # fmt: skip
    return {"logisticsList": rows}
