"""The JSON of JD's shipping calls, and what JD refuses before it has to be asked. Pure; imports `models`, `errors`.

Source: docs/platforms/jd.md#shipping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.spec import JD_EXPRESS, SELF_DELIVERY
from orderhub.errors import InvalidParameter
from orderhub.models.channel import CarrierInfo, Dispatch

__all__ = ["checked_whole", "corrected_partial", "corrected_whole", "partial_json", "sp_json", "whole_json"]

PARCELS_MAX = 10
NUMBERS_CHARS_MAX = 200
NUMBERS_PER_CARRIER_MAX = 5
IN_PARTS = 5
BELONGS_TO_POP = 200
Goods = Mapping[str, tuple[str, int]]


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """carrier id -> its numbers, both in the order given."""
    found: dict[str, list[str]] = {}
    for carrier, number in pairs:
        found.setdefault(carrier, []).append(number)
    return found


def _pairs(parcels: Sequence[Dispatch], carriers: Sequence[CarrierInfo]) -> list[tuple[str, str]]:
    return [(carrier.code, parcel.waybill_no) for parcel, carrier in zip(parcels, carriers, strict=True)]


def _numbers(groups: Mapping[str, list[str]]) -> str:
    return "|".join(",".join(numbers) for carrier, numbers in groups.items() if carrier != SELF_DELIVERY)


def checked_whole(parcels: Sequence[Dispatch], carriers: Sequence[CarrierInfo]) -> None:
    """Raises `InvalidParameter` for what one call cannot say."""
    groups = _grouped(_pairs(parcels, carriers))
    wrong = (
        (len(parcels) > PARCELS_MAX, "JD takes ten waybills a call"),
        (len(_numbers(groups)) > NUMBERS_CHARS_MAX, "JD takes 200 characters of waybill numbers"),
        (JD_EXPRESS in groups and len(parcels) > 1, "JD Express takes one waybill and no other carrier beside it"),
        (SELF_DELIVERY in groups and len(groups) > 1, "the merchant's own delivery cannot be mixed with a carrier"),
    )
    for is_wrong, told in wrong:
        if is_wrong:
            raise InvalidParameter(told, platform="jd", field="Dispatch.waybill_no")


def whole_json(parcels: Sequence[Dispatch], carriers: Sequence[CarrierInfo], address: Any) -> dict[str, Any]:
    """Carriers joined by `|`, the numbers of one carrier by `,`; none for the merchant's own delivery."""
    groups = _grouped(_pairs(parcels, carriers))
    return {
        "orderId": number_of(parcels[0].order_id), "logiCoprId": "|".join(groups), "logiNo": _numbers(groups) or None,
        "venderTaskAddressId": address,
    }  # fmt: skip


def partial_json(
    parcels: Sequence[Dispatch], carriers: Sequence[CarrierInfo], goods: Goods, address: Any
) -> dict[str, Any]:
    """Parts of one order in one entry, a number and its goods per parcel."""
    rows = [
        {
            "deliveryId": int(carrier.code) if carrier.code.isdecimal() else carrier.code, "deliveryName": carrier.name,
            "deliveryNums": [parcel.waybill_no],
            "partialShipmentGoodsList": [
                {"skuUuid": goods[line][0], "skuId": goods[line][1], "num": units} for line, units in parcel.lines or ()
            ],
        }
        for parcel, carrier in zip(parcels, carriers, strict=True)
    ]  # fmt: skip
    entry = {"deliveryType": IN_PARTS, "orderIds": [number_of(parcels[0].order_id)], "deliveryNumberDtoList": rows}
    if address is not None:
        entry["venderTaskAddressId"] = address
    return {"request": {"data": [entry], "belongType": BELONGS_TO_POP}}


def corrected_whole(
    parcel: Dispatch, carrier: CarrierInfo, standing: Sequence[tuple[str | None, str]], address: Any
) -> dict[str, Any]:
    """The whole list of parcels with one number replaced."""
    pairs = [
        (carrier.code, parcel.waybill_no) if number == parcel.replaces else (old or carrier.code, number)
        for old, number in standing
    ]
    rows = [
        {"logiCoprId": code, "logiNoList": numbers, "logiScope": 0, "packageNum": len(numbers)}
        for code, numbers in _grouped(pairs).items()
    ]
    if len(rows) > PARCELS_MAX or any(len(row["logiNoList"]) > NUMBERS_PER_CARRIER_MAX for row in rows):  # type: ignore[arg-type]
        raise InvalidParameter("JD takes five numbers a carrier and ten carriers in a correction", platform="jd",
                               field="Dispatch.replaces")  # fmt: skip
    order: dict[str, Any] = {"orderId": number_of(parcel.order_id)}
    if address is not None:
        order["takeAddressId"] = address
    return {"oneGlobalOrderModelNoLogistic": order, "logisticsGlobalModelList": rows}


def corrected_partial(parcel: Dispatch, carrier: CarrierInfo, shipment_id: Any) -> dict[str, Any]:
    """One parcel of a partial shipment with another number."""
    row = {"shipmentId": shipment_id, "waybillId": parcel.waybill_no, "logicId": carrier.code,
           "logicName": carrier.name}  # fmt: skip
    return {"request": {"data": {"orderId": number_of(parcel.order_id), "partialShipmentInfoList": [row]}}}


def sp_json(
    parcels: Sequence[Dispatch], carriers: Sequence[CarrierInfo], goods: Goods, kind: Any, address: Any,
    shipment_id: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """A shipment of the newer gateway, the order's number for the path beside it."""
    rows = []
    for parcel, carrier in zip(parcels, carriers, strict=True):
        row: dict[str, Any] = {"companyId": carrier.code, "waybillCode": parcel.waybill_no}
        if shipment_id is not None:
            row["shipmentId"] = shipment_id
        if parcel.lines is not None and goods:
            row["outboundGoodsFacetDTOList"] = [
                {"skuUuid": goods[line][0], "skuId": goods[line][1], "skuNum": units} for line, units in parcel.lines
            ]
        rows.append(row)
    body: dict[str, Any] = {"packageInfoList": rows}
    body |= {name: value for name, value in (("shipmentType", kind), ("deliveryAddressId", address))
             if value is not None}  # fmt: skip
    return {"orderId": number_of(parcels[0].order_id), "orderShipmentDTO": body}
