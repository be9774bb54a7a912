"""A number for each parcel of a job: from its platform where that is right, else from a carrier. Imports this room.

A receiver that the platform hides is asked for only when no platform's waybill can be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from orderhub.errors import NoCarrier, WaybillPending
from orderhub.flow.steps import Operation
from orderhub.fulfil.issuing import NUMBERED, agreements_of
from orderhub.fulfil.jobs import Job, fingerprint
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.platform_waybills import Labelling, platform_number
from orderhub.fulfil.record import Record, load_record
from orderhub.fulfil.waybills import check_parcels, get_waybills
from orderhub.models import Recipient

__all__ = ["get_numbers", "labelling_of"]


def labelling_of(
    plan: FulfilPlan, jobs: Sequence[tuple[Job, Record]], around: Sequence[tuple[Job, Record]] = ()
) -> Operation[Labelling]:
    """What a run needs to know of platforms that hand out numbers; asks nobody when no job wants one.

    Args:
        around: Every job of the run: parts of an order that have their number already stand beside the others.
    """
    waiting = [job.members[0] for job, record in jobs if any(row.waybill_no is None for row in record.parcels)]
    agreements = yield from agreements_of(waiting, plan.platform_waybills)
    parts = {job.key: (job.members[0].key, record) for job, record in (*around, *jobs) if job.is_part}
    siblings = {
        key: tuple(other for name, (of, other) in parts.items() if of == order and name != key)
        for key, (order, _) in parts.items()
    }
    return Labelling(agreements, siblings)


def get_numbers(
    plan: FulfilPlan, job: Job, record: Record, clear: Recipient | None, labelling: Labelling
) -> Operation[Record]:
    """The record with a waybill for each parcel; raises `NoCarrier` when nobody takes one of them.

    Args:
        clear: The receiver in the clear, where the platform has lent it already.
    """
    check_parcels(plan, job, record)
    if not record.receiver:
        record = replace(record, receiver=fingerprint(job.order.recipient))  # written with the first note
    refused: list[str] = []
    late: WaybillPending | None = None
    for index, row in enumerate(record.parcels):
        if row.waybill_no is None:
            try:
                record, told = yield from platform_number(plan, job, record, index, labelling)
            except WaybillPending as error:
                late, record = error, (yield from load_record(job.key))
                continue
            refused += told
    if late is not None:
        raise late
    if all(row.waybill_no for row in record.parcels):
        return record
    if any(NUMBERED in member.labels for member in job.members) and not all(_is_own(labelling, record)):
        raise _nobodys(refused)
    try:
        return (yield from get_waybills(plan, job, record, clear))
    except NoCarrier as error:
        if refused:
            error.message = f"{error.message}; of the platform's own waybills: {'; '.join(refused)}"
        raise


def _is_own(labelling: Labelling, record: Record) -> Iterator[bool]:
    """Of each parcel without a number whether its platform leaves it to the merchant, now or when it was asked."""
    for row in record.parcels:
        if row.waybill_no is None:
            yield row.parcel_id in labelling.own or (row.carrier is not None and row.issuer is None)


def _nobodys(refused: Sequence[str]) -> NoCarrier:
    told = "; ".join(refused) or "it was not asked: the plan says platform_waybills='never', or the shop has no call"
    return NoCarrier(
        f"the platform gives this order's parcels their numbers, and gave none: {told}; no carrier was asked",
        code="no_carrier", sub_code=NUMBERED,
    )  # fmt: skip
