"""One parcel brought up to date: its record written, then everything told that follows, each once. Imports `logistics`.

The record is written first and names what was told afterwards: a run that dies in between tells the rest next time, and
every message has a key that its sender knows again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.tracking_record import (
    ROUNDS,
    TrackRecord,
    add_journey,
    find_lane,
    hide,
    journeys_of,
    load_track,
    save_track,
)
from orderhub.logistics.eta import Eta, Lane, estimate, journey_of
from orderhub.logistics.incidents import Incident, TrackingPolicy, incidents_of
from orderhub.logistics.tracking import unknown_codes
from orderhub.models import Finding, Order, Shipment, TrackingEvent, TrackingStatus
from orderhub.ports import Event, Message

__all__ = ["PROBLEM", "Note", "Tracked", "note_parcel", "tracked"]

PROBLEM = "parcel_problem"
"""Tag of orders with a parcel that needs somebody."""
MILESTONES = {TrackingStatus.DELIVERED: "order_delivered"}
"""What customers are told of."""
JOURNEY = "journey"


@dataclass(frozen=True, slots=True)
class Tracked:
    """One parcel as it is known now.

    Attributes:
        events: Oldest first, each once; people taken out of their texts.
        error: Why the carrier could not be asked, or what it told not be written down; the rest is what was known.
        incidents: What is wrong with it.
        findings: Codes that its carrier's documents do not list.
        eta: When it should arrive, where there is evidence.
    """

    order_key: str
    carrier: str
    waybill_no: str
    status: TrackingStatus
    events: tuple[TrackingEvent, ...] = ()
    error: OrderHubError | None = None
    incidents: tuple[Incident, ...] = ()
    findings: tuple[Finding, ...] = ()
    eta: Eta | None = None


@dataclass
class Note:
    """Histories of lanes that were read in this run."""

    journeys: dict[str, list[int]] = field(default_factory=dict)

    def minutes(self, lane: Lane) -> Operation[list[int]]:
        """Journeys of a lane, read once."""
        if lane.key not in self.journeys:
            self.journeys[lane.key] = [minutes for _, minutes in (yield from journeys_of(lane)).values()]
        return self.journeys[lane.key]


def tracked(
    note: Note, record: TrackRecord, told: Sequence[TrackingEvent], policy: TrackingPolicy, at: datetime,
    failure: OrderHubError | None = None,
) -> Operation[Tracked]:  # fmt: skip
    """The parcel for whoever asked."""
    track = record.track
    findings = tuple(unknown_codes(track.carrier, told or track.events))
    eta = yield from _eta(note, record, policy, at)
    return Tracked(record.order_key, track.carrier, track.waybill_no, track.status, track.events, failure,
                   record.incidents, findings, eta)  # fmt: skip


def _eta(note: Note, record: TrackRecord, policy: TrackingPolicy, at: datetime) -> Operation[Eta | None]:
    """None once it has arrived or turned round, before it is picked up, and where there is no evidence."""
    track, lane = record.track, record.lane
    if lane is None or track.is_settled or track.furthest is TrackingStatus.RETURNING or track.picked_up_at is None:
        return None
    minutes = yield from note.minutes(lane)
    return estimate(lane, track.picked_up_at, at, minutes, policy.samples_min)


def _latest(note: Note, record: TrackRecord, policy: TrackingPolicy) -> Operation[datetime | None]:
    """When all comparable parcels had arrived, seen from the pick-up."""
    if record.lane is None or record.track.picked_up_at is None:
        return None
    minutes = yield from note.minutes(record.lane)
    began = record.track.picked_up_at
    eta = estimate(record.lane, began, began, minutes, policy.samples_min)
    return eta.latest if eta else None


def note_parcel(
    plan: FulfilPlan, policy: TrackingPolicy, note: Note, order: Order, shipment: Shipment,
    events: Iterable[TrackingEvent], at: datetime,
) -> Operation[TrackRecord]:  # fmt: skip
    """Add events to a parcel's record and tell what follows from it; repeats change nothing.

    Raises:
        StaleVersion: The record changes faster than it can be written.
    """
    fresh = hide(order, events)
    for _ in range(ROUNDS):
        before = yield from load_track(order.key, shipment.carrier or "", shipment.waybill_no or "")
        after = yield from _grown(plan, policy, note, order, shipment, before, fresh, at)
        if after != before or before.is_new:
            try:
                after = yield from save_track(after)
            except StaleVersion:
                continue
        yield from _remember(before, after)
        return (yield from _tell(policy, after))
    raise StaleVersion(f"parcel {shipment.waybill_no} changes faster than it can be written; track again")


def _grown(
    plan: FulfilPlan, policy: TrackingPolicy, note: Note, order: Order, shipment: Shipment, before: TrackRecord,
    events: Sequence[TrackingEvent], at: datetime,
) -> Operation[TrackRecord]:  # fmt: skip
    lane, track = before.lane, before.track.with_events(events)
    if lane is None:
        lane = yield from find_lane(plan.warehouses, order, track.carrier, track.waybill_no)
    after = replace(before, track=track, lane=lane, order_key=order.key)
    latest = yield from _latest(note, after, policy)
    shipped = shipment.shipped_at or order.shipped_at
    return replace(after, incidents=incidents_of(track, at, policy, shipped_at=shipped, latest=latest))


def _remember(before: TrackRecord, after: TrackRecord) -> Operation[None]:
    """The order's own timeline: where its parcel is now, which incidents began, which are over."""
    number = after.track.waybill_no
    detail = {"carrier": after.track.carrier, "waybill_no": number}
    told = []
    if after.track.status is not before.track.status:
        told.append(Event(after.order_key, "parcel", "tracking", {**detail, "status": after.track.status.value}))
    old, new = ({each.key: each for each in record.incidents} for record in (before, after))
    for what, keys in (("incident_opened", new.keys() - old.keys()), ("incident_closed", old.keys() - new.keys())):
        told += [Event(after.order_key, what, "tracking", {**detail, "incident": key}) for key in sorted(keys)]
    if told:
        yield from ask("marks", "put_events", told)


