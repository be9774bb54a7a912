"""An order after one more parcel: what a marketplace would answer, for channels without one. Pure; imports `models`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from orderhub.errors import Conflict, InvalidParameter
from orderhub.models.channel import Dispatch
from orderhub.models.order import LineItem, Order, Shipment
from orderhub.models.status import FulfilmentStatus, OrderStatus

__all__ = ["shipped_order"]

_OPEN = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})


def shipped_order(order: Order, dispatch: Dispatch, at: datetime) -> Order:
    """The order with this parcel.

    Raises:
        Conflict: It does not wait for shipment.
        InvalidParameter: A line that is not there, or more units than are left.
    """
    if dispatch.replaces:
        return _corrected(order, dispatch, at)
    if order.status not in _OPEN:
        raise Conflict(f"the order is {order.status.value}", platform=order.platform, operation="ship")
    units = dict(dispatch.lines if dispatch.lines is not None else _left(order).items())
    lines = tuple(_line(order, line, units.pop(line.line_id, 0)) for line in order.lines)
    if units:
        raise InvalidParameter(
            "the parcel names lines that the order does not have", platform=order.platform, field="lines"
        )
    whole = all((line.shipped_quantity or 0) >= line.quantity for line in lines)
    parcel = Shipment(carrier=dispatch.carrier, waybill_no=dispatch.waybill_no, shipped_at=at,
                      lines=dispatch.lines or tuple(_left(order).items()))  # fmt: skip
    return order.model_copy(update={
        "lines": lines, "shipments": (*order.shipments, parcel), "updated_at": at,
        "shipped_at": order.shipped_at or at,
        "status": OrderStatus.SHIPPED if whole else OrderStatus.PARTIALLY_SHIPPED,
        "fulfilment_status": FulfilmentStatus.SHIPPED if whole else FulfilmentStatus.PARTIALLY_SHIPPED,
    })  # fmt: skip


def _left(order: Order) -> Mapping[str, int]:
    return {line.line_id: line.quantity - (line.shipped_quantity or 0) for line in order.lines}


def _line(order: Order, line: LineItem, units: int) -> LineItem:
    sent = (line.shipped_quantity or 0) + units
    if units < 0 or sent > line.quantity:
        raise InvalidParameter(f"line {line.line_id} has {line.quantity} units", platform=order.platform, field="lines")
    done = sent >= line.quantity
    return line.model_copy(update={"shipped_quantity": sent, "status": OrderStatus.SHIPPED if done else line.status})


def _corrected(order: Order, dispatch: Dispatch, at: datetime) -> Order:
    if all(parcel.waybill_no != dispatch.replaces for parcel in order.shipments):
        raise Conflict("no parcel has the number that is to be replaced", platform=order.platform, operation="ship")
    number = {"waybill_no": dispatch.waybill_no, "carrier": dispatch.carrier}
    parcels = tuple(
        parcel.model_copy(update=number) if parcel.waybill_no == dispatch.replaces else parcel
        for parcel in order.shipments
    )
    return order.model_copy(update={"shipments": parcels, "updated_at": at})
