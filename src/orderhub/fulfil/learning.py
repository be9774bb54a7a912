"""What a merchant's own parcels say about carriers: read from records and tracks, never asked of anybody.

Imports `logistics`, `flow`, `ports`. A parcel of which no track is kept is judged by what its order tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, load_record
from orderhub.fulfil.splitting import job_keys
from orderhub.fulfil.tracking_record import load_track
from orderhub.logistics.provinces import province_of
from orderhub.logistics.quality import QualityTable, Trip, learn
from orderhub.logistics.tracking import SIDE
from orderhub.models import Order, OrderStatus, Shipment, TrackingStatus
from orderhub.ports import Cursor, OrderQuery

__all__ = ["QUALITY", "SHIPPED", "learn_from_orders", "trips_of", "with_quality"]

QUALITY = "carriers:quality"
"""The cursor that holds what was learned."""

SHIPPED = (
    OrderStatus.PARTIALLY_SHIPPED.value, OrderStatus.SHIPPED.value, OrderStatus.DELIVERED.value,
    OrderStatus.COMPLETED.value,
)  # fmt: skip
"""Orders that have parcels."""

_TROUBLE = SIDE | {TrackingStatus.RETURNING, TrackingStatus.RETURNED}
_BATCH = 500


def learn_from_orders(plan: FulfilPlan) -> Operation[QualityTable]:
    """The table of every parcel of the policy's history; each counts once."""
    present = yield from now()
    policy = plan.selection.quality
    query = OrderQuery(status=SHIPPED, updated_from=present - timedelta(days=policy.history_days), limit=_BATCH)
    found: dict[tuple[str, str], Trip] = {}
    while True:
        orders: list[Order] = yield from ask("orders", "find_orders", query)
        for order in orders:
            found.update((yield from trips_of(plan, order)))
        if len(orders) < _BATCH:
            return learn(found.values(), present, policy)
        query = replace(query, after=(orders[-1].updated_at, orders[-1].key))


def trips_of(plan: FulfilPlan, order: Order) -> Operation[dict[tuple[str, str], Trip]]:
    """(carrier, waybill number) -> trip of each parcel of an order whose lane is known."""
    destination = province_of(order.recipient.address)
    rows = yield from _parcels(order)
    told = {shipment.waybill_no: shipment for shipment in order.shipments if shipment.waybill_no}
    homes = {warehouse.code: province_of(warehouse.address) for warehouse in plan.warehouses}
    found: dict[tuple[str, str], Trip] = {}
    for row in rows if destination else ():
        carrier, number, origin = row.carrier or "", row.waybill_no or "", homes.get(row.warehouse)
        if origin and carrier and number:
            trip = yield from _trip(order, row, told.get(number), (carrier, origin, destination or ""))
            if trip is not None:
                found[carrier, number] = trip
    return found


def _parcels(order: Order) -> Operation[Sequence[ParcelRecord]]:
    """Parcels of the jobs that carried it."""
    record = yield from load_record(order.key)
    found = list(record.parcels)
    for key in job_keys(record):
        if key != order.key:
            found += (yield from load_record(key)).parcels
    return found


def _trip(order: Order, row: ParcelRecord, told: Shipment | None, lane: tuple[str, str, str]) -> Operation[Trip | None]:
    record = yield from load_track(order.key, lane[0], row.waybill_no or "")
    track = record.track
    left = track.picked_up_at or (told.shipped_at if told else None) or order.shipped_at
    if left is None:
        return None
    arrived: datetime | None = track.delivered_at or (told.delivered_at if told else None)
    trouble = any(event.status in _TROUBLE for event in track.events)
    return Trip(*lane, left, arrived, row.promised_hours, trouble)


def with_quality(plan: FulfilPlan) -> Operation[FulfilPlan]:
    """The plan with what was learned last, where its policy wants that and nothing else was given."""
    if not plan.selection.learn or plan.quality is not None:
        return plan
    cursor: Cursor = yield from ask("orders", "get_cursor", QUALITY)
    return replace(plan, quality=QualityTable.from_text(cursor.position)) if cursor.position else plan
