"""Laws of waves: never worse than online, never more than there is, the optimum where everything can be tried."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.inventory import (
    AllocationPolicy,
    DemandLine,
    Level,
    OrderDemand,
    ParcelCosts,
    ShippingTerms,
    Wave,
    allocate,
    allocate_wave,
    waves,
)
from orderhub.models import Warehouse

pytest.importorskip("ortools")
CODES, SKUS = ("a", "b", "c"), ("S", "T", "U")
WAREHOUSES = tuple(Warehouse(code=code) for code in CODES)
NOW = datetime(2026, 5, 6, 7, tzinfo=UTC)

lines = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 2)), min_size=1, max_size=2, unique_by=lambda r: r[0])
orders = st.lists(st.tuples(lines, st.sampled_from("pq")), min_size=1, max_size=4).map(
    lambda rows: [
        OrderDemand(
            f"o{at}", tuple(DemandLine(f"l{n}", sku, units) for n, (sku, units) in enumerate(asked)), province, at
        )
        for at, (asked, province) in enumerate(rows)
    ]
)
stock = st.dictionaries(
    st.tuples(st.sampled_from(SKUS), st.sampled_from(CODES)), st.integers(1, 3), min_size=3, max_size=9
).map(lambda rows: [Level(sku, code, units) for (sku, code), units in rows.items()])
costs = st.lists(st.integers(0, 9), min_size=6, max_size=6).map(
    lambda fares: ParcelCosts(
        freight={place: Decimal(fare) for place, fare in zip(product("pq", CODES), fares, strict=True)},
        per_parcel=Decimal(2),
    )
)


def least(asked: list[OrderDemand], levels: list[Level], table: ParcelCosts, served: set[str]) -> Decimal | None:
    """The cheapest way to serve exactly these orders, by trying everything."""
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})

    def cheapest(at: int) -> Decimal | None:
        if at == len(asked):
            return Decimal(0)
        order = asked[at]
        if order.order_key not in served:
            return cheapest(at + 1)
        best: Decimal | None = None
        for ways in product(CODES, repeat=len(order.lines)):
            rows = list(zip(order.lines, ways, strict=True))
            if any(left[line.sku, code] < line.quantity for line, code in rows):
                continue
            for line, code in rows:
                left[line.sku, code] -= line.quantity
            rest = cheapest(at + 1)
            for line, code in rows:
                left[line.sku, code] += line.quantity
            if rest is not None:
                cost = rest + sum(table.of(order.province, w) for w in WAREHOUSES if w.code in ways)
                best = cost if best is None else min(best, cost)
        return best

    return cheapest(0)


@given(orders, stock, costs)
@settings(max_examples=60, deadline=None)
def test_a_small_wave_is_the_optimum_and_the_bound_holds(
    asked: list[OrderDemand], levels: list[Level], table: ParcelCosts
) -> None:
    wave = allocate_wave(asked, levels, WAREHOUSES, table)
    check(wave, asked, levels)
    served = {plan.order_key for plan in wave.plans if plan.ok}
    assert wave.score == least(asked, levels, table, served)
    assert wave.bound is not None and wave.bound <= wave.score + wave.penalty * len(wave.parked)
    online = {plan.order_key for plan in allocate(asked, levels, WAREHOUSES, table) if plan.ok}
    assert online <= served, "an order that was served stays served"
    for order in asked:
        if order.order_key not in served:
            assert least(asked, levels, table, served | {order.order_key}) is None, "one more could be served"


def check(wave: Wave, asked: list[OrderDemand], levels: list[Level], room: dict[str, int] | None = None) -> None:
    left = Counter({(level.sku, level.warehouse): level.on_hand for level in levels})
    leaving: Counter[tuple[str, date | None]] = Counter()
    assert [plan.order_key for plan in wave.plans] == [order.order_key for order in asked]
    for order, plan in zip(asked, wave.plans, strict=True):
        sent: Counter[tuple[str, str]] = Counter()
        for parcel in plan.parcels:
            leaving[parcel.warehouse, parcel.ship_on] += 1
            for line in parcel.lines:
                left[line.sku, parcel.warehouse] -= line.quantity
                sent[line.line_id, line.sku] += line.quantity
        for line in plan.parked:
            sent[line.line_id, line.sku] += line.quantity
        assert sent == Counter({(line.line_id, line.sku): line.quantity for line in order.lines})
        if plan.chosen:
            assert plan.chosen.score == sum(amount for _, amount in plan.chosen.parts)
    assert min(left.values()) >= 0
    for (code, _), parcels in leaving.items():
        assert parcels <= (room or {}).get(code, parcels)


def shared(count: int, tight: int = 0) -> tuple[list[OrderDemand], list[Level], list[Warehouse], ParcelCosts]:
    """Orders that contend for the same few SKUs; made by arithmetic, not by chance."""
    warehouses = [Warehouse(code=f"w{at}") for at in range(6)]
    asked, demand = [], Counter[str]()
    for at in range(count):
        skus = {f"s{(at * 7 + n * (1 + at % 5)) % (count // 3)}": 1 + (at + n) % 2 for n in range(3)}
        demand.update(skus)
        made = tuple(DemandLine(f"l{n}", sku, units) for n, (sku, units) in enumerate(sorted(skus.items())))
        asked.append(OrderDemand(f"o{at:03}", made, f"p{at % 4}", at))
    levels = [
        Level(sku, f"w{(at + n * 2) % 6}", (units + 1) // 2 + n % 2 - (tight if n == 2 else 0))
        for at, (sku, units) in enumerate(sorted(demand.items()))
        for n in range(3)
    ]
    freight = {(f"p{p}", f"w{w}"): Decimal(4 + (p * 5 + w * 3) % 11) for p in range(4) for w in range(6)}
    return asked, levels, warehouses, ParcelCosts(freight=freight)


def test_a_wave_beats_the_online_answer_and_stays_near_its_bound() -> None:
    asked, levels, warehouses, table = shared(120)
    wave = allocate_wave(asked, levels, warehouses, table, windows=8)
    check(wave, asked, levels)
    assert wave.method == "search" and wave.score < wave.online_score
    assert wave.gap is not None and 0 <= wave.gap < Decimal("0.03")


def test_the_same_orders_in_any_sequence_give_the_same_wave() -> None:
    asked, levels, warehouses, table = shared(90)
    one = allocate_wave(asked, levels, warehouses, table, windows=12)
    two = allocate_wave(asked[::-1], levels[::-1], warehouses[::-1], table, windows=12)
    assert two.plans[::-1] == one.plans and (two.score, two.bound) == (one.score, one.bound)


def test_days_fill_up_and_orders_keep_their_turn_in_a_wave_too() -> None:
    asked, levels, warehouses, table = shared(60)
    terms = [ShippingTerms(warehouse=f"w{at}", parcels_per_day=6) for at in range(6)]
    policy = AllocationPolicy(terms=terms, per_day=2, balance=1)
    online = allocate(asked, levels, warehouses, table, policy=policy, now=NOW)
    wave = allocate_wave(asked, levels, warehouses, table, policy=policy, now=NOW, windows=25)
    check(wave, asked, levels, {f"w{at}": 6 for at in range(6)})
    assert {plan.order_key for plan in online if plan.ok} <= {plan.order_key for plan in wave.plans if plan.ok}
    assert wave.score <= wave.online_score and wave.bound is not None and wave.bound <= wave.score


def test_parked_orders_may_be_served_after_all_the_first_in_turn_before_the_next() -> None:
    """A takes the last unit at the warehouse that is B's only one; together both can be served, C cannot."""
    table = ParcelCosts(freight={("p", "a"): Decimal(1), ("p", "b"): Decimal(2)})
    both = (DemandLine("l0", "S", 1), DemandLine("l1", "T", 1))
    asked = [
        OrderDemand("o1", both[:1], "p", 1),
        OrderDemand("o2", both, "p", 2, warehouses=frozenset("a")),
        OrderDemand("o3", both, "p", 3, warehouses=frozenset("a")),
    ]
    levels = [Level("S", "a", 1), Level("S", "b", 1), Level("T", "a", 5)]
    online = allocate(asked, levels, WAREHOUSES, table)
    wave = allocate_wave(asked, levels, WAREHOUSES, table)
    assert [plan.ok for plan in online] == [True, False, False]
    assert [plan.ok for plan in wave.plans] == [True, True, False]
    assert wave.plans[2].reason == "insufficient_stock" and wave.plans[2].missing[0].sku == "S"


