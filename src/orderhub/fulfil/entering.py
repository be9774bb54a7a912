"""Which jobs enter the pipeline, where each goes on, and why others do not. Imports `orders`, `models`, this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.issuing import ARRANGED, shop_port
from orderhub.fulfil.jobs import Job, fingerprint
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, reserve_of, save_record
from orderhub.fulfil.spares import clear_spares, may_have_spares
from orderhub.fulfil.states import GUARDS, OPEN, refusal
from orderhub.fulfil.taking_over import giving_way, holds_of
from orderhub.fulfil.undoing import undo
from orderhub.models import Hold, Order, OrderStatus, Outcome, StockOutcome
from orderhub.normalise.marks import suspicions
from orderhub.orders.audit import audit

__all__ = ["Entered", "Fulfilled", "Result", "Serials", "enter", "enter_all", "is_under_way"]

NEEDS = "needs_"
"""Labels that start so name what a person must add before the platform takes a shipment, e.g. serial numbers."""
SERIALS = "needs_serial_numbers"
_GOES_ON = frozenset({"shipping", "shipped", "committed"})

Serials = Mapping[str, Sequence[tuple[str, str]]]
"""Order key -> (line_id, serial number) pairs."""


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """What an order became: its parcels with warehouse, carrier and waybill."""

    order_key: str
    parcels: tuple[ParcelRecord, ...] = ()


Result = Outcome[Fulfilled]


@dataclass
class Entered:
    """Jobs by what comes next.

    Attributes:
        fresh: To be allocated and reserved.
        ready: Reserved, labelled or told already: to be finished.
        results: What does not go on, by job key.
    """

    fresh: list[tuple[Job, Record]]
    ready: list[tuple[Job, Record]]
    results: dict[str, Result]


def enter_all(plan: FulfilPlan, jobs: Sequence[tuple[Job, Record]], serials: Serials) -> Operation[Entered]:
    """Sort jobs by what is next for each; what was planned and perhaps not reserved is reserved in one call."""
    found = Entered([], [], {})
    planned = []
    for job, record in jobs:
        given = tuple(pair for order in job.members for pair in serials.get(order.key, ()))
        record = replace(record, serials=given) if given else record
        try:
            record, result = yield from enter(plan, job, record)
        except StaleVersion as error:  # another worker has this order in hand
            result = Outcome.failed(job.key, error)
        if result is not None:
            found.results[job.key] = result
        elif record.state == "planned":
            planned.append((job, record))
        else:
            (found.fresh if record.state in ("new", "dropped") else found.ready).append((job, record))
    yield from _reserved(planned, found)
    return found


def _reserved(planned: Sequence[tuple[Job, Record]], found: Entered) -> Operation[None]:
    """A run that died between plan and reservation: what is sold out meanwhile is allocated again."""
    ways = giving_way((yield from holds_of(order.key for job, _ in planned for order in job.members)))
    asked = [*ways, *(reserve_of(record) for _, record in planned)]
    outcomes: list[StockOutcome] = (yield from ask("stock", "apply", asked))[len(ways) :] if planned else []
    for (job, record), outcome in zip(planned, outcomes, strict=True):
        if outcome.ok:
            found.ready.append((job, record))
        else:
            try:
                again = yield from save_record(replace(record, round=record.round + 1), "new", ())
            except StaleVersion as error:
                found.results[job.key] = Outcome.failed(job.key, error)
            else:
                found.fresh.append((job, again))


def enter(plan: FulfilPlan, job: Job, record: Record) -> Operation[tuple[Record, Result | None]]:
    """The record as it goes on, and the outcome of a job that does not."""
    if record.state == "done":
        record = yield from _cleared(plan, job, record)
        return record, Outcome(True, job.key, "already_done", value=Fulfilled(job.key, record.parcels))
    if record.state in _GOES_ON:
        return record, None
    if GUARDS[record.state, "fulfil"]:
        return record, refusal(job.key, record.state, "fulfil")
    if record.state in ("dropping", "cancelling"):
        goal = "dropped" if record.state == "dropping" else "cancelled"
        return (yield from _withdraw(plan, job, record, goal, goal))
    if record.state in OPEN:
        return (yield from _held(plan, job, record))
    return record, _unfit(plan, job, record)


def _cleared(plan: FulfilPlan, job: Job, record: Record) -> Operation[Record]:
    """An order that is through, its parcels without numbers beside theirs; those of parts are looked at together."""
    if job.is_part or not may_have_spares(record):
        return record
    with suppress(StaleVersion):
        record, _ = yield from clear_spares(plan, job, record)
    return record


def _held(plan: FulfilPlan, job: Job, record: Record) -> Operation[tuple[Record, Result | None]]:
    """An order that holds stock or a waybill: it goes on, unless it has changed under its label."""
    if any(order.status is OrderStatus.CANCELLED for order in job.members):
        return (yield from _withdraw(plan, job, record, "dropped", "not_shippable"))
    if not all(order.is_shippable or is_under_way(order, record) for order in job.members):
        return record, Outcome(False, job.key, _why_not(job), value=Fulfilled(job.key, record.parcels))
    if record.receiver and record.receiver != fingerprint(job.order.recipient):
        record, result = yield from _withdraw(plan, job, record, "dropped", "")
        if record.state != "dropped":
            return record, result
        return record, _unfit(plan, job, record)
    return record, None


def is_under_way(order: Order, record: Record) -> bool:
    """Whether an order waits for the number of a shipment that this record arranged: what locks it is our own doing."""
    asked = any(row.issuer == shop_port(order) for row in record.parcels)
    return asked and ARRANGED in order.labels and order.holds <= {Hold.LOCKED}


def _withdraw(plan: FulfilPlan, job: Job, record: Record, goal: str, reason: str) -> Operation[tuple[Record, Result]]:
    record, kept = yield from undo(plan, job, record, goal)
    if kept is not None:
        return record, Outcome(False, job.key, kept.reason, kept.error, Fulfilled(job.key, record.parcels))
    return record, Outcome(False, job.key, reason)


def _why_not(job: Job) -> str:
    return "on_hold" if any(order.holds for order in job.members) else "not_shippable"


def _unfit(plan: FulfilPlan, job: Job, record: Record) -> Result | None:
    """Why an order is not started; None when it may be."""
    if not all(order.is_shippable for order in job.members):
        return Outcome(False, job.key, _why_not(job))
    for order in job.members:
        if reason := _needs(order, record) or _objection(plan, order, record):
            return Outcome(False, job.key, reason)
    return None


def _needs(order: Order, record: Record) -> str | None:
    given = {SERIALS} if record.serials else set()
    return next((label for label in order.labels if label.startswith(NEEDS) and label not in given), None)


def _objection(plan: FulfilPlan, order: Order, record: Record) -> str | None:
    told: tuple[Any, ...] = (*audit(plan.mapped(order)), *suspicions(order))
    blocking = [finding for finding in told if finding.severity.value in plan.audit_blocks]
    codes = [finding.code for finding in blocking if not (record.serials and finding.code == SERIALS)]
    return f"audit:{codes[0]}" if codes else None
