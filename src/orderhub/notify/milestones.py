"""What there is to tell of an order: its milestones as messages. Pure. Imports `models`, `ports`.

Worked out from what is known now, so that it may be asked as often as one likes: a milestone has one key for ever. Only
where a parcel stands is told, not every place that it passed: a buyer who heard nothing for a day gets one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from orderhub.models import AftersaleStatus, Order, OrderStatus, PaymentStatus, Refund, TrackingEvent, TrackingStatus
from orderhub.ports import Message

__all__ = ["STEPS", "Journey", "milestones"]

STEPS = MappingProxyType({
    TrackingStatus.AT_HUB: "parcel_at_hub", TrackingStatus.OUT_FOR_DELIVERY: "parcel_out_for_delivery",
    TrackingStatus.READY_FOR_PICKUP: "parcel_ready_for_pickup", TrackingStatus.DELIVERED: "order_delivered",
    TrackingStatus.EXCEPTION: "parcel_exception", TrackingStatus.DELIVERY_FAILED: "parcel_delivery_failed",
    TrackingStatus.RETURNED: "parcel_returned",
})  # fmt: skip
"""Where a parcel is -> what its receiver is told."""
CASES = MappingProxyType({
    AftersaleStatus.REFUNDED: "refund_completed", AftersaleStatus.PARTIALLY_REFUNDED: "refund_completed",
    AftersaleStatus.REFUSED: "refund_refused",
})  # fmt: skip
"""What became of an after-sale case -> what the buyer is told."""
_PAID = {PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}
_WAITS = {OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED}


class Journey(Protocol):
    """One parcel as it is known."""

    @property
    def carrier(self) -> str:
        """Canonical code."""
        ...

    @property
    def waybill_no(self) -> str:
        """The carrier's number."""
        ...

    @property
    def status(self) -> TrackingStatus:
        """Where it is."""
        ...

    @property
    def events(self) -> Sequence[TrackingEvent]:
        """Its steps, oldest first."""
        ...


def milestones(
    order: Order, parcels: Iterable[Journey], refunds: Iterable[Refund], since: datetime
) -> list[Message]:  # fmt: skip
    """Messages about what came about at `since` or later; what has no date is not told."""
    told = [*_of_order(order), *_of_parcels(order, parcels), *_of_cases(order, refunds)]
    return [message for at, message in told if at is not None and at >= since]


def _of_order(order: Order) -> Iterator[tuple[datetime | None, Message]]:
    if order.payment_status in _PAID:
        amount = "" if order.paid is None else f"{order.paid} {order.currency}"
        yield order.paid_at, _message("order_paid", order, order.key, amount=amount)
    if order.is_shippable:
        yield order.updated_at, _message("order_accepted", order, order.key)
    elif order.holds and order.status in _WAITS:
        yield order.updated_at, _message("order_held", order, order.key)
    if order.status is OrderStatus.CANCELLED:
        yield order.updated_at, _message("order_cancelled", order, order.key)
    for shipment in order.shipments:
        if shipment.carrier and shipment.waybill_no:
            name = f"{order.key}:{shipment.waybill_no}"
            at = shipment.shipped_at or order.shipped_at
            yield at, _message("order_shipped", order, name, carrier=shipment.carrier, waybill_no=shipment.waybill_no)


def _of_parcels(order: Order, parcels: Iterable[Journey]) -> Iterator[tuple[datetime | None, Message]]:
    """The newest step that has the parcel's status dates it; the same trouble on another day is another message."""
    for parcel in parcels:
        template = STEPS.get(parcel.status)
        steps = [event for event in parcel.events if event.status is parcel.status]
        if template is None or not steps:
            continue
        place, name = steps[-1].place or "", f"{order.key}:{parcel.waybill_no}"
        if parcel.status in (TrackingStatus.EXCEPTION, TrackingStatus.DELIVERY_FAILED):
            name = f"{name}:{steps[-1].at.date().isoformat()}"
        values = {"carrier": parcel.carrier, "waybill_no": parcel.waybill_no}
        more = {} if template == "order_delivered" else {"place": place}
        yield steps[-1].at, _message(template, order, name, **values, **more)


def _of_cases(order: Order, refunds: Iterable[Refund]) -> Iterator[tuple[datetime | None, Message]]:
    for case in refunds:
        template = CASES.get(case.status)
        if template is not None:
            amount = "" if case.amount is None else f"{case.amount} {case.currency}"
            name = f"{order.key}:{case.refund_id}"
            yield case.updated_at, _message(template, order, name, refund=case.refund_id, amount=amount)


def _message(template: str, order: Order, name: str, **values: str) -> Message:
    return Message(f"{template}:{name}", "local", order.key, template, {"order": order.order_id, **values})
