"""What prints the labels of platforms' waybills: kept sealed before the platform is told of parcels. Imports this room.

A step of its own between waybill and confirmation: a parcel that leaves can be labelled. What came with the number is
kept as it came; a run that goes on later asks for it again by number. Where a platform has nothing to print, its
parcels leave all the same, and the label is asked for again when somebody wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orderhub.errors import NotFound, OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.jobs import Job
from orderhub.fulfil.record import ParcelRecord, Record, load_record, note_parcel
from orderhub.models import Outcome, PrintPayload, Waybill

__all__ = ["forget_prints", "keep_marks", "keep_prints", "marks_of", "print_of"]

_PREFIX = "print:"
_MARKS = "marks:"


def keep_prints(job: Job, record: Record, made: Mapping[str, Waybill]) -> Operation[Record]:
    """The record with what prints each parcel of a platform kept.

    Args:
        made: Parcel id -> waybill of this run.
    Raises:
        OrderHubError: The platform cannot be asked now; a retryable one.
    """
    for index, row in enumerate(record.parcels):
        if row.issuer is None or row.is_printable or row.waybill_no is None:
            continue
        fresh = made.get(row.parcel_id)
        payload = fresh.payload if fresh is not None else None
        if payload is None:
            try:
                payload = yield from _asked(job, row)
            except OrderHubError as error:
                if error.retryable or isinstance(error, OutcomeUnknown):
                    raise
                continue
        yield from _keep(job, row, payload)
        try:
            record = yield from note_parcel(record, index, replace(row, is_printable=True))
        except StaleVersion:
            latest = yield from load_record(job.key)
            kept = any(one.parcel_id == row.parcel_id for one in latest.parcels)
            if not kept or latest.state in ("dropping", "cancelling", "changing"):  # taken back meanwhile
                yield from forget_prints(job, row)
            raise
    return record


def _keep(job: Job, row: ParcelRecord, payload: PrintPayload) -> Operation[None]:
    for order in job.members:
        yield from ask("papers", "put_papers", order.key, {_PREFIX + row.parcel_id: payload.model_dump_json()})


def _asked(job: Job, row: ParcelRecord) -> Operation[PrintPayload]:
    """What prints a number, from its platform."""
    waybill = Waybill(
        carrier=row.carrier or "", waybill_no=row.waybill_no or "", reference=row.parcel_id,
        order_ids=tuple(order.order_id for order in job.members),
    )  # fmt: skip
    outcomes: list[Outcome[Waybill]] = yield from ask(row.issuer or "", "query_waybills", [waybill])
    [outcome] = outcomes
    if outcome.error is not None:
        raise outcome.error
    if outcome.value is None or outcome.value.payload is None:
        raise NotFound("the platform tells nothing that prints this number", operation="query_waybills")
    return outcome.value.payload


def print_of(job: Job, row: ParcelRecord) -> Operation[PrintPayload]:
    """What prints one parcel: what is kept, else what its platform tells now.

    Raises:
        NotFound: The parcel has no number of a platform, or the platform has nothing to print.
    """
    if row.issuer is None or row.waybill_no is None:
        raise NotFound(f"parcel {row.parcel_id} has no waybill of a platform", operation="print_payloads")
    kept: dict[str, str] = yield from ask("papers", "papers_of", job.members[0].key)
    text = kept.get(_PREFIX + row.parcel_id)
    if text is not None:
        return PrintPayload.model_validate_json(text)
    return (yield from _asked(job, row))


def forget_prints(job: Job, row: ParcelRecord) -> Operation[None]:
    """A parcel that lost its number is not printed any more."""
    if row.issuer is not None:
        for order in job.members:
            yield from ask("papers", "drop_papers", order.key, [_PREFIX + row.parcel_id])


def keep_marks(order_key: str, parcel_id: str, waybill: Waybill) -> Operation[None]:
    """Keep the label data that a carrier gave with its number: it is told once only."""
    if waybill.print_payload:
        yield from ask("papers", "put_papers", order_key, {_MARKS + parcel_id: waybill.print_payload})


def marks_of(order_key: str, row: ParcelRecord) -> Operation[dict[str, str]]:
    """Sorting code and the like of one parcel, as its carrier gave them; empty when it gave none."""
    kept: dict[str, str] = yield from ask("papers", "papers_of", order_key)
    text = kept.get(_MARKS + row.parcel_id)
    if text is None:
        return {}
    try:
        return (yield from ask(f"carrier:{row.carrier}", "label_marks", text))  # type: ignore[no-any-return]
    except OrderHubError:
        return {}  # the hub has no account with that carrier any more
