"""What allocation is asked and what it answers: plain values. Imports `models`.

Amounts in one currency, the caller's; quantities are whole units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from orderhub.models.logistics import Warehouse

__all__ = ["AllocatedParcel", "Allocation", "Choice", "DemandLine", "Missing", "OrderDemand", "ParcelCosts"]


@dataclass(frozen=True, slots=True)
class DemandLine:
    """`quantity` units of `sku`; several lines may share a `line_id` (the parts of a bundle)."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class OrderDemand:
    """One order to be allocated.

    Attributes:
        order_key: Unique in one call.
        lines: Bundles already expanded.
        province: Where it goes, as the cost table writes it; None costs the default everywhere.
        rank: Smaller is served first, e.g. the second of payment; ties by `order_key`.
    """

    order_key: str
    lines: tuple[DemandLine, ...]
    province: str | None = None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class ParcelCosts:
    """What a parcel costs: `per_parcel` plus freight by (province, warehouse).

    Attributes:
        freight: (province, warehouse code) -> amount.
        local: Freight within the warehouse's own province, where `freight` says nothing; None is `default`.
        default: Freight of every other pair.
        per_parcel: Picking and packing of each parcel: what makes few parcels cheaper than many.
    """

    freight: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    local: Decimal | None = None
    default: Decimal = Decimal(10)
    per_parcel: Decimal = Decimal(5)

    def of(self, province: str | None, warehouse: Warehouse) -> Decimal:
        """The whole cost of one parcel from `warehouse` to `province`."""
        freight = self.default if province is None else self.freight.get((province, warehouse.code))
        if freight is None:
            is_local = self.local is not None and warehouse.address.province == province
            freight = self.local if is_local and self.local is not None else self.default
        return self.per_parcel + freight


@dataclass(frozen=True, slots=True)
class AllocatedParcel:
    """What one warehouse sends."""

    warehouse: str
    lines: tuple[DemandLine, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of warehouses that can serve the order, and what their parcels cost together."""

    warehouses: tuple[str, ...]
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Missing:
    """Units asked for of a SKU, and those left over all warehouses; equal or more means they lie too scattered."""

    sku: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The plan for one order: parcels, or what is missing; never both.

    Attributes:
        parcels: By warehouse code, each with its lines by (line_id, sku).
        missing: The SKUs that stand in the way.
        chosen, runner_up: The choice taken and the next best one, None where there was none.
    """

    order_key: str
    parcels: tuple[AllocatedParcel, ...] = ()
    missing: tuple[Missing, ...] = ()
    chosen: Choice | None = None
    runner_up: Choice | None = None

    @property
    def ok(self) -> bool:
        """Whether every line has its warehouse."""
        return self.chosen is not None

    def explain(self) -> str:
        """One sentence for a person."""
        if self.chosen is None:
            short = ", ".join(f"{each.sku} ({each.available} of {each.requested})" for each in self.missing)
            return f"{self.order_key} cannot be served whole: {short}"
        told = f"{self.order_key} ships from {_told(self.chosen)}"
        return told if self.runner_up is None else f"{told}; next best {_told(self.runner_up)}"


def _told(choice: Choice) -> str:
    return f"{' + '.join(choice.warehouses)} for {choice.cost}"
