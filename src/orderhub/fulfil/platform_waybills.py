"""Parcels whose number the shop's own platform hands out, receivers staying hidden. Imports this room, `logistics`.

Companies that the shop has an agreement with are options like carriers: by the merchant's prices, rules and quotas.
Company and platform are written down before they are asked; whoever goes on later asks the same ones, and the platform
looks for the parcel's number before it gives one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from orderhub.errors import (
    AuthError,
    ConfigurationError,
    OrderHubError,
    OutcomeUnknown,
    StaleVersion,
    UnsupportedOperation,
)
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.choosing import day_of, drop_share, keep_share, rank_carriers, take_option
from orderhub.fulfil.issuing import Agreements, find_number, issue_number, shop_port, wants_platform
from orderhub.fulfil.jobs import Job, order_ids_of, told_lines
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, check_ours, load_records, note_parcel, save_record
from orderhub.fulfil.voiding import settle_late
from orderhub.fulfil.waybills import need_of, parcel_of
from orderhub.kit.waybills import OWN_NUMBER, serves
from orderhub.logistics.selection import Selection
from orderhub.logistics.services import Need
from orderhub.models import Parcel, Waybill, WaybillAccount, WaybillRequest

__all__ = ["Labelling", "as_they_are", "in_doubt", "number_of_parcel", "platform_number", "spare_number"]


@dataclass(frozen=True)
class Labelling:
    """What one run knows of platforms that hand out numbers.

    Attributes:
        agreements: See `issuing.agreements_of`.
        siblings: Job key -> records of the other parts of its order.
        made: Parcel id -> waybill of this run, with what prints it.
        own: Ids of parcels of which their platform said that they leave under a number of the merchant's own.
    """

    agreements: Agreements = field(default_factory=dict)
    siblings: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    made: dict[str, Waybill] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def covers(self, plan: FulfilPlan, job: Job) -> bool:
        """Whether the job's platform is asked first, so that nobody need lend its receiver."""
        port = shop_port(job.members[0])
        return wants_platform(job.members[0], plan.platform_waybills) and self.agreements.get(port, ()) != ()


def platform_number(
    plan: FulfilPlan, job: Job, record: Record, index: int, labelling: Labelling
) -> Operation[tuple[Record, tuple[str, ...]]]:
    """The record with the platform's number for one parcel, or without one and with what was refused.

    Raises:
        OutcomeUnknown: There may be a number; the next run finds out.
        OrderHubError: The platform cannot be asked now; a retryable one.
    """
    row, port = record.parcels[index], shop_port(job.members[0])
    if not told_lines(job, row, job.members[0]):
        labelling.own.add(row.parcel_id)  # gifts of the merchant's alone: the platform knows nothing of them
        return record, ()
    again = row.carrier is not None and row.issuer == port and (yield from _is_ours(row))
    if not again and (row.carrier is not None or not labelling.covers(plan, job)):
        return record, ()
    accounts = labelling.agreements.get(port, ())
    if isinstance(accounts, OrderHubError):
        if accounts.retryable or again:
            raise accounts
        return record, (f"{port}: {type(accounts).__name__} {accounts.message}",)
    if again:
        record = yield from _taken_over(record, row)
    search = yield from _search(plan, job, row, accounts)
    refused: dict[str, str] = {}
    while True:
        if not again:
            following = yield from _next(plan, search, row, tuple(refused), port)
            if following is None:
                break
            record = yield from note_parcel(record, index, following)
            if following.has_share and not (yield from keep_share(row.parcel_id)):
                continue  # it came back while it was written down: nobody was asked
        beside = yield from as_they_are(labelling.siblings.get(job.key, ()))
        request = _request(plan, job, record, index, beside, is_new=not again)
        carrier, again = request.carrier, False
        yield from check_ours(record)
        try:
            waybill, is_doubtful = yield from issue_number(port, request)
        except OrderHubError as error:
            if isinstance(error, OutcomeUnknown) or error.retryable:
                raise
            if error.code == OWN_NUMBER:
                labelling.own.add(row.parcel_id)
            refused[carrier] = f"{port} for {carrier}: {type(error).__name__} {error.message}"
            if isinstance(error, AuthError | ConfigurationError | UnsupportedOperation):  # true of every company
                break
            continue
        labelling.made[row.parcel_id] = waybill
        if is_doubtful:
            record = yield from in_doubt(record, record.parcels[index])
        return (yield from _noted(record, index, waybill)), ()
    if refused:
        record = yield from note_parcel(record, index, _bare(row))
        yield from drop_share(plan, row.parcel_id)
    return record, tuple(refused.values())


def _taken_over(record: Record, row: ParcelRecord) -> Operation[Record]:
    """Write down that another worker may have asked for the parcel too; one that still means to asks no more."""
    doubtful = yield from in_doubt(record, row)
    return record if doubtful is record else (yield from save_record(doubtful, record.state))


def as_they_are(siblings: Sequence[Record]) -> Operation[tuple[Record, ...]]:
    """Other parts of the order as their records stand by now: earlier jobs of this run have numbered theirs."""
    found = yield from load_records([one.order_key for one in siblings])
    return tuple(found[one.order_key] for one in siblings)


def _is_ours(row: ParcelRecord) -> Operation[bool]:
    """Whether the noted company was asked; not where its share came back before that."""
    return not row.has_share or (yield from keep_share(row.parcel_id))


@dataclass(frozen=True, slots=True)
class _Search:
    """Companies for one parcel: those with a price ranked, those without in the order of their names."""

    need: Need
    ranked: Selection
    unpriced: tuple[str, ...]


