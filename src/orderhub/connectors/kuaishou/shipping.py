"""Telling Kuaishou about parcels: whole, in pieces, further parcels, corrections; lost replies settled by reading.

Imports `kit`, `flow`, `models`. Source: docs/platforms/kuaishou.md#shipping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.kuaishou.base import KuaishouBase, number
from orderhub.errors import Conflict, InvalidParameter, NotFound, OrderHubError, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.json import loads
from orderhub.kit.shipping import by_order, parcels_stand, send_and_correct, settled
from orderhub.models.channel import Dispatch
from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Outcome
from orderhub.models.status import OrderStatus

__all__ = ["ShippingVerbs"]

DELIVER, SPLIT = "open.seller.order.goods.deliver", "open.order.goods.split.deliver"
APPEND, UPDATE = "open.seller.order.goods.logistics.append", "open.seller.order.logistics.update"
PART, ALL = 10, 40
_WAITS = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
Pieces = tuple[tuple[str, int], ...]


class ShippingVerbs(KuaishouBase):
    """Dispatch."""

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Confirm shipment; several dispatches of one order are one shipment in several parcels.

        One outcome per dispatch, in order. The order is read first: parcels that stand there are ok with reason
        `already_done`, and pieces that were sent are not sent again. A whole order goes by one call, pieces by
        another, further parcels of a shipped order by a third. An outcome that reading cannot settle is
        `OutcomeUnknown`.
        """
        return (yield from by_order(dispatches, self._ship_order))

    def _ship_order(self, parcels: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        return (yield from send_and_correct(parcels, self._send, self._correct))

    def _send(self, parcels: Sequence[Dispatch]) -> Operation[Outcome[None]]:
        try:
            order: Order = yield from self.get_order(parcels[0].order_id)
        except OrderHubError as error:
            return Outcome.failed(parcels[0].key, error)
        there = {shipment.waybill_no for shipment in order.shipments}
        new = [parcel for parcel in parcels if parcel.waybill_no not in there]
        if not new:
            return Outcome(True, parcels[0].key, "already_done")
        return (yield from settled(new, lambda batch: self._told(order, batch), self._stands))

    def _stands(self, parcels: Sequence[Dispatch]) -> Operation[bool]:
        return (yield from parcels_stand(parcels, self.get_order))

    def _told(self, order: Order, parcels: Sequence[Dispatch]) -> Operation[None]:
        left = _left(order)
        if not left:
            yield from self._append(parcels)
        elif order.status is OrderStatus.AWAITING_SHIPMENT and _goes_whole(order, parcels, left):
            yield from self._deliver(order, parcels[0])
            yield from self._append(parcels[1:])
        else:
            yield from self._split(order, parcels, left)

    def _deliver(self, order: Order, parcel: Dispatch) -> Operation[None]:
        """The whole main order; the same waybill twice counts as success, so it may be repeated."""
        serials = [serial for _, serial in parcel.serial_numbers]
        fields = {
            "orderId": number(parcel.order_id), "expressNo": parcel.waybill_no,
            "expressCode": self._code(parcel.carrier), **_serial_fields(order, serials),
        }  # fmt: skip
        yield from self.call(DELIVER, fields, write=True)

    def _append(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        for parcel in parcels:
            fields = {"oid": number(parcel.order_id), "expressCode": self._code(parcel.carrier),
                      "expressNo": parcel.waybill_no}  # fmt: skip
            yield from self.call(APPEND, fields, write=True)

    def _split(self, order: Order, parcels: Sequence[Dispatch], left: Mapping[str, int]) -> Operation[None]:
        rest, rows = dict(left), []
        for parcel in parcels:
            goods = []
            for line_id, count in _pieces(parcel, rest):
                rest[line_id] -= count
                serials = [serial for name, serial in parcel.serial_numbers if name == line_id]
                goods.append({"oid": number(line_id), "deliveryNum": count, **_serial_fields(order, serials)})
            rows.append({"expressCode": self._code(parcel.carrier), "expressNo": parcel.waybill_no,
                         "deliveryGoodsInfoList": goods})  # fmt: skip
        touched = {line_id for line_id in left if rest[line_id] != left[line_id]}
        states = [{"oid": number(name), "confirmDeliveryStatus": PART if rest[name] else ALL}
                  for name in left if name in touched]  # fmt: skip
        yield from self.call(SPLIT, {
            "mainOrderId": number(order.order_id), "deliveryItemInfoList": rows, "deliveryStatus": states,
        }, write=True)  # fmt: skip

    def _code(self, carrier: str) -> int:
        """The platform's number of a carrier: by the setting, or the number itself.

        Raises:
            InvalidParameter: The setting does not name the carrier; tells which it names.
        """
        known: Mapping[str, Any] = self.config.settings["express_codes"] or {}
        found = str(known.get(carrier, carrier))
        if found.isascii() and found.isdecimal():
            return int(found)
        raise InvalidParameter(
            f"the setting express_codes has no number for the carrier {carrier!r}; it has "
            f"{', '.join(sorted(known)) or 'none'}", platform="kuaishou", field="Dispatch.carrier",
        )  # fmt: skip

    def _correct(self, parcels: Sequence[Dispatch]) -> Operation[Outcome[None]]:
        return (yield from settled(parcels, self._replace, self._stands))

    def _replace(self, parcels: Sequence[Dispatch]) -> Operation[None]:
        """Another number on one parcel, which the platform knows by its logisticsId."""
        (parcel,) = parcels
        order: Order = yield from self.get_order(parcel.order_id)
        numbers = {shipment.waybill_no for shipment in order.shipments}
        if parcel.waybill_no in numbers:
            raise Conflict("the new number stands there already", platform="kuaishou", field="Dispatch.waybill_no")
        if parcel.replaces not in numbers:
            raise NotFound("no parcel of this order has the number to be replaced", platform="kuaishou",
                           field="Dispatch.replaces")  # fmt: skip
        yield from self.call(UPDATE, {
            "orderId": number(parcel.order_id), "logisticsId": _logistics_id(order, parcel.replaces),
            "expressCode": self._code(parcel.carrier), "expressNo": parcel.waybill_no,
        }, write=True)  # fmt: skip


def _left(order: Order) -> dict[str, int]:
    """Pieces that still have to go, by line; what was sent of a line is known for every line that waits."""
    waiting: list[LineItem] = [line for line in order.lines if line.status in _WAITS]
    return {line.line_id: line.quantity - (line.shipped_quantity or 0) for line in waiting
            if line.quantity > (line.shipped_quantity or 0)}  # fmt: skip


def _goes_whole(order: Order, parcels: Sequence[Dispatch], left: Mapping[str, int]) -> bool:
    """Whether parcels are the whole order, and told so: by their senders, or because the order cannot be parted.

    Raises:
        UnsupportedOperation: The platform lets this order leave in one piece only, and these are not all pieces.
    """
    if all(parcel.lines is None for parcel in parcels):
        return True
    base = loads(order.raw or b"{}").get("orderBaseInfo") or {}
    if str(base.get("enableSplitDeliveryOrder", True)).lower() not in ("false", "0"):
        return False
    told: dict[str, int] = {}
    for parcel in parcels:
        for line_id, count in parcel.lines or left.items():
            told[line_id] = told.get(line_id, 0) + count
    if told == dict(left):
        return True
    raise UnsupportedOperation("Kuaishou lets this order leave as a whole only", platform="kuaishou",
                               operation="ship", field="Dispatch.lines")  # fmt: skip


def _pieces(parcel: Dispatch, rest: Mapping[str, int]) -> Pieces:
    """What is in a parcel: as told, else all that is left; raises `InvalidParameter` for more than is left."""
    pieces = parcel.lines if parcel.lines is not None else tuple((name, count) for name, count in rest.items() if count)
    for line_id, count in pieces:
        if not 0 < count <= rest.get(line_id, 0):
            raise InvalidParameter(
                f"{count} pieces of line {line_id} cannot be sent: {rest.get(line_id, 0)} are left",
                platform="kuaishou", field="Dispatch.lines",
            )  # fmt: skip
    if not pieces:
        raise InvalidParameter("nothing is left for this parcel", platform="kuaishou", field="Dispatch.lines")
    return pieces


def _serial_fields(order: Order, serials: Sequence[str]) -> dict[str, list[str]]:
    """Serial numbers under the name that the order asks for: 1 SN, 2 IMEI."""
    if not serials:
        return {}
    delivery = loads(order.raw or b"{}").get("orderDeliveryInfo") or {}
    kinds = {str(kind) for kind in rows_of((delivery.get("serialNumberInfo") or {}).get("serialType"))}
    return {"imeiList" if kinds == {"2"} else "serialNumberList": list(serials)}


def _logistics_id(order: Order, waybill_no: str | None) -> int | None:
    rows = rows_of(loads(order.raw or b"{}").get("orderLogisticsInfo"))
    found = [row.get("logisticsId") for row in rows if str(row.get("expressNo")) == waybill_no]
    return int(found[0]) if found and found[0] else None
