"""Laws of allocation: never more than there is, the cheapest cover, the same plan however the input is written."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.inventory import Allocation, DemandLine, Level, OrderDemand, ParcelCosts, allocate
from orderhub.models import Warehouse

CODES = ("a", "b", "c", "d", "e")
SKUS = ("S", "T", "U", "V")
WAREHOUSES = tuple(Warehouse(code=code, priority=at % 2) for at, code in enumerate(CODES))

demand = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=4).map(
    lambda rows: tuple(DemandLine(f"l{at}", sku, units) for at, (sku, units) in enumerate(rows))
)
orders = st.lists(st.tuples(demand, st.integers(0, 2)), min_size=1, max_size=5).map(
    lambda rows: [OrderDemand(f"o{at}", lines, "p", rank) for at, (lines, rank) in enumerate(rows)]
)
stock = st.dictionaries(st.tuples(st.sampled_from(SKUS), st.sampled_from(CODES)), st.integers(0, 4), max_size=14).map(
    lambda rows: [Level(sku, code, units) for (sku, code), units in rows.items()]
)
costs = st.lists(st.integers(0, 9), min_size=5, max_size=5).map(
    lambda fares: ParcelCosts(
        freight={("p", code): Decimal(fare) / 2 for code, fare in zip(CODES, fares, strict=True)}, per_parcel=Decimal(1)
    )
)


def brute(lines: tuple[DemandLine, ...], left: Counter[tuple[str, str]], table: ParcelCosts) -> list[Decimal]:
    """Cost of every minimal set of at most three warehouses that can serve whole lines, cheapest first."""
    able: list[tuple[Decimal, frozenset[str]]] = []
    for ways in product(CODES, repeat=len(lines)):
        need = Counter()
        for line, code in zip(lines, ways, strict=True):
            need[line.sku, code] += line.quantity
        if len(set(ways)) <= 3 and all(left[place] >= units for place, units in need.items()):
            cost = sum((table.of("p", w) for w in WAREHOUSES if w.code in ways), Decimal(0))
            able.append((cost, frozenset(ways)))
    sets = {codes: cost for cost, codes in able}
    return sorted(cost for codes, cost in sets.items() if not any(other < codes for other in sets))


@given(orders, stock, costs)
@settings(max_examples=150, deadline=None)
def test_each_order_gets_its_cheapest_cover(asked: list[OrderDemand], levels: list[Level], table: ParcelCosts) -> None:
    plans = {plan.order_key: plan for plan in allocate(asked, levels, WAREHOUSES, table)}
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})
    for order in sorted(asked, key=lambda each: (each.rank, each.order_key)):
        plan, expected = plans[order.order_key], brute(order.lines, left, table)
        assert plan.ok == bool(expected)
        if plan.chosen:
            assert plan.chosen.cost == expected[0]
            assert (plan.runner_up.cost if plan.runner_up else None) == (expected[1] if len(expected) > 1 else None)
            assert tuple(sorted(plan.chosen.warehouses)) == tuple(parcel.warehouse for parcel in plan.parcels)
        else:
            assert plan.missing and not plan.parcels
        take(plan, order, left)


def take(plan: Allocation, order: OrderDemand, left: Counter[tuple[str, str]]) -> None:
    """What is planned is what was asked for, and it is there."""
    sent: Counter[tuple[str, str]] = Counter()
    for parcel in plan.parcels:
        for line in parcel.lines:
            left[line.sku, parcel.warehouse] -= line.quantity
            sent[line.line_id, line.sku] += line.quantity
    if plan.ok:
        assert sent == Counter({(line.line_id, line.sku): line.quantity for line in order.lines})
    assert not left or min(left.values()) >= 0


@given(orders, stock, costs, st.data())
@settings(max_examples=100, deadline=None)
def test_plan_does_not_depend_on_how_the_input_is_written(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts, data: st.DataObject
) -> None:
    again = [
        OrderDemand(order.order_key, tuple(data.draw(st.permutations(order.lines))), order.province, order.rank)
        for order in data.draw(st.permutations(asked))
    ]
    one = allocate(asked, levels, WAREHOUSES, table)
    other = allocate(again, data.draw(st.permutations(levels)), data.draw(st.permutations(WAREHOUSES)), table)
    assert [plan.order_key for plan in other] == [order.order_key for order in again]
    assert sorted(one, key=lambda plan: plan.order_key) == sorted(other, key=lambda plan: plan.order_key)


@given(orders, stock, costs)
@settings(max_examples=100, deadline=None)
def test_split_lines_serve_whatever_three_warehouses_hold(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts
) -> None:
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})
    plans = {plan.order_key: plan for plan in allocate(asked, levels, WAREHOUSES, table, allow_line_split=True)}
    for order in sorted(asked, key=lambda each: (each.rank, each.order_key)):
        need: Counter[str] = Counter()
        for line in order.lines:
            need[line.sku] += line.quantity
        able = any(
            all(sum(left[sku, code] for code in codes) >= units for sku, units in need.items())
            for codes in combinations(CODES, 3)
        )
        assert plans[order.order_key].ok == able
        take(plans[order.order_key], order, left)
