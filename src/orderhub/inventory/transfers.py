"""Which units move between warehouses so that each covers its days, at least cost. Pure. Imports `models`, `errors`.

A warehouse gives only what lies above its own target and its safety stock, whatever others lack. What is lacking most
(below safety stock) is met first, then as much of the rest as there is, then the cheapest lanes decide. With the
extra `optimize` the plan is optimal; without it, cheapest lane first, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from orderhub.errors import ConfigurationError
from orderhub.inventory.availability import SafetyStock
from orderhub.inventory.fares import from_micro, to_micro
from orderhub.models.stock import Level

__all__ = ["CoverTarget", "Lane", "Shift", "TransferPlan", "Unmet", "plan_transfers"]

Place: TypeAlias = tuple[str, str]
"""(SKU, warehouse)."""
Method: TypeAlias = Literal["optimal", "greedy"]


@dataclass(frozen=True, slots=True)
class Lane:
    """A way that goods can take.

    Attributes:
        origin, target: Warehouse codes.
        unit_cost: Of moving one unit.
        lead_days: From leaving until it may be sold there; while they pass, the target goes on selling.
        units_max: Of one SKU in one plan; None has no limit.
    """

    origin: str
    target: str
    unit_cost: Decimal
    lead_days: int = 0
    units_max: int | None = None


@dataclass(frozen=True, slots=True)
class CoverTarget:
    """How much every warehouse should have.

    Attributes:
        days: Days of sales to cover where no target is given.
        velocity: (SKU, warehouse) -> units sold a day; places that are not named sell nothing.
        targets: (SKU, warehouse) -> units, instead of days.
        safety: Units that no warehouse gives away, and that each should have before anything else.
        inbound: (SKU, warehouse) -> units on their way there that count as cover; never given on.
        per_unit_day: What a unit on its way costs a day, e.g. capital: long lanes are dearer.
        lead_days_max: Lanes that take longer are not used; None uses all.
    """

    days: int = 14
    velocity: Mapping[Place, Decimal] = field(default_factory=dict)
    targets: Mapping[Place, int] = field(default_factory=dict)
    safety: SafetyStock = field(default_factory=SafetyStock)
    inbound: Mapping[Place, int] = field(default_factory=dict)
    per_unit_day: Decimal = Decimal(0)
    lead_days_max: int | None = None

    def target(self, sku: str, warehouse: str) -> int:
        """Units to have: the given target, else the days' sales rounded up; never less than safety stock."""
        return max(self.wanted((sku, warehouse)), self.safety.of(sku, warehouse))

    def wanted(self, place: Place) -> int:
        """The same without regard to safety stock."""
        units = self.targets.get(place)
        if units is None:
            sold = self.velocity.get(place)
            units = 0 if sold is None else int((sold * self.days).to_integral_value(ROUND_CEILING))
        return units


@dataclass(frozen=True, slots=True)
class Shift:
    """Units of one SKU over one lane; `cost` is theirs altogether."""

    sku: str
    origin: str
    target: str
    units: int
    cost: Decimal
    lead_days: int


@dataclass(slots=True)
class _Unfrozen:
    """`Shift` while it is being made: a frozen dataclass sets each field through its guard, at three times the cost."""

    sku: str
    origin: str
    target: str
    units: int
    cost: Decimal
    lead_days: int


@dataclass(frozen=True, slots=True)
class Unmet:
    """What a warehouse still lacks: `urgent` of the `units` are below its safety stock."""

    sku: str
    warehouse: str
    units: int
    urgent: int


@dataclass(frozen=True, slots=True)
class TransferPlan:
    """What to move and what stays lacking; `method` says whether a cheaper plan could exist."""

    shifts: tuple[Shift, ...]
    unmet: tuple[Unmet, ...]
    cost: Decimal
    method: Method

    def explain(self) -> list[str]:
        """One sentence a shift and a lack, for a person."""
        moves = [
            f"{each.sku}: {each.units} from {each.origin} to {each.target} for {each.cost}, {each.lead_days} days"
            for each in self.shifts
        ]
        return moves + [f"{each.sku}: {each.warehouse} still lacks {each.units}" for each in self.unmet]


@dataclass(frozen=True, slots=True)
class Need:
    """One SKU: what each warehouse can give, and what it lacks, by number of the warehouse."""

    sku: str
    surplus: dict[int, int]
    urgent: dict[int, int]
    usual: dict[int, int]


@dataclass(frozen=True, slots=True)
class Road:
    """A lane by numbers: `weight` in millionths of the currency, for one unit, its days included."""

    origin: int
    target: int
    weight: int
    units_max: int | None


def plan_transfers(
    levels: Iterable[Level],
    lanes: Sequence[Lane],
    cover: CoverTarget,
    *,
    use_solver: bool = True,
) -> TransferPlan:
    """Plan every SKU on its own: lanes have no shared capacity.

    Args:
        levels: From `ledger.snapshot().levels`; reserved units stay where they are.
        lanes: One a pair of warehouses.
        cover: What each warehouse should have.
        use_solver: False plans greedily even where the solver is there.
    Raises:
        ConfigurationError: Two lanes between the same warehouses, a negative figure, an amount of over six decimals.
    """
    roads, codes = _roads(lanes, cover)
    needs = _needs(levels, cover, {code: at for at, code in enumerate(codes)})
    is_optimal = use_solver and find_spec("ortools") is not None
    if is_optimal:
        from orderhub.inventory.transfer_flow import solve

        moved = solve(needs, roads, len(codes))
    else:
        ordered = cheapest_first(roads)
        moved = [greedy(need, roads, ordered) for need in needs]
    return _told(needs, roads, moved, lanes, codes, "optimal" if is_optimal else "greedy")


