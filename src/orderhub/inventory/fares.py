"""What a parcel of each warehouse counts for one destination, and on which day it leaves. Pure.

Imports `models`, `errors`, this room. Inside, amounts are whole millionths: exact, and quick to add and compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from orderhub.errors import ConfigurationError
from orderhub.inventory.demand import OrderDemand, ParcelCosts, Refusal, RefusalReason
from orderhub.inventory.departures import Departure, Departures
from orderhub.inventory.policies import AllocationPolicy, Late, ShippingTerms
from orderhub.models.logistics import Warehouse, WarehouseKind

__all__ = ["PARTS", "Fare", "FareTable", "Fares", "from_micro", "to_micro"]

PARTS = ("parcel", "freight", "distance", "kind", "warehouse", "delay", "late", "balance", "split", "scarcity")
"""Names of the score's parts, in the order they are told."""
_MICRO = Decimal(1_000_000)
_NEVER_SHIP: Mapping[WarehouseKind, RefusalReason] = {
    WarehouseKind.PLATFORM: "platform_warehouse",
    WarehouseKind.VIRTUAL: "virtual_warehouse",
}

Fare: TypeAlias = tuple[int, int, int]
"""A warehouse as one order sees it: place in the order of preference, index, weight of a parcel in millionths.

The weight of a split is in it; whoever tells the score takes the first parcel's off again.
"""
Parts: TypeAlias = tuple[int, ...]
"""The weight of a parcel by part, as in `PARTS`, in millionths."""
_Row: TypeAlias = tuple[int, int, str, int, Parts, date | None]
_Key: TypeAlias = tuple[str | None, frozenset[str] | None, datetime | None]


def to_micro(amount: Decimal) -> int:
    """Whole millionths.

    Raises:
        ConfigurationError: Finer than a millionth, or not a number.
    """
    scaled = amount * _MICRO
    if not scaled.is_finite() or scaled != int(scaled):
        raise ConfigurationError(f"An amount of allocation has at most six decimals, got {amount}", field="costs")
    return int(scaled)


@lru_cache(maxsize=1 << 12)
def from_micro(micro: int) -> Decimal:
    """The amount of so many millionths, without trailing zeros."""
    whole, rest = divmod(micro, 1_000_000)
    return Decimal(whole) if not rest else (Decimal(micro) / _MICRO).normalize()


@dataclass(frozen=True, slots=True)
class Fares:
    """Warehouses that may ship one order, cheapest first, with parts and day of each; and those that may not."""

    rows: tuple[Fare, ...]
    rank: dict[int, int]
    parts: tuple[Parts, ...]
    days: tuple[date | None, ...]
    refused: tuple[Refusal, ...]


