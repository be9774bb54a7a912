"""Following parcels to their end: asked or told, written down, and everybody told once. Imports `logistics`, `flow`.

A parcel's record is the set of its events; polls and pushes only ever add to it, in any order, as often as they like.
What follows from it (its status, its incidents, what the order has come to) is worked out from the record each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.tracking_note import PROBLEM, Note, Tracked, note_parcel, tracked
from orderhub.fulfil.tracking_record import TrackRecord, load_track, save_track
from orderhub.logistics.incidents import TrackingPolicy
from orderhub.logistics.tracking import LATE
from orderhub.models import Order, OrderStatus, Shipment, TrackingEvent, TrackingStatus
from orderhub.ports import OrderQuery

__all__ = ["PROBLEM", "PushedParcels", "Tracked", "known_parcels", "receive_tracking", "track_orders"]

_UNDER_WAY = (OrderStatus.PARTIALLY_SHIPPED.value, OrderStatus.SHIPPED.value)
BATCH = 10
ANY = "*"


@dataclass(frozen=True, slots=True)
class PushedParcels:
    """What came of one push: parcels that were brought up to date, and numbers that no stored order has."""

    parcels: tuple[Tracked, ...] = ()
    unmatched: tuple[str, ...] = ()


Row = tuple[Order, Shipment, TrackRecord]


@dataclass
class _Desk:
    """What one run works with."""

    plan: FulfilPlan
    policy: TrackingPolicy
    carriers: frozenset[str]
    at: datetime
    note: Note = field(default_factory=Note)

    def asked(self, carrier: str) -> str | None:
        """Which carrier of the hub is asked about parcels of `carrier`; None when nobody can be."""
        named = self.policy.ask.get(carrier)
        own = carrier if carrier in self.carriers else None
        found = named or own or self.policy.ask.get(ANY)
        return found if found in self.carriers else None


def track_orders(plan: FulfilPlan, policy: TrackingPolicy, carriers: Collection[str]) -> Operation[list[Tracked]]:
    """Ask carriers about the parcels of orders under way, write down what is new, tell whom it concerns.

    Args:
        carriers: Those that the hub has accounts with.
    """
    desk = _Desk(plan, policy, frozenset(carriers), (yield from now()))
    orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(status=_UNDER_WAY))
    waiting: dict[str, list[Row]] = defaultdict(list)
    found: list[Tracked] = []
    for order in orders:
        for shipment in order.shipments:
            port = desk.asked(shipment.carrier or "")
            if port is None or not shipment.waybill_no:
                continue
            record = yield from load_track(order.key, shipment.carrier or "", shipment.waybill_no)
            if _is_over(record, policy, desk.at):
                found.append((yield from tracked(desk.note, record, (), policy, desk.at)))
            else:
                waiting[port].append((order, shipment, record))
    for port, rows in sorted(waiting.items()):
        for start in range(0, len(rows), BATCH):
            found += yield from _ask_carrier(desk, port, rows[start : start + BATCH])
    yield from _mark({order.key: order for order in orders}.values(), found)
    yield from _retire({order.key for order in orders})
    return found


def _retire(under_way: Collection[str]) -> Operation[None]:
    """Orders that are no longer under way keep no open incident: their platform says how they ended."""
    marked: list[Order] = yield from ask("orders", "find_orders", OrderQuery(tag=PROBLEM))
    for order in marked:
        if order.key in under_way:
            continue
        for shipment in order.shipments:
            if shipment.carrier and shipment.waybill_no:
                record = yield from load_track(order.key, shipment.carrier, shipment.waybill_no)
                if record.incidents:
                    try:
                        yield from save_track(replace(record, incidents=()))
                    except StaleVersion:
                        break  # a push came in; the next run looks again
        else:
            yield from ask("marks", "tag_orders", [order.key], remove=[PROBLEM], who="tracking")


def _is_over(record: TrackRecord, policy: TrackingPolicy, at: datetime) -> bool:
    """Whether a parcel need not be asked about again."""
    moved = record.track.moved_at
    return record.track.is_settled and moved is not None and at - moved >= timedelta(hours=policy.settled_h)


def _ask_carrier(desk: _Desk, port: str, rows: Sequence[Row]) -> Operation[list[Tracked]]:
    numbers = [shipment.waybill_no or "" for _, shipment, _ in rows]
    tails = {number: tail for number, (order, _, record) in zip(numbers, rows, strict=True)
             if (tail := _tail(desk.plan, order, record))}  # fmt: skip
    codes = {number: shipment.carrier or "" for number, (_, shipment, _) in zip(numbers, rows, strict=True)}
    failure: OrderHubError | None = None
    events: list[TrackingEvent] = []
    try:
        events = yield from ask(f"carrier:{port}", "track", numbers, phone_tails=tails, carriers=codes)
    except OrderHubError as error:
        failure = error
    told = []
    for number, (order, shipment, _) in zip(numbers, rows, strict=True):
        mine = [event for event in events if event.waybill_no == number]
        told.append((yield from _noted(desk, order, shipment, mine, failure)))
    return told


def _noted(
    desk: _Desk, order: Order, shipment: Shipment, events: Sequence[TrackingEvent], failure: OrderHubError | None = None
) -> Operation[Tracked]:
    """A parcel with its new events written down; time alone may have opened an incident."""
    carrier, number = shipment.carrier or "", shipment.waybill_no or ""
    try:
        record = yield from note_parcel(desk.plan, desk.policy, desk.note, order, shipment, events, desk.at)
    except OrderHubError as error:
        return Tracked(order.key, carrier, number, TrackingStatus.UNKNOWN, tuple(events), error)
    return (yield from tracked(desk.note, record, events, desk.policy, desk.at, failure))


def _tail(plan: FulfilPlan, order: Order, record: TrackRecord) -> str | None:
    """Four digits by which carriers know somebody of the parcel: the receiver, or else the warehouse."""
    person = order.recipient
    extension = person.phone_extension or ""
    if len(extension) == 4 and extension.isdecimal():
        return extension
    homes = [warehouse.phone for warehouse in plan.warehouses] if len(plan.warehouses) == 1 else []
    for phone in (person.phone, *homes):
        if phone and len(tail := phone.strip()[-4:]) == 4 and tail.isdecimal():
            return tail
    return None


def receive_tracking(
    plan: FulfilPlan, policy: TrackingPolicy, carriers: Collection[str], carrier: str, headers: Mapping[str, str],
    body: bytes,
) -> Operation[PushedParcels]:  # fmt: skip
    """Take one push of a carrier: verified and read by its connector, then the same as if it had been asked for.

    What ends a parcel is believed only when the push is signed, or once the carrier says so itself.

    Raises:
        SecurityError, DecodeError: It is forged, or no such message; nothing was written.
    """
    events: list[TrackingEvent] = yield from ask(f"carrier:{carrier}", "decode_push", headers, body)
    desk = _Desk(plan, policy, frozenset(carriers), (yield from now()))
    proven = yield from ask(f"carrier:{carrier}", "proves_pushes")
    found: list[Tracked] = []
    unmatched: list[str] = []
    touched: dict[str, Order] = {}
    for number in dict.fromkeys(event.waybill_no for event in events):
        mine = [event for event in events if event.waybill_no == number]
        pairs = yield from _orders_of(number)
        if not pairs:
            unmatched.append(number)
        for order, shipment in pairs:
            touched[order.key] = order
            found.append((yield from _pushed(desk, carrier, order, shipment, mine, proven)))
    yield from _mark(touched.values(), found)
    return PushedParcels(tuple(found), tuple(unmatched))


def _orders_of(number: str) -> Operation[list[tuple[Order, Shipment]]]:
    orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(waybill_no=number))
    return [(order, shipment) for order in orders for shipment in order.shipments
            if shipment.waybill_no == number and shipment.carrier]  # fmt: skip


def _pushed(
    desk: _Desk, carrier: str, order: Order, shipment: Shipment, events: Sequence[TrackingEvent], proven: bool
) -> Operation[Tracked]:
    if proven or not any(event.status in LATE for event in events):
        return (yield from _noted(desk, order, shipment, events))
    record = yield from load_track(order.key, shipment.carrier or "", shipment.waybill_no or "")
    first = [event for event in events if event.status not in LATE]
    yield from _noted(desk, order, shipment, first)
    return (yield from _ask_carrier(desk, carrier, [(order, shipment, record)]))[0]


def _mark(orders: Iterable[Order], found: Sequence[Tracked]) -> Operation[None]:
    """Orders with a parcel that has an incident carry a tag, so that lists can ask for them; others lose it."""
    open_now = {parcel.order_key for parcel in found if parcel.incidents}
    seen = {(parcel.order_key, parcel.waybill_no) for parcel in found}
    keys = [order.key for order in orders]
    if not keys:
        return
    tags: Mapping[str, tuple[str, ...]] = yield from ask("marks", "tags_of", keys)
    for order in orders:
        is_open = order.key in open_now
        for shipment in () if is_open else order.shipments:
            if shipment.carrier and shipment.waybill_no and (order.key, shipment.waybill_no) not in seen:
                record = yield from load_track(order.key, shipment.carrier, shipment.waybill_no)
                is_open = is_open or bool(record.incidents)
        if is_open != (PROBLEM in tags.get(order.key, ())):
            change = {"add": [PROBLEM]} if is_open else {"remove": [PROBLEM]}
            yield from ask("marks", "tag_orders", [order.key], who="tracking", **change)


def known_parcels(policy: TrackingPolicy, orders: Sequence[Order]) -> Operation[list[Tracked]]:
    """Parcels of orders as they were last written down; nobody is asked."""
    at = yield from now()
    note = Note()
    found = []
    for order in orders:
        for shipment in order.shipments:
            if shipment.carrier and shipment.waybill_no:
                record = yield from load_track(order.key, shipment.carrier, shipment.waybill_no)
                found.append((yield from tracked(note, record, (), policy, at)))
    return found
