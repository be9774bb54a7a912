"""Telling JD about parcels: whole orders, parts, corrected numbers, lost replies. Imports `kit`, `flow`.

Source: docs/platforms/jd.md#shipping. JD takes one whole shipment per order, with all its parcels in one call; parts
of an order go through calls of their own. A refusal or a lost reply is settled by reading the order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderhub.connectors.jd.carriers import CarrierVerbs
from orderhub.connectors.jd.meaning import parcels as parcels_of
from orderhub.connectors.jd.meaning import partial_rows, sku_uuid
from orderhub.connectors.jd.orders import ORDER, number_of
from orderhub.connectors.jd.shipping_json import (
    checked_whole,
    corrected_partial,
    corrected_whole,
    partial_json,
    sp_json,
    whole_json,
)
from orderhub.connectors.jd.spec import NO_PARTIAL_BECAUSE
from orderhub.connectors.jd.wire import lookup, seek
from orderhub.errors import Conflict, InvalidParameter, NotFound, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.json import loads
from orderhub.kit.shipping import by_order, parcels_stand, send_and_correct, settled
from orderhub.models.channel import Dispatch
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome

__all__ = ["ShippingVerbs"]

SHIPMENTS = f"{ORDER}/shipments"
Act = Callable[[Sequence[Dispatch]], Operation[Any]]
BELONGS_TO_POP = 200


class ShippingVerbs(CarrierVerbs):
    """Dispatch."""

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment; several dispatches of one order are one shipment in several parcels.

        One outcome per dispatch, in order. A parcel that the platform already knows is ok with reason
        `already_done`; an outcome that cannot be settled by reading is `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        return (yield from send_and_correct(parcels, self._settled(self._send), self._settled(self._correct)))

    def _settled(self, act: Act) -> Act:
        return lambda parcels: settled(parcels, act, self._is_there)

    def _is_there(self, parcels: Sequence[Dispatch]) -> Operation[bool]:
        return (yield from parcels_stand(parcels, self.get_order))

    def _send(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        """Serial numbers first, then the whole order in one call where the parcels cover it, else the parts."""
        carriers = []
        for parcel in parcels:
            carriers.append((yield from self._company(parcel.carrier)))
        number_of(parcels[0].order_id)
        if all(parcel.lines is None for parcel in parcels) and not any(parcel.serial_numbers for parcel in parcels):
            yield from self._whole(parcels, carriers)
            return
        order: Order = yield from self.get_order(parcels[0].order_id)
        rows = _rows(order)
        for parcel in parcels:
            yield from self._serials(parcel, rows)
        if _covers(parcels, order):
            yield from self._whole(parcels, carriers)
        else:
            yield from self._partial(parcels, carriers, rows)

    def _whole(self, parcels: Sequence[Dispatch], carriers: Sequence[Any]) -> Operation[None]:
        address = self.config.settings["ship_address_id"]
        if self.is_sp:
            kind = self.config.settings["sp_shipment_type"]
            body = sp_json(parcels, carriers, {}, kind, address)
            yield from self.rest("POST", SHIPMENTS, body, family="ship", write=True)
            return
        checked_whole(parcels, carriers)
        yield from self.call("jingdong.pop.order.shipment", whole_json(parcels, carriers, address), write=True)

    def _serials(self, parcel: Dispatch, rows: Mapping[str, Any]) -> Operation[None]:
        """Serial numbers of subsidised goods, at most four a line, before the parcel."""
        lines = list(dict.fromkeys(line for line, _ in parcel.serial_numbers))
        for line in lines:
            row = _row(rows, line)
            codes = [{"codeType": "SN", "codeValue": serial} for name, serial in parcel.serial_numbers if name == line]
            if len(codes) > 4:
                raise InvalidParameter("JD takes four serial codes a line", platform="jd",
                                       field="Dispatch.serial_numbers")  # fmt: skip
            fields = {"orderId": number_of(parcel.order_id), "skuId": int(row["skuId"]), "serialCodeList": codes}
            yield from self.call("jingdong.pop.order.serialCode.upload", fields, write=True, keyed=True)

    def _partial(
        self, parcels: Sequence[Dispatch], carriers: Sequence[Any], rows: Mapping[str, Any]
    ) -> Operation[None]:
        goods = {line: _goods(rows, line) for parcel in parcels for line, _ in parcel.lines or ()}
        if any(parcel.lines is None for parcel in parcels):
            raise InvalidParameter("name the lines of each parcel when some parcels hold a part",
                                   platform="jd", field="Dispatch.lines")  # fmt: skip
        address = self.config.settings["ship_address_id"]
        if self.is_sp:
            body = sp_json(parcels, carriers, goods, self.config.settings["sp_shipment_type"], address)
            yield from self.rest("POST", SHIPMENTS, body, family="ship", write=True)
            return
        yield from self._judged(parcels[0].order_id)
        reply = yield from self.call(
            "jingdong.pop.order.partial.outship", partial_json(parcels, carriers, goods, address), write=True
        )
        _raise_failed(rows_of(lookup(reply, "response.data.failList")))

    def _judged(self, order_id: str) -> Operation[None]:
        """Ask whether the order may be shipped in parts; raises `Conflict` with JD's reason."""
        request = {"data": {"orderList": [number_of(order_id)]}, "belongType": BELONGS_TO_POP}
        reply = yield from self.call("jingdong.pop.order.partialship.judge", {"request": request})
        holder = seek(reply, "partialShipmentItemList")
        for row in rows_of(holder["partialShipmentItemList"]) if holder else []:
            if str(row.get("orderId")) == order_id:
                if str(row.get("supportPartialShipment")).lower() in ("true", "1"):
                    return
                kind = str(row.get("notSupportType"))
                why = NO_PARTIAL_BECAUSE.get(kind, f"reason {kind}")
                raise Conflict(f"JD refuses to ship this order in parts: {why}", platform="jd", sub_code=kind)
        raise NotFound("JD does not judge this order", platform="jd")

    def _correct(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        """Replace one waybill number: the whole list of a whole shipment, or one parcel of a partial one."""
        (parcel,) = parcels
        carrier = yield from self._company(parcel.carrier)
        order: Order = yield from self.get_order(parcel.order_id)
        document = loads(order.raw or b"{}")
        partial = [row for row in partial_rows(document) if _number(row) == parcel.replaces]
        standing = parcels_of(document)
        if not partial and parcel.replaces not in [number for _, number in standing]:
            raise NotFound("no parcel of this order has the number to be replaced", platform="jd",
                           field="Dispatch.replaces")  # fmt: skip
        address = self.config.settings["ship_address_id"]
        if self.is_sp:
            kind = self.config.settings["sp_shipment_type"]
            body = sp_json([parcel], [carrier], {}, kind, address, partial[0].get("shipmentId") if partial else None)
            yield from self.rest("PUT", SHIPMENTS, body, family="ship", write=True)
        elif partial:
            body = corrected_partial(parcel, carrier, partial[0].get("shipmentId"))
            yield from self.call("jingdong.pop.order.waybill.update", body, write=True)
        else:
            body = corrected_whole(parcel, carrier, standing, address)
            yield from self.call("jingdong.pop.order.sop.logistics.update", body, write=True)


def _number(row: Mapping[str, Any]) -> str:
    return str(row.get("waybillId") or row.get("waybillCode") or "")


def _rows(order: Order) -> dict[str, Any]:
    """line id -> the wire row it was read from."""
    document = loads(order.raw or b"{}")
    rows = rows_of(document.get("itemInfoList") or document.get("skuItemInfoList"))
    return {line.line_id: row for line, row in zip(order.lines, rows, strict=True)}


def _row(rows: Mapping[str, Any], line_id: str) -> Mapping[str, Any]:
    if line_id not in rows:
        raise InvalidParameter(f"the order has no line {line_id}", platform="jd", field="Dispatch.lines")
    return rows[line_id]  # type: ignore[no-any-return]


def _goods(rows: Mapping[str, Any], line_id: str) -> tuple[str, int]:
    """(uuid, SKU) of a line; partial shipments need JD's own line id."""
    row = _row(rows, line_id)
    uuid = sku_uuid(row)
    if uuid is None:
        raise InvalidParameter("the order shows no skuUuid for this line, which partial shipments need",
                               platform="jd", field="Dispatch.lines")  # fmt: skip
    return uuid, int(row["skuId"])


def _covers(parcels: Sequence[Dispatch], order: Order) -> bool:
    """Whether the parcels together are the whole order, nothing of which has left."""
    if any(line.shipped_quantity for line in order.lines):
        return False
    if any(parcel.lines is None for parcel in parcels):
        return all(parcel.lines is None for parcel in parcels)
    wanted = {line.line_id: line.quantity for line in order.lines}
    for parcel in parcels:
        for line, units in parcel.lines or ():
            wanted[line] = wanted.get(line, 0) - units
    return not any(wanted.values())


def _raise_failed(rows: Sequence[Any]) -> None:
    """A list of failures is a refusal although the call itself says 200."""
    if rows:
        first = rows[0] if isinstance(rows[0], Mapping) else {}
        code = str(first.get("code") or "")
        raise RequestRejected(str(first.get("failReason") or "refused without a reason"), platform="jd", code="200",
                              sub_code=code or None)  # fmt: skip
