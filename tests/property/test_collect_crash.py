"""R1: 300 orders over 6 pages, the process killed at every step in turn: nothing lost, doubled, or passed over."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from collect_model import BASE, SHOP, Clock, ModelChannel, Platform, check_cursor, plan, ports_of, run, steps

from orderhub.collect.backfill import BackfillPlan, backfill_orders
from orderhub.collect.sync import sync_orders
from orderhub.errors import ConfigurationError
from orderhub.flow.steps import Ask
from orderhub.ports import OrderQuery
from orderhub.stores.open import open_stores

ORDERS, PAGE = 300, 50
KINDS = ("memory", "sqlite", "postgresql")


def platform_of(*, by_reference: bool = False, orders: int = ORDERS, page: int = PAGE) -> Platform:
    platform = Platform(page, by_reference)
    for number in range(orders):
        platform.now = BASE + timedelta(seconds=number // 3)
        platform.change(str(number))
    platform.now = BASE + timedelta(minutes=30)
    return platform


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crash")


class Stores:
    """Empty stores of one kind, one after another."""

    def __init__(self, kind: str, folder: Path, url: str) -> None:
        self.kind, self.folder, self.url, self.made = kind, folder, url, 0

    def fresh(self, clock: Clock) -> Any:
        self.made += 1
        if self.kind == "memory":
            return open_stores("memory:", clock=clock)
        if self.kind == "sqlite":
            return open_stores(f"sqlite:///{self.folder}/crash.db", tenant=f"t{self.made}", clock=clock)
        return open_stores(self.url, tenant=f"t{self.made}", clock=clock)


@pytest.fixture(params=KINDS)
def stores(request: pytest.FixtureRequest, folder: Path) -> Stores:
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        try:
            open_stores(url).close()
        except ConfigurationError as refused:
            pytest.skip(f"no order store on PostgreSQL: {refused}")
    return Stores(request.param, folder, url)


def killed_at(number: int, operation: Any, ports: dict[str, Any], clock: Clock) -> bool:
    """Do `number` steps and die; False when the operation ended before."""
    driven = steps(operation, ports, clock)
    try:
        for _ in range(number + 1):
            next(driven)
    except StopIteration:
        return False
    driven.close()
    return True


def check_whole(platform: Platform, held: Any) -> None:
    assert held.count_orders(OrderQuery()) == len(platform.orders)
    for order_id in random.Random(len(platform.orders)).sample(sorted(platform.orders), 5):
        assert [row.word for row in held.order_history(f"{SHOP}:{order_id}")] == ["inserted"]


def kill_points(kind: str, operation: Any, ports: dict[str, Any], clock: Clock) -> list[int]:
    """Every step; on a database those after a write, since dying anywhere up to the next write leaves the same state."""
    points, driven, wrote = [], steps(operation, ports, clock), True
    for number, step in enumerate(driven):
        if wrote or kind == "memory":
            points.append(number)
        wrote = isinstance(step, Ask) and step.method.startswith(("put", "release", "first", "done"))
    return [*points, 10_000]


@pytest.mark.fault(33, 34)
def test_r1_a_crash_at_every_step_of_a_sync(stores: Stores) -> None:
    """The step that dies has not been done; the one before it has: both sides of every write are covered."""
    platform = platform_of()
    clock, channel = Clock(platform), ModelChannel(platform, None)
    rehearsal = ports_of(platform, open_stores("memory:", clock=clock))
    points = kill_points(stores.kind, sync_orders(channel, plan()), rehearsal, clock)
    assert len(points) > ORDERS // PAGE + 2, "every page is a write of its own, and the cursor one more"
    for number in points:
        held = stores.fresh(clock)
        ports = ports_of(platform, held)
        assert killed_at(number, sync_orders(channel, plan()), ports, clock) == (number != points[-1])
        check_cursor(platform, held)
        assert run(sync_orders(channel, plan()), ports, clock).ok
        check_whole(platform, held)
        held.close()


@pytest.mark.fault(33, 34)
def test_r1_two_crashes_in_a_row_sampled() -> None:
    platform = platform_of(orders=60, page=10)
    clock, channel, rng = Clock(platform), ModelChannel(platform, None), random.Random(7)
    for _ in range(100):
        held = open_stores("memory:", clock=clock)
        ports = ports_of(platform, held)
        for _ in range(2):
            killed_at(rng.randrange(45), sync_orders(channel, plan()), ports, clock)
            check_cursor(platform, held)
        assert run(sync_orders(channel, plan()), ports, clock).ok
        check_whole(platform, held)


def test_r1_a_crash_at_every_step_where_each_order_is_fetched_by_itself() -> None:
    platform = platform_of(by_reference=True, orders=24, page=4)
    clock, channel, number, alive = Clock(platform), ModelChannel(platform, None), 0, True
    while alive:
        held = open_stores("memory:", clock=clock)
        ports = ports_of(platform, held)
        alive = killed_at(number, sync_orders(channel, plan()), ports, clock)
        assert run(sync_orders(channel, plan()), ports, clock).ok
        check_whole(platform, held)
        number += 1
    assert number > 24


def test_a_backfill_killed_at_every_step_goes_on_and_never_touches_the_live_cursor() -> None:
    platform = platform_of(orders=60, page=10)
    clock, channel, number, alive = Clock(platform), ModelChannel(platform, timedelta(minutes=10)), 0, True
    wanted = BackfillPlan(plan(), BASE - timedelta(minutes=5))
    while alive:
        held = open_stores("memory:", clock=clock)
        ports = ports_of(platform, held)
        alive = killed_at(number, backfill_orders(channel, wanted), ports, clock)
        report = run(backfill_orders(channel, wanted), ports, clock)
        assert report.is_complete and report.progress == 1.0
        assert held.get_cursor(f"{SHOP}:orders").version == 0
        check_whole(platform, held)
        number += 1
    assert number > 20


def test_a_shop_whose_first_runs_all_fail_begins_where_the_first_one_would_have() -> None:
    platform = platform_of(orders=6, page=2)
    clock, channel = Clock(platform), ModelChannel(platform)
    held = open_stores("memory:", clock=clock)
    ports = ports_of(platform, held)
    platform.stumble = lambda: True
    for _ in range(4):
        assert not run(sync_orders(channel, plan()), ports, clock).ok
        platform.now += timedelta(hours=1)
    platform.stumble = lambda: False
    assert run(sync_orders(channel, plan()), ports, clock).ok
    check_whole(platform, held)
