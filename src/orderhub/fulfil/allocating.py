"""Orders to parcels: what the pipeline asks of allocation, and what its answer means. Imports `inventory`, `models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord
from orderhub.inventory.allocate import allocate
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import Allocation, DemandLine, OrderDemand, ParcelCosts
from orderhub.logistics.provinces import province_of
from orderhub.models import Level, Order

__all__ = ["Allotment", "Rows", "allot"]

Rows = Sequence[tuple[str, str | None, int]]
"""(line_id, SKU or None, units) of one order."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """Parcels of one order, or why there are none."""

    parcels: tuple[ParcelRecord, ...] = ()
    reason: str | None = None


def allot(
    plan: FulfilPlan, orders: Sequence[Order], rows: Mapping[str, Rows], levels: Sequence[Level]
) -> dict[str, Allotment]:
    """Allocate all orders together, longest paid first; orders that cannot be asked for say why."""
    found = {order.key: Allotment(reason=_unfit(rows[order.key])) for order in orders}
    asked = [order for order in orders if found[order.key].reason is None]
    demands = [_demand(plan, order, rows[order.key]) for order in asked]
    freight = {(province, code): cost for (code, province), cost in plan.freight.items()}
    costs = ParcelCosts(freight, None, plan.freight_default, plan.parcel_cost)
    for order, allocation in zip(asked, allocate(demands, levels, plan.warehouses, costs), strict=True):
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
    return OrderDemand(order.key, expand(lines, plan.bundles), province_of(order.recipient.address), rank)


def _allotment(order: Order, rows: Rows, allocation: Allocation) -> Allotment:
    """Parcels by warehouse; a line whose parts lie in several parcels is named in the first of them."""
    if allocation.missing:
        return Allotment(reason="insufficient_stock")
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
