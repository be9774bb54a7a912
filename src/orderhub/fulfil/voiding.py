"""Voiding one waybill, and what it means when it stays. Imports `models`, `flow`, this room's records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orderhub.errors import NotFound, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.fulfil.issuing import cancel_number
from orderhub.fulfil.record import ParcelRecord, Record, load_record
from orderhub.kit.waybills import KEPT_FOR_GOODS
from orderhub.models import Outcome

__all__ = ["Kept", "cancel_waybill", "void_number", "void_orphan"]


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


def void_orphan(record: Record, row: ParcelRecord, number: str, order_ids: Sequence[str] = ()) -> Operation[None]:
    """Void a number that came for a parcel which was given up meanwhile; one that is still wanted stays."""
    latest = yield from load_record(record.order_key)
    wanted = latest.state not in {"dropping", "cancelling"} and any(
        (one.parcel_id, one.carrier, one.issuer) == (row.parcel_id, row.carrier, row.issuer) for one in latest.parcels
    )
    if not wanted:
        yield from cancel_waybill(row, number, order_ids)
