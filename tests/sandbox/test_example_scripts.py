"""The ten scripts, one after the other over one hub, compared with what the sandbox then knows."""

from __future__ import annotations

import importlib.util
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from orderhub import Hub
from orderhub.sandbox import World
from orderhub.testing.practice import opening_stock, practice_hub, practice_world

SCRIPTS = sorted((Path(__file__).parents[2] / "examples" / "scripts").glob("[0-9][0-9]_*.py"))

Load = Callable[[int], ModuleType]


@pytest.fixture(scope="module")
def world() -> World:
    return practice_world("jd", "shopify", orders=2)


@pytest.fixture(scope="module")
def hub(world: World) -> Iterator[Hub]:
    with practice_hub(world) as hub:
        hub.stock.apply(opening_stock())
        yield hub


@pytest.fixture(scope="module")
def script() -> Load:
    def load(number: int) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"script_{number}", SCRIPTS[number - 1])
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_there_are_ten_and_the_list_names_each() -> None:
    assert [int(path.name[:2]) for path in SCRIPTS] == list(range(1, 11))
    page = (SCRIPTS[0].parent / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+\.py)` \|", page, re.M) == [path.name for path in SCRIPTS]


def truth(world: World, platform: str) -> set[str]:
    return {row["order_id"] for row in world.control("GET", f"/_sandbox/{platform}/orders")[1]}


@pytest.mark.timeout(180)
def test_the_ten_scripts(
    world: World, hub: Hub, script: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One story: later chapters stand on what earlier ones did."""
    orders_come(world, hub, script, tmp_path)
    shipped = parcels_leave(hub, script)
    stock_is_told(world, hub, script)
    refunds_are_answered(hub, script)
    parcels_are_followed(world, hub, script, shipped)
    papers_are_made(hub, script, shipped, tmp_path)
    assert not re.search(r"\b1[3-9]\d{9}\b", capsys.readouterr().out), "a phone number was printed"


def orders_come(world: World, hub: Hub, script: Load, folder: Path) -> None:
    waiting = script(1).main(hub)
    assert {order.order_id for order in hub.orders(platform="jd")} == truth(world, "jd")
    assert waiting["may be shipped"] > 5 and waiting["fulfilled by platform"] >= 1
    written = script(2).main(hub, folder / "orders.csv")
    text = (folder / "orders.csv").read_text("utf-8-sig")
    assert written == len(hub.orders()) == text.count("\n") - 1
    assert not re.search(r"\b1[3-9]\d{9}\b", text)


def parcels_leave(hub: Hub, script: Load) -> list[str]:
    rows = script(4).practice_rows(hub)
    assert [outcome.reason for outcome in script(4).main(hub, rows)] == [None, None]
    assert {outcome.reason for outcome in script(4).main(hub, rows)} == {"already_done"}
    hub.sync(refunds=False)
    assert {hub.orders(keys=[row["order"]])[0].status.value for row in rows} == {"shipped"}
    rehearsed = script(3).main(hub, dry_run=True)
    assert not [key for order in hub.orders() if hub.standing(key := order.key).state == "done"]
    assert script(3).main(hub) == rehearsed
    shipped = [order.key for order in hub.orders() if hub.standing(order.key).state == "done"]
    assert len(shipped) > 5 and not set(shipped) & {key for keys in rehearsed.values() for key in keys}
    return shipped


def stock_is_told(world: World, hub: Hub, script: Load) -> None:
    count = [{"sku": "SKU-0001", "warehouse": "sh", "quantity": str(hub.stock.level("SKU-0001", "sh").reserved + 7)}]
    assert script(5).main(hub, "count-1", count) >= 1
    moved = hub.stock.movements("SKU-0001", "sh")
    script(5).main(hub, "count-1", count)
    assert hub.stock.movements("SKU-0001", "sh") == moved, "the same count corrects once"
    shown = {listing.sku: listing.quantity for listing in hub.shops["shopify:sy-1"].listings()}
    assert shown["SKU-0001"] == hub.stock.level("SKU-0001", "sh").available == 7


def refunds_are_answered(hub: Hub, script: Load) -> None:
    assert script(6).main(hub, Decimal(0)) == []
    told = script(6).main(hub, Decimal(300))
    assert told and {outcome.reason for outcome in told} == {"dry_run"}
    agreed = script(6).main(hub, Decimal(300), agree=True)
    assert [(outcome.ok, outcome.key) for outcome in agreed] == [(True, outcome.key) for outcome in told]
    small = [case for case in hub.refunds() if case.key in {outcome.key for outcome in agreed}]
    assert all(case.amount is not None and case.amount <= Decimal(300) for case in small)


def parcels_are_followed(world: World, hub: Hub, script: Load, shipped: list[str]) -> None:
    world.advance(48 * 3600)
    hub.sync(refunds=False)
    assert sum(script(7).main(hub).values()) >= len([key for key in shipped if key.startswith("shopify")])
    world.control("POST", "/_sandbox/jd/orders", {}, {"count": 3})
    assert script(8).main(hub), "the new ones lie behind the watermark and are the next pull's"
    hub.sync(refunds=False)
    assert {order.order_id for order in hub.orders(platform="jd")} == truth(world, "jd")


def papers_are_made(hub: Hub, script: Load, shipped: list[str], folder: Path) -> None:
    labels = script(9).main(hub, [key for key in shipped if key.startswith("shopify")][:1], folder)
    assert labels == 1 and (folder / "picks.pdf").read_bytes().startswith(b"%PDF")
    lines = script(10).main(hub, folder / "report.html")
    assert {"CNY", "USD"} <= {line[:3] for line in lines} and (folder / "report.html").stat().st_size > 1000


@pytest.mark.timeout(120)
def test_a_script_runs_by_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["07_follow_parcels.py"])
    runpy.run_path(str(SCRIPTS[6]), run_name="__main__")
    assert re.search(r"delivered: \d|in_transit: \d", capsys.readouterr().out)
