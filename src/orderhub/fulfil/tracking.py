"""Following parcels to delivery and telling customers once per milestone. Imports `flow`, `models`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.models import Order, OrderStatus, Shipment, TrackingEvent, TrackingStatus
from orderhub.ports import Message, OrderQuery

__all__ = ["Tracked", "track_orders"]

_UNDER_WAY = (OrderStatus.PARTIALLY_SHIPPED.value, OrderStatus.SHIPPED.value)
MILESTONES = {TrackingStatus.DELIVERED: "order_delivered"}
BATCH = 10


@dataclass(frozen=True, slots=True)
class Tracked:
    """One parcel as its carrier sees it now; `error` when the carrier could not be asked."""

    order_key: str
    carrier: str
    waybill_no: str
    status: TrackingStatus
    events: tuple[TrackingEvent, ...] = ()
    error: OrderHubError | None = None


def track_orders(plan: FulfilPlan) -> Operation[list[Tracked]]:
    """Ask carriers of this hub about the parcels of orders under way."""
    carriers = {service.carrier for service in plan.services}
    orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(status=_UNDER_WAY))
    parcels: dict[str, list[tuple[Order, Shipment]]] = defaultdict(list)
    for order in orders:
        for shipment in order.shipments:
            if shipment.carrier in carriers and shipment.waybill_no:
                parcels[shipment.carrier].append((order, shipment))
    found: list[Tracked] = []
    for carrier, rows in sorted(parcels.items()):
        for start in range(0, len(rows), BATCH):
            found += yield from _ask_carrier(carrier, rows[start : start + BATCH])
    yield from _tell(found)
    return found


def _ask_carrier(carrier: str, rows: Sequence[tuple[Order, Shipment]]) -> Operation[list[Tracked]]:
    numbers = [shipment.waybill_no or "" for _, shipment in rows]
    try:
        events: list[TrackingEvent] = yield from ask(f"carrier:{carrier}", "track", numbers)
    except OrderHubError as error:
        return [Tracked(order.key, carrier, number, TrackingStatus.UNKNOWN, (), error)
                for (order, _), number in zip(rows, numbers, strict=True)]  # fmt: skip
    by_number: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        by_number[event.waybill_no].append(event)
    return [
        _tracked(order.key, carrier, number, by_number[number])
        for (order, _), number in zip(rows, numbers, strict=True)
    ]


def _tracked(order_key: str, carrier: str, number: str, events: Sequence[TrackingEvent]) -> Tracked:
    """The newest event decides; a delivered parcel stays delivered unless it goes back."""
    ordered = tuple(sorted(events, key=lambda event: event.at))
    status = ordered[-1].status if ordered else TrackingStatus.CREATED
    seen = {event.status for event in ordered}
    going_back = {TrackingStatus.RETURNING, TrackingStatus.RETURNED}
    if TrackingStatus.DELIVERED in seen and not seen & going_back:
        status = TrackingStatus.DELIVERED
    return Tracked(order_key, carrier, number, status, ordered)


def _tell(parcels: Sequence[Tracked]) -> Operation[None]:
    messages = [
        Message(f"{template}:{parcel.order_key}:{parcel.waybill_no}", "local", parcel.order_key, template,
                {"order": parcel.order_key, "carrier": parcel.carrier, "waybill_no": parcel.waybill_no})
        for parcel in parcels if (template := MILESTONES.get(parcel.status))
    ]  # fmt: skip
    if messages:
        yield from ask("notifier", "send", messages)
