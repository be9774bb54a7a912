"""What a hub tells about the choice of carriers: options of an order, shares of the day, what was learned. Imports
`fulfil`, `logistics`. What was learned stands as one text under a cursor, and every later run chooses by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from orderhub.errors import StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.allocating import allot
from orderhub.fulfil.choosing import HEALTH, day_of, rank_carriers
from orderhub.fulfil.jobs import shippable_lines
from orderhub.fulfil.learning import QUALITY, learn_from_orders
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord
from orderhub.fulfil.splitting import jobs_now
from orderhub.fulfil.waybills import need_of, parcel_of
from orderhub.hub.command import command
from orderhub.logistics.checks import check_parcel
from orderhub.logistics.health import Health, read_health
from orderhub.logistics.quality import QualityTable
from orderhub.logistics.selection import Selection
from orderhub.models import Order
from orderhub.models.stock import StockSnapshot
from orderhub.ports import Cursor

__all__ = ["CarrierOptions", "ChoosingCommands", "ChoosingOperations", "ShareUse"]

_TRIES = 5


@dataclass(frozen=True, slots=True)
class CarrierOptions:
    """The ranked options of one parcel of an order; `chosen` is the carrier that it was given, once it was."""

    parcel_id: str
    warehouse: str
    selection: Selection
    chosen: str | None = None


@dataclass(frozen=True, slots=True)
class ShareUse:
    """One quota, or one part of a split, on one day: parcels drawn, and the most or the part it is to have."""

    name: str
    carrier: str | None
    day: date
    drawn: int
    most: int | None = None
    percent: str | None = None


class ChoosingOperations:
    """Commands over the choice of carriers."""

    plan: FulfilPlan

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with what was stored since."""
        raise NotImplementedError

    def carrier_options(self, key: str) -> Operation[list[CarrierOptions]]:
        """Every carrier for each parcel of an order as things are now: ranked, priced, with reasons and what decides.

        Parcels are those it was planned with, or would be; none while it cannot be allocated. Nothing is taken and
        nothing is written. `fulfil` may still choose otherwise where a quota or a split is about the parcel, and where
        the order's platform hands out the number: its companies are ranked in the same way.

        Raises:
            NotFound: No such order is stored.
            WaybillRejected: A parcel that no carrier could send; names the field.
        """
        order: Order = yield from ask("orders", "get_order", key)
        plan = yield from self.current_plan()
        found = []
        for part, row in (yield from _parcels(plan, order)):
            parcel = parcel_of(plan, part, row, order.recipient)
            check_parcel(parcel)
            need = need_of(plan, part, parcel, day_of(plan, (yield from now())))
            selection, _ = yield from rank_carriers(plan, need)
            found.append(CarrierOptions(row.parcel_id, row.warehouse, selection, row.carrier))
        return found

    def carrier_shares(self, day: date | None = None) -> Operation[list[ShareUse]]:
        """How much of each quota and split is drawn; today by the policy's zone unless a day is given."""
        policy = (yield from self.current_plan()).selection
        on = day or day_of(self.plan, (yield from now()))
        rows = [ShareUse(quota.name, None, on, 0, quota.per_day) for quota in policy.quotas]
        for split in policy.splits:
            whole = sum(split.shares.values())
            rows += [ShareUse(split.name, carrier, on, 0, percent=f"{part}/{whole}")
                     for carrier, part in split.shares.items()]  # fmt: skip
        counters = [f"{row.name}:{on}" + (f":{row.carrier}" if row.carrier else "") for row in rows]
        counts: Mapping[str, int] = (yield from ask("shares", "share_counts", counters)) if counters else {}
        return [replace(row, drawn=counts[counter]) for row, counter in zip(rows, counters, strict=True)]

    def carrier_health(self) -> Operation[dict[str, Health]]:
        """Carriers that failed when they were last asked; the others are well, as far as is known."""
        cursor: Cursor = yield from ask("orders", "get_cursor", HEALTH)
        return read_health(cursor.position)

    def learn_quality(self, *, dry_run: bool = False) -> Operation[QualityTable]:
        """Work out from the hub's own parcels how well carriers do by lane; from then on `fulfil` chooses by it.

        Only what is stored is read: `track` first. Run it once a day; the latest table counts.
        """
        found = yield from learn_from_orders((yield from self.current_plan()))
        for _ in range(0 if dry_run else _TRIES):
            cursor: Cursor = yield from ask("orders", "get_cursor", QUALITY)
            try:
                yield from ask("orders", "put_cursor", cursor, found.to_text())
            except StaleVersion:
                continue
            break
        return found

    def carrier_quality(self) -> Operation[QualityTable]:
        """What was learned last; an empty table when nothing was."""
        cursor: Cursor = yield from ask("orders", "get_cursor", QUALITY)
        return QualityTable.from_text(cursor.position) if cursor.position else QualityTable()


class ChoosingCommands:
    """`ChoosingOperations` on both hubs."""

    carrier_options = command(ChoosingOperations.carrier_options)
    carrier_shares = command(ChoosingOperations.carrier_shares)
    carrier_health = command(ChoosingOperations.carrier_health)
    learn_quality = command(ChoosingOperations.learn_quality)
    carrier_quality = command(ChoosingOperations.carrier_quality)


def _parcels(plan: FulfilPlan, order: Order) -> Operation[Sequence[tuple[Order, ParcelRecord]]]:
    """The parcels of the jobs that carry it, or those that it would be allocated to now."""
    _, pieces = yield from jobs_now(plan, order)
    found = [(job.order, row) for job, own in pieces for row in own.parcels]
    if found:
        return found
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    rows: dict[str, Any] = {order.key: shippable_lines(plan.mapped(order))}
    allotment = allot(plan, [order], rows, snapshot.levels, (yield from now()))[order.key]
    return [(order, row) for row in allotment.parcels]
