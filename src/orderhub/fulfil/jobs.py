"""What the pipeline carries through as one: an order, a part of one, or several for one receiver. Imports `models`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from orderhub.fulfil.record import ParcelRecord, Record
from orderhub.models import Dispatch, Order, PrivacyKind, Recipient
from orderhub.orders.gifts import GIFT
from orderhub.orders.merge import own_lines
from orderhub.orders.split import open_units

__all__ = ["Job", "dispatches", "fingerprint", "order_ids_of", "shippable_lines", "told_lines"]


@dataclass(frozen=True, slots=True)
class Job:
    """One run through the pipeline.

    Attributes:
        key: Of its record: the order's key, `…#2` for a part, `…+2` for orders merged with that one.
        order: What is allocated and labelled.
        members: The orders whose platform is told, each its own lines.
    """

    key: str
    order: Order
    members: tuple[Order, ...]

    @property
    def is_part(self) -> bool:
        """Whether the platform is told of some lines only."""
        return "#" in self.key

    @classmethod
    def of(cls, order: Order) -> Job:
        """The job of a whole order."""
        return cls(order.key, order, (order,))


def shippable_lines(order: Order) -> list[tuple[str, str | None, int]]:
    """(line_id, SKU, units) still to be sent: neither cancelled nor refunded nor under refund.

    The order has the merchant's own SKUs on its lines (`FulfilPlan.mapped`).
    """
    return [(line.line_id, line.sku, open_units(line)) for line in order.lines if open_units(line)]


def dispatches(job: Job, record: Record, order: Order) -> list[Dispatch]:
    """What one member's platform is told: one parcel with every line is the whole order, else each names its lines."""
    everything = {(line.line_id, line.quantity) for line in order.lines}
    told = [(parcel, told_lines(job, parcel, order)) for parcel in record.parcels]
    told = [(parcel, lines) for parcel, lines in told if lines]
    whole = len(told) == 1 and set(told[0][1]) == everything and not job.is_part
    return [_dispatch(order, parcel, None if whole else lines, record.serials) for parcel, lines in told]


def order_ids_of(job: Job) -> tuple[str, ...]:
    """The job's orders that its first one's shop knows, by that platform's ids."""
    first = job.members[0]
    there = (order for order in job.members if (order.platform, order.shop_id) == (first.platform, first.shop_id))
    return tuple(order.order_id for order in there)


def told_lines(job: Job, parcel: ParcelRecord, order: Order) -> tuple[tuple[str, int], ...]:
    """The lines that the platform knows: gifts of the merchant's own are no business of its."""
    lines = own_lines(order, parcel.lines) if len(job.members) > 1 else parcel.lines
    return tuple((line_id, units) for line_id, units in lines if not line_id.startswith(GIFT))


def _dispatch(
    order: Order, parcel: ParcelRecord, lines: tuple[tuple[str, int], ...] | None, serials: Sequence[tuple[str, str]]
) -> Dispatch:
    there = {line.line_id for line in order.lines} if lines is None else {line_id for line_id, _ in lines}
    return Dispatch(
        order_id=order.order_id, carrier=parcel.carrier or "", waybill_no=parcel.waybill_no or "", lines=lines,
        serial_numbers=tuple((line_id, serial) for line_id, serial in serials if line_id in there),
    )  # fmt: skip


def fingerprint(person: Recipient) -> str:
    """Whom a parcel goes to, as a short digest: equal for one receiver, and it tells nothing about him.

    A hidden receiver is known by the platform's merge key, or else by what of the address is told.
    """
    place = person.address
    told = [place.province, place.city, place.district, place.town]
    if person.privacy.kind in (PrivacyKind.CLEAR, PrivacyKind.ABSENT):
        told += [place.street, person.name, person.phone, person.phone_extension]
    elif person.privacy.merge_key:
        told = [person.privacy.merge_key]
    return hashlib.sha256("\n".join(text or "" for text in told).encode()).hexdigest()[:16]
