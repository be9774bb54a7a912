"""One order after the other from a shrinking picture of stock and capacity: the online allocation. Pure.

Imports `models`, `errors`, this room. Keep a desk where orders arrive one by one; `allocate` and waves use one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from orderhub.errors import ConfigurationError
from orderhub.inventory.cover import Cover, covers_of, search
from orderhub.inventory.demand import AllocatedParcel, Allocation, Choice, DemandLine, OrderDemand, ParcelCosts
from orderhub.inventory.fares import PARTS, Fares, FareTable, from_micro, to_micro
from orderhub.inventory.picks import Picks, Stock, pick, price_of
from orderhub.inventory.policies import AllocationPolicy
from orderhub.inventory.shortage import missing_of, park_reason, refusals, there
from orderhub.models.logistics import Warehouse
from orderhub.models.stock import Level

__all__ = ["Desk", "Load", "Placed"]

Load = Mapping[tuple[str, date], int]
"""(warehouse, local date) -> parcels that are already promised to leave then."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What an order takes: lines by index of the warehouse, and the day on which each of these leaves."""

    picks: Picks
    days: tuple[tuple[int, date | None], ...]


class Desk:
    """The stock and the capacity as far as they are not promised yet, and the fares.

    Args:
        levels: The stock, from `ledger.levels(skus)`; warehouses that are not listed do not ship.
        warehouses: Those that ship.
        costs: What a parcel costs.
        policy: What else counts, and what is allowed.
        now: The present instant, UTC; needed where the policy speaks of days.
        load: Parcels already promised by warehouse and day.
    Raises:
        ConfigurationError: Two warehouses share a code, an amount is negative or too fine, `now` is missing.
    """

    def __init__(
        self,
        levels: Iterable[Level],
        warehouses: Sequence[Warehouse],
        costs: ParcelCosts,
        *,
        policy: AllocationPolicy | None = None,
        now: datetime | None = None,
        load: Load | None = None,
    ) -> None:
        index = {warehouse.code: at for at, warehouse in enumerate(warehouses)}
        if len(index) < len(warehouses):
            raise ConfigurationError("Two warehouses share a code", field="warehouses")
        self.warehouses, self.policy, self.now = warehouses, policy or AllocationPolicy(), now
        self.fares = FareTable(warehouses, costs, self.policy, now, load or {})
        self.stock: Stock = {}
        self.scarcity = to_micro(self.policy.scarcity)
        for level in levels:
            if level.warehouse in index and level.available > 0:
                held, at = self.stock.setdefault(level.sku, {}), index[level.warehouse]
                held[at] = held.get(at, 0) + level.available

    def serve(self, order: OrderDemand) -> Allocation:
        """Plan one order and take its units.

        Raises:
            ConfigurationError: It has no lines, or a line of less than one unit.
        """
        if not order.lines or any(line.quantity < 1 for line in order.lines):
            raise ConfigurationError(f"Order {order.order_key} needs lines of one unit or more", field="lines")
        lines = sorted(order.lines, key=lambda line: (line.line_id, line.sku, line.quantity))
        fares = self.fares.to(order)
        plan = self._plan(order, lines, fares)
        if plan is None and self.policy.partial:
            served = there(lines, fares, self.stock, self.policy.line_split)
            plan = self._plan(order, served, fares, lines) if served else None
        return plan or self._parked(order, lines, fares)

    def settle(self, order: OrderDemand, placed: Placed) -> Allocation:
        """Take what was placed elsewhere (in a wave) and tell it as a plan; it must be there."""
        fares = self.fares.on(order, dict(placed.days))
        return self._tell(order, fares, placed.picks, (), ())

    def take(self, placed: Placed, sign: int = 1) -> None:
        """Take the units and the places on the days; -1 gives them back."""
        for index, lines in placed.picks.items():
            for line in lines:
                self.stock[line.sku][index] -= sign * line.quantity
        for index, day in placed.days:
            self.fares.book(index, day, sign)

    def _plan(
        self, order: OrderDemand, lines: Sequence[DemandLine], fares: Fares, whole: Sequence[DemandLine] = ()
    ) -> Allocation | None:
        """The best cover, taken; None if there is none."""
        policy, is_split = self.policy, False
        best = covers_of(
            lines, fares.rows, fares.rank, self.stock, parcels_max=policy.parcels_max, scarcity=self.scarcity
        )
        if not best and policy.line_split:
            is_split = True
            best = search(lines, fares.rows, self.stock, True, policy.parcels_max, self.scarcity)
        if not best:
            return None
        picks = pick(lines, [fares.rows[place][1] for place in best[0][2]], self.stock, is_split, self.scarcity)
        assert picks is not None, order.order_key
        return self._tell(order, fares, picks, best[1:], whole)

    def _tell(
        self, order: OrderDemand, fares: Fares, picks: Picks, others: Sequence[Cover], whole: Sequence[DemandLine]
    ) -> Allocation:
        """The plan in the caller's words, and what is left is less."""
        places = tuple(sorted(fares.rank[index] for index in picks))
        chosen = self._choice(fares, places, price_of(picks, self.stock, self.scarcity))
        other = next(
            (self._choice(fares, each[2], each[0] - sum(fares.rows[at][2] for at in each[2])) for each in others), None
        )
        refused = refusals(fares, self.warehouses, whole or order.lines, self.stock, picks)
        parcels = [
            AllocatedParcel(self.warehouses[index].code, tuple(lines), fares.days[fares.rank[index]])
            for index, lines in picks.items()
        ]
        parcels.sort(key=lambda parcel: parcel.warehouse)
        self.take(Placed(picks, tuple((index, fares.days[fares.rank[index]]) for index in picks)))
        left = _left(whole, picks) if whole else ()
        missing = missing_of(left, fares, self.stock) if left else ()
        reason = park_reason(left, fares, self.stock) if left else None
        return Allocation(order.order_key, tuple(parcels), missing, chosen, other, reason, left, refused)

    def _parked(self, order: OrderDemand, lines: Sequence[DemandLine], fares: Fares) -> Allocation:
        return Allocation(
            order.order_key,
            missing=missing_of(lines, fares, self.stock),
            reason=park_reason(lines, fares, self.stock),
            parked=tuple(lines),
            refused=refusals(fares, self.warehouses, lines, self.stock),
        )

    def _choice(self, fares: Fares, places: tuple[int, ...], scarcity: int) -> Choice:
        sums = [sum(row) for row in zip(*(fares.parts[place] for place in places), strict=True)]
        sums += [0] * (len(PARTS) - 2 - len(sums))
        sums += [self.fares.split * (len(places) - 1), scarcity]
        parts = tuple((name, from_micro(amount)) for name, amount in zip(PARTS, sums, strict=True) if amount)
        codes = tuple(self.warehouses[fares.rows[place][1]].code for place in places)
        return Choice(codes, from_micro(sums[0] + sums[1]), from_micro(sum(sums)), parts)


def _left(lines: Sequence[DemandLine], picks: Picks) -> tuple[DemandLine, ...]:
    """What is not sent; a line in parts is sent whole or not at all."""
    sent: dict[tuple[str, str], int] = {}
    for each in picks.values():
        for line in each:
            sent[line.line_id, line.sku] = sent.get((line.line_id, line.sku), 0) + line.quantity
    left = []
    for line in lines:
        place = (line.line_id, line.sku)
        if sent.get(place, 0) >= line.quantity:
            sent[place] -= line.quantity
        else:
            left.append(line)
    return tuple(left)
