"""Laws of allocation by a policy: the best score, capacities kept, every warehouse accounted for, no matter the order."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.inventory import (
    Allocation,
    AllocationPolicy,
    DemandLine,
    Level,
    OrderDemand,
    ParcelCosts,
    ShippingTerms,
    allocate,
)
from orderhub.models import Warehouse

CODES, SKUS = ("a", "b", "c", "d"), ("S", "T", "U")
WAREHOUSES = tuple(Warehouse(code=code) for code in CODES)
NOW = datetime(2026, 5, 6, 7, tzinfo=UTC)

lines = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 2)), min_size=1, max_size=3, unique_by=lambda r: r[0])
orders = st.lists(st.tuples(lines, st.integers(0, 2), st.none() | st.integers(-1, 3)), min_size=1, max_size=6).map(
    lambda rows: [
        OrderDemand(
            f"o{at}",
            tuple(DemandLine(f"l{number}", sku, units) for number, (sku, units) in enumerate(asked)),
            "p",
            priority=priority,
            ship_by=None if days is None else NOW + timedelta(days=days),
        )
        for at, (asked, priority, days) in enumerate(rows)
    ]
)
stock = st.dictionaries(st.tuples(st.sampled_from(SKUS), st.sampled_from(CODES)), st.integers(0, 4), max_size=12).map(
    lambda rows: [Level(sku, code, units) for (sku, code), units in rows.items()]
)
costs = st.lists(st.integers(0, 9), min_size=4, max_size=4).map(
    lambda fares: ParcelCosts(
        freight={("p", code): Decimal(fare) / 2 for code, fare in zip(CODES, fares, strict=True)}, per_parcel=Decimal(1)
    )
)
weights = st.sampled_from(("0", "0.5", "2", "7"))
terms = st.lists(st.tuples(st.sampled_from(CODES), st.none() | st.integers(0, 2)), max_size=4, unique_by=lambda r: r[0])
policies = st.builds(
    lambda rows, **rest: AllocationPolicy(
        terms=[ShippingTerms(warehouse=code, parcels_per_day=most) for code, most in rows], **rest
    ),
    terms,
    split=weights,
    per_day=weights,
    balance=weights,
    scarcity=weights,
    late=st.sampled_from(("refuse", "charge")),
    partial=st.booleans(),
    line_split=st.booleans(),
)


def brute(
    order: OrderDemand, left: Counter[tuple[str, str]], table: ParcelCosts, policy: AllocationPolicy
) -> Decimal | None:
    """The least score over every way to send whole lines from at most three warehouses."""
    best = None
    for ways in product(CODES, repeat=len(order.lines)):
        rows = list(zip(order.lines, ways, strict=True))
        used = set(ways)
        if len(used) > 3 or any(left[line.sku, code] < line.quantity for line, code in rows):
            continue
        score = sum((table.of("p", w) for w in WAREHOUSES if w.code in used), policy.split * (len(used) - 1))
        for line, code in rows:
            score += policy.scarcity * line.quantity / left[line.sku, code]
        best = score if best is None else min(best, score)
    return best


@given(orders, stock, costs, weights, weights)
@settings(max_examples=150, deadline=None)
def test_each_choice_has_the_least_score(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts, split: str, scarcity: str
) -> None:
    policy = AllocationPolicy(split=split, scarcity=scarcity)
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})
    plans = {plan.order_key: plan for plan in allocate(asked, levels, WAREHOUSES, table, policy=policy)}
    turn = sorted(
        asked, key=lambda each: (each.priority, each.ship_by or datetime.max.replace(tzinfo=UTC), each.order_key)
    )
    for order in turn:
        plan, best = plans[order.order_key], brute(order, left, table, policy)
        assert (plan.chosen is not None) == (best is not None)
        if plan.chosen is not None and best is not None:
            assert abs(plan.chosen.score - best) < Decimal("0.00001")
            assert plan.runner_up is None or plan.runner_up.score >= plan.chosen.score
        take(plan, left)


def take(plan: Allocation, left: Counter[tuple[str, str]]) -> None:
    for parcel in plan.parcels:
        for line in parcel.lines:
            left[line.sku, parcel.warehouse] -= line.quantity
            assert left[line.sku, parcel.warehouse] >= 0


@given(orders, stock, costs, policies)
@settings(max_examples=200, deadline=None)
def test_whatever_the_policy_says_nothing_is_promised_twice(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts, policy: AllocationPolicy
) -> None:
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})
    room = {each.warehouse: each.parcels_per_day for each in policy.terms}
    leaving: Counter[tuple[str, date | None]] = Counter()
    for order, plan in zip(asked, allocate(asked, levels, WAREHOUSES, table, policy=policy, now=NOW), strict=True):
        take(plan, left)
        sent, wanted = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for line in [line for parcel in plan.parcels for line in parcel.lines] + list(plan.parked):
            sent[line.line_id, line.sku] += line.quantity
        for line in order.lines:
            wanted[line.line_id, line.sku] += line.quantity
        assert sent == wanted, "every unit is planned or parked"
        assert bool(plan.parked) == (plan.reason is not None) == (not plan.ok)
        assert policy.partial or not (plan.parked and plan.parcels)
        for parcel in plan.parcels:
            leaving[parcel.warehouse, parcel.ship_on] += 1
            assert (parcel.ship_on is None) == (parcel.warehouse not in room)
            assert (
                order.ship_by is None
                or policy.late == "charge"
                or parcel.ship_on is None
                or parcel.ship_on <= order.ship_by.date()
            )
        for choice in filter(None, (plan.chosen, plan.runner_up)):
            assert choice.score == sum(amount for _, amount in choice.parts)
        assert not {each.warehouse for each in plan.refused} & {parcel.warehouse for parcel in plan.parcels}
    for (code, day), parcels in leaving.items():
        assert day is None or room[code] is None or parcels <= room[code]


@given(orders, stock, costs, policies, st.data())
@settings(max_examples=100, deadline=None)
def test_the_plan_does_not_depend_on_how_the_input_is_written(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts, policy: AllocationPolicy, data: st.DataObject
) -> None:
    again = [
        OrderDemand(
            each.order_key,
            tuple(data.draw(st.permutations(each.lines))),
            each.province,
            each.rank,
            each.priority,
            each.ship_by,
        )
        for each in data.draw(st.permutations(asked))
    ]
    other = policy.model_copy(update={"terms": tuple(data.draw(st.permutations(policy.terms)))})
    one = allocate(asked, levels, WAREHOUSES, table, policy=policy, now=NOW)
    two = allocate(
        again, data.draw(st.permutations(levels)), data.draw(st.permutations(WAREHOUSES)), table, policy=other, now=NOW
    )
    assert sorted(one, key=lambda plan: plan.order_key) == sorted(two, key=lambda plan: plan.order_key)


@given(orders, stock, costs)
@settings(max_examples=60, deadline=None)
def test_a_parked_order_could_not_have_been_served_in_its_turn(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts
) -> None:
    """Priority means that nobody behind in turn took what an order needed."""
    plans = {plan.order_key: plan for plan in allocate(asked, levels, WAREHOUSES, table)}
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})
    turn = sorted(
        asked, key=lambda each: (each.priority, each.ship_by or datetime.max.replace(tzinfo=UTC), each.order_key)
    )
    for order in turn:
        able = any(
            all(any(left[line.sku, code] >= line.quantity for code in codes) for line in order.lines)
            for codes in combinations(CODES, 3)
        )
        assert plans[order.order_key].ok == able
        take(plans[order.order_key], left)