def _search(plan: FulfilPlan, job: Job, row: ParcelRecord, accounts: Sequence[WaybillAccount]) -> Operation[_Search]:
    parcel, place = _parcel(plan, job, row), plan.sender(row.warehouse).address
    companies = {one.carrier for one in accounts if one.carrier and one.is_usable and serves(one, place)}
    need = need_of(plan, job.order, parcel, day_of(plan, (yield from now())))
    services = tuple(one for one in plan.label_services if one.carrier in companies)
    ranked, _ = yield from rank_carriers(replace(plan, services=services), need)
    left = companies - {service.carrier for service in services} - need.blocked
    unpriced = sorted(code for code in left if not need.required or code in need.required)
    return _Search(need, ranked, tuple(unpriced))


def _next(
    plan: FulfilPlan, search: _Search, row: ParcelRecord, refused: Sequence[str], port: str
) -> Operation[ParcelRecord | None]:
    """The parcel with the company that is asked next; None when none is left."""
    if search.ranked.after(refused):
        turn = yield from take_option(plan, search.need, search.ranked, refused)
        if (option := turn.option) is not None:
            return replace(
                row, carrier=option.carrier, product=option.product, freight=str(option.quote.total),
                promised_hours=option.quote.promised_hours, has_share=turn.has_share, issuer=port,
            )  # fmt: skip
    code = next((code for code in search.unpriced if code not in refused), None)
    return None if code is None else replace(_bare(row), carrier=code, issuer=port)


def _bare(row: ParcelRecord) -> ParcelRecord:
    return replace(
        row, carrier=None, product=None, freight=None, promised_hours=None, has_share=False, issuer=None
    )  # fmt: skip


def _parcel(plan: FulfilPlan, job: Job, row: ParcelRecord) -> Parcel:
    """The parcel as its platform wants it: its own orders, what is in it, the receiver as the order tells him."""
    first = job.members[0]
    titles = {line.line_id: line.title or line.sku or line.line_id for line in job.order.lines}
    contents = tuple((titles.get(line_id, line_id), units) for line_id, units in row.lines)
    parcel = parcel_of(plan, job.order, row, first.recipient)
    lines = told_lines(job, row, first)
    return parcel.model_copy(update={"order_ids": order_ids_of(job), "contents": contents or row.goods, "lines": lines})


def _request(
    plan: FulfilPlan, job: Job, record: Record, index: int, siblings: Sequence[Record], *, is_new: bool
) -> WaybillRequest:
    row = record.parcels[index]
    others = [one for one in record.parcels if one.parcel_id != row.parcel_id]
    beside = [one for sibling in siblings for one in sibling.parcels]
    known = [one.waybill_no for one in (*others, *beside) if one.waybill_no]
    void = [number for one in (record, *siblings) for number in one.nobodys]
    settled = all(one.waybill_no for one in beside) and (bool(beside) or not job.is_part)
    asked = any(one.issuer is not None and one.waybill_no is None for one in others)
    return WaybillRequest(
        carrier=row.carrier or "", parcel=_parcel(plan, job, row), sender=plan.sender(row.warehouse),
        product=row.product, known=tuple(dict.fromkeys([*known, *void])), is_new=is_new,
        is_alone=settled and not asked, beside=tuple(_waiting(job, [*others, *beside])),
    )  # fmt: skip


def _waiting(job: Job, rows: Sequence[ParcelRecord]) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    """Other parcels of the same order that the platform has not numbered; carriers' own are none of its business."""
    for row in rows:
        lines = told_lines(job, row, job.members[0])
        if row.waybill_no is None and lines and (row.carrier is None or row.issuer is not None):
            yield row.parcel_id, lines


def _noted(record: Record, index: int, waybill: Waybill) -> Operation[Record]:
    """Write the number down; one that comes too late, its parcel having another or none any more, is void at once."""
    row = record.parcels[index]
    named = replace(row, carrier=waybill.carrier or row.carrier, waybill_no=waybill.waybill_no)
    try:
        return (yield from note_parcel(record, index, named))
    except StaleVersion:
        yield from settle_late(record, row, named, waybill.order_ids)
        raise


def in_doubt(record: Record, row: ParcelRecord) -> Operation[Record]:
    """The record, not written yet, with a parcel that may have a number which nobody knows; see `fulfil.spares`.

    The same one where the platform cannot be searched: it has one number for one parcel, or is never asked again.
    """
    if row.issuer is None or not (yield from ask(row.issuer, "has", "find_waybills")):
        return record
    others = tuple(one for one in record.doubt if (one.parcel_id, one.carrier) != (row.parcel_id, row.carrier))
    return replace(record, doubt=(*others, row))


def spare_number(
    plan: FulfilPlan, job: Job, record: Record, row: ParcelRecord, siblings: Sequence[Record], known: Sequence[str]
) -> Operation[str | None]:
    """A number that the platform has of a parcel in doubt beside those that are known; raises when it cannot tell."""
    request = _request(plan, job, replace(record, parcels=(row,)), 0, siblings, is_new=False)
    found = yield from find_number(
        row.issuer or "", request.model_copy(update={"known": tuple(known), "is_alone": True, "beside": ()})
    )
    return None if found in known else found


def number_of_parcel(plan: FulfilPlan, job: Job, record: Record, index: int) -> Operation[str | None]:
    """The number that a parcel may have from its platform, for taking it back; None where it has none."""
    request = _request(plan, job, record, index, (), is_new=False)
    return (yield from find_number(record.parcels[index].issuer or "", request))
