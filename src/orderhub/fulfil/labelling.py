"""A number for each parcel of a job: from its platform where that is right, else from a carrier. Imports this room.

A receiver that the platform hides is asked for only when no platform's waybill can be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orderhub.errors import NoCarrier
from orderhub.flow.steps import Operation
from orderhub.fulfil.issuing import agreements_of
from orderhub.fulfil.jobs import Job, fingerprint
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.platform_waybills import Labelling, platform_number
from orderhub.fulfil.record import Record
from orderhub.fulfil.waybills import check_parcels, get_waybills
from orderhub.models import Recipient

__all__ = ["NUMBERED", "get_numbers", "labelling_of"]

NUMBERED = "number_by_platform"
"""Label of an order whose parcels get their numbers when they are confirmed: one bought before would be nobody's."""


def labelling_of(plan: FulfilPlan, jobs: Sequence[tuple[Job, Record]]) -> Operation[Labelling]:
    """What a run needs to know of platforms that hand out numbers; asks nobody when no job wants one."""
    waiting = [job.members[0] for job, record in jobs if any(row.waybill_no is None for row in record.parcels)]
    agreements = yield from agreements_of(waiting, plan.platform_waybills)
    parts = {job.key: (job.members[0].key, record) for job, record in jobs if job.is_part}
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
    if any(NUMBERED in member.labels for member in job.members):
        raise NoCarrier(
            "the platform gives this order's parcels their numbers: confirm it with the shop's own ship(), print the "
            "platform's label, and pull it again; no carrier was asked",
            code="no_carrier", sub_code=NUMBERED,
        )  # fmt: skip
    if not record.receiver:
        record = replace(record, receiver=fingerprint(job.order.recipient))  # written with the first note
    refused: list[str] = []
    for index, row in enumerate(record.parcels):
        if row.waybill_no is None:
            record, told = yield from platform_number(plan, job, record, index, labelling)
            refused += told
    if all(row.waybill_no for row in record.parcels):
        return record
    try:
        return (yield from get_waybills(plan, job, record, clear))
    except NoCarrier as error:
        if refused:
            error.message = f"{error.message}; of the platform's own waybills: {'; '.join(refused)}"
        raise
