"""Telling platforms about parcels, once: the record says so first, and a platform that may have heard is read.

Imports this room, `models`, `flow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orderhub.errors import AuthError, DecodeError, OrderHubError, OutcomeUnknown, UnsupportedOperation
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.entering import Fulfilled, Result
from orderhub.fulfil.jobs import Job, dispatches
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, save_record
from orderhub.fulfil.undoing import undo
from orderhub.models import Order, OrderStatus, Outcome

__all__ = ["confirm"]

_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_MOVED = _GONE | {OrderStatus.PARTIALLY_SHIPPED}


def confirm(plan: FulfilPlan, job: Job, record: Record) -> Operation[tuple[Record, Result | None]]:
    """Tell each order's platform; the record as `shipped`, or the outcome of a job that does not go on.

    An order that its platform refuses for good gives its stock back, and a parcel that nobody is told of loses its
    waybill. Whatever may have been told is kept and settled by the next run.
    """
    resumed = record.state == "shipping"
    if not resumed:
        record = yield from save_record(record, "shipping")
    last: Outcome[None] | None = None
    for order in job.members:
        if order.key in (*record.told, *record.refused):
            continue
        outcome, is_final = yield from _tell(job, record, order, resumed=resumed)
        if not is_final:
            return record, _result(job, record, outcome)
        last = last if outcome.ok else outcome
        told = replace(record, told=(*record.told, order.key))
        record = told if outcome.ok else replace(record, refused=(*record.refused, order.key))
        record = yield from save_record(record, "shipping")
    if record.told or (last is None and not record.refused):
        return (yield from save_record(record, "shipped")), None
    return (yield from _withdrawn(plan, job, record, last))


def _result(job: Job, record: Record, outcome: Outcome[None]) -> Result:
    return Outcome(False, job.key, outcome.reason, outcome.error, Fulfilled(job.key, record.parcels))


def _withdrawn(
    plan: FulfilPlan, job: Job, record: Record, last: Outcome[None] | None
) -> Operation[tuple[Record, Result | None]]:
    record, kept = yield from undo(plan, job, record, "dropped")
    if kept is not None:
        return record, Outcome(False, job.key, kept.reason, kept.error, Fulfilled(job.key, record.parcels))
    return record, _result(job, record, last or Outcome(False, job.key, "refused"))


def _tell(job: Job, record: Record, order: Order, *, resumed: bool) -> Operation[tuple[Outcome[None], bool]]:
    """What became of one order, and whether that is certain."""
    told = dispatches(job, record, order)
    numbers = [dispatch.waybill_no for dispatch in told]
    if resumed and (yield from _stands(order, numbers)):
        return Outcome(True, order.key, "already_done"), True
    try:
        outcomes: list[Outcome[None]] = yield from ask(_shop(order), "ship", told)
    except OrderHubError as error:
        outcomes = [Outcome.failed(order.key, error)]
    bad = [outcome for outcome in outcomes if not outcome.ok]
    if not bad:
        return Outcome(True, order.key), True
    if not all(map(_is_refusal, bad)):
        return next(outcome for outcome in bad if not _is_refusal(outcome)), False
    try:
        if (yield from _stands(order, numbers)):
            return Outcome(True, order.key, "already_done"), True
    except OrderHubError as error:
        return Outcome.failed(order.key, error), False
    return bad[0], len(bad) == len(told) or len(outcomes) < len(told)


def _is_refusal(outcome: Outcome[None]) -> bool:
    """The platform said no and will say so again; rights and connections may come back."""
    error = outcome.error
    if isinstance(error, UnsupportedOperation):
        return True
    return error is None or not (error.retryable or isinstance(error, (AuthError, DecodeError, OutcomeUnknown)))


def _stands(order: Order, numbers: Sequence[str]) -> Operation[bool]:
    """Whether the platform has these numbers; one that tells no numbers says enough with its status."""
    found: Order = yield from ask(_shop(order), "get_order", order.order_id)
    there = {parcel.waybill_no for parcel in found.shipments if parcel.waybill_no}
    if there:
        return set(numbers) <= there
    return found.status in (_GONE if order.status is OrderStatus.PARTIALLY_SHIPPED else _MOVED)


def _shop(order: Order) -> str:
    return f"shop:{order.platform}:{order.shop_id}"
