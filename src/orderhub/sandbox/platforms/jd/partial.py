"""Shipping in parts, by line id: check, then ship. Source: docs/platforms/jd.md §6 (partial shipment 1 and 2)."""

from __future__ import annotations

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.moves import left, ship_part
from orderhub.sandbox.platforms.jd.ship import Barred, barrier, parcels_of
from orderhub.sandbox.platforms.jd.spec import SELF_DELIVERY
from orderhub.sandbox.platforms.jd.state import Doc, Order

__all__ = ["judge", "outship", "support"]


def support(ask: Ask, order: Order | None) -> int | None:
    """Why an order cannot be sent in parts: -1 to 3, None when it can."""
    if order is None:
        return -1
    if not ask.switch("partial_shipping"):
        return 0
    if sum(int(row["itemTotal"]) for row in order.doc["itemInfoList"]) == 1:
        return 1
    if order.flags.get("printed") or (ask.switch("print_centre") and order.flags.get("ewaybills")):
        return 2
    if order.is_cod or order.doc["storeOrder"] or order.doc["orderType"] != "22":
        return 3
    return None


def judge(ask: Ask) -> Doc:
    """jingdong.pop.order.partialship.judge: which orders may be sent in parts."""
    request = ask.nested("request")
    rows = ask.nested("data", request).get("orderList")
    if not isinstance(rows, list) or not 0 < len(rows) <= 30:
        return {"response": {"code": 400, "msg": "orderList数量应为1到30", "data": None}}
    told = []
    for row in rows:
        order_id = str(row.get("orderId", "") if isinstance(row, dict) else row)
        order = ask.market.order_of(ask.shop_id, order_id)
        why = support(ask, order)
        if order is not None:
            order.judged = why is None
        told.append({"orderId": order_id, "supportPartialShipment": why is None, "notSupportType": why})
    return {"response": {"code": 200, "msg": "success", "data": {"partialShipmentItemList": told}}}


def outship(ask: Ask) -> Doc:
    """jingdong.pop.order.partial.outship: code 200 also when some or all of them failed."""
    done: list[Doc] = []
    failed: list[Doc] = []
    for row in ask.rows("data", ask.nested("request"), 10):
        ids = row.get("orderIds")
        order_id = str(ids[0]) if isinstance(ids, list) and len(ids) == 1 else ""
        try:
            order = _judged(ask, order_id)
            parcels = _parcels(ask, order, row)
        except Barred as no:
            failed.append({"orderId": order_id, "code": no.code, "failReason": no.text})
            continue
        ship_part(ask.market, order, parcels, ask.market.stamp())
        done.append({"orderId": order_id})
    return {"response": {"code": 200, "msg": "success", "data": {"successList": done, "failList": failed}}}


def _judged(ask: Ask, order_id: str) -> Order:
    """Only an order that may leave and that the check has let through."""
    order = barrier(ask, ask.market.order_of(ask.shop_id, order_id))
    if not order.judged or support(ask, order) is not None:
        raise Barred("10100021")
    return order


def _parcels(ask: Ask, order: Order, row: Doc) -> list[Doc]:
    """Every parcel checked before anything changes; a row may not hold more units than are left."""
    rest = left(order)
    parcels = []
    boxes = row.get("deliveryNumberDtoList")
    if not isinstance(boxes, list) or not 0 < len(boxes) <= 10 or not all(isinstance(box, dict) for box in boxes):
        raise Barred("10100012")
    for box in boxes:
        carrier, numbers = str(box.get("deliveryId", "")), box.get("deliveryNums") or []
        if not isinstance(numbers, list) or (carrier != SELF_DELIVERY and len(numbers) != 1):
            raise Barred("10200008")
        parcel = parcels_of(ask, carrier, str(numbers[0]) if numbers else "")[0]
        goods = _goods(rest, box.get("partialShipmentGoodsList"))
        parcels.append({**parcel, "goods": goods})
    return parcels


def _goods(rest: dict[str, int], rows: object) -> dict[str, int]:
    if not isinstance(rows, list) or not 0 < len(rows) <= 50 or not all(isinstance(row, dict) for row in rows):
        raise Barred("10100021")
    goods: dict[str, int] = {}
    for row in rows:
        uuid, units = str(row.get("skuUuid", "")), row.get("num")
        if not isinstance(units, int) or not 0 < units <= rest.get(uuid, 0):
            raise Barred("10100021")
        rest[uuid] -= units
        goods[uuid] = goods.get(uuid, 0) + units
    return goods
