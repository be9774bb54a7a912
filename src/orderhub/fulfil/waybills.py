"""A carrier and a waybill for each parcel of an order. Imports `logistics`, `flow`, `models`.

The chosen carrier is written down before it is asked, so that a run that goes on later asks the same one, and one
parcel never gets two waybills. A carrier that refuses gives way to the next by rank; one whose reply was lost does not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

from orderhub.errors import NoCarrier, OrderHubError, OutcomeUnknown, UnsupportedOperation
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, save_record
from orderhub.kit.carriers import carrier_of
from orderhub.logistics.selection import Selection, select
from orderhub.logistics.services import Need
from orderhub.models import Order, Parcel, PrivacyKind, Recipient, Waybill

__all__ = ["get_waybills", "need_of"]

_LOCAL = timezone(timedelta(hours=8))
_STARS = "**"
"""What masks look like."""


def get_waybills(plan: FulfilPlan, order: Order, record: Record) -> Operation[Record]:
    """The record with a waybill for each parcel; raises `NoCarrier` when nobody takes one of them."""
    recipient = yield from _receiver(plan, order)
    for index in range(len(record.parcels)):
        if record.parcels[index].waybill_no is None:
            record = yield from _get_waybill(plan, order, record, index, recipient)
    return record


def _receiver(plan: FulfilPlan, order: Order) -> Operation[Recipient]:
    """The receiver for the label: in the clear where the platform lends it, otherwise as it is.

    Raises:
        NoCarrier: It stays masked or encrypted: a parcel without an address is never sent.
    """
    privacy = order.recipient.privacy
    if privacy.kind is PrivacyKind.CLEAR:
        return order.recipient
    clear = (yield from _lent(plan, order)) if plan.decrypt and privacy.token is not None else None
    if clear is None or not clear.address.street or _STARS in clear.address.street:
        raise NoCarrier(
            f"the receiver of {order.key} is {privacy.kind.value} and the platform lends no clear one: grant the app "
            "the right to decrypt, or print with the platform's own waybills", code="receiver_hidden",
        )  # fmt: skip
    return clear


def _lent(plan: FulfilPlan, order: Order) -> Operation[Recipient | None]:
    """The receiver as the platform decrypts it; it may leave out what the order tells anyway."""
    token, shop = order.recipient.privacy.token, f"shop:{order.platform}:{order.shop_id}"
    try:
        found = yield from ask(shop, "decrypt", [(order.order_id, token)], scene=plan.decrypt_scene)
    except UnsupportedOperation:
        return None
    clear: list[Recipient] = [row.recipient for row in found if row.matched]
    return _completed(clear[0], order.recipient) if clear else None


def _completed(clear: Recipient, told: Recipient) -> Recipient:
    """`clear` with the administrative levels that only the order tells; nothing that may be masked is taken over."""
    levels = {
        name: getattr(clear.address, name) or getattr(told.address, name)
        for name in ("country", "province", "city", "district", "town", "postal_code", "division_code")
    }
    return clear.model_copy(update={"address": clear.address.model_copy(update=levels)})


def _get_waybill(plan: FulfilPlan, order: Order, record: Record, index: int, recipient: Recipient) -> Operation[Record]:
    """Ask by rank until one carrier gives a number."""
    row = record.parcels[index]
    parcel = _parcel(plan, order, row, recipient)
    chosen = yield from _selection(plan, order, parcel)
    refused: list[str] = []
    for option in _candidates(chosen, row):
        carrier, product, freight = option
        record = yield from _note(record, index, replace(row, carrier=carrier, product=product, freight=freight))
        try:
            waybill: Waybill = yield from ask(f"carrier:{carrier}", "create", parcel, plan.sender(row.warehouse))
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            refused.append(f"{carrier}: {type(error).__name__} {error.message}")
            continue
        return (yield from _note(record, index, replace(record.parcels[index], waybill_no=waybill.waybill_no)))
    told = "; ".join(refused + [str(rejection) for rejection in chosen.rejected])
    raise NoCarrier(f"no carrier took the parcel: {told or 'none is configured'}", code="no_carrier")


def _candidates(chosen: Selection, row: ParcelRecord) -> list[tuple[str, str | None, str | None]]:
    """By rank; a carrier that was asked before comes first, since it may have a waybill already."""
    ranked = [(o.carrier, o.product, str(o.quote.total)) for o in chosen.options]
    if row.carrier is None:
        return list(ranked)
    return [(row.carrier, row.product, row.freight), *(r for r in ranked if r[0] != row.carrier)]


def _note(record: Record, index: int, row: ParcelRecord) -> Operation[Record]:
    rows = (*record.parcels[:index], row, *record.parcels[index + 1 :])
    return (yield from save_record(record, record.state, rows))


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