class FareTable:
    """Fares by destination, remembered until a warehouse's day fills up (or, with balance, takes a parcel)."""

    def __init__(
        self,
        warehouses: Sequence[Warehouse],
        costs: ParcelCosts,
        policy: AllocationPolicy,
        now: datetime | None,
        load: Mapping[tuple[str, date], int],
    ) -> None:
        self.warehouses, self.costs, self.policy, self._now = warehouses, costs, policy, now
        self.departures = Departures(warehouses, policy.terms, now, load)
        self._terms = {terms.warehouse: terms for terms in policy.terms}
        self._balance, self.split = to_micro(policy.balance), to_micro(policy.split)
        self._per_day, self._per_late_day = to_micro(policy.per_day), to_micro(policy.per_late_day)
        self._found: dict[_Key, Fares] = {}
        self._static: dict[tuple[str | None, int], Parts] = {}

    @property
    def is_moving(self) -> bool:
        """Whether fares change with what is planned: days that fill up, or balance."""
        return self.departures.is_limited

    def to(self, order: OrderDemand) -> Fares:
        """The fares of one order as things stand."""
        horizon = self.departures.latest
        ship_by = None if order.ship_by is None or (horizon and order.ship_by >= horizon) else order.ship_by
        key = (order.province, order.warehouses, ship_by if self.departures.is_dated else None)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._make(*key)
        return found

    def on(self, order: OrderDemand, days: Mapping[int, date | None]) -> Fares:
        """The fares of these warehouses on these days, whatever else would be open now."""
        now_refused = tuple(each for each in self.to(order).refused if each.warehouse not in self._codes(days))
        rows: list[_Row] = []
        for index, day in days.items():
            departure = None if day is None else self.departures.on(index, day)
            found = self._weigh(order.province, index, order.ship_by, departure or self.departures.next_of(index), True)
            assert isinstance(found, tuple), found
            each = self.warehouses[index]
            rows.append((sum(found[0]) + self.split, each.priority, each.code, index, *found))
        return _sorted(rows, now_refused)

    def _codes(self, indexes: Iterable[int]) -> set[str]:
        return {self.warehouses[index].code for index in indexes}

    def book(self, index: int, day: date | None, parcels: int) -> None:
        """Parcels more (or fewer) leave on that day; forgets what is no longer true."""
        if day is not None and (self.departures.book(index, day, parcels) or self._balance):
            self._found.clear()

    def _make(self, province: str | None, allowed: frozenset[str] | None, ship_by: datetime | None) -> Fares:
        rows: list[_Row] = []
        refused: list[Refusal] = []
        for index, each in enumerate(self.warehouses):
            reason = self._refusal(each, province, allowed)
            if reason is None:
                departure = self.departures.next_of(index)
                found = self._weigh(province, index, ship_by, departure, self.policy.late is Late.CHARGE)
                if isinstance(found, tuple):
                    rows.append((sum(found[0]) + self.split, each.priority, each.code, index, *found))
                    continue
                reason = found
            refused.append(Refusal(each.code, reason))
        return _sorted(rows, tuple(sorted(refused, key=lambda each: each.warehouse)))

    def _refusal(self, each: Warehouse, province: str | None, allowed: frozenset[str] | None) -> RefusalReason | None:
        if each.kind in _NEVER_SHIP:
            return _NEVER_SHIP[each.kind]
        if allowed is not None and each.code not in allowed:
            return "not_asked"
        return "not_served" if not _is_served(self._terms.get(each.code), province) else None

    def _weigh(
        self,
        province: str | None,
        index: int,
        ship_by: datetime | None,
        departure: Departure | Literal["closed", "full"] | None,
        may_be_late: bool,
    ) -> tuple[Parts, date | None] | RefusalReason:
        """What a parcel counts and when it leaves, or why it cannot."""
        if isinstance(departure, str):
            return departure
        static = self._static_parts(province, index)
        if departure is None:
            return static, None
        late = timedelta(0) if ship_by is None else max(timedelta(0), departure.at - ship_by)
        if late and not may_be_late:
            return "too_late"
        if late and self._now is not None:
            late = min(late, departure.at - self._now)
        late_days = -(-late // timedelta(days=1))
        share = self._balance * (departure.load + 1) // departure.capacity if departure.capacity else 0
        return (*static, self._per_day * departure.days, self._per_late_day * late_days, share), departure.day

    def _static_parts(self, province: str | None, index: int) -> Parts:
        found = self._static.get((province, index))
        if found is None:
            each, policy, terms = self.warehouses[index], self.policy, self._terms.get(self.warehouses[index].code)
            whole, parcel = to_micro(self.costs.of(province, each)), to_micro(self.costs.per_parcel)
            if whole < 0:
                raise ConfigurationError("The cost of a parcel cannot be negative", field="costs")
            km = 0 if province is None else self.costs.km.get((province, each.code), 0)
            kind = to_micro(policy.kinds.get(each.kind, Decimal(0)))
            found = (parcel, whole - parcel, to_micro(policy.per_100_km) * km // 100, kind,
                     to_micro(terms.surcharge) if terms else 0)  # fmt: skip
            self._static[province, index] = found
        return found


def _sorted(rows: list[_Row], refused: tuple[Refusal, ...]) -> Fares:
    rows.sort(key=lambda row: row[:3])
    return Fares(
        tuple((place, row[3], row[0]) for place, row in enumerate(rows)),
        {row[3]: place for place, row in enumerate(rows)},
        tuple(row[4] for row in rows),
        tuple(row[5] for row in rows),
        refused,
    )


def _is_served(terms: ShippingTerms | None, province: str | None) -> bool:
    """An unknown province is served only by those that serve everywhere."""
    if terms is None:
        return True
    if province is None:
        return terms.serves is None
    return (terms.serves is None or province in terms.serves) and province not in terms.refuses
