"""Taking back what an order holds before its platform was told: waybills void, stock free. Imports this room.

Every step can be repeated. A waybill that may still be good keeps its reservation, with the reason.
"""

from __future__ import annotations

from dataclasses import replace

from orderhub.errors import OrderHubError, UnsupportedOperation
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.choosing import drop_share
from orderhub.fulfil.issuing import asked_again
from orderhub.fulfil.jobs import Job, order_ids_of
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.platform_waybills import in_doubt, number_of_parcel
from orderhub.fulfil.printing import forget_prints
from orderhub.fulfil.record import ParcelRecord, Record, note_parcel, reserve_of, save_record
from orderhub.fulfil.taking_over import let_go
from orderhub.fulfil.voiding import Kept, void_number
from orderhub.fulfil.waybills import make_waybill
from orderhub.models import Release, Waybill

__all__ = ["UNDER_WAY", "free_stock", "undo", "void_waybills"]

UNDER_WAY = {"dropped": "dropping", "cancelled": "cancelling"}
"""Where a withdrawal ends -> the word while it is under way."""


def undo(
    plan: FulfilPlan, job: Job, record: Record, goal: str, *, lost: bool = False
) -> Operation[tuple[Record, Kept | None]]:
    """Void the waybills, free the stock, end in `goal`; with `lost`, waybills that stay are put up with.

    The record is written first, so that a worker that has this order in hand does not go on.
    """
    record = yield from save_record(record, UNDER_WAY[goal])
    record, kept = yield from void_waybills(plan, job, record)
    if kept is not None and not lost:
        return record, kept
    yield from free_stock(record)
    ended = replace(record, round=record.round + 1, told=(), refused=(), receiver=None)
    return (yield from save_record(ended, goal, ())), None


def free_stock(record: Record) -> Operation[None]:
    """Give the reservation back.

    It is made first where it was not: a worker that was about to make it gets that first answer, and reserves nothing.
    """
    yield from let_go([record.order_key])
    if record.parcels:
        release = Release(f"release:{record.reservation}", record.reservation)
        yield from ask("stock", "apply", [reserve_of(record), release])


def void_waybills(plan: FulfilPlan, job: Job, record: Record) -> Operation[tuple[Record, Kept | None]]:
    """Void the waybill of each parcel, noting each; stops at the first that stays.

    A number that nobody noted is written down before it is void: carriers that cannot be searched tell it no more then.
    """
    for index, row in enumerate(record.parcels):
        if row.carrier is None:
            continue
        if row.waybill_no is None:
            record, row, unknown = yield from _found_out(plan, job, record, index)
            if unknown is not None:
                return record, unknown
        number, kept = None, None
        if row.waybill_no is not None:
            number, kept = yield from void_number(row, row.waybill_no, order_ids_of(job))
        if kept is not None:
            return record, kept
        yield from forget_prints(job, row)
        yield from drop_share(plan, row.parcel_id)
        bare = replace(
            row, parcel_id=f"{row.parcel_id}v", carrier=None, product=None, waybill_no=None, freight=None, issuer=None,
            is_printable=False,
        )  # fmt: skip
        if number is not None and row.issuer is not None:
            record = replace(record, void=(*record.void, number))
        record = yield from note_parcel(record, index, bare)  # under a new id: a voided waybill is never met again
    return record, None


def _found_out(
    plan: FulfilPlan, job: Job, record: Record, index: int
) -> Operation[tuple[Record, ParcelRecord, Kept | None]]:
    """The record with the number that a parcel has, where it has one, or why that cannot be told."""
    row = record.parcels[index]
    try:
        number = yield from _number(plan, job, record, index)
    except OrderHubError as error:
        return record, row, Kept("waybill_unknown", error)
    record = yield from in_doubt(record, row)  # whatever was found, what nobody heard of may still be under way
    if number is None:
        return record, row, None
    row = replace(row, waybill_no=number)
    return (yield from note_parcel(record, index, row)), row, None


def _number(plan: FulfilPlan, job: Job, record: Record, index: int) -> Operation[str | None]:
    """The number of a parcel whose carrier was asked and whose answer was never noted.

    A carrier that can be searched is; another is asked again, since the same parcel has the same waybill.
    """
    row = record.parcels[index]
    if row.issuer is not None:
        return (yield from number_of_parcel(plan, job, record, index))
    try:
        found: Waybill | None = yield from ask(f"carrier:{row.carrier}", "find", row.parcel_id)
    except UnsupportedOperation:
        found = yield from asked_again(lambda to: make_waybill(plan, job, row, to), plan.sender(row.warehouse))
    return None if found is None else found.waybill_no
