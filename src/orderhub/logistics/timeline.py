"""What a customer sees of an order: where it is and what happened, in Chinese or English, nobody named. Pure.

Imports `tracking`, `orders.views` and below. Carriers' own texts are shown in Chinese only and with people, numbers and
pick-up codes taken out; everything else is said in our words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from orderhub.kit.carriers import carrier_name, carrier_of
from orderhub.logistics.eta import Eta
from orderhub.logistics.tracking import ParcelTrack
from orderhub.logistics.tracking_orders import project
from orderhub.models import Order, OrderStatus, Recipient, Shipment, TrackingEvent, TrackingStatus
from orderhub.models.base import Instant, Model
from orderhub.orders.views import mask_name

__all__ = ["MILESTONES", "ORDER_WORDS", "STATUS_WORDS", "CustomerParcel", "CustomerView", "Locale", "TimelineStep",
           "customer_view", "hidden"]  # fmt: skip

Locale = Literal["zh", "en"]
Told = Mapping[str, tuple[str, str]]

STATUS_WORDS: Told = {
    "created": ("运单已生成，等待揽收", "Label created, waiting for pick-up"),
    "picked_up": ("快递已揽收", "Picked up by the carrier"),
    "in_transit": ("运输途中", "In transit"),
    "at_hub": ("已到达转运中心", "Arrived at a sorting centre"),
    "out_for_delivery": ("正在派送", "Out for delivery"),
    "ready_for_pickup": ("已到达自提点，请及时取件", "Ready for you to pick up"),
    "delivered": ("已签收", "Delivered"),
    "delivery_failed": ("派送未成功，将再次派送", "Delivery attempted, another attempt follows"),
    "returning": ("包裹正在退回", "On its way back to the sender"),
    "returned": ("包裹已退回发件人", "Returned to the sender"),
    "exception": ("包裹出现异常，正在处理", "There is a problem, it is being looked into"),
    "cancelled": ("运单已取消", "The label was cancelled"),
    "unknown": ("状态更新中", "The status is being updated"),
}  # fmt: skip
"""Status of a parcel in Chinese and English."""

MILESTONES: Told = {
    "placed": ("订单已提交", "Order placed"),
    "paid": ("订单已付款", "Payment received"),
    "shipped": ("商家已发货", "Handed over to the carrier"),
    "completed": ("订单已完成", "Order completed"),
}  # fmt: skip
"""What is not a parcel's, alike."""

ORDER_WORDS: Told = {
    "pending_payment": ("待付款", "Waiting for payment"), "awaiting_shipment": ("待发货", "Being prepared"),
    "partially_shipped": ("部分发货", "Partly shipped"), "shipped": ("已发货", "Shipped"),
    "delivered": ("已签收", "Delivered"), "completed": ("已完成", "Completed"), "cancelled": ("已取消", "Cancelled"),
    "unknown": ("处理中", "In progress"),
}  # fmt: skip
"""Status of an order, alike."""


class TimelineStep(Model):
    """One thing that happened; `parcel` counts from 1 and is None for what concerns the whole order. Instants UTC."""

    at: Instant
    status: str
    title: str
    place: str | None = None
    detail: str | None = None
    parcel: int | None = None


class CustomerParcel(Model):
    """One parcel; the estimate stands only where there is evidence for one. Instants UTC."""

    number: int
    carrier: str | None
    waybill_no: str | None
    status: str
    title: str
    early: Instant | None = None
    late: Instant | None = None


class CustomerView(Model):
    """What may be shown to somebody who knows an order's number and the end of its phone number.

    Attributes:
        receiver: The first character of the name and two stars.
        region: Province and city; never more.
        steps: Oldest first, each once.
    """

    order_no: str
    locale: str
    status: str
    title: str
    receiver: str | None
    region: str
    updated_at: Instant | None
    parcels: tuple[CustomerParcel, ...]
    steps: tuple[TimelineStep, ...]

    def __repr__(self) -> str:
        return f"CustomerView({self.order_no} {self.status}, {len(self.steps)} steps)"

    __str__ = __repr__


_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?\d(?:[- ]?\d){6,}")
_EMAIL = re.compile(r"[^\s@,;:，。；：【】()（）]{1,64}@[^\s@,;:，。；：【】()（）]+")
_NAMED = re.compile(
    r"((?:签收人|收件人|代收人|快递员|派件员|派送员|业务员|收派员|联系人|站长)(?:是|为)?\s*[:：【\[(（]?\s*)"
    r"(?<=[:：【\[(（是为\s])[^\s,，。;；:：】\])）]+"
)
_CODE = re.compile(r"((?:取[件货]|提货|验证|开箱)码(?:是|为)?\s*[:：【\[(（]?\s*)[0-9A-Za-z][0-9A-Za-z-]*")


