"""Many orders allocated together: the online answer first, then better ones as long as it is worth it. Pure.

Imports `models`, `errors`, this room; the search is loaded only here and needs the extra `optimize`. Without it the
answer is the best of the online plans, which is a good one where stock is ample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING

from orderhub.inventory.allocate import in_turn
from orderhub.inventory.demand import Allocation, OrderDemand, ParcelCosts
from orderhub.inventory.desk import Desk, Load, Placed
from orderhub.inventory.fares import from_micro, to_micro
from orderhub.inventory.policies import AllocationPolicy
from orderhub.models.logistics import Warehouse
from orderhub.models.stock import Level

if TYPE_CHECKING:
    from orderhub.inventory.wave_seat import Seat
    from orderhub.inventory.wave_ways import Places

__all__ = ["Wave", "allocate_wave", "has_solver"]

WINDOWS_PER_ORDER = 3
"""Orders for each window of the search, unless the caller says how many windows."""
WINDOWS_MIN = 20


@dataclass(frozen=True, slots=True)
class Wave:
    """The plans of many orders, in the order asked, and how good they are.

    Attributes:
        plans: One an order.
        method: `search` where the solver improved the online answer, `online` without the extra `optimize`.
        score: Sum of the scores of all plans, scarcity left out: it is a means, not a cost.
        online_score: The same of the online answer that every plan began as.
        bound: What all orders together weigh at least, orders that cannot be served at `penalty`; None where some
            order has more ways than were looked at, or ships in part.
        penalty: What a parked order counts in `gap`.
        windows: How often some orders were placed anew together.
    """

    plans: tuple[Allocation, ...]
    method: str
    score: Decimal
    online_score: Decimal
    bound: Decimal | None = None
    penalty: Decimal = Decimal(0)
    windows: int = 0

    @property
    def parked(self) -> tuple[Allocation, ...]:
        """Plans of orders that wait, or of which lines wait."""
        return tuple(plan for plan in self.plans if not plan.ok)

    @property
    def gap(self) -> Decimal | None:
        """How far the plans are from the proven bound at most, as a share of it; None without one."""
        if not self.bound or self.bound <= 0:
            return None
        return (self.score + self.penalty * len(self.parked)) / self.bound - 1


def has_solver() -> bool:
    """Whether the extra `optimize` is installed."""
    return find_spec("ortools") is not None


def allocate_wave(
    orders: Iterable[OrderDemand],
    levels: Iterable[Level],
    warehouses: Sequence[Warehouse],
    costs: ParcelCosts,
    *,
    policy: AllocationPolicy | None = None,
    now: datetime | None = None,
    load: Load | None = None,
    windows: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    use_solver: bool = True,
) -> Wave:
    """Allocate many orders together, so that they leave each other the stock that each needs most.

    Every order that the online answer serves stays served; orders that it parks may be served after all, the first in
    turn before the next. The same orders in any sequence give the same plans, unless `should_stop` looks at a clock.

    Args:
        orders, levels, warehouses, costs, policy, now, load: As `allocate` takes them.
        windows: How many windows are searched; None is one for every three orders, at least 20.
        should_stop: Asked before each window, e.g. `lambda: time.monotonic() > end`.
        use_solver: False keeps the online answer even where the solver is there.
    Raises:
        ConfigurationError: As `allocate`.
    """
    asked, stock, chosen = list(orders), list(levels), policy or AllocationPolicy()
    turns = in_turn(asked, chosen, now)
    made = _Making(turns, stock, warehouses, costs, chosen, now, load)
    online = made.online()
    if not use_solver or not has_solver() or not turns:
        return made.wave(asked, online, "online", made.score(online))
    return made.searched(asked, online, max(WINDOWS_MIN, -(-len(turns) // WINDOWS_PER_ORDER)) if windows is None
                         else windows, should_stop)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Making:
    turns: Sequence[OrderDemand]
    levels: Sequence[Level]
    warehouses: Sequence[Warehouse]
    costs: ParcelCosts
    policy: AllocationPolicy
    now: datetime | None
    load: Load | None

    def desk(self, policy: AllocationPolicy | None = None) -> Desk:
        """A desk with nothing taken."""
        return Desk(
            self.levels, self.warehouses, self.costs, policy=policy or self.policy, now=self.now, load=self.load
        )

    def online(self) -> dict[str, Allocation]:
        """One order after the other, with and without an eye on scarce stock; the better of the two.

        An answer that parks an order which the first one serves is not better.
        """
        plain = self._serve(self.policy)
        if self.policy.scarcity or not plain:
            return plain
        served = [plan.chosen.score for plan in plain.values() if plan.chosen]
        usual = sum(served, Decimal(0)) / max(1, len(served)) / 6
        spared = self._serve(self.policy.model_copy(update={"scarcity": usual.quantize(Decimal("0.01"))}))
        lost = any(plan.ok and not spared[key].ok for key, plan in plain.items())
        return plain if lost or self.score(spared) >= self.score(plain) else spared

    def _serve(self, policy: AllocationPolicy) -> dict[str, Allocation]:
        desk = self.desk(policy)
        return {order.order_key: desk.serve(order) for order in self.turns}

    def score(self, plans: Mapping[str, Allocation]) -> Decimal:
        """What was paid and weighed, without scarcity."""
        return sum((_real(plan) for plan in plans.values()), Decimal(0))

    def wave(
        self, asked: Sequence[OrderDemand], plans: Mapping[str, Allocation], method: str, online: Decimal,
        bound: Decimal | None = None, penalty: Decimal = Decimal(0), windows: int = 0,
    ) -> Wave:  # fmt: skip
        """The answer, in the sequence asked."""
        told = tuple(plans[order.order_key] for order in asked)
        return Wave(told, method, self.score(plans), online, bound, penalty, windows)

    def searched(
        self, asked: Sequence[OrderDemand], online: Mapping[str, Allocation], windows: int, stop: Callable[[], bool]
    ) -> Wave:
        """Improve the online answer."""
        from orderhub.inventory.wave_prices import prices_of
        from orderhub.inventory.wave_search import WaveSearch
        from orderhub.inventory.wave_ways import Places

        desk = self.desk()
        places = Places(desk.stock)
        seats, fixed, is_complete = self._seats(desk, places, online)
        penalty = self._penalty(online)
        open_seats = [seat for seat in seats if len(seat.ways.weights)]
        least, search = penalty * (len(seats) - len(open_seats)), None
        if open_seats:
            prices = prices_of([seat.ways for seat in open_seats], places.units, penalty)
            for seat, paid in zip(open_seats, prices.least.tolist(), strict=True):
                seat.least = paid
            self._fill(desk, seats, fixed)
            search = WaveSearch(desk, places, prices, open_seats, penalty, desk.fares.is_moving)
            search.run(windows, stop)
            least += prices.bound
        bound = from_micro(least) if is_complete else None
        plans = self._settled(seats, fixed, online)
        return self.wave(
            asked, plans, "search", self.score(online), bound, from_micro(penalty), search.windows if search else 0
        )

    def _seats(
        self, desk: Desk, places: Places, online: Mapping[str, Allocation]
    ) -> tuple[list[Seat], dict[str, Placed], bool]:
        """The orders that may be placed anew, and those that keep what they have: lines in parts, lines parked."""
        from orderhub.inventory.wave_seat import Seat
        from orderhub.inventory.wave_ways import ways_of

        seats: list[Seat] = []
        fixed: dict[str, Placed] = {}
        is_complete = True
        for turn, order in enumerate(self.turns):
            plan = online[order.order_key]
            placed = self._placed(plan)
            whole = sum(len(parcel.lines) for parcel in plan.parcels) == len(order.lines)
            if placed is not None and not (plan.ok and whole):
                fixed[order.order_key] = placed
                is_complete = False
                continue
            ways = ways_of(order, desk.fares.to(order), places, desk.fares.split, self.policy.parcels_max)
            seats.append(Seat(turn, order, ways, 0.0, placed))
            is_complete = is_complete and ways.is_complete and not self.policy.line_split
        return seats, fixed, is_complete

    def _placed(self, plan: Allocation) -> Placed | None:
        if plan.chosen is None:
            return None
        index = {each.code: at for at, each in enumerate(self.warehouses)}
        picks = {index[parcel.warehouse]: list(parcel.lines) for parcel in plan.parcels}
        return Placed(picks, tuple((index[parcel.warehouse], parcel.ship_on) for parcel in plan.parcels))

    def _penalty(self, online: Mapping[str, Allocation]) -> int:
        """More than any order costs: three times the dearest one, or a figure where none is served."""
        dearest = max((to_micro(_real(plan)) for plan in online.values()), default=0)
        return 3 * max(dearest, 1_000_000)

    def _fill(self, desk: Desk, seats: Sequence[Seat], fixed: Mapping[str, Placed]) -> None:
        for placed in [seat.placed for seat in seats if seat.placed is not None] + list(fixed.values()):
            desk.take(placed)

    def _settled(
        self, seats: Sequence[Seat], fixed: Mapping[str, Placed], online: Mapping[str, Allocation]
    ) -> dict[str, Allocation]:
        """Told in turn on a fresh desk, so that each plan says why; what is still parked is asked last."""
        desk = self.desk(self.policy.model_copy(update={"scarcity": Decimal(0)}))
        held = {seat.order.order_key: seat.placed for seat in seats} | dict(fixed)
        plans: dict[str, Allocation] = {}
        for order in self.turns:
            placed = held[order.order_key]
            if placed is not None:
                plans[order.order_key] = desk.settle(order, placed)
        for key in fixed:
            plans[key] = _parked_as(plans[key], online[key])
        for order in self.turns:
            if order.order_key not in plans:
                plans[order.order_key] = desk.serve(order)
        return plans


def _real(plan: Allocation) -> Decimal:
    """A plan's score without scarcity."""
    if plan.chosen is None:
        return Decimal(0)
    return plan.chosen.score - dict(plan.chosen.parts).get("scarcity", Decimal(0))


def _parked_as(plan: Allocation, before: Allocation) -> Allocation:
    """The lines that wait, told as they were when the order was served."""
    return replace(plan, missing=before.missing, reason=before.reason, parked=before.parked)
