"""Numbers that a platform gave out and no parcel has: found where two workers asked, made void. Imports this room.

A worker that stalls between writing a parcel down and asking for its number may be overtaken by another; what it draws
late it makes void itself. Where it dies first, the record still says that two may have asked (`Record.doubt`): whoever
meets the order next looks at the platform for a number that is nobody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation
from orderhub.fulfil.jobs import Job, order_ids_of
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.platform_waybills import spare_number
from orderhub.fulfil.record import ParcelRecord, Record, save_record
from orderhub.fulfil.voiding import Kept, void_spares

__all__ = ["clear_spares", "find_spares", "may_have_spares"]


def may_have_spares(record: Record) -> bool:
    """Whether there is anything to look for."""
    return bool(record.doubt or record.spare)


def find_spares(
    plan: FulfilPlan, job: Job, record: Record, siblings: Sequence[Record] = ()
) -> Operation[tuple[ParcelRecord, ...]]:
    """Parcels with numbers that are nobody's; reads only.

    None while a parcel of the same order waits for its number: a number that is found may be that one's.

    Args:
        siblings: Records of the other parts of the order.
    Raises:
        OrderHubError: The platform cannot tell now, or has several that may be meant.
    """
    rows = [row for one in (record, *siblings) for row in one.parcels]
    if any(row.issuer is not None and row.waybill_no is None for row in rows):
        return record.spare
    ours = [row.waybill_no for row in rows if row.waybill_no]
    told = [parcel.waybill_no for order in job.members for parcel in order.shipments if parcel.waybill_no]
    known = [*ours, *told, *(number for one in (record, *siblings) for number in one.nobodys)]
    found = list(record.spare)
    for row in record.doubt:
        number = yield from spare_number(plan, job, record, row, siblings, tuple(dict.fromkeys(known)))
        if number is not None:
            known.append(number)
            found.append(replace(row, waybill_no=number))
    return tuple(found)


def clear_spares(
    plan: FulfilPlan, job: Job, record: Record, siblings: Sequence[Record] = ()
) -> Operation[tuple[Record, Kept | None]]:
    """Make void what is nobody's, and why something stays; each number is written down before it is made void.

    Raises:
        StaleVersion: Another worker has this order.
    """
    try:
        found = yield from find_spares(plan, job, record, siblings)
    except OrderHubError as error:
        return record, Kept("waybill_unknown", error)
    if found != record.spare:
        record = yield from save_record(replace(record, spare=found), record.state)
    return (yield from void_spares(record, order_ids_of(job))) if found else (record, None)