def _roads(lanes: Sequence[Lane], cover: CoverTarget) -> tuple[list[Road], list[str]]:
    if len({(lane.origin, lane.target) for lane in lanes}) < len(lanes):
        raise ConfigurationError("Two lanes lead from one warehouse to the same other one", field="lanes")
    for lane in lanes:
        if lane.origin == lane.target or lane.unit_cost < 0 or lane.lead_days < 0 or (lane.units_max or 0) < 0:
            raise ConfigurationError(
                f"The lane from {lane.origin} to {lane.target} needs two warehouses, a cost and days of zero or more",
                field="lanes",
            )
    codes = sorted({code for lane in lanes for code in (lane.origin, lane.target)})
    number = {code: at for at, code in enumerate(codes)}
    roads = [
        Road(number[lane.origin], number[lane.target],
             to_micro(lane.unit_cost + cover.per_unit_day * lane.lead_days), lane.units_max)
        for lane in lanes
        if cover.lead_days_max is None or lane.lead_days <= cover.lead_days_max
    ]  # fmt: skip
    return sorted(roads, key=lambda road: (road.origin, road.target)), codes


def _needs(levels: Iterable[Level], cover: CoverTarget, number: Mapping[str, int]) -> list[Need]:
    """Every SKU with something lacking, by SKU; places without a level have nothing.

    One pass over places, since there are twenty for each graph that is solved.
    """
    held: dict[Place, int] = {}
    for level in levels:
        place = level.sku, level.warehouse
        held[place] = held.get(place, 0) + level.on_hand - level.reserved
    for named in (cover.targets, cover.velocity, cover.safety.by_place or {}):
        held.update(dict.fromkeys(named.keys() - held.keys(), 0))
    targets, inbound, kept = cover.targets, cover.inbound, cover.safety
    alike = None if kept.by_sku or kept.by_place else kept.default
    found: dict[str, Need] = {}
    for place, available in held.items():
        if (at := number.get(place[1])) is None:
            continue
        if (need := found.get(place[0])) is None:
            need = found[place[0]] = Need(place[0], {}, {}, {})
        wanted = targets.get(place)
        if wanted is None:
            wanted = cover.wanted(place)
        safety = kept.of(*place) if alike is None else alike
        target = wanted if wanted > safety else safety
        if available > target:
            need.surplus[at] = available - target
            continue
        has = available + inbound.get(place, 0)
        if has < safety:
            need.urgent[at], has = safety - has, safety
        if has < target:
            need.usual[at] = target - has
    return [found[sku] for sku in sorted(found) if found[sku].urgent or found[sku].usual]


Moved: TypeAlias = dict[int, int]
"""Number of the road -> units."""


def cheapest_first(roads: Sequence[Road]) -> list[int]:
    """Numbers of the roads, the cheapest first."""
    return sorted(range(len(roads)), key=lambda at: (roads[at].weight, roads[at].origin, roads[at].target))


def greedy(need: Need, roads: Sequence[Road], ordered: Sequence[int]) -> Moved:
    """What is urgent first, then the rest, each by the cheapest road that is left."""
    moved: Moved = {}
    left = dict(need.surplus)
    useful = [at for at in ordered if roads[at].origin in left]
    for lacking in (dict(need.urgent), dict(need.usual)):
        for at in useful if lacking else ():
            road = roads[at]
            room = left.get(road.origin, 0) if road.units_max is None else road.units_max - moved.get(at, 0)
            units = min(left.get(road.origin, 0), lacking.get(road.target, 0), room)
            if units > 0:
                moved[at] = moved.get(at, 0) + units
                left[road.origin] -= units
                lacking[road.target] -= units
    return moved


def _told(
    needs: Sequence[Need],
    roads: Sequence[Road],
    moved: Sequence[Moved],
    lanes: Sequence[Lane],
    codes: Sequence[str],
    method: Method,
) -> TransferPlan:
    days = {(lane.origin, lane.target): lane.lead_days for lane in lanes}
    pairs = [(codes[road.origin], codes[road.target], road.target, road.weight) for road in roads]
    ends = [(*pair, days[pair[:2]]) for pair in pairs]
    amounts: dict[int, Decimal] = {}
    shifts: list[Any] = []
    unmet: list[Unmet] = []
    total = 0
    for need, units_of in zip(needs, moved, strict=True):
        got: dict[int, int] = {}
        for at in sorted(units_of):  # roads are sorted by their ends
            units = units_of[at]
            origin, target, to, weight, lead_days = ends[at]
            got[to] = got.get(to, 0) + units
            micro = weight * units
            total += micro
            if (cost := amounts.get(micro)) is None:
                cost = amounts[micro] = from_micro(micro)
            shift = _Unfrozen(need.sku, origin, target, units, cost, lead_days)
            shift.__class__ = Shift  # type: ignore[assignment]
            shifts.append(shift)
        unmet += _unmet(need, got, codes)
    return TransferPlan(tuple(shifts), tuple(unmet), from_micro(total), method)


def _unmet(need: Need, got: Mapping[int, int], codes: Sequence[str]) -> list[Unmet]:
    found = []
    for at in sorted({*need.urgent, *need.usual}):
        urgent, units = need.urgent.get(at, 0), need.urgent.get(at, 0) + need.usual.get(at, 0)
        if (lack := units - got.get(at, 0)) > 0:
            found.append(Unmet(need.sku, codes[at], lack, max(0, urgent - got.get(at, 0))))
    return found
