"""A hub that holds stock as orders come in, keeps what is expected, and promises by date; both hubs do the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import orderhub
from orderhub.errors import InventoryError
from orderhub.hub.settings import load_settings
from orderhub.inventory import Commit, Promise, PurchaseLine, Receive, Reserve, StockLine
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.testing.stock import check_balanced

START = datetime(2026, 5, 20, 8, tzinfo=UTC)
HOUSE = {
    "code": "sh",
    "address": {"province": "上海市", "city": "上海市", "street": "仓储路1号"},
    "phone": "02155550100",
}


def made(platforms: tuple[str, ...] = ("taobao", "jd")) -> World:
    return World(
        seed=5, platforms=list(platforms), carriers=[], shops_per_platform=1, orders=20, limits=False,
        tick=lambda: 0.0, start=START,
    )  # fmt: skip


def arguments(world: World, **more: Any) -> dict[str, Any]:
    shops = list(world.shops())
    return {
        "shops": shops, "transport": world.transport(), "clock": world.clock, "backfill": timedelta(days=20),
        "warehouses": [HOUSE], "plan": {"reserve": {"on_arrival": True}}, **more,
    }  # fmt: skip


def fill(hub: Any, units: int) -> None:
    hub.stock.apply([Receive("opening", tuple(StockLine(sku, "sh", units) for sku in GOODS))])


def test_what_a_pull_brings_holds_its_units_once_and_what_is_short_is_a_finding() -> None:
    with orderhub.Hub(**arguments(made())) as hub:
        fill(hub, 4)
        reports = hub.sync(refunds=False)
        held = [row for row in hub.stock.reservations() if row.key.startswith("hold:")]
        assert held and not any(report.error for report in reports)
        short = {f.order_id for report in reports for f in report.findings if f.code == "stock_short"}
        parked = hub.parked()
        assert short and short == {
            row.order_key.rpartition(":")[2] for row in parked if row.reason != "not_serviceable"
        }
        orders = {order.key: order for order in hub.orders()}
        names = [row.key.removeprefix("hold:").rpartition(":")[0] for row in held]
        assert len(set(names)) == len(names) and all(orders[name].paid_at or orders[name].is_cod for name in names)
        before = hub.stock.snapshot().version
        hub.sync(refunds=False)
        assert hub.stock.snapshot().version == before, "another pull holds nothing twice"
        check_balanced(hub.stock)


def test_off_unless_it_is_turned_on() -> None:
    with orderhub.Hub(**arguments(made(), plan={})) as hub:
        fill(hub, 4)
        hub.sync(refunds=False)
        assert not hub.stock.reservations() and not hub.parked()
        outcomes = hub.reserve_orders()
        assert any(outcome.ok for outcome in outcomes) and hub.stock.reservations(), "by hand it works all the same"


def test_an_audit_with_stock_does_not_count_an_orders_own_hold_against_it() -> None:
    with orderhub.Hub(**arguments(made(("taobao",)), audit={"stock": True})) as hub:
        fill(hub, 2)
        hub.sync(refunds=False)
        held = {row.key.removeprefix("hold:").rpartition(":")[0] for row in hub.stock.reservations()}
        findings = hub.audit(sorted(held))
        assert held and not [key for key, rows in findings.items() for row in rows if row.code == "stock_short"]


def test_a_ledger_that_fails_does_not_fail_the_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    with orderhub.Hub(**arguments(made())) as hub:
        fill(hub, 4)

        def broken(*_: Any, **__: Any) -> Any:
            raise InventoryError("gone", retryable=True)

        monkeypatch.setattr(hub.stock, "apply", broken)
        reports = hub.sync(refunds=False)
        assert all(report.error is None for report in reports) and hub.count() > 0
        codes = [finding.code for report in reports for finding in report.findings]
        assert codes.count("reserve_failed") == 2
        monkeypatch.undo()
        hub.sync(refunds=False)
        assert hub.stock.reservations(), "the next run holds what that one did not"


def play(hub: Any, run: Any) -> list[Any]:
    """Every command of purchases, told alike by both hubs."""
    due = START + timedelta(days=4)
    fill(hub, 3)
    sku = next(iter(GOODS))
    lines = [PurchaseLine(sku, "sh", 10, due), PurchaseLine(sku, "sh", 5)]
    found = [
        run(hub.order_purchase("po-1", lines, supplier="厂")),
        run(hub.order_purchase("po-1", lines, supplier="厂")),
        run(hub.stock_promises(sku)),
        run(hub.receive_purchase("po-1", "DN-1", [StockLine(sku, "sh", 4)], dry_run=True)),
        run(hub.receive_purchase("po-1", "DN-1", [StockLine(sku, "sh", 4)])),
        run(hub.stock_promises(sku)),
        run(hub.reschedule_purchase("po-1", due + timedelta(days=3), sku=sku)),
        run(hub.stock_promises(sku)),
        run(hub.close_purchase("po-1", reason="no more")),
        run(hub.purchases()),
        run(hub.purchases(open_only=False)),
        run(hub.reserve_orders()),
        run(hub.parked()),
    ]
    assert found[2] == [Promise(None, 3), Promise(due, 13)] and found[5] == [Promise(None, 7), Promise(due, 13)]
    assert found[7][-1].units == 18 and found[9] == [] and [row.status for row in found[10]] == ["closed"]
    return [str(each) for each in found]


def test_sync_and_async_hubs_agree() -> None:
    with orderhub.Hub(**arguments(made())) as hub:
        first = play(hub, lambda answer: answer)

    async def other() -> list[str]:
        async with orderhub.AsyncHub(**arguments(made(), transport=None)) as hub:
            loop = asyncio.get_running_loop()
            return await asyncio.to_thread(
                play, hub, lambda task: asyncio.run_coroutine_threadsafe(task, loop).result()
            )

    assert asyncio.run(other()) == first


def test_what_is_expected_is_not_bought_again() -> None:
    rule = {"sku": "*", "lead_days": 10, "safety_days": 0, "cover_days": 10}
    world = made()
    with orderhub.Hub(**arguments(world, reorder=[rule])) as hub:
        sku = next(iter(GOODS))
        fill(hub, 40)
        hub.stock.apply([Reserve("o", (StockLine(sku, "sh", 30),)), Commit("s", "o")])
        world.control("POST", "/_sandbox/clock", {}, {"advance_s": 86_400})
        [row] = hub.stock_outlook([sku])
        assert row.reorder > 0 and row.inbound == 0
        hub.order_purchase("po", [PurchaseLine(sku, "sh", row.reorder + 300)])
        [now] = hub.stock_outlook([sku])
        assert (now.reorder, now.inbound) == (0, row.reorder + 300)


def test_the_options_stand_in_the_configuration_file(tmp_path: Path) -> None:
    place = tmp_path / "orderhub.toml"
    place.write_text('[reserve]\non_arrival = true\nhours = 72\nshops = ["taobao"]\n[shelf_days]\n"*" = 30\n')
    settings = load_settings(place)
    assert settings.reserve.hours == 72 and settings.reserve.on_arrival and settings.shelf_days == {"*": 30}
    place.write_text("[reserve]\nhours = 0\n")
    with pytest.raises(orderhub.errors.ConfigurationError, match="hours"):
        load_settings(place)
