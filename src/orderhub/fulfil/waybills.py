"""A carrier and a waybill for each parcel of an order. Imports `logistics`, `flow`, `models`.

The chosen carrier is written down before it is asked, so that a run that goes on later asks the same one, and one
parcel never gets two waybills. A carrier that refuses gives way to the next by rank; one whose reply was lost does not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

from orderhub.errors import NoCarrier, OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.jobs import Job, fingerprint
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.receivers import receiver_of
from orderhub.fulfil.record import ParcelRecord, Record, note_parcel
from orderhub.fulfil.voiding import void_orphan
from orderhub.kit.carriers import carrier_of
from orderhub.logistics.selection import Selection, select
from orderhub.logistics.services import Need
from orderhub.models import Order, Parcel, Recipient, Waybill

__all__ = ["get_waybills", "make_waybill", "need_of"]

_LOCAL = timezone(timedelta(hours=8))


def get_waybills(plan: FulfilPlan, job: Job, record: Record, clear: Recipient | None = None) -> Operation[Record]:
    """The record with a waybill for each parcel; raises `NoCarrier` when nobody takes one of them.

    Args:
        clear: The receiver in the clear, where the platform has lent it already.
    """
    recipient = clear or (yield from receiver_of(plan, job.members[0]))
    if not record.receiver:
        record = replace(record, receiver=fingerprint(job.order.recipient))  # written with the first note
    for index in range(len(record.parcels)):
        if record.parcels[index].waybill_no is None:
            record = yield from _get_waybill(plan, job.order, record, index, recipient)
    return record


def make_waybill(plan: FulfilPlan, job: Job, row: ParcelRecord) -> Operation[Waybill]:
    """The waybill of a parcel from the carrier that was noted for it: the one that it has, where it has one."""
    recipient = yield from receiver_of(plan, job.members[0])
    parcel = _parcel(plan, job.order, row, recipient)
    return (yield from ask(f"carrier:{row.carrier}", "create", parcel, plan.sender(row.warehouse)))  # type: ignore[no-any-return]


def _get_waybill(plan: FulfilPlan, order: Order, record: Record, index: int, recipient: Recipient) -> Operation[Record]:
    """Ask by rank until one carrier gives a number."""
    row = record.parcels[index]
    parcel = _parcel(plan, order, row, recipient)
    chosen = yield from _selection(plan, order, parcel)
    refused: list[str] = []
    for option in _candidates(chosen, row):
        carrier, product, freight = option
        record = yield from note_parcel(record, index, replace(row, carrier=carrier, product=product, freight=freight))
        try:
            waybill: Waybill = yield from ask(f"carrier:{carrier}", "create", parcel, plan.sender(row.warehouse))
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            refused.append(f"{carrier}: {type(error).__name__} {error.message}")
            continue
        return (yield from _noted(record, index, waybill))
    if refused:
        yield from note_parcel(record, index, replace(row, carrier=None, product=None, freight=None))
    told = "; ".join(refused + [str(rejection) for rejection in chosen.rejected])
    raise NoCarrier(f"no carrier took the parcel: {told or 'none is configured'}", code="no_carrier")


def _noted(record: Record, index: int, waybill: Waybill) -> Operation[Record]:
    """Write the number down; one that comes too late, since the order was withdrawn meanwhile, is void at once."""
    row = record.parcels[index]
    try:
        return (yield from note_parcel(record, index, replace(row, waybill_no=waybill.waybill_no)))
    except StaleVersion:
        yield from void_orphan(record, row.carrier or "", waybill.waybill_no, row.parcel_id)
        raise


def _candidates(chosen: Selection, row: ParcelRecord) -> list[tuple[str, str | None, str | None]]:
    """By rank; a carrier that was asked before comes first, since it may have a waybill already."""
    ranked = [(o.carrier, o.product, str(o.quote.total)) for o in chosen.options]
    if row.carrier is None:
        return list(ranked)
    return [(row.carrier, row.product, row.freight), *(r for r in ranked if r[0] != row.carrier)]


def _selection(plan: FulfilPlan, order: Order, parcel: Parcel) -> Operation[Selection]:
    today = (yield from now()).astimezone(_LOCAL).date()
    need = need_of(plan, order, parcel, today)
    return select(plan.services, need, rules=plan.rules, strategy=plan.strategy)


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


def _parcel(plan: FulfilPlan, order: Order, row: ParcelRecord, recipient: Recipient) -> Parcel:
    return Parcel(
        parcel_id=row.parcel_id, order_key=order.key, warehouse=row.warehouse, recipient=recipient, lines=row.lines,
        weight_g=plan.weight_g(row.goods), declared_value=None, cod_amount=order.total if order.is_cod else None,
    )  # fmt: skip