def hidden(text: str, person: Recipient, waybill_no: str = "") -> str:
    """A carrier's text without the receiver's name, number and street, other people, numbers and pick-up codes."""
    for known in sorted(filter(None, (person.name, person.phone, person.address.street)), key=len, reverse=True):
        text = text.replace(known, "***") if len(known) > 1 else text
    text = _EMAIL.sub("***", _CODE.sub(r"\1***", _NAMED.sub(r"\1***", text)))
    return _NUMBER.sub(lambda found: found[0] if waybill_no and found[0] in waybill_no else "***", text)


def customer_view(
    order: Order, tracks: Sequence[ParcelTrack] = (), *, locale: Locale = "zh", etas: Mapping[str, Eta] | None = None
) -> CustomerView:
    """The order as its customer may see it.

    Args:
        tracks: What is known of its parcels.
        etas: Waybill number -> estimate.
    """
    seen = project(order, tracks)
    by_number = {track.waybill_no: track for track in tracks}
    pairs = [(shipment, by_number.get(shipment.waybill_no or "")) for shipment in seen.shipments]
    steps = _steps(seen, pairs, locale)
    parcels = tuple(
        _parcel(at, shipment, track, locale, (etas or {}).get(shipment.waybill_no or ""))
        for at, (shipment, track) in enumerate(pairs, 1)
    )
    place = order.recipient.address
    return CustomerView(
        order_no=order.order_id, locale=locale, status=seen.status.value,
        title=_word(ORDER_WORDS, seen.status.value, locale),
        receiver=mask_name(order.recipient.name) if order.recipient.name else None,
        region=" ".join(filter(None, (place.province, place.city))), parcels=parcels, steps=steps,
        updated_at=steps[-1].at if steps else seen.updated_at,
    )  # fmt: skip


def _word(words: Told, name: str, locale: Locale) -> str:
    return words[name][locale == "en"]


def _parcel(
    number: int, shipment: Shipment, track: ParcelTrack | None, locale: Locale, eta: Eta | None
) -> CustomerParcel:  # fmt: skip
    status = track.status if track else TrackingStatus.DELIVERED if shipment.delivered_at else TrackingStatus.CREATED
    known = carrier_of(shipment.carrier)
    name = carrier_name(known, locale) if known else shipment.carrier_name
    dates = {"early": eta.early, "late": eta.late} if eta else {}
    return CustomerParcel(
        number=number, carrier=name, waybill_no=shipment.waybill_no, status=status.value,
        title=_word(STATUS_WORDS, status.value, locale), **dates,
    )  # fmt: skip


def _steps(
    order: Order, pairs: Sequence[tuple[Shipment, ParcelTrack | None]], locale: Locale
) -> tuple[TimelineStep, ...]:
    """All steps in order; what says the same as the step before it of the same parcel is left out."""
    found = [*_of_order(order, pairs, locale)]
    for number, (_, track) in enumerate(pairs, 1):
        found += _of_parcel(order.recipient, track.events if track else (), number, locale)
    return tuple(sorted(found, key=lambda step: (step.at, step.parcel or 0)))


def _of_order(
    order: Order, pairs: Sequence[tuple[Shipment, ParcelTrack | None]], locale: Locale
) -> Iterator[TimelineStep]:
    """Milestones that no carrier tells."""
    shipped = min((shipment.shipped_at for shipment, _ in pairs if shipment.shipped_at), default=order.shipped_at)
    done = order.completed_at if order.status is OrderStatus.COMPLETED else None
    dates: Mapping[str, datetime | None] = {
        "placed": order.created_at, "paid": order.paid_at, "shipped": shipped, "completed": done,
    }  # fmt: skip
    for name, at in dates.items():
        if at is not None:
            yield TimelineStep(at=at, status=name, title=_word(MILESTONES, name, locale))
    for number, (shipment, track) in enumerate(pairs, 1):
        if shipment.delivered_at and not (track and track.delivered_at):
            title = _word(STATUS_WORDS, "delivered", locale)
            yield TimelineStep(at=shipment.delivered_at, status="delivered", title=title, parcel=number)


def _of_parcel(
    person: Recipient, events: Iterable[TrackingEvent], number: int, locale: Locale
) -> Iterator[TimelineStep]:
    before: tuple[str | None, ...] | None = None
    for event in events:
        if event.status is TrackingStatus.UNKNOWN:
            continue
        detail = hidden(event.text, person, event.waybill_no) if locale == "zh" and event.text else None
        place = hidden(event.place, person) if event.place else None
        told = (event.status.value, place, detail)
        if told != before:
            title = _word(STATUS_WORDS, event.status.value, locale)
            yield TimelineStep(at=event.at, status=event.status.value, title=title, place=place, detail=detail,
                               parcel=number)  # fmt: skip
        before = told
