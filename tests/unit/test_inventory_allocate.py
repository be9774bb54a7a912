"""Allocation explained: locality, shortages, bundles, refusals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderhub.errors import ConfigurationError
from orderhub.inventory import DemandLine, Level, OrderDemand, ParcelCosts, allocate, expand
from orderhub.models import Address, Warehouse

SH = Warehouse(code="sh", address=Address(province="上海"))
GZ = Warehouse(code="gz", address=Address(province="广东"))
BJ = Warehouse(code="bj", address=Address(province="北京"), priority=1)
ALL = (BJ, GZ, SH)
LOCAL = ParcelCosts(local=Decimal(4), default=Decimal(10), per_parcel=Decimal(5))


def order(*lines: tuple[str, int], province: str | None = "上海", key: str = "o1", rank: int = 0) -> OrderDemand:
    made = tuple(DemandLine(f"l{at}", sku, units) for at, (sku, units) in enumerate(lines))
    return OrderDemand(key, made, province, rank)


def test_local_wins_with_stock_else_the_next_by_priority_and_code() -> None:
    levels = [Level("A", code, 1) for code in ("sh", "gz", "bj")]
    asked = [order(("A", 1), key=f"o{n}", rank=n) for n in range(3)]
    plans = allocate(asked, levels, ALL, LOCAL)
    assert [plan.parcels[0].warehouse for plan in plans] == ["sh", "gz", "bj"]
    assert plans[0].explain() == "o0 ships from sh for 9; next best gz for 15"
    assert plans[2].runner_up is None and plans[2].explain() == "o2 ships from bj for 15"


def test_one_parcel_beats_two_near_ones_when_parcels_cost() -> None:
    levels = [Level("A", "sh", 1), Level("B", "gz", 1), Level("A", "bj", 1), Level("B", "bj", 1)]
    (plan,) = allocate([order(("A", 1), ("B", 1))], levels, ALL, LOCAL)
    assert [parcel.warehouse for parcel in plan.parcels] == ["bj"]
    assert plan.runner_up is not None and plan.runner_up.warehouses == ("sh", "gz")
    cheap = ParcelCosts(freight={("上海", "bj"): Decimal(30)}, local=Decimal(4), per_parcel=Decimal(0))
    (plan,) = allocate([order(("A", 1), ("B", 1))], levels, ALL, cheap)
    assert [(parcel.warehouse, parcel.lines[0].sku) for parcel in plan.parcels] == [("gz", "B"), ("sh", "A")]


def test_earlier_rank_takes_the_last_unit_and_the_other_is_told_what_is_missing() -> None:
    asked = [order(("A", 1), key="late", rank=2), order(("A", 1), key="early", rank=1)]
    late, early = allocate(asked, [Level("A", "sh", 3, reserved=2)], ALL, LOCAL)
    assert early.ok and not late.ok
    assert late.explain() == "late cannot be served whole: A (0 of 1)"


def test_scattered_stock_is_told_apart_from_missing_stock() -> None:
    levels = [Level("A", code, 1) for code in ("sh", "gz", "bj")]
    (whole,) = allocate([order(("A", 2))], levels, ALL, LOCAL)
    assert [(each.requested, each.available) for each in whole.missing] == [(2, 3)]
    (parts,) = allocate([order(("A", 2))], levels, ALL, LOCAL, allow_line_split=True)
    assert [(parcel.warehouse, parcel.lines) for parcel in parts.parcels] == [
        ("gz", (DemandLine("l0", "A", 1),)),
        ("sh", (DemandLine("l0", "A", 1),)),
    ]


def test_hard_packing_is_given_up_not_waited_for() -> None:
    lines = [("A", units) for units in range(20, 50)]
    levels = [Level("A", code, sum(range(20, 50)) // 3) for code in ("sh", "gz", "bj")]
    (plan,) = allocate([order(*lines)], levels, ALL, LOCAL)
    assert plan.ok or plan.missing


def test_unlisted_warehouses_do_not_ship() -> None:
    (plan,) = allocate([order(("A", 1))], [Level("A", "elsewhere", 9)], ALL, LOCAL)
    assert not plan.ok


def test_bundles_become_their_components_with_the_line_id() -> None:
    bundles = {"BOX": {"A": 2, "SET": 1}, "SET": {"B": 3}}
    assert expand([DemandLine("l1", "BOX", 2), DemandLine("l2", "C", 1)], bundles) == (
        DemandLine("l1", "A", 4),
        DemandLine("l1", "B", 6),
        DemandLine("l2", "C", 1),
    )


@pytest.mark.parametrize("bundles", [{"A": {"A": 1}}, {"A": {"B": 1}, "B": {"A": 1}}, {"A": {}}, {"A": {"B": 0}}])
def test_impossible_bundles_are_refused(bundles: dict[str, dict[str, int]]) -> None:
    with pytest.raises(ConfigurationError):
        expand([DemandLine("l1", "A", 1)], bundles)


@pytest.mark.parametrize(
    ("orders", "warehouses", "costs"),
    [
        ([order(("A", 1)), order(("A", 1))], ALL, LOCAL),
        ([order(("A", 1))], (SH, SH), LOCAL),
        ([order(("A", 0))], ALL, LOCAL),
        ([order()], ALL, LOCAL),
        ([order(("A", 1))], ALL, ParcelCosts(default=Decimal(-9))),
    ],
)
def test_senseless_input_is_refused(
    orders: list[OrderDemand], warehouses: tuple[Warehouse, ...], costs: ParcelCosts
) -> None:
    with pytest.raises(ConfigurationError):
        allocate(orders, [], warehouses, costs)