def _tell(policy: TrackingPolicy, record: TrackRecord) -> Operation[TrackRecord]:
    """Customers hear of milestones, staff of incidents, the lane of a journey; then it is noted what they heard."""
    done: set[str] = set()
    minutes = journey_of(record.track)
    if record.lane and minutes and record.track.delivered_at and JOURNEY not in record.told:
        yield from add_journey(record.lane, record.track.waybill_no, record.track.delivered_at, minutes)
        done.add(JOURNEY)
    messages = {name: message for name, message in _messages(policy, record) if name not in record.told}
    if messages:
        outcomes = yield from ask("notifier", "send", list(messages.values()))
        done |= {name for name, outcome in zip(messages, outcomes, strict=True) if outcome.ok}
    if not done:
        return record
    try:
        return (yield from save_track(replace(record, told=record.told | done)))
    except StaleVersion:
        return record  # whoever wrote meanwhile tells it again, under the same keys


def _messages(policy: TrackingPolicy, record: TrackRecord) -> Iterable[tuple[str, Message]]:
    track = record.track
    template = MILESTONES.get(track.status)
    if template:
        values = {"order": record.order_key, "carrier": track.carrier, "waybill_no": track.waybill_no}
        name = f"{template}:{record.order_key}:{track.waybill_no}"
        yield template, Message(name, "local", record.order_key, template, values)
    for incident in record.incidents:
        if incident.kind in policy.tell:
            yield incident.key, _alert(record, incident)


def _alert(record: TrackRecord, incident: Incident) -> Message:
    track = record.track
    where = f" at {incident.place}" if incident.place else ""
    code = f" ({incident.code.value})" if incident.code else ""
    message = f"{track.carrier} {track.waybill_no} is {incident.status.value}{code}{where}"
    values = {"code": f"parcel_{incident.kind.value}", "order": record.order_key, "message": message}
    name = f"incident:{track.carrier}:{track.waybill_no}:{incident.key}"
    return Message(name, "local", "staff", "staff_alert", values)
