"""Voiding one waybill, and what it means when it stays. Imports `models`, `flow`, this room's records."""

from __future__ import annotations

from dataclasses import dataclass

from orderhub.errors import NotFound, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.record import Record, load_record
from orderhub.models import Outcome, Waybill

__all__ = ["Kept", "cancel_waybill", "void_orphan"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a waybill is still there: `waybill_kept` (its carrier says no) or `waybill_unknown` (ask again)."""

    reason: str
    error: OrderHubError | None = None


def cancel_waybill(carrier: str, number: str, reference: str) -> Operation[Kept | None]:
    """Void a number; None when it is gone, also when the carrier never had it."""
    waybill = Waybill(carrier=carrier, waybill_no=number, reference=reference)
    try:
        outcome: Outcome[None] = yield from ask(f"carrier:{carrier}", "cancel", waybill)
    except OrderHubError as error:
        outcome = Outcome.failed(reference, error)
    if outcome.ok or isinstance(outcome.error, NotFound):
        return None
    unknown = isinstance(outcome.error, OutcomeUnknown) or (outcome.error is not None and outcome.error.retryable)
    return Kept("waybill_unknown" if unknown else "waybill_kept", outcome.error)


def void_orphan(record: Record, carrier: str, number: str, reference: str) -> Operation[None]:
    """Void a number that came for a parcel which was given up meanwhile; one that is still wanted stays."""
    latest = yield from load_record(record.order_key)
    wanted = latest.state not in {"dropping", "cancelling"} and any(
        row.parcel_id == reference and row.carrier == carrier for row in latest.parcels
    )
    if not wanted:
        yield from cancel_waybill(carrier, number, reference)
