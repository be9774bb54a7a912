"""Where an order stands: its state, what may be done, its parcels. Imports this room.

The state of a parcel follows from its record; it is not stored beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orderhub.flow.steps import Operation
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record
from orderhub.fulfil.splitting import jobs_now
from orderhub.fulfil.states import COMMANDS, GUARDS, OPEN, SHIPMENT, allowed_in
from orderhub.models import Order

__all__ = ["ParcelStanding", "Standing", "parcel_state", "standing_of"]


@dataclass(frozen=True, slots=True)
class ParcelStanding:
    """One parcel: its job's key, its state, what may be done with it."""

    parcel_id: str
    job: str
    state: str
    allowed: tuple[str, ...]
    carrier: str | None = None
    waybill_no: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One order.

    Attributes:
        refused: Command -> why it is refused now.
        jobs: Of a split or merged order the key of each job -> its state.
    """

    key: str
    state: str
    allowed: tuple[str, ...]
    refused: Mapping[str, str]
    parcels: tuple[ParcelStanding, ...] = ()
    jobs: Mapping[str, str] = field(default_factory=dict)


def parcel_state(record: Record, row: ParcelRecord) -> str:
    """The state of one parcel of a record: a word of `SHIPMENT`."""
    if record.state in OPEN:
        return "labelled" if row.waybill_no else "asked" if row.carrier else "planned"
    if record.state == "shipping":
        return "telling"
    if record.state in ("shipped", "committed", "done"):
        return "sent"
    return "stopped" if record.state == "intercepted" else "withdrawing"


def standing_of(plan: FulfilPlan, order: Order) -> Operation[Standing]:
    """Read where an order stands; nothing is changed."""
    record, pieces = yield from jobs_now(plan, order)
    apart = pieces if record.parts or record.group else []
    parcels = [_parcel(own, row) for _, own in pieces for row in own.parcels]
    refused = {command: why for command in COMMANDS if (why := GUARDS[record.state, command])}
    return Standing(
        order.key, record.state, allowed_in(record.state), refused, tuple(parcels),
        {job.key: own.state for job, own in apart},
    )  # fmt: skip


def _parcel(record: Record, row: ParcelRecord) -> ParcelStanding:
    state = parcel_state(record, row)
    allowed = SHIPMENT.allowed_in(state)
    return ParcelStanding(row.parcel_id, record.order_key, state, allowed, row.carrier, row.waybill_no)
