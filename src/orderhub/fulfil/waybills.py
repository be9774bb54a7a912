"""A carrier and a waybill for each parcel of an order. Imports `logistics`, `flow`, `models`.

What no carrier could send is refused before anything that costs is asked. The chosen carrier is written down before it
is asked, so that a run that goes on later asks the same one, and one parcel never gets two waybills. A carrier that
refuses gives way to the next by rank; one whose reply was lost does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orderhub.errors import NoCarrier, OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.choosing import Turn, day_of, drop_share, keep_share, note_answer, rank_carriers, take_option
from orderhub.fulfil.jobs import Job, fingerprint
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.printing import keep_marks
from orderhub.fulfil.receivers import receiver_of
from orderhub.fulfil.record import ParcelRecord, Record, note_parcel
from orderhub.fulfil.voiding import settle_late
from orderhub.kit.carriers import carrier_of
from orderhub.logistics.checks import check_parcel, parcel_problems
from orderhub.logistics.selection import Option
from orderhub.logistics.services import Need
from orderhub.models import Order, Parcel, Recipient, Waybill

__all__ = ["check_parcels", "get_waybills", "is_sendable", "make_waybill", "need_of", "parcel_of"]


def get_waybills(plan: FulfilPlan, job: Job, record: Record, clear: Recipient | None = None) -> Operation[Record]:
    """The record with a waybill for each parcel; raises `NoCarrier` when nobody takes one of them.

    Args:
        clear: The receiver in the clear, where the platform has lent it already.
    """
    check_parcels(plan, job, record)
    recipient = clear or (yield from receiver_of(plan, job.members[0]))
    if not record.receiver:
        record = replace(record, receiver=fingerprint(job.order.recipient))  # written with the first note
    for index in range(len(record.parcels)):
        if record.parcels[index].waybill_no is None:
            record = yield from _get_waybill(plan, job.order, record, index, recipient)
    return record


def check_parcels(plan: FulfilPlan, job: Job, record: Record) -> None:
    """Refuse what no carrier could send, while it costs nothing.

    Raises:
        WaybillRejected: Names the first parcel's field and what is wrong with it.
    """
    for row in record.parcels:
        if row.waybill_no is None:
            check_parcel(parcel_of(plan, job.order, row, job.order.recipient))


def is_sendable(plan: FulfilPlan, job: Job, record: Record) -> bool:
    """Whether `check_parcels` has nothing to say: for others no receiver is asked for."""
    return not any(parcel_problems(parcel_of(plan, job.order, row, job.order.recipient)) for row in record.parcels)


def make_waybill(
    plan: FulfilPlan, job: Job, row: ParcelRecord, recipient: Recipient | None = None
) -> Operation[Waybill]:
    """The waybill of a parcel from the carrier that was noted for it: the one that it has, where it has one.

    Args:
        recipient: Whom it is addressed to; the order's receiver when left out.
    """
    parcel = parcel_of(plan, job.order, row, recipient or (yield from receiver_of(plan, job.members[0])))
    return (yield from ask(f"carrier:{row.carrier}", "create", parcel, plan.sender(row.warehouse)))  # type: ignore[no-any-return]


def _get_waybill(plan: FulfilPlan, order: Order, record: Record, index: int, recipient: Recipient) -> Operation[Record]:
    """Ask by rank until one carrier gives a number."""
    row = record.parcels[index]
    parcel = parcel_of(plan, order, row, recipient)
    need = need_of(plan, order, parcel, day_of(plan, (yield from now())))
    ranked, failing = yield from rank_carriers(plan, need)
    again = yield from _asked_before(row)
    refused: dict[str, str] = {}
    while True:
        turn = Turn(None, ranked)
        if again is None:
            turn = yield from take_option(plan, need, ranked, tuple(refused))
            if turn.option is None:
                break
            record = yield from note_parcel(record, index, _chosen(row, turn.option, turn.has_share))
            if turn.has_share and not (yield from keep_share(row.parcel_id)):
                continue  # it came back while it was written down: nobody was asked
        carrier = again or record.parcels[index].carrier or ""
        again = None
        try:
            waybill: Waybill = yield from ask(f"carrier:{carrier}", "create", parcel, plan.sender(row.warehouse))
        except OrderHubError as error:
            yield from note_answer(plan, carrier, error)
            if isinstance(error, OutcomeUnknown):
                raise
            refused[carrier] = f"{carrier}: {type(error).__name__} {error.message}"
            continue
        if carrier in failing:
            yield from note_answer(plan, carrier, None)
        yield from keep_marks(order.key, row.parcel_id, waybill)
        return (yield from _noted(record, index, waybill))
    if refused:
        yield from note_parcel(record, index, _bare(row))
        yield from drop_share(plan, row.parcel_id)
    raise _nobody(turn, tuple(refused.values()))


def _asked_before(row: ParcelRecord) -> Operation[str | None]:
    """The carrier that may have a waybill of this parcel already; not one whose share came back before it was asked."""
    if row.carrier is None or (row.has_share and not (yield from keep_share(row.parcel_id))):
        return None
    return row.carrier


def _chosen(row: ParcelRecord, option: Option, has_share: bool) -> ParcelRecord:
    return replace(
        row, carrier=option.carrier, product=option.product, freight=str(option.quote.total),
        promised_hours=option.quote.promised_hours, has_share=has_share,
    )  # fmt: skip


def _bare(row: ParcelRecord) -> ParcelRecord:
    return replace(row, carrier=None, product=None, freight=None, promised_hours=None, has_share=False)


def _nobody(turn: Turn, refused: Sequence[str]) -> NoCarrier:
    """Why nobody is left; `sub_code` where there is one reason for all."""
    full = [f"the quota {name.rpartition(':')[0]} is used up" for name in turn.full]
    told = "; ".join([*refused, *full, *(str(rejection) for rejection in turn.selection.rejected)])
    why = "quota" if full else None if refused else turn.selection.objection
    return NoCarrier(f"no carrier took the parcel: {told or 'none is configured'}", code="no_carrier", sub_code=why)


def _noted(record: Record, index: int, waybill: Waybill) -> Operation[Record]:
    """Write the number down; one that comes too late, since the order was withdrawn meanwhile, is void at once."""
    row = record.parcels[index]
    named = replace(row, waybill_no=waybill.waybill_no)
    try:
        return (yield from note_parcel(record, index, named))
    except StaleVersion:
        yield from settle_late(record, row, named, ())
        raise


def need_of(plan: FulfilPlan, order: Order, parcel: Parcel, on: Any) -> Need:
    """What the order asks of a carrier: the platform's prescriptions, notes, price."""
    origin = next(w.address.province for w in plan.warehouses if w.code == parcel.warehouse) or ""
    return Need(
        parcel=parcel, origin_province=origin, on=on, currency=plan.currency,
        required=_labelled(order, "carrier_must:"), blocked=_labelled(order, "carrier_not:"),
        expedite="expedite" in order.labels, buyer_note=order.buyer_note, seller_note=order.seller_note,
        facts={"platform": order.platform, "shop": order.shop_id, "labels": order.labels,
               "order_total": order.total or Decimal(0)},
    )  # fmt: skip


def _labelled(order: Order, prefix: str) -> frozenset[str]:
    """Carriers named by labels; a platform code that is not ours stays as it is, and then matches no service."""
    codes = [label.removeprefix(prefix) for label in order.labels if label.startswith(prefix)]
    return frozenset(carrier_of(code) or code.lower() for code in codes)


def parcel_of(plan: FulfilPlan, order: Order, row: ParcelRecord, recipient: Recipient) -> Parcel:
    """What is handed to the carrier for one planned parcel."""
    return Parcel(
        parcel_id=row.parcel_id, order_key=order.key, warehouse=row.warehouse, recipient=recipient, lines=row.lines,
        weight_g=plan.weight_g(row.goods), declared_value=None, cod_amount=order.total if order.is_cod else None,
    )  # fmt: skip
