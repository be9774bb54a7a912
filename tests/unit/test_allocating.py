"""What the pipeline asks of allocation and what it makes of the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orderhub.errors import ConfigurationError
from orderhub.fulfil.allocating import allot
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.settings import load_settings
from orderhub.inventory import AllocationPolicy, Level, ShippingTerms
from orderhub.models import Address, Order, Recipient, Warehouse, WarehouseKind

NOW = datetime(2026, 5, 6, 4, tzinfo=UTC)
SH, GZ = Warehouse(code="sh"), Warehouse(code="gz")
ROWS = [("l1", "A", 1)]


def order(number: int, **more: Any) -> Order:
    person = Recipient(address=Address(province="上海市"))
    return Order.model_validate({
        "platform": "file", "shop_id": "s", "order_id": str(number), "status": "awaiting_shipment", "currency": "CNY",
        "paid_at": NOW - timedelta(hours=number), "recipient": person, "lines": (), **more,
    })  # fmt: skip


def test_orders_become_parcels_or_say_why_not() -> None:
    plan = FulfilPlan(warehouses=(SH, GZ), bundles={"SET": {"A": 2}})
    orders = [order(1), order(2), order(3), order(4)]
    rows = {o.key: r for o, r in zip(orders, (ROWS, [("l1", "SET", 1)], [("l1", None, 1)], []), strict=True)}
    found = allot(plan, orders, rows, [Level("A", "sh", 1), Level("A", "gz", 2)])
    assert [found[o.key].reason for o in orders] == [None, None, "sku_unmapped", "nothing_to_ship"]
    assert [(p.warehouse, p.lines, p.goods) for p in found[orders[1].key].parcels] == [
        ("gz", (("l1", 1),), (("A", 2),))
    ]
    short = allot(plan, orders[:2], rows, [Level("A", "sh", 2)])
    assert [short[o.key].reason for o in orders[:2]] == ["insufficient_stock", None], "the longest paid first"
    apart = allot(plan, orders[:2], rows, [Level("A", "sh", 1), Level("A", "gz", 1)])
    assert [apart[o.key].reason for o in orders[:2]] == [None, "scattered_stock"]


def test_the_latest_ship_time_comes_before_the_longest_paid() -> None:
    plan = FulfilPlan(warehouses=(SH,))
    orders = [order(9), order(1, ship_by=NOW)]
    found = allot(plan, orders, {o.key: ROWS for o in orders}, [Level("A", "sh", 1)], NOW)
    assert [found[o.key].reason for o in orders] == ["insufficient_stock", None]


def test_platform_warehouses_do_not_ship_and_nobody_else_means_not_serviceable() -> None:
    plan = FulfilPlan(warehouses=(Warehouse(code="fba", kind=WarehouseKind.PLATFORM),))
    assert allot(plan, [order(1)], {order(1).key: ROWS}, [Level("A", "fba", 9)])[order(1).key].reason == (
        "not_serviceable"
    )


def test_the_policy_of_the_plan_decides_and_waves_keep_to_it() -> None:
    policy = AllocationPolicy(terms=[ShippingTerms(warehouse="sh", parcels_per_day=1)], per_day=9)
    orders = [order(number) for number in range(1, 4)]
    levels, rows = [Level("A", "sh", 9), Level("A", "gz", 9)], {o.key: ROWS for o in orders}
    for windows in (0, 5):
        plan = FulfilPlan(
            warehouses=(SH, GZ), allocation=policy, wave_windows=windows, freight={("sh", "上海"): Decimal(4)}
        )
        found = allot(plan, orders, rows, levels, NOW)
        assert sorted(found[o.key].parcels[0].warehouse for o in orders) == ["gz", "gz", "sh"]
    with pytest.raises(ConfigurationError, match="instant"):
        allot(FulfilPlan(warehouses=(SH,), allocation=policy), orders, rows, levels)


def test_the_policy_stands_in_the_configuration_file(tmp_path: Path) -> None:
    place = tmp_path / "orderhub.toml"
    place.write_text('[allocation]\nsplit = "2.5"\n[[allocation.terms]]\nwarehouse = "sh"\ncut_off = 16:00:00\n')
    settings = load_settings(place)
    assert settings.allocation.split == Decimal("2.5") and settings.allocation.terms[0].warehouse == "sh"
    assert FulfilPlan.of(settings, (), ()).allocation == settings.allocation
    place.write_text("[allocation]\nsplits = 1\n")
    with pytest.raises(ConfigurationError, match="splits"):
        load_settings(place)
