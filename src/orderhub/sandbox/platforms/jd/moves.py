"""What happens to orders, and what follows from it. Imports this folder's state and tables.

Called by the platform's own APIs, by the tester's control and by the generator: one implementation of each change.
Every function changes the document in place and stamps it; `at` is China time as the wire writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.sandbox.platforms.jd.money import recount
from orderhub.sandbox.platforms.jd.spec import CARRIERS, MOVES, SELF_DELIVERY, STATES
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order, Sku
from orderhub.sandbox.platforms.jd.wire import instant

__all__ = [
    "RECEIVER", "Illegal", "address", "book", "cancel", "carrier_name", "joined", "left", "lock", "move", "pay",
    "receive", "renumber", "ship", "ship_part", "tell_parts", "unlock",
]  # fmt: skip

RECEIVER = ("fullname", "mobile", "telephone", "fullAddress", "province", "city", "county", "town", "provinceId",
            "cityId", "countyId", "townId")  # fmt: skip


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, state: object, what: object) -> None:
        super().__init__(f"{what} is not possible in state {state}")
        self.state, self.what = state, what


def move(order: Order, what: str) -> None:
    """The next state by the table."""
    new = MOVES.get((order.state, what))
    if new is None:
        raise Illegal(order.state, what)
    order.doc["orderState"], order.doc["orderStateRemark"] = new, STATES[new]


def _skus(market: Market, order: Order) -> list[tuple[Sku, str, int]]:
    found = []
    for row in order.doc["itemInfoList"]:
        sku = market.sku_of(order.shop_id, row["skuId"])
        if sku is not None:
            found.append((sku, str(row["itemExt"]["skuUuid"]), int(row["itemTotal"])))
    return found


def book(market: Market, order: Order) -> None:
    """A new order holds its units until they are sent."""
    for sku, _, units in _skus(market, order):
        sku.booked += units


def _taken(market: Market, order: Order, goods: Mapping[str, int]) -> None:
    """Units leave the shelf and are held no longer."""
    for sku, uuid, _ in _skus(market, order):
        units = goods.get(uuid, 0)
        sku.stock, sku.booked = max(0, sku.stock - units), max(0, sku.booked - units)


def _released(market: Market, order: Order) -> None:
    for sku, uuid, units in _skus(market, order):
        sku.booked = max(0, sku.booked - units + order.sent.get(uuid, 0))


def left(order: Order) -> dict[str, int]:
    """Units still to be sent, by skuUuid."""
    rows = {row["itemExt"]["skuUuid"]: int(row["itemTotal"]) for row in order.doc["itemInfoList"]}
    return {uuid: units - order.sent.get(uuid, 0) for uuid, units in rows.items() if units > order.sent.get(uuid, 0)}


def pay(market: Market, order: Order, at: str) -> None:
    """The buyer pays all that is owed, or the rest of a presale."""
    move(order, "resume" if order.flags.get("presale") else "pay")
    order.flags.pop("presale", None)
    order.doc["paymentConfirmTime"] = at
    recount(order.doc)
    market.touch(order, at)


def joined(parcels: Sequence[Doc]) -> tuple[str, str]:
    """(logisticsId, waybill): `|` between carriers, `,` between the waybills of one."""
    by_carrier: dict[str, list[str]] = {}
    for parcel in parcels:
        numbers = by_carrier.setdefault(str(parcel["carrier"]), [])
        if parcel["number"]:
            numbers.append(str(parcel["number"]))
    return "|".join(by_carrier), "|".join(",".join(numbers) for numbers in by_carrier.values())


def _left_the_house(market: Market, order: Order, parcels: Sequence[Doc], at: str) -> None:
    for parcel in parcels:
        number = "" if parcel["carrier"] == SELF_DELIVERY else parcel["number"]
        market.books.use(number)
        order.parcels.append({**parcel, "number": number, "at": at, "shipmentId": market.serial()})
    order.doc["logisticsId"], order.doc["waybill"] = joined(order.parcels)


def ship(market: Market, order: Order, parcels: Sequence[Doc], at: str) -> None:
    """The whole order leaves in one or more parcels of `{"carrier", "number"}`; what each holds is not told."""
    move(order, "ship")
    order.whole = True
    goods = left(order)
    _taken(market, order, goods)
    order.sent.update({uuid: units + order.sent.get(uuid, 0) for uuid, units in goods.items()})
    _left_the_house(market, order, [{**parcel, "goods": goods} for parcel in parcels], at)
    market.touch(order, at)


def ship_part(market: Market, order: Order, parcels: Sequence[Doc], at: str) -> None:
    """Some units leave in parcels of `{"carrier", "number", "goods"}`; the state moves with the last of them."""
    if order.state != "WAIT_SELLER_STOCK_OUT":
        raise Illegal(order.state, "ship a part")
    for parcel in parcels:
        for uuid, units in parcel["goods"].items():
            order.sent[uuid] = order.sent.get(uuid, 0) + units
        _taken(market, order, parcel["goods"])
        market.books.use(parcel["number"])
        order.parcels.append({**parcel, "at": at, "shipmentId": market.serial()})
    if not left(order):
        move(order, "ship")
        order.doc["logisticsId"], order.doc["waybill"] = joined(order.parcels)
    tell_parts(order)
    market.touch(order, at)


def tell_parts(order: Order) -> None:
    """`partialLogisticsInfoModel` from the parcels of an order sent in parts."""
    order.doc["partialLogisticsInfoModel"] = [
        {
            "shipmentId": parcel["shipmentId"], "logicId": parcel["carrier"], "waybillId": parcel["number"],
            "packageNum": 1, "shipmentTime": _millis(parcel["at"]),
            "shipmentModifyTime": _millis(parcel.get("changed", parcel["at"])),
            "skus": [
                {"skuUuid": uuid, "skuId": (order.line(uuid) or {}).get("skuId", ""), "num": units}
                for uuid, units in parcel["goods"].items()
            ],
        }
        for parcel in order.parcels
    ]  # fmt: skip


def _millis(at: Any) -> int:
    return int(instant(str(at)).timestamp()) * 1000


def renumber(market: Market, order: Order, parcels: Sequence[Doc]) -> None:
    """Other waybills for an order that was shipped whole."""
    goods = dict(order.sent)
    order.parcels.clear()
    _left_the_house(market, order, [{**parcel, "goods": goods} for parcel in parcels], market.stamp())
    market.touch(order)


def receive(market: Market, order: Order, at: str) -> None:
    """The buyer confirms; cash on delivery is paid by then."""
    move(order, "receive")
    order.doc["orderEndTime"] = at
    if order.is_cod:
        order.doc["paymentConfirmTime"] = at
        recount(order.doc)
    market.touch(order, at)


def cancel(market: Market, order: Order, at: str) -> None:
    """The order ends before the goods arrive; what was paid goes back."""
    move(order, "cancel")
    order.doc["orderEndTime"] = at
    if order.is_paid:
        order.flags["paid_back"] = order.doc["actualPay"]
    _released(market, order)
    market.touch(order, at)


def lock(market: Market, order: Order) -> None:
    """The buyer asks for the money: nothing may leave."""
    move(order, "lock")
    market.touch(order)


def unlock(market: Market, order: Order) -> None:
    """Back to where it was locked."""
    move(order, "unlock_sent" if order.doc["logisticsId"] else "unlock")
    market.touch(order)


def address(market: Market, order: Order, fresh: Mapping[str, Any]) -> None:
    """Another receiver; the first one stays in `originalConsigneeInfo`."""
    order.doc.setdefault("originalConsigneeInfo", dict(order.doc["consigneeInfo"]))
    told = {name: str(value) for name, value in fresh.items() if name in RECEIVER}
    order.doc["consigneeInfo"] = {**order.doc["consigneeInfo"], **told}
    if market.setup.switches["address_moves_modified"]:
        market.touch(order)
    else:
        market.place(order)


def carrier_name(carrier: str) -> str:
    """The name of a JD carrier id, the id itself when nobody knows it."""
    return CARRIERS.get(carrier, carrier)
