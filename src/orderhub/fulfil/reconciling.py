"""Orders, records, reservations and platforms against each other: what differs, and what is certainly right.

Imports this room. Only what is certain is healed; everything else is told with what a person has to find out. Reading
goes from what follows to what leads: reservations before records, records before orders, so that work that goes on
meanwhile is no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.fulfil.entering import is_under_way
from orderhub.fulfil.jobs import Job, dispatches
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, load_records
from orderhub.fulfil.spares import clear_spares, find_spares, may_have_spares
from orderhub.fulfil.splitting import is_torn, jobs_of, load_all
from orderhub.fulfil.states import OPEN, SENT
from orderhub.fulfil.undoing import undo
from orderhub.models import Commit, Order, OrderStatus, Outcome, Release
from orderhub.models.stock import Reservation
from orderhub.ports import OrderQuery

__all__ = ["DIFFERENCES", "Difference", "Reconciled", "reconcile_orders"]

DIFFERENCES: Mapping[str, tuple[str, str | None]] = MappingProxyType({
    "reservation_missing": (
        "the record counts on stock that is not reserved any more", "the order starts afresh, if nothing was told",
    ),
    "reservation_orphan": ("stock is reserved that no record counts on", "it is freed"),
    "not_committed": ("the parcels have left, their stock is still reserved", "it is taken off"),
    "order_missing": ("stock is reserved for an order that is not stored", None),
    "unfinished": ("a run or a withdrawal stopped half way", "it goes on"),
    "address_unfinished": ("a change of address stopped half way", None),
    "merge_torn": ("a merge or a leaving stopped half way", None),
    "order_stale": ("the platform has a newer version of the order", "it is stored"),
    "cancelled_there": ("the platform has cancelled what is still to be sent", "waybills void, stock free"),
    "shipped_there": ("the platform calls it shipped, and it was not sent from here", None),
    "not_shipped_there": ("it was sent, and the platform does not know", "the platform is told again"),
    "other_numbers": ("the platform knows other waybills than those that were made", None),
    "waybill_spare": ("a number was drawn that no parcel has: two workers asked for it", "it is made void"),
    "platform_silent": ("the platform could not be asked", None),
})  # fmt: skip
"""Kind of difference -> what it is, and what heals it; None: a person decides."""

_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_STUCK = frozenset({"shipping", "shipped", "committed", "dropping", "cancelling"})
_COUNTS_ON = frozenset({"reserved", "labelled", "shipping"})
_HOLDS = OPEN | {"shipping", "shipped", "dropping", "cancelling", "changing"}
CONCURRENCY = 8
BACK = timedelta(days=7)
"""How long ago an order that is through may have changed to be looked at too."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree.

    Attributes:
        kind: A word of `DIFFERENCES`.
        key: The order's key.
        detail: Which job, reservation or number; no personal data.
        healed: Whether it is right now.
        reason: Why it could not be healed.
    """

    kind: str
    key: str
    detail: str = ""
    healed: bool = False
    reason: str | None = None

    @property
    def can_heal(self) -> bool:
        """Whether it is certain what is right."""
        return DIFFERENCES[self.kind][1] is not None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was compared and what differs, in order of keys."""

    orders: int
    reservations: int
    differences: tuple[Difference, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything agrees, or was brought to agree."""
        return all(one.healed for one in self.differences)


Seen = tuple[Order, Record, list[tuple[Job, Record]]]


def reconcile_orders(
    plan: FulfilPlan, keys: Sequence[str] | None = None, *, heal: bool = False, platforms: bool = True
) -> Operation[Reconciled]:
    """Compare; with `heal` set right what is certain.

    Args:
        keys: Only these orders; all open ones, those that changed lately, and those that hold stock when left out.
        platforms: Ask the platforms too, one call an order.
    """
    open_now: list[Reservation] = yield from ask("stock", "reservations")
    held = {one.key: one for one in open_now if one.key.startswith("fulfil:")}
    orders = yield from _orders(keys, held)
    records = yield from load_all([order.key for order in orders])
    stored: list[Order] = (yield from _found(records)) if records else []
    by_key = {order.key: order for order in (*orders, *stored)}
    seen: list[Seen] = []
    for order in orders:
        jobs = jobs_of(plan, by_key[order.key], records[order.key], by_key)
        seen.append((by_key[order.key], records[order.key], [(job, records[job.key]) for job in jobs]))
    found: list[Difference] = []
    for one in seen:
        found += _of_record(one, records)
    found += yield from _of_reservations(seen, held, records, whole=keys is None)
    read_at = yield from now()
    fresh = (yield from _fresh(orders)) if platforms else {}
    for one in seen:
        found += _of_platform(one, fresh.get(one[0].key))
        found += (yield from _of_spares(plan, one)) if platforms else ()
    found = list({(each.kind, each.key, each.detail): each for each in found}.values())
    if heal:
        found = yield from _healed(plan, found, {one[0].key: one for one in seen}, fresh, read_at)
    found.sort(key=lambda each: (each.key, each.kind))
    return Reconciled(len(orders), len(held), tuple(found))


def _orders(keys: Sequence[str] | None, held: Mapping[str, Reservation]) -> Operation[list[Order]]:
    if keys is not None:
        return (yield from ask("orders", "find_orders", OrderQuery(keys=tuple(keys)))) if keys else []
    since = (yield from now()) - BACK
    waiting = (OrderStatus.AWAITING_SHIPMENT.value, OrderStatus.PARTIALLY_SHIPPED.value)
    found: dict[str, Order] = {}
    named = tuple(dict.fromkeys(key for one in held for key in _order_keys(one)))
    for query in (OrderQuery(status=waiting), OrderQuery(updated_from=since), OrderQuery(keys=named)):
        if query.keys or query.status or query.updated_from:
            some: list[Order] = yield from ask("orders", "find_orders", query)
            found |= {order.key: order for order in some}
    return list(found.values())


def _found(records: Mapping[str, Record]) -> Operation[list[Order]]:
    members = tuple(dict.fromkeys(key for key in (*records, *(k for r in records.values() for k in r.group))))
    return (yield from ask("orders", "find_orders", OrderQuery(keys=members)))  # type: ignore[no-any-return]


def _job_key(reservation: str) -> str:
    return reservation.removeprefix("fulfil:").rpartition(":")[0]


def _order_keys(reservation: str) -> list[str]:
    """Orders that a reservation may be for: the first of a group stands in its key."""
    job = _job_key(reservation).partition("~")[0].partition("#")[0]
    first, *others = job.split("+")
    return [first, *(f"{first.rpartition(':')[0]}:{other}" for other in others)]


def _of_record(one: Seen, records: Mapping[str, Record]) -> list[Difference]:
    order, record, jobs = one
    found = []
    if record.state == "merged" and is_torn(record, records):
        return [Difference("merge_torn", order.key, ", ".join(record.group))]
    if record.state == "changing":
        return [Difference("address_unfinished", order.key)]
    states = {own.order_key: own.state for _, own in jobs} | {order.key: record.state}
    for key, state in states.items():
        if state in _STUCK:
            found.append(Difference("unfinished", order.key, f"{key} is {state}"))
    return found


def _of_reservations(
    seen: Sequence[Seen], held: Mapping[str, Reservation], records: Mapping[str, Record], *, whole: bool
) -> Operation[list[Difference]]:
    """Records that count on stock which is not reserved, and stock that is reserved without a record."""
    found = []
    for order, _, jobs in seen:
        for _, own in jobs:
            if own.state in _COUNTS_ON and own.parcels and own.reservation not in held:
                found.append(Difference("reservation_missing", order.key, own.reservation))
            if own.state in SENT and own.reservation in held:
                found.append(Difference("not_committed", order.key, own.reservation))
    if not found and not held:
        return []
    asked = {each.detail for each in found} | set(held)
    mine = {own.order_key: order.key for order, _, jobs in seen for _, own in jobs}
    jobs_there = [key for key in dict.fromkeys(map(_job_key, held)) if key not in records]
    late = dict(records) | (yield from load_records(jobs_there))
    stocked = {order.key for order, _, _ in seen}
    for key in sorted(held):
        own = late[_job_key(key)]
        order_key = mine.get(own.order_key) or _order_keys(key)[0]
        if not whole and order_key not in stocked:
            continue
        if order_key not in stocked:
            found.append(Difference("order_missing", order_key, key))
        elif own.reservation != key or (own.state not in _HOLDS and own.state not in SENT) or not own.parcels:
            found.append(Difference("reservation_orphan", order_key, key))
    again: list[Reservation] = yield from ask("stock", "reservations", keys=sorted(asked))
    open_still = {one.key for one in again}
    return [each for each in found if (each.detail in open_still) is (each.kind != "reservation_missing")]


def _fresh(orders: Sequence[Order]) -> Operation[dict[str, Order | OrderHubError]]:
    def read(order: Order) -> Operation[Order]:
        return (yield from ask(f"shop:{order.platform}:{order.shop_id}", "get_order", order.order_id))  # type: ignore[no-any-return]

    found = yield from gather([lambda order=order: read(order) for order in orders], CONCURRENCY)  # type: ignore[misc]
    answers: dict[str, Order | OrderHubError] = {}
    for order, answer in zip(orders, found, strict=True):
        if isinstance(answer, Exception) and not isinstance(answer, OrderHubError):
            raise answer
        answers[order.key] = answer
    return answers


def _of_platform(one: Seen, fresh: Order | OrderHubError | None) -> list[Difference]:
    order, record, jobs = one
    if fresh is None:
        return []
    if isinstance(fresh, OrderHubError):
        return [Difference("platform_silent", order.key, type(fresh).__name__)]
    found = []
    if _is_newer(fresh, order):
        found.append(Difference("order_stale", order.key, f"{order.status.value} here, {fresh.status.value} there"))
    sent = [own for _, own in jobs if own.state in SENT and order.key not in own.refused]
    stopped = any(own.state == "intercepted" for _, own in jobs)
    holding = any(own.state in OPEN for _, own in jobs)
    ours = {row.waybill_no for own in sent for row in own.parcels if row.waybill_no}
    theirs = {parcel.waybill_no for parcel in fresh.shipments if parcel.waybill_no}
    if fresh.status is OrderStatus.CANCELLED and holding:
        found.append(Difference("cancelled_there", order.key, record.state))
    elif fresh.status in _GONE and not sent and not stopped and not _is_telling(jobs):
        if asked := [own for _, own in jobs if own.state in OPEN and is_under_way(fresh, own)]:
            found.append(Difference("unfinished", order.key, f"{asked[0].order_key} waits for its number"))
        elif holding or order.status not in _GONE:
            found.append(Difference("shipped_there", order.key, record.state))
    elif sent and fresh.status is OrderStatus.AWAITING_SHIPMENT and not fresh.shipments:
        found.append(Difference("not_shipped_there", order.key, ", ".join(sorted(ours))))
    elif sent and theirs and not theirs & ours:
        found.append(Difference("other_numbers", order.key, ", ".join(sorted(theirs))))
    return found


def _of_spares(plan: FulfilPlan, one: Seen) -> Operation[list[Difference]]:
    """Numbers that are nobody's; told of a platform that cannot tell too, once something is in doubt."""
    order, _, jobs = one
    found = []
    for job, own in jobs:
        if may_have_spares(own) and order.key == job.members[0].key:
            siblings = [other for _, other in jobs if other is not own]
            try:
                rows = yield from find_spares(plan, job, own, siblings)
            except OrderHubError as error:
                found.append(Difference("platform_silent", order.key, f"find_waybills: {type(error).__name__}"))
            else:
                found += [Difference("waybill_spare", order.key, row.waybill_no or "") for row in rows]
    return found


def _is_telling(jobs: Sequence[tuple[Job, Record]]) -> bool:
    return any(own.state in ("shipping", "shipped") for _, own in jobs)


def _is_newer(fresh: Order, order: Order) -> bool:
    if fresh.updated_at is None or order.updated_at is None:
        return fresh.status is not order.status
    return fresh.updated_at > order.updated_at


def _healed(
    plan: FulfilPlan,
    found: Sequence[Difference],
    seen: Mapping[str, Seen],
    fresh: Mapping[str, Order | OrderHubError],
    read_at: datetime,
) -> Operation[list[Difference]]:
    healed = []
    for one in found:
        if not one.can_heal:
            healed.append(one)
            continue
        try:
            reason = yield from _heal(plan, one, seen.get(one.key), fresh.get(one.key), read_at)
        except StaleVersion:
            reason = "try_again"
        except OrderHubError as error:
            reason = Outcome.failed(one.key, error).reason
        healed.append(replace(one, healed=reason is None, reason=reason))
    return healed


def _heal(
    plan: FulfilPlan, one: Difference, seen: Seen | None, fresh: Order | OrderHubError | None, read_at: datetime
) -> Operation[str | None]:
    """None once it is right; else why not."""
    if one.kind == "reservation_orphan":
        (freed,) = yield from ask("stock", "apply", [Release(f"release:{one.detail}", one.detail)])
        return None if freed.ok else str(freed.reason)
    if one.kind == "order_stale" and isinstance(fresh, Order):
        (kept,) = yield from ask("orders", "put_orders", [fresh], read_at=read_at)
        return None if kept.ok else kept.reason
    if seen is None:
        return "not_found"
    order, _, jobs = seen
    if one.kind == "not_committed":
        own = next(own for _, own in jobs if own.reservation == one.detail)
        if own.refused:
            return "partly_refused"
        (taken,) = yield from ask("stock", "apply", [Commit(f"commit:{own.reservation}", own.reservation)])
        return None if taken.ok else str(taken.reason)
    if one.kind == "unfinished":
        [outcome] = yield from fulfil_orders(plan, [order])
        return None if outcome.ok or outcome.reason in ("cancelled", "dropped") else outcome.reason
    if one.kind == "waybill_spare":
        return (yield from _made_void(plan, jobs))
    if one.kind == "not_shipped_there":
        return (yield from _tell_again(order, jobs))
    return (yield from _dropped(plan, jobs, one))


def _made_void(plan: FulfilPlan, jobs: Sequence[tuple[Job, Record]]) -> Operation[str | None]:
    records = yield from load_records([own.order_key for _, own in jobs])
    for job, own in jobs:
        if may_have_spares(records[own.order_key]):
            siblings = [other for key, other in records.items() if key != own.order_key]
            _, kept = yield from clear_spares(plan, job, records[own.order_key], siblings)
            if kept is not None:
                return kept.reason
    return None


def _tell_again(order: Order, jobs: Sequence[tuple[Job, Record]]) -> Operation[str | None]:
    for job, own in jobs:
        if own.state in SENT and (told := dispatches(job, own, order)):
            outcomes: list[Outcome[None]] = yield from ask(f"shop:{order.platform}:{order.shop_id}", "ship", told)
            bad = next((outcome for outcome in outcomes if not outcome.ok), None)
            if bad is not None:
                return bad.reason
    return None


def _dropped(plan: FulfilPlan, jobs: Sequence[tuple[Job, Record]], one: Difference) -> Operation[str | None]:
    """Everything that these jobs hold goes back; what the platform may have been told of stays."""
    todo = [(job, own) for job, own in jobs if own.state in OPEN]
    if one.kind == "reservation_missing":
        todo = [(job, own) for job, own in todo if own.reservation == one.detail]
        if not todo:
            return "platform_may_know"
    for job, own in todo:
        _, kept = yield from undo(plan, job, own, "dropped")
        if kept is not None:
            return kept.reason
    return None
