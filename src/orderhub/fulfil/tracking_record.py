"""What is kept of one order's parcel, in a cursor of its own: put only if unchanged, so polls and pushes may cross.

Imports `logistics`, `ports`, `flow`, `models`. Texts of carriers are kept without people, numbers and codes, so that
nothing here needs to be forgotten with the customer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.record import load_record
from orderhub.fulfil.splitting import job_keys
from orderhub.logistics.eta import Lane, kept, lane_of
from orderhub.logistics.incidents import Incident
from orderhub.logistics.timeline import hidden
from orderhub.logistics.tracking import ParcelTrack
from orderhub.models import Order, TrackingEvent, Warehouse
from orderhub.ports import Cursor

__all__ = ["TrackRecord", "add_journey", "find_lane", "hide", "journeys_of", "load_track", "save_track"]

ROUNDS = 5
_FIELDS = ("status", "at", "place", "text", "raw_code", "code")


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """One parcel as it was last written down.

    Attributes:
        incidents: Those that were open then.
        told: Keys of what was said about it: to customers, to staff, to the lane's history.
    """

    track: ParcelTrack
    order_key: str
    lane: Lane | None = None
    incidents: tuple[Incident, ...] = ()
    told: frozenset[str] = frozenset()
    cursor: Cursor = field(default_factory=lambda: Cursor(""))

    @property
    def is_new(self) -> bool:
        """Whether nothing was written about the parcel yet."""
        return self.cursor.version == 0


def load_track(order_key: str, carrier: str, waybill_no: str) -> Operation[TrackRecord]:
    """The record of an order's parcel, an empty one when nothing is known; merged orders have one each."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"parcel:{order_key}:{carrier}:{waybill_no}")
    track = ParcelTrack(carrier, waybill_no)
    if cursor.position is None:
        return TrackRecord(track, order_key, cursor=cursor)
    found: dict[str, Any] = json.loads(cursor.position)
    rows = ({"waybill_no": waybill_no, **dict(zip(_FIELDS, row, strict=True))} for row in found["events"])
    return TrackRecord(
        track.with_events(TrackingEvent.model_validate(row) for row in rows),
        found["order"],
        Lane.model_validate(found["lane"]) if found["lane"] else None,
        tuple(Incident.model_validate(row) for row in found["incidents"]),
        frozenset(found["told"]),
        cursor,
    )


def save_track(record: TrackRecord) -> Operation[TrackRecord]:
    """Write it down; raises `StaleVersion` when somebody else did meanwhile."""
    body = {
        "order": record.order_key,
        "lane": record.lane and record.lane.model_dump(),
        "events": [_row(event) for event in record.track.events],
        "incidents": [incident.model_dump(mode="json", exclude_none=True) for incident in record.incidents],
        "told": sorted(record.told),
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    cursor: Cursor = yield from ask("orders", "put_cursor", record.cursor, text)
    return replace(record, cursor=cursor)


def _row(event: TrackingEvent) -> list[str | None]:
    code = event.code.value if event.code else None
    return [event.status.value, event.at.isoformat(), event.place, event.text, event.raw_code, code]


def hide(order: Order, events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """The events without whom they name."""
    return [
        event.model_copy(update={
            "text": hidden(event.text, order.recipient, event.waybill_no),
            "place": hidden(event.place, order.recipient) if event.place else None,
        })
        for event in events
    ]  # fmt: skip


def find_lane(warehouses: Iterable[Warehouse], order: Order, carrier: str, waybill_no: str) -> Operation[Lane | None]:
    """The lane of a parcel that this hub sent; None when it did not, or does not know from or to where."""
    record = yield from load_record(order.key)
    for key in job_keys(record):
        job = record if key == order.key else (yield from load_record(key))
        for parcel in job.parcels:
            if parcel.waybill_no == waybill_no:
                homes = {warehouse.code: warehouse.address for warehouse in warehouses}
                home = homes.get(parcel.warehouse)
                return lane_of(carrier, home, order.recipient.address) if home else None
    return None


def journeys_of(lane: Lane) -> Operation[dict[str, tuple[str, int]]]:
    """Waybill number -> (when it arrived, minutes under way) of the lane's latest parcels."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"journeys:{lane.key}")
    return _journeys(cursor)


def _journeys(cursor: Cursor) -> dict[str, tuple[str, int]]:
    rows = json.loads(cursor.position) if cursor.position else {}
    return {str(number): (str(at), int(minutes)) for number, (at, minutes) in rows.items()}


def add_journey(lane: Lane, waybill_no: str, arrived: datetime, minutes: int) -> Operation[None]:
    """Add one journey to the history of its lane; the same parcel counts once however often it is added."""
    for _ in range(ROUNDS):
        cursor: Cursor = yield from ask("orders", "get_cursor", f"journeys:{lane.key}")
        before = _journeys(cursor)
        after = kept({**before, waybill_no: (arrived.isoformat(), minutes)})
        if after == before:
            return
        try:
            yield from ask("orders", "put_cursor", cursor, json.dumps(after, separators=(",", ":")))
        except StaleVersion:
            continue
        return
    raise StaleVersion(f"the history of {lane.key} changes faster than it can be written; track again")
