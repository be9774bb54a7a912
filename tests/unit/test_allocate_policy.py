"""Policies explained: who may ship, on which day, in whose turn, and what else counts beside freight."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orderhub.errors import ConfigurationError
from orderhub.inventory import (
    AllocationPolicy,
    DemandLine,
    Desk,
    Level,
    OrderDemand,
    ParcelCosts,
    ShippingTerms,
    allocate,
    parking,
    read_policy,
    ready_again,
)
from orderhub.models import Address, Warehouse, WarehouseKind

SH = Warehouse(code="sh", address=Address(province="上海"))
GZ = Warehouse(code="gz", address=Address(province="广东"))
BJ = Warehouse(code="bj", address=Address(province="北京"), priority=1)
ALL = (BJ, GZ, SH)
LOCAL = ParcelCosts(local=Decimal(4), default=Decimal(10), per_parcel=Decimal(5))
NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
"""A Wednesday, 12:00 in Shanghai."""
TODAY, TOMORROW = date(2026, 11, 11), date(2026, 11, 12)


def order(*lines: tuple[str, int], key: str = "o1", province: str | None = "上海", **more: Any) -> OrderDemand:
    made = tuple(DemandLine(f"l{at}", sku, units) for at, (sku, units) in enumerate(lines))
    return OrderDemand(key, made, province, **more)


def stock(**units: int) -> list[Level]:
    """`A_sh=3` is three units of A in sh."""
    return [Level(*place.split("_"), count) for place, count in units.items()]


def policy(*terms: ShippingTerms, **more: Any) -> AllocationPolicy:
    return AllocationPolicy(terms=terms, **more)


def reasons(plan: Any) -> dict[str, str]:
    return {each.warehouse: each.reason for each in plan.refused}


def test_platform_and_virtual_warehouses_never_ship_merchant_orders() -> None:
    kinds = {kind: Warehouse(code=kind.value, kind=kind) for kind in WarehouseKind}
    levels = [Level("A", code, 9) for code in kinds]
    for _ in range(3):
        (plan,) = allocate([order(("A", 1))], levels, list(kinds.values()), LOCAL)
        assert reasons(plan) == {"platform": "platform_warehouse", "virtual": "virtual_warehouse"}
        assert plan.parcels[0].warehouse in {"own", "third_party", "supplier"}
    (none,) = allocate([order(("A", 1))], levels, [kinds[WarehouseKind.PLATFORM]], LOCAL)
    assert (none.ok, none.reason) == (False, "not_serviceable")
    assert none.explain() == "o1 cannot be served whole: platform platform_warehouse"


def test_a_kind_of_warehouse_may_weigh_more() -> None:
    supplier = Warehouse(code="aa", kind=WarehouseKind.SUPPLIER)
    levels = stock(A_aa=1, A_gz=1)
    (plain,) = allocate([order(("A", 1))], levels, (supplier, GZ), LOCAL)
    (dearer,) = allocate(
        [order(("A", 1))], levels, (supplier, GZ), LOCAL, policy=policy(kinds={WarehouseKind.SUPPLIER: 1})
    )
    assert (plain.parcels[0].warehouse, dearer.parcels[0].warehouse) == ("aa", "gz")
    assert dearer.runner_up is not None and dict(dearer.runner_up.parts)["kind"] == 1


def test_destinations_that_a_warehouse_serves_and_refuses() -> None:
    terms = (ShippingTerms(warehouse="sh", refuses={"上海"}), ShippingTerms(warehouse="gz", serves={"广东"}))
    levels = stock(A_sh=1, A_gz=1, A_bj=1)
    (plan,) = allocate([order(("A", 1))], levels, ALL, LOCAL, policy=policy(*terms))
    assert plan.parcels[0].warehouse == "bj" and reasons(plan) == {"sh": "not_served", "gz": "not_served"}
    (unknown,) = allocate([order(("A", 1), province=None)], levels, ALL, LOCAL, policy=policy(*terms))
    assert reasons(unknown) == {"gz": "not_served"}


def test_an_order_may_name_its_warehouses() -> None:
    (plan,) = allocate([order(("A", 1), warehouses=frozenset({"gz"}))], stock(A_sh=1, A_gz=1), ALL, LOCAL)
    assert plan.parcels[0].warehouse == "gz" and reasons(plan) == {"bj": "not_asked", "sh": "not_asked"}


def test_every_warehouse_is_weighed_or_refused_with_a_reason() -> None:
    (plan,) = allocate([order(("A", 1))], stock(A_sh=1), ALL, LOCAL)
    assert reasons(plan) == {"bj": "no_stock", "gz": "no_stock"}


def test_a_full_day_moves_parcels_to_the_next_and_then_elsewhere() -> None:
    terms = ShippingTerms(warehouse="sh", parcels_per_day=2)
    orders = [order(("A", 1), key=f"o{at}", rank=at) for at in range(6)]
    levels = stock(A_sh=9, A_gz=9)
    plans = allocate(orders, levels, ALL, LOCAL, policy=policy(terms, per_day=4), now=NOON)
    days = [(plan.parcels[0].warehouse, plan.parcels[0].ship_on) for plan in plans]
    assert days == [("sh", TODAY)] * 2 + [("sh", TOMORROW)] * 2 + [("gz", None)] * 2
    assert plans[2].chosen is not None and dict(plans[2].chosen.parts) == {"parcel": 5, "freight": 4, "delay": 4}
    taken = {("sh", TODAY): 2, ("sh", TOMORROW): 1}
    (third,) = allocate(orders[:1], levels, ALL, LOCAL, policy=policy(terms, per_day=4), now=NOON, load=taken)
    assert third.parcels[0].ship_on == TOMORROW


def test_no_capacity_in_sight_refuses_and_no_open_day_closes() -> None:
    terms = (
        ShippingTerms(warehouse="sh", parcels_per_day=0),
        ShippingTerms(warehouse="gz", open_days={1}, closed_on=[TODAY + timedelta(days=at) for at in range(20)]),
    )
    (plan,) = allocate([order(("A", 1))], stock(A_sh=1, A_gz=1), (SH, GZ), LOCAL, policy=policy(*terms), now=NOON)
    assert plan.reason == "not_serviceable" and reasons(plan) == {"sh": "full", "gz": "closed"}


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        (NOON, "Asia/Shanghai", TODAY),
        (NOON + timedelta(hours=4), "Asia/Shanghai", TODAY),
        (NOON + timedelta(hours=4, seconds=1), "Asia/Shanghai", TOMORROW),
        (NOON + timedelta(hours=13), "Asia/Shanghai", TOMORROW),
        (NOON, "America/New_York", date(2026, 11, 10) + timedelta(days=1)),
        (NOON + timedelta(hours=17, seconds=1), "America/New_York", TOMORROW),
    ],
)
def test_the_cut_off_is_read_in_the_warehouses_own_zone(now: datetime, zone: str, day: date) -> None:
    terms = ShippingTerms(warehouse="sh", cut_off=time(16), zone=zone)
    (plan,) = allocate([order(("A", 1))], stock(A_sh=1), (SH,), LOCAL, policy=policy(terms), now=now)
    assert plan.parcels[0].ship_on == day


def test_closed_days_are_skipped() -> None:
    terms = ShippingTerms(warehouse="sh", open_days={3, 5, 1}, closed_on={date(2026, 11, 13)}, cut_off=time(10))
    (plan,) = allocate([order(("A", 1))], stock(A_sh=1), (SH,), LOCAL, policy=policy(terms), now=NOON)
    assert plan.parcels[0].ship_on == date(2026, 11, 16)


def test_latest_ship_time_refuses_or_weighs_and_overdue_orders_count_from_now() -> None:
    terms = ShippingTerms(warehouse="sh", cut_off=time(10))
    levels, due = stock(A_sh=1, A_gz=1), NOON + timedelta(hours=1)
    late = order(("A", 1), ship_by=due)
    (refused,) = allocate([late], levels, ALL, LOCAL, policy=policy(terms, late="refuse"), now=NOON)
    assert reasons(refused) == {"sh": "too_late", "bj": "no_stock"} and refused.parcels[0].warehouse == "gz"
    (weighed,) = allocate([late], levels, ALL, LOCAL, policy=policy(terms, per_late_day=2), now=NOON)
    assert weighed.chosen is not None and dict(weighed.chosen.parts)["late"] == 2
    assert weighed.parcels[0].warehouse == "sh"
    overdue = order(("A", 1), ship_by=NOON - timedelta(days=9))
    (soon,) = allocate([overdue], levels, ALL, LOCAL, policy=policy(terms), now=NOON)
    assert soon.chosen is not None and soon.parcels[0].warehouse == "gz" and "late" not in dict(soon.chosen.parts)


def test_who_is_served_first() -> None:
    asked = [
        order(("A", 1), key="plain", rank=0),
        order(("A", 1), key="due", rank=9, ship_by=NOON),
        order(("A", 1), key="urgent", rank=9, priority=-1),
    ]
    served = [plan.order_key for plan in allocate(asked, stock(A_sh=1), ALL, LOCAL) if plan.ok]
    assert served == ["urgent"]
    assert [plan.order_key for plan in allocate(asked[:2], stock(A_sh=1), ALL, LOCAL) if plan.ok] == ["due"]
    by_rank = policy(sequence=("rank",))
    assert [p.order_key for p in allocate(asked, stock(A_sh=1), ALL, LOCAL, policy=by_rank) if p.ok] == ["plain"]


def test_nobody_starves() -> None:
    """With promotion an order waits behind better ones that come later only so long."""
    fair = policy(promote_after_h=24)
    old = order(("A", 1), key="old", priority=3, since=NOON)
    for days in range(6):
        now = NOON + timedelta(days=days)
        fresh = order(("A", 1), key="fresh", priority=0, since=now)
        first = [
            plan.order_key
            for plan in allocate([old, fresh], stock(A_sh=1), ALL, LOCAL, policy=fair, now=now)
            if plan.ok
        ]
        assert first == (["old"] if days > 3 else ["fresh"])
    with pytest.raises(ConfigurationError, match="instant"):
        allocate([old], [], ALL, LOCAL, policy=fair)


def test_the_weight_of_a_split_makes_parcels_few() -> None:
    free = ParcelCosts(freight={("上海", "bj"): Decimal(30)}, local=Decimal(4), per_parcel=Decimal(0))
    levels = stock(A_sh=1, B_gz=1, A_bj=1, B_bj=1)
    (two,) = allocate([order(("A", 1), ("B", 1))], levels, ALL, free)
    (one,) = allocate([order(("A", 1), ("B", 1))], levels, ALL, free, policy=policy(split=17))
    assert (len(two.parcels), len(one.parcels)) == (2, 1)
    assert one.runner_up is not None and dict(one.runner_up.parts) == {"freight": 14, "split": 17}
    (never,) = allocate([order(("A", 1), ("B", 1))], stock(A_sh=1, B_gz=1), ALL, free, policy=policy(parcels_max=1))
    assert never.reason == "scattered_stock"


def test_distance_counts_by_the_hundred_kilometres() -> None:
    costs = ParcelCosts(default=Decimal(10), km={("上海", "gz"): 1400, ("上海", "bj"): 1200, ("上海", "sh"): 15})
    (plan,) = allocate([order(("A", 1))], stock(A_gz=1, A_bj=1), ALL, costs, policy=policy(per_100_km="0.5"))
    assert plan.parcels[0].warehouse == "bj"
    assert plan.chosen is not None and dict(plan.chosen.parts)["distance"] == Decimal(6)


def test_balance_spreads_parcels_by_the_share_of_capacity() -> None:
    terms = (ShippingTerms(warehouse="sh", parcels_per_day=30), ShippingTerms(warehouse="gz", parcels_per_day=10))
    same, levels = ParcelCosts(), stock(A_sh=99, A_gz=99)
    orders = [order(("A", 1), key=f"o{at:02}") for at in range(20)]
    plans = allocate(orders, levels, (SH, GZ), same, policy=policy(*terms, balance=3), now=NOON)
    assert Counter(plan.parcels[0].warehouse for plan in plans) == {"sh": 15, "gz": 5}
    assert allocate(orders, levels, (GZ, SH), same, policy=policy(*reversed(terms), balance=3), now=NOON) == plans


def test_scarce_stock_is_spared_and_never_charged() -> None:
    levels = stock(A_sh=1, A_gz=50)
    (plain,) = allocate([order(("A", 1))], levels, ALL, LOCAL)
    (spared,) = allocate([order(("A", 1))], levels, ALL, LOCAL, policy=policy(scarcity=10))
    assert (plain.parcels[0].warehouse, spared.parcels[0].warehouse) == ("sh", "gz")
    assert spared.chosen is not None and (spared.chosen.cost, spared.chosen.score) == (15, Decimal("15.2"))


def test_the_parts_of_a_score_add_up() -> None:
    terms = ShippingTerms(warehouse="sh", parcels_per_day=7, surcharge="0.3", cut_off=time(10))
    rich = policy(terms, per_day=1, balance="0.7", split=2, scarcity=3, per_100_km=1)
    costs = ParcelCosts(local=Decimal("4.1"), km={("上海", "sh"): 20})
    orders = [order(("A", 1), ("B", 2), key=f"o{at}", ship_by=NOON) for at in range(3)]
    for plan in allocate(orders, stock(A_sh=9, B_gz=9, B_bj=3), ALL, costs, policy=rich, now=NOON):
        for choice in (plan.chosen, plan.runner_up):
            assert choice is not None
            parts = dict(choice.parts)
            assert choice.score == sum(parts.values())
            assert choice.cost == parts["parcel"] + parts["freight"] == 10 + Decimal("14.1")
            assert {"warehouse", "delay", "late", "balance", "split", "scarcity"} <= set(parts)


def test_a_part_may_ship_and_the_rest_is_parked() -> None:
    asked = order(("A", 1), ("B", 2), ("B", 1), key="o1")
    (whole,) = allocate([asked], stock(A_sh=1, B_gz=2), ALL, LOCAL)
    assert (whole.reason, [line.sku for line in whole.parked]) == ("insufficient_stock", ["A", "B", "B"])
    (part,) = allocate([asked], stock(A_sh=1, B_gz=2), ALL, LOCAL, policy=policy(partial=True))
    assert not part.ok and [line.line_id for line in part.parked] == ["l2"]
    assert [(parcel.warehouse, parcel.lines[0].line_id) for parcel in part.parcels] == [("gz", "l1"), ("sh", "l0")]
    assert part.explain() == "o1 ships from sh + gz for 24, without B (0 of 1)"


def test_parked_orders_keep_their_place_and_come_back_with_the_goods() -> None:
    asked = [order(("A", 1), key="o1"), order(("B", 3), key="o2")]
    first = parking(allocate(asked, stock(B_sh=2, B_gz=2), ALL, LOCAL), NOON)
    assert [(each.order_key, each.reason, each.tries) for each in first] == [
        ("o1", "insufficient_stock", 1),
        ("o2", "scattered_stock", 1),
    ]
    assert ready_again(first, stock(B_sh=2, B_gz=2)) == []
    assert [each.order_key for each in ready_again(first, stock(A_gz=1, B_sh=3, B_gz=2))] == ["o1", "o2"]
    later = parking(allocate(asked, stock(A_gz=1), ALL, LOCAL), NOON + timedelta(hours=1), first)
    assert [(each.order_key, each.since, each.tries) for each in later] == [("o2", NOON, 2)]
    assert parking([], NOON + timedelta(hours=2), later) == later


def test_a_desk_serves_orders_as_they_come() -> None:
    desk = Desk(stock(A_sh=1, A_gz=1), ALL, LOCAL)
    assert [desk.serve(order(("A", 1), key=f"o{at}")).parcels[0].warehouse for at in range(2)] == ["sh", "gz"]
    assert desk.serve(order(("A", 1), key="o3")).reason == "insufficient_stock"


TOML = """
split = 8
per_100_km = 0.15
late = "refuse"
sequence = ["priority", "ship_by"]
[kinds]
supplier = "2.50"
[[terms]]
warehouse = "sh"
serves = ["上海", "江苏"]
parcels_per_day = 800
cut_off = 16:30:00
open_days = [1, 2, 3, 4, 5]
closed_on = [2026-10-01]
"""
JSON = """{"split": 8, "per_100_km": 0.15, "late": "refuse", "sequence": ["priority", "ship_by"],
 "kinds": {"supplier": "2.50"}, "terms": [{"warehouse": "sh", "serves": ["江苏", "上海"], "parcels_per_day": 800,
 "cut_off": "16:30", "open_days": [1, 2, 3, 4, 5], "closed_on": ["2026-10-01"]}]}"""


def test_a_policy_is_data() -> None:
    read = read_policy(TOML)
    assert read == read_policy(JSON)
    assert read.per_100_km == Decimal("0.15") and read.terms[0].cut_off == time(16, 30)
    assert AllocationPolicy.model_validate_json(read.model_dump_json()) == read
    assert read_policy({"split": "0.5"}).split == Decimal("0.5")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("splits = 1", "splits"),
        ("split = -1", "split"),
        ("split = true", "split"),
        ("parcels_max = 4", "parcels_max"),
        ('sequence = ["colour"]', "sequence.0"),
        ('[[terms]]\nwarehouse = "sh"\nzone = "Mars/Olympus"', "time zone"),
        ('[[terms]]\nwarehouse = "sh"\nopen_days = [8]', "open_days"),
        ("split =", "cannot be read"),
        ("{", "cannot be read"),
    ],
)
def test_a_wrong_policy_names_the_option(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_policy(text)
    with pytest.raises(ConfigurationError, match="split"):
        read_policy({"split": 0.5})


@pytest.mark.parametrize(
    ("terms", "now"),
    [
        ((ShippingTerms(warehouse="sh", cut_off=time(16)),), None),
        ((ShippingTerms(warehouse="sh", parcels_per_day=3),), None),
        ((ShippingTerms(warehouse="sh"), ShippingTerms(warehouse="sh")), NOON),
        ((), NOON.replace(tzinfo=None)),
    ],
)
def test_days_need_a_clock_and_terms_a_warehouse_each(terms: tuple[ShippingTerms, ...], now: datetime | None) -> None:
    with pytest.raises(ConfigurationError):
        allocate([order(("A", 1))], [], ALL, LOCAL, policy=policy(*terms), now=now)


def test_amounts_finer_than_a_millionth_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="six decimals"):
        allocate([order(("A", 1))], stock(A_sh=1), ALL, ParcelCosts(default=Decimal("0.0000001")))
