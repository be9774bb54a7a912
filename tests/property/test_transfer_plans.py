"""Laws of transfer plans: the optimum by trying everything, and what a giver may never give."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.inventory import CoverTarget, Lane, Level, SafetyStock, TransferPlan, plan_transfers, transfers

pytest.importorskip("ortools")
CODES = ("a", "b", "c", "d")

levels = st.lists(st.integers(0, 6), min_size=4, max_size=4).map(
    lambda rows: [Level("S", code, units) for code, units in zip(CODES, rows, strict=True)]
)
lanes = st.dictionaries(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)).filter(lambda ends: ends[0] != ends[1]),
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.none() | st.integers(0, 2)),
    min_size=1,
    max_size=5,
).map(lambda rows: [Lane(*ends, Decimal(cost) / 2, days, most) for ends, (cost, days, most) in rows.items()])
covers = st.builds(
    lambda targets, safety, inbound, per_day, days_max: CoverTarget(
        targets={("S", code): units for code, units in zip(CODES, targets, strict=True)},
        safety=SafetyStock(by_place={("S", code): units for code, units in zip(CODES, safety, strict=True)}),
        inbound={("S", code): units for code, units in zip(CODES, inbound, strict=True)},
        per_unit_day=per_day,
        lead_days_max=days_max,
    ),
    st.lists(st.integers(0, 4), min_size=4, max_size=4),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.lists(st.integers(0, 1), min_size=4, max_size=4),
    st.sampled_from((Decimal(0), Decimal("0.3"))),
    st.none() | st.integers(0, 3),
)


def lacking(code: str, there: int, cover: CoverTarget) -> tuple[int, int]:
    """(units below safety stock, units below target)."""
    there += cover.inbound[("S", code)]
    safety = cover.safety.of("S", code)
    return max(0, safety - there), max(0, cover.target("S", code) - there)


def brute(held: dict[str, int], ways: list[Lane], cover: CoverTarget) -> tuple[int, int, Decimal]:
    """The least (urgent, all) lacking, then cost, over every flow on every lane."""
    usable = [each for each in ways if cover.lead_days_max is None or each.lead_days <= cover.lead_days_max]
    best: tuple[int, int, Decimal] | None = None
    surplus = {code: max(0, held[code] - cover.target("S", code)) for code in CODES}
    for flow in product(
        *(range(min(surplus[e.origin], 9 if e.units_max is None else e.units_max) + 1) for e in usable)
    ):
        given_up, got = Counter[str](), Counter[str]()
        for each, units in zip(usable, flow, strict=True):
            given_up[each.origin] += units
            got[each.target] += units
        if any(given_up[code] > surplus[code] for code in CODES):
            continue
        if any(got[code] > lacking(code, held[code], cover)[1] for code in CODES if got[code]):
            continue
        rest = [lacking(code, held[code] + got[code], cover) for code in CODES if not surplus[code]]
        cost = sum(
            (units * (e.unit_cost + e.lead_days * cover.per_unit_day) for e, units in zip(usable, flow, strict=True)),
            Decimal(0),
        )
        found = (sum(each[0] for each in rest), sum(each[1] for each in rest), cost)
        best = found if best is None else min(best, found)
    assert best is not None
    return best


def check(plan: TransferPlan, held: dict[str, int], ways: list[Lane], cover: CoverTarget) -> tuple[int, int, Decimal]:
    """Every giver keeps its target and its safety stock, no lane carries too much; what the plan leaves and costs."""
    by_ends = {(each.origin, each.target): each for each in ways}
    gave, got = Counter[str](), Counter[str]()
    for shift in plan.shifts:
        lane = by_ends[shift.origin, shift.target]
        assert 0 < shift.units <= (99 if lane.units_max is None else lane.units_max)
        assert cover.lead_days_max is None or lane.lead_days <= cover.lead_days_max
        assert shift.cost == shift.units * (lane.unit_cost + lane.lead_days * cover.per_unit_day)
        gave[shift.origin] += shift.units
        got[shift.target] += shift.units
    ends = {end for each in ways for end in (each.origin, each.target)}
    urgent = units = 0
    for code in CODES:
        assert not (gave[code] and got[code]), "nobody gives and takes"
        assert not gave[code] or held[code] - gave[code] >= max(cover.target("S", code), cover.safety.of("S", code))
        if held[code] <= cover.target("S", code):
            below, lack = lacking(code, held[code] + got[code], cover)
            urgent, units = urgent + below, units + lack
            told = next((each for each in plan.unmet if each.warehouse == code), None)
            assert code not in ends or (told.units if told else 0, told.urgent if told else 0) == (lack, below)
    assert plan.cost == sum((shift.cost for shift in plan.shifts), Decimal(0))
    return urgent, units, plan.cost


@given(levels, lanes, covers)
@settings(max_examples=250, deadline=None)
def test_the_plan_is_the_optimum(have: list[Level], ways: list[Lane], cover: CoverTarget) -> None:
    held = {level.warehouse: level.on_hand for level in have}
    plan = plan_transfers(have, ways, cover)
    assert plan.method == "optimal"
    assert check(plan, held, ways, cover) == brute(held, ways, cover)


@given(levels, lanes, covers)
@settings(max_examples=150, deadline=None)
def test_the_greedy_plan_is_allowed_and_never_better(have: list[Level], ways: list[Lane], cover: CoverTarget) -> None:
    held = {level.warehouse: level.on_hand for level in have}
    plan = plan_transfers(have, ways, cover, use_solver=False)
    assert plan.method == "greedy"
    assert check(plan, held, ways, cover) >= brute(held, ways, cover)


@given(st.lists(levels, min_size=2, max_size=5), lanes, covers)
@settings(max_examples=40, deadline=None)
def test_skus_do_not_touch_each_other(rows: list[list[Level]], ways: list[Lane], cover: CoverTarget) -> None:
    """Many SKUs in one plan leave and cost the same as each on its own."""
    named = [[Level(f"S{at}", each.warehouse, each.on_hand) for each in row] for at, row in enumerate(rows)]
    many = CoverTarget(
        targets={(f"S{at}", code): cover.targets["S", code] for at in range(len(rows)) for code in CODES},
        per_unit_day=cover.per_unit_day,
    )
    together = plan_transfers([level for row in named for level in row], ways, many)
    alone = [plan_transfers(row, ways, CoverTarget(
        targets={place: units for place, units in many.targets.items() if place[0] == row[0].sku},
        per_unit_day=cover.per_unit_day)) for row in named]  # fmt: skip
    assert together.cost == sum((plan.cost for plan in alone), Decimal(0))
    assert sum(each.units for each in together.unmet) == sum(each.units for plan in alone for each in plan.unmet)


def test_days_of_cover_reserved_units_and_places_without_stock() -> None:
    cover = CoverTarget(days=10, velocity={("A", "a"): Decimal("0.25"), ("A", "b"): Decimal(1), ("A", "c"): Decimal(1)})
    have = [Level("A", "a", 20, reserved=5), Level("A", "b", 4)]
    ways = [Lane("a", "b", Decimal(1), 2), Lane("a", "c", Decimal(3), 5)]
    plan = plan_transfers(have, ways, cover)
    assert [(each.target, each.units) for each in plan.shifts] == [("b", 6), ("c", 6)]
    assert [(each.warehouse, each.units, each.urgent) for each in plan.unmet] == [("c", 4, 0)]
    assert plan.explain() == [
        "A: 6 from a to b for 6, 2 days",
        "A: 6 from a to c for 18, 5 days",
        "A: c still lacks 4",
    ]


def test_without_the_extra_the_plan_says_that_it_is_greedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "find_spec", lambda name: None)
    assert plan_transfers([], [Lane("a", "b", Decimal(1))], CoverTarget()).method == "greedy"


@pytest.mark.parametrize(
    "ways",
    [
        [Lane("a", "b", Decimal(1)), Lane("a", "b", Decimal(2))],
        [Lane("a", "a", Decimal(1))],
        [Lane("a", "b", Decimal(-1))],
        [Lane("a", "b", Decimal(1), -1)],
        [Lane("a", "b", Decimal(1), 0, -1)],
        [Lane("a", "b", Decimal("0.0000001"))],
    ],
)
def test_senseless_lanes_are_refused(ways: list[Lane]) -> None:
    with pytest.raises(ConfigurationError):
        plan_transfers([], ways, CoverTarget())
