"""Orders to parcels: what the pipeline asks of allocation, and what its answer means. Imports `inventory`, `models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord
from orderhub.inventory.allocate import allocate
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import Allocation, DemandLine, OrderDemand, ParcelCosts
from orderhub.inventory.desk import Load
from orderhub.inventory.waves import allocate_wave
from orderhub.logistics.provinces import province_of
from orderhub.models import Level, Order

__all__ = ["Allotment", "Rows", "allot"]

Rows = Sequence[tuple[str, str | None, int]]
"""(line_id, SKU or None, units) of one order."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """Parcels of one order, or why there are none: `nothing_to_ship`, `sku_unmapped`, or allocation's reason."""

    parcels: tuple[ParcelRecord, ...] = ()
    reason: str | None = None


def allot(
    plan: FulfilPlan,
    orders: Sequence[Order],
    rows: Mapping[str, Rows],
    levels: Sequence[Level],
    now: datetime | None = None,
    load: Load | None = None,
) -> dict[str, Allotment]:
    """Allocate all orders together in the policy's sequence, by default the latest ship time, then the longest paid.

    Orders that cannot be asked for, or that no warehouse can serve, say why.

    Args:
        plan, orders, rows, levels: What to allocate from and to.
        now: The present instant, UTC; needed where the policy speaks of days or capacities.
        load: Parcels already promised by (warehouse, local date).
    """
    found = {order.key: Allotment(reason=_unfit(rows[order.key])) for order in orders}
    asked = [order for order in orders if found[order.key].reason is None]
    demands = [_demand(plan, order, rows[order.key]) for order in asked]
    freight = {(province, code): cost for (code, province), cost in plan.freight.items()}
    costs = ParcelCosts(freight, None, plan.freight_default, plan.parcel_cost, plan.distances_km)
    known: dict[str, Any] = {"policy": plan.allocation, "now": now, "load": load}
    if plan.wave_windows:
        wave = allocate_wave(demands, levels, plan.warehouses, costs, windows=plan.wave_windows, **known)
        plans: Sequence[Allocation] = wave.plans
    else:
        plans = allocate(demands, levels, plan.warehouses, costs, **known)
    for order, allocation in zip(asked, plans, strict=True):
        found[order.key] = _allotment(order, rows[order.key], allocation)
    return found


def _unfit(rows: Rows) -> str | None:
    if not rows:
        return "nothing_to_ship"
    return "sku_unmapped" if any(sku is None for _, sku, _ in rows) else None


def _demand(plan: FulfilPlan, order: Order, rows: Rows) -> OrderDemand:
    lines = [DemandLine(line_id, sku or "", units) for line_id, sku, units in rows]
    paid = order.paid_at or order.created_at
    rank = int(paid.timestamp()) if paid else 0
    province = province_of(order.recipient.address)
    return OrderDemand(order.key, expand(lines, plan.bundles), province, rank, ship_by=order.ship_by, since=paid)


def _allotment(order: Order, rows: Rows, allocation: Allocation) -> Allotment:
    """Parcels by warehouse; a line whose parts lie in several parcels is named in the first of them.

    An order ships whole or waits: splitting it is a decision of its own.
    """
    if allocation.reason:
        return Allotment(reason=allocation.reason)
    left = {line_id: units for line_id, _, units in rows}
    parcels = []
    for number, part in enumerate(allocation.parcels):
        ids = dict.fromkeys(each.line_id for each in part.lines)
        named = tuple((line_id, left.pop(line_id)) for line_id in ids if line_id in left)
        goods: dict[str, int] = {}
        for line in part.lines:
            goods[line.sku] = goods.get(line.sku, 0) + line.quantity
        name = f"{order.platform}-{order.shop_id}-{order.order_id}-{number}"
        parcels.append(ParcelRecord(name, part.warehouse, named, tuple(sorted(goods.items()))))
    return Allotment(tuple(parcels))
