"""Orders to parcels: what the pipeline asks of allocation, and what its answer means. Imports `inventory`, `models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord
from orderhub.fulfil.shelf import Named, Shelf
from orderhub.inventory.allocate import allocate
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import Allocation, DemandLine, OrderDemand, ParcelCosts
from orderhub.inventory.desk import Load
from orderhub.inventory.waves import allocate_wave
from orderhub.logistics.provinces import province_of
from orderhub.models import Level, Order

__all__ = ["Allotment", "Rows", "allot"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Serials = Mapping[str, Sequence[tuple[str, str]]]
"""Order key -> (line_id, serial number) pairs."""

Rows = Sequence[tuple[str, str | None, int]]
"""(line_id, SKU or None, units) of one order."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """Parcels of one order, or why there are none.

    Attributes:
        reason: `nothing_to_ship`, `sku_unmapped`, allocation's reason; of goods in lots and single units
            `shelf_life_short` (nothing keeps until the parcel leaves), `serial_not_in_stock`, `serials_scattered`.
        plan: What allocation answered, where it was asked.
    """

    parcels: tuple[ParcelRecord, ...] = ()
    reason: str | None = None
    plan: Allocation | None = None


def allot(
    plan: FulfilPlan,
    orders: Sequence[Order],
    rows: Mapping[str, Rows],
    levels: Sequence[Level],
    now: datetime | None = None,
    load: Load | None = None,
    serials: Serials = MappingProxyType({}),
) -> dict[str, Allotment]:
    """Allocate all orders together in the policy's sequence, by default the latest ship time, then the longest paid.

    Orders that cannot be asked for, or that no warehouse can serve, say why.

    Args:
        plan, orders, rows, levels: What to allocate from and to.
        now: The present instant, UTC; needed where the policy speaks of days or capacities.
        load: Parcels already promised by (warehouse, local date).
        serials: Order key -> (line_id, serial number) of units that somebody has chosen; where the ledger keeps
            single units, these are sent and no others.
    """
    shelf = Shelf.of(plan, levels, now)
    levels = shelf.levels()
    named = {order.key: _named(plan, rows[order.key], serials.get(order.key, ())) for order in orders}
    homes = {key: shelf.homes(units) for key, units in named.items()}
    found = {order.key: Allotment(reason=_unfit(rows[order.key]) or homes[order.key][1]) for order in orders}
    asked = [order for order in orders if found[order.key].reason is None]
    demands = [_demand(plan, order, rows[order.key], homes[order.key][0]) for order in asked]
    freight = {(province, code): cost for (code, province), cost in plan.freight.items()}
    costs = ParcelCosts(freight, None, plan.freight_default, plan.parcel_cost, plan.distances_km)
    known: dict[str, Any] = {"policy": plan.allocation, "now": now, "load": load}
    if plan.wave_windows:
        wave = allocate_wave(demands, levels, plan.warehouses, costs, windows=plan.wave_windows, **known)
        plans: Sequence[Allocation] = wave.plans
    else:
        plans = allocate(demands, levels, plan.warehouses, costs, **known)
    served = sorted(zip(asked, plans, strict=True), key=lambda pair: not named[pair[0].key])
    for order, allocation in served:  # units with a number that somebody chose are picked before all others
        found[order.key] = _shelved(_allotment(order, rows[order.key], allocation), shelf, named[order.key])
    return found


def _named(plan: FulfilPlan, rows: Rows, serials: Sequence[tuple[str, str]]) -> Named:
    """(SKU, serial number), bundles opened: whichever part of a line has that number."""
    parts: dict[str, list[str]] = {}
    for part in expand([DemandLine(line_id, sku or "", units) for line_id, sku, units in rows], plan.bundles):
        parts.setdefault(part.line_id, []).append(part.sku)
    return [(sku, serial) for line_id, serial in serials for sku in parts.get(line_id, ())]


def _shelved(allotment: Allotment, shelf: Shelf, named: Named) -> Allotment:
    """With what is picked for each parcel; a lot may keep until today and not until the parcel leaves."""
    parcels = []
    for parcel in allotment.parcels:
        day = date.fromisoformat(parcel.ship_on) if parcel.ship_on else None
        picked = shelf.take(parcel.goods, parcel.warehouse, day, named)
        if picked is None:
            return replace(allotment, parcels=(), reason="shelf_life_short")
        parcels.append(replace(parcel, picked=picked))
    if shelf.missed(named, parcels):
        return replace(allotment, parcels=(), reason="serials_scattered")
    return replace(allotment, parcels=tuple(parcels))


def _unfit(rows: Rows) -> str | None:
    if not rows:
        return "nothing_to_ship"
    return "sku_unmapped" if any(sku is None for _, sku, _ in rows) else None


def _demand(plan: FulfilPlan, order: Order, rows: Rows, homes: frozenset[str] | None) -> OrderDemand:
    lines = [DemandLine(line_id, sku or "", units) for line_id, sku, units in rows]
    paid = order.paid_at or order.created_at
    rank = (paid - _EPOCH) // timedelta(microseconds=1) if paid else 0
    province = province_of(order.recipient.address)
    whole = expand(lines, plan.bundles)
    return OrderDemand(order.key, whole, province, rank, ship_by=order.ship_by, since=paid, warehouses=homes)


def _allotment(order: Order, rows: Rows, allocation: Allocation) -> Allotment:
    """Parcels by warehouse; a line whose parts lie in several parcels is named in the first of them.

    An order ships whole or waits: splitting it is a decision of its own.
    """
    if allocation.reason:
        return Allotment(reason=allocation.reason, plan=allocation)
    left = {line_id: units for line_id, _, units in rows}
    parcels = []
    for number, part in enumerate(allocation.parcels):
        ids = dict.fromkeys(each.line_id for each in part.lines)
        named = tuple((line_id, left.pop(line_id)) for line_id in ids if line_id in left)
        goods: dict[str, int] = {}
        for line in part.lines:
            goods[line.sku] = goods.get(line.sku, 0) + line.quantity
        name = f"{order.platform}-{order.shop_id}-{order.order_id}-{number}"
        ship_on = part.ship_on.isoformat() if part.ship_on else None
        parcels.append(ParcelRecord(name, part.warehouse, named, tuple(sorted(goods.items())), ship_on=ship_on))
    return Allotment(tuple(parcels), plan=allocation)
