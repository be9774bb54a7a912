"""Voiding one waybill, and what it means when it stays. Imports `models`, `flow`, this room's records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orderhub.errors import NotFound, OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation
from orderhub.fulfil.issuing import cancel_number
from orderhub.fulfil.record import ParcelRecord, Record, load_record, note_parcel, save_record
from orderhub.kit.waybills import KEPT_FOR_GOODS
from orderhub.models import Outcome

__all__ = ["Kept", "cancel_waybill", "settle_late", "void_number", "void_spares"]

WAITING = frozenset({"planned", "reserved"})
"""States in which a parcel waits for its number."""
ROUNDS_MAX = 20
"""How often a late number is written down again after others wrote; a run has fewer steps that write."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a waybill is still there: `waybill_kept` (its carrier says no) or `waybill_unknown` (ask again)."""

    reason: str
    error: OrderHubError | None = None


def cancel_waybill(row: ParcelRecord, number: str, order_ids: Sequence[str] = ()) -> Operation[Kept | None]:
    """Void a number where it came from; None when it is gone, also when it was never there."""
    _, kept = yield from void_number(row, number, order_ids)
    return kept


def void_number(
    row: ParcelRecord, number: str, order_ids: Sequence[str] = ()
) -> Operation[tuple[str | None, Kept | None]]:
    """The number that must never be met again, and why it stays; neither where its platform keeps it for the goods."""
    try:
        outcome: Outcome[None] = yield from cancel_number(row, number, order_ids)
    except OrderHubError as error:
        outcome = Outcome.failed(row.parcel_id, error)
    if outcome.ok or isinstance(outcome.error, NotFound):
        return None if outcome.reason == KEPT_FOR_GOODS else number, None
    unknown = isinstance(outcome.error, OutcomeUnknown) or (outcome.error is not None and outcome.error.retryable)
    return number, Kept("waybill_unknown" if unknown else "waybill_kept", outcome.error)


def settle_late(record: Record, asked: ParcelRecord, named: ParcelRecord, order_ids: Sequence[str]) -> Operation[None]:
    """A number that came while another worker wrote the record: the parcel's where it waits for one still, else void.

    Args:
        asked: The parcel as it was when its number was asked for.
        named: The same with its number.
    """
    number = named.waybill_no or ""
    for _ in range(ROUNDS_MAX):
        latest = yield from load_record(record.order_key)
        if number in latest.nobodys or any(one.waybill_no == number for one in latest.parcels):
            return
        try:
            for index, row in enumerate(latest.parcels):
                if latest.state in WAITING and row.waybill_no is None and _same(row, asked):
                    yield from note_parcel(latest, index, replace(row, carrier=named.carrier, waybill_no=number))
                    return
            latest = yield from save_record(replace(latest, spare=(*latest.spare, named)), latest.state)
        except StaleVersion:
            continue
        yield from void_spares(latest, order_ids)
        return


def _same(row: ParcelRecord, other: ParcelRecord) -> bool:
    return (row.parcel_id, row.carrier, row.issuer) == (other.parcel_id, other.carrier, other.issuer)


def void_spares(record: Record, order_ids: Sequence[str]) -> Operation[tuple[Record, Kept | None]]:
    """Void the numbers that are nobody's, noting each that is gone; the first reason why one stays."""
    stays: Kept | None = None
    for row in record.spare:
        gone, kept = yield from void_number(row, row.waybill_no or "", order_ids)
        if kept is not None:
            stays = stays or kept
            continue
        left = tuple(one for one in record.spare if one != row)
        void = record.void if gone is None else (*record.void, gone)
        record = yield from save_record(replace(record, spare=left, void=void), record.state)
    return record, stays