@pytest.mark.parametrize("policy", [AllocationPolicy(line_split=True), AllocationPolicy(partial=True)])
def test_lines_in_parts_and_orders_in_part_keep_what_they_have(policy: AllocationPolicy) -> None:
    asked, levels, warehouses, table = shared(40, tight=1)
    asked.append(OrderDemand("part", (DemandLine("l0", "s1", 1), DemandLine("l1", "none", 1)), "p0", -1))
    asked.append(OrderDemand("split", (DemandLine("l0", "much", 4),), "p0", -1))
    levels += [Level("much", "w0", 3), Level("much", "w1", 3)]
    wave = allocate_wave(asked, levels, warehouses, table, policy=policy)
    online = allocate(asked, levels, warehouses, table, policy=policy)
    check(wave, asked, levels)
    assert wave.bound is None and wave.gap is None
    assert sum(plan.ok for plan in wave.plans) >= sum(plan.ok for plan in online)
    part, split = wave.plans[-2:]
    assert [line.sku for line in part.parked] == (["none"] if policy.partial else ["s1", "none"])
    assert len(split.parcels) == (2 if policy.line_split else 0)


def test_without_the_extra_the_online_answer_is_given_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "find_spec", lambda name: None)
    asked, levels, warehouses, table = shared(60)
    wave = allocate_wave(asked, levels, warehouses, table)
    check(wave, asked, levels)
    online: Any = sum(plan.chosen.score for plan in allocate(asked, levels, warehouses, table) if plan.chosen)
    assert (wave.method, wave.bound, wave.windows) == ("online", None, 0) and wave.score <= online


def test_a_wave_stops_when_it_is_told_to() -> None:
    asked, levels, warehouses, table = shared(60)
    wave = allocate_wave(asked, levels, warehouses, table, should_stop=lambda: True)
    assert (wave.windows, wave.score) == (0, wave.online_score)
    assert allocate_wave([], levels, warehouses, table).plans == ()
