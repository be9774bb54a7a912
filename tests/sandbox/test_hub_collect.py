"""Back-fill, gap audit, quarantine and health of a hub on every built-in platform, by both hubs with equal results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import orderhub
from orderhub.errors import ConfigurationError
from orderhub.hub.registry import connectors
from orderhub.sandbox import World
from orderhub.sandbox.platforms import PLATFORMS

NAMES = sorted(set(connectors()) & set(PLATFORMS))
DAYS = timedelta(days=60)


def world_of(name: str) -> World:
    return World(
        seed=11, platforms=[name], carriers=[], shops_per_platform=1, orders=25, limits=False, tick=lambda: 0.0,
        start=datetime(2026, 5, 20, 8, tzinfo=UTC),
    )  # fmt: skip


def truth(world: World, name: str) -> set[str]:
    return {row["order_id"] for row in world.control("GET", f"/_sandbox/{name}/orders", {}, None)[1]}


@pytest.mark.parametrize("name", NAMES)
def test_history_comes_in_beside_the_live_watermark_and_the_audit_agrees(name: str) -> None:
    world = world_of(name)
    with orderhub.Hub(
        world.shops(), transport=world.transport(), clock=world.clock, backfill=timedelta(hours=1)
    ) as hub:
        assert [str(report.error) for report in hub.sync(refunds=False) if report.error] == []
        [key] = hub.shops
        live, since = hub.stores.get_cursor(f"{key}:orders"), world.now() - DAYS
        shares: list[float] = []
        [report] = hub.backfill(since, on_window=lambda one: shares.append(one.progress or 0.0))
        assert report.is_complete and shares == sorted(shares) and shares[-1] == 1.0, report.to_dict()
        assert hub.stores.get_cursor(f"{key}:orders") == live
        kept = {row.order_id for row in hub.quarantined()}
        stored = {order.order_id for order in hub.orders()}
        old = truth(world, name) - stored - kept
        assert not old, f"{len(old)} orders of the last {DAYS.days} days are missing, e.g. {sorted(old)[:3]}"
        [audit] = hub.audit_gaps(since, repair=True)
        assert audit.run.error is None and audit.ok, audit.to_dict()
        assert audit.windows and audit.stored
        [health] = hub.health()
        assert health.state == "ok" and health.orders == len(stored) and health.lag_s is not None


@pytest.mark.parametrize("name", NAMES)
def test_an_audit_restores_what_the_store_has_lost(name: str) -> None:
    """A store that knows half of the orders: the platform's count tells, the repair brings exactly the others."""
    world = world_of(name)
    with orderhub.Hub(
        world.shops(), transport=world.transport(), clock=world.clock, backfill=timedelta(days=16)
    ) as whole:
        whole.sync(refunds=False)
        since = world.now() - timedelta(days=15)
        held = whole.orders(updated_from=since)
        assert len(held) > 4
    with orderhub.Hub(
        world.shops(), transport=world.transport(), clock=world.clock, backfill=timedelta(minutes=1)
    ) as hub:
        hub.sync(refunds=False)
        hub.stores.put_orders(held[::2])
        [told] = hub.audit_gaps(since)
        assert not told.ok and told.gaps, "half of the orders are missing and nothing was said"
        [mended] = hub.audit_gaps(since, repair=True)
        assert mended.ok, mended.to_dict()
        assert {order.order_id for order in hub.orders()} >= {order.order_id for order in held}


async def test_both_hubs_answer_alike() -> None:
    def told(report: Any) -> Any:
        found = report.to_dict()
        return {name: value for name, value in found.items() if name not in ("at",)}

    world = world_of("taobao")
    since = world.now() - DAYS
    with orderhub.Hub(
        world.shops(), transport=world.transport(), clock=world.clock, backfill=timedelta(hours=1)
    ) as hub:
        sync = [[told(one) for one in reports] for reports in (
            hub.sync(), hub.backfill(since), hub.audit_gaps(since), hub.health(), hub.refetch())]  # fmt: skip
    world = world_of("taobao")
    async with orderhub.AsyncHub(
        world.shops(), transport=world.async_transport(), clock=world.clock, backfill=timedelta(hours=1)
    ) as ahub:
        assert [[told(one) for one in reports] for reports in (
            await ahub.sync(), await ahub.backfill(since), await ahub.audit_gaps(since), await ahub.health(),
            await ahub.refetch())] == sync  # fmt: skip


def test_a_quarantined_order_returns_once_a_row_is_overridden() -> None:
    """The cause is a changed field: the hub that has the mended row reads the order again by itself."""
    world = world_of("taobao")
    armed = {"platform": "taobao", "fault": "drifted_field", "operation": "taobao.trade.fullinfo.get", "times": 3}
    assert world.control("POST", "/_sandbox/faults", {}, armed)[0] < 300
    with orderhub.Hub(world.shops(), transport=world.transport(), clock=world.clock) as hub:
        hub.sync(refunds=False)
        world.advance(900)
        hub.sync(refunds=False)
        assert hub.quarantined() == [] and {order.order_id for order in hub.orders()} == truth(world, "taobao")


def test_wrong_arguments_are_said() -> None:
    world = world_of("taobao")
    with orderhub.Hub(world.shops(), transport=world.transport(), clock=world.clock) as hub:
        with pytest.raises(ConfigurationError, match="time zone"):
            hub.backfill(world.now().replace(tzinfo=None))
        with pytest.raises(ConfigurationError, match="no shop"):
            hub.audit_gaps(shops=["taobao:nobody"])
        with pytest.raises(ConfigurationError, match="no shop"):
            hub.receive("taobao:nobody", {}, b"")
