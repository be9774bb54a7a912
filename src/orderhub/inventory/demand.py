"""What allocation is asked and what it answers: plain values. Imports `models`.

Amounts in one currency, the caller's; quantities are whole units, instants aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from orderhub.models.logistics import Warehouse

__all__ = [
    "AllocatedParcel", "Allocation", "Choice", "DemandLine", "Missing", "OrderDemand", "ParcelCosts", "ParkReason",
    "Refusal", "RefusalReason",
]  # fmt: skip

RefusalReason: TypeAlias = Literal[
    "platform_warehouse", "virtual_warehouse", "not_asked", "not_served", "closed", "full", "too_late", "no_stock"
]
"""Why a warehouse cannot serve an order: run by a platform or not a place at all, not among those the order may come
from, province not served, no open day or no capacity within sight, cannot ship in time, holds none of the lines."""
ParkReason: TypeAlias = Literal["insufficient_stock", "scattered_stock", "not_serviceable"]
"""Why lines wait: too few units anywhere; enough, but not where they could leave together; no warehouse may ship."""


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
        priority: Smaller is served first, before `rank` counts.
        ship_by: Latest ship time, UTC; None has none.
        since: Since when it waits, UTC; counts with `AllocationPolicy.promote_after_h`.
        warehouses: Codes of those it may come from; None is all.
    """

    order_key: str
    lines: tuple[DemandLine, ...]
    province: str | None = None
    rank: int = 0
    priority: int = 0
    ship_by: datetime | None = None
    since: datetime | None = None
    warehouses: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ParcelCosts:
    """What a parcel costs: `per_parcel` plus freight by (province, warehouse).

    Attributes:
        freight: (province, warehouse code) -> amount.
        local: Freight within the warehouse's own province, where `freight` says nothing; None is `default`.
        default: Freight of every other pair.
        per_parcel: Picking and packing of each parcel: what makes few parcels cheaper than many.
        km: (province, warehouse code) -> kilometres; pairs that are not named have no distance.
    """

    freight: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    local: Decimal | None = None
    default: Decimal = Decimal(10)
    per_parcel: Decimal = Decimal(5)
    km: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, province: str | None, warehouse: Warehouse) -> Decimal:
        """The whole cost of one parcel from `warehouse` to `province`."""
        freight = self.default if province is None else self.freight.get((province, warehouse.code))
        if freight is None:
            is_local = self.local is not None and warehouse.address.province == province
            freight = self.local if is_local and self.local is not None else self.default
        return self.per_parcel + freight


@dataclass(frozen=True, slots=True)
class AllocatedParcel:
    """What one warehouse sends; `ship_on` is the warehouse's local date, None where nothing was said about days."""

    warehouse: str
    lines: tuple[DemandLine, ...]
    ship_on: date | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of warehouses that can serve the order.

    Attributes:
        warehouses: Preferred ones first.
        cost: What their parcels cost together: picking, packing and freight.
        score: What the choice was made by, smaller is better: `cost` and every weight of the policy.
        parts: (name, amount) of the score, those that are not zero; they add up to it.
    """

    warehouses: tuple[str, ...]
    cost: Decimal
    score: Decimal
    parts: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Units asked for of a SKU, and those left over all warehouses; equal or more means they lie too scattered."""

    sku: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A warehouse that was looked at and cannot serve the order."""

    warehouse: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class Allocation:
    """The plan for one order: parcels, or what is missing; both only where the policy lets a part ship.

    Attributes:
        parcels: By warehouse code, each with its lines by (line_id, sku).
        missing: The SKUs that stand in the way.
        chosen, runner_up: The choice taken and the next best one, None where there was none (or, in a wave, where
            the choice was made for many orders together).
        reason: Why lines are parked; None if none is.
        parked: The lines that wait.
        refused: Warehouses that could not serve it, by code; all others were weighed.
    """

    order_key: str
    parcels: tuple[AllocatedParcel, ...] = ()
    missing: tuple[Missing, ...] = ()
    chosen: Choice | None = None
    runner_up: Choice | None = None
    reason: ParkReason | None = None
    parked: tuple[DemandLine, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every line has its warehouse."""
        return self.chosen is not None and not self.parked

    def explain(self) -> str:
        """One sentence for a person; see `parts` and `refused` for the whole of it."""
        if self.chosen is None:
            return f"{self.order_key} cannot be served whole: {self._short()}"
        told = f"{self.order_key} ships from {_told(self.chosen)}"
        if self.parked:
            told = f"{told}, without {self._short()}"
        return told if self.runner_up is None else f"{told}; next best {_told(self.runner_up)}"

    def _short(self) -> str:
        if self.reason == "not_serviceable":
            return ", ".join(f"{each.warehouse} {each.reason}" for each in self.refused) or "no warehouse"
        return ", ".join(f"{each.sku} ({each.available} of {each.requested})" for each in self.missing)


def _told(choice: Choice) -> str:
    return f"{' + '.join(choice.warehouses)} for {choice.score}"
