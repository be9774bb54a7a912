"""The main job, played through once: `orderhub demo`. Imports `hub`, `sandbox`, `cli`.

A sandbox is started on loopback, a hub is pointed at it over real HTTP, orders are pulled, audited, allocated,
reserved, labelled, shipped, tracked to delivery and reported. One clock drives both, so that days pass in seconds.
At the end everything is compared with the sandbox's own truth.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from orderhub.cli.demo_checks import Check, verify
from orderhub.cli.progress import bars
from orderhub.hub.core import Hub
from orderhub.models import Outcome, Receive, StockLine
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.server import running

__all__ = ["run_demo"]

WAREHOUSES = (
    {
        "code": "sh",
        "name": "上海仓",
        "address": {"province": "上海市", "city": "上海市", "street": "仓储路1号"},
        "priority": 0,
    },
    {
        "code": "gz",
        "name": "广州仓",
        "address": {"province": "广东省", "city": "广州市", "street": "仓储路2号"},
        "priority": 1,
    },
    {
        "code": "cd",
        "name": "成都仓",
        "address": {"province": "四川省", "city": "成都市", "street": "仓储路3号"},
        "priority": 2,
    },
    {
        "code": "bj",
        "name": "北京仓",
        "address": {"province": "北京市", "city": "北京市", "street": "仓储路4号"},
        "priority": 3,
    },
)
PLATFORMS = ("taobao", "jd", "pinduoduo", "suning", "amazon")
"""What is shown when nothing is chosen; `--platform` takes any others that the sandbox speaks."""
UNITS_PER_WAREHOUSE = (60, 25, 10, 5)
PHONE = "02155550100"
DAYS = 6
LATE_S = 120
BACKFILL = timedelta(days=32)
"""The sandbox's oldest orders have 29 days; lists with windows of half an hour are long enough so."""


def run_demo(platforms: tuple[str, ...], orders: int, seed: int, html: Path | None, *, as_json: bool) -> int:
    """Play the main job; 0 when everything agrees with the sandbox's truth, 1 otherwise."""
    console = Console(quiet=as_json)
    world = World(seed=seed, platforms=platforms or PLATFORMS, orders=orders, awkward=True, limits=False)
    with (
        TemporaryDirectory() as folder,
        running(world) as base_url,
        httpx.Client(base_url=base_url, trust_env=False) as control,
    ):
        console.print(f"sandbox on {base_url}, {len(world.shops())} shops\n", highlight=False)
        with _hub(control, world, Path(folder) / "hub.db") as hub:
            story = _play(hub, control, world, console, quiet=as_json)
            checks = verify(hub, control, story)
            report = hub.report(html) if html else None
    told = {"ok": all(check.ok for check in checks), "story": story, "checks": [asdict(check) for check in checks],
            "report": str(html) if html else None}  # fmt: skip
    if as_json:
        print(json.dumps(told, ensure_ascii=False, default=str))
    else:
        _tell(console, story, checks, html if report is not None else None)
    return 0 if told["ok"] else 1


def _hub(control: httpx.Client, world: World, database: Path) -> Hub:
    """A hub over every shop and carrier account that the sandbox offers."""
    carriers = control.get("/_sandbox/carriers").json()
    warehouses = [{**row, "phone": PHONE} for row in WAREHOUSES]
    shops = [{**find(row["platform"]).spec.samples(), **row} for row in control.get("/_sandbox/shops").json()]
    return Hub(
        shops=shops, warehouses=warehouses, carriers=carriers,
        database=f"sqlite:///{database}", clock=world.clock,
        rate_cards=[Path(__file__).parent / "data" / "rate_cards.csv"], plan={"strategy": "cheapest"},
        backfill=BACKFILL,
    )  # fmt: skip


def _play(hub: Hub, control: httpx.Client, world: World, console: Console, *, quiet: bool) -> dict[str, Any]:
    """Every step of the main job, twice: the backlog, then fresh orders; then days pass until parcels arrive."""
    story: dict[str, Any] = {"shops": len(hub.shops), "received_units": _receive(hub)}
    with bars(console, quiet=quiet) as progress:
        for name in ("first", "second"):
            steps = progress.add_task(f"{name} round: pull", total=4)
            reports = hub.sync()
            progress.update(steps, advance=1, description=f"{name} round: audit")
            findings = hub.audit()
            progress.update(steps, advance=1, description=f"{name} round: fulfil")
            shipped = _fulfilled(hub, world)
            progress.update(steps, advance=1, description=f"{name} round: push stock")
            pushed = hub.push_stock()
            progress.update(steps, advance=1, description=f"{name} round: done")
            story[name] = _round(reports, findings, shipped, pushed)
            told = story.setdefault("shipped_by_shop", {})
            for key in (outcome.key.rsplit(":", 1)[0] for outcome in shipped if outcome.ok):
                told[key] = told.get(key, 0) + 1
            if name == "first":
                for platform in {shop.platform for shop in hub.shops.values()}:
                    control.post(f"/_sandbox/{platform}/orders", json={"count": 5}).raise_for_status()
        days = progress.add_task("days pass, parcels travel", total=DAYS)
        story["tracked"] = {}
        for _ in range(DAYS):
            world.advance(86_400)
            hub.sync(refunds=False)
            story["tracked"] = dict(Counter(parcel.status.value for parcel in hub.track()))
            progress.advance(days)
    hub.sync()
    story["notified"] = len(getattr(hub.notifier, "sent", ()))
    story["aftersales_open"] = len(hub.aftersales())
    story["quarantined"] = len(hub.quarantined())
    return story


def _fulfilled(hub: Hub, world: World) -> list[Outcome[Any]]:
    """Everything that waits; numbers that a platform gives late are asked for once more when they are there.

    Orders of an earlier round that no courier has fetched yet are left out.
    """
    outcomes = {outcome.key: outcome for outcome in hub.fulfil()}
    if late := [key for key, outcome in outcomes.items() if outcome.reason == "waybill_pending"]:
        world.advance(LATE_S)
        outcomes |= {outcome.key: outcome for outcome in hub.fulfil(late)}
    return [outcome for outcome in outcomes.values() if outcome.reason != "already_done"]


def _receive(hub: Hub) -> int:
    """Every merchant SKU, spread over the warehouses; scarce on purpose for every tenth."""
    lines = [
        StockLine(sku, str(warehouse["code"]), 1 if number % 10 == 9 else units)
        for number, sku in enumerate(GOODS)
        for warehouse, units in zip(WAREHOUSES, UNITS_PER_WAREHOUSE, strict=True)
    ]
    hub.stock.apply([Receive("demo:opening", tuple(lines))])
    return sum(line.quantity for line in lines)


def _round(reports: Any, findings: Any, shipped: list[Outcome[Any]], pushed: list[Outcome[int]]) -> dict[str, Any]:
    counts: Counter[str] = sum((report.counts for report in reports), Counter())
    done = [outcome for outcome in shipped if outcome.ok]
    return {
        "pulled": counts["inserted"] + counts["updated"], "quarantined": counts["quarantined"],
        "waiting": len(shipped), "with_findings": sum(1 for found in findings.values() if found),
        "shipped": len(done), "parcels": sum(len(outcome.value.parcels) for outcome in done if outcome.value),
        "split": sum(1 for outcome in done if outcome.value and len(outcome.value.parcels) > 1),
        "not_shipped": dict(Counter(outcome.reason or "?" for outcome in shipped if not outcome.ok)),
        "waybills": [parcel.waybill_no for outcome in done if outcome.value for parcel in outcome.value.parcels],
        "carriers": dict(Counter(p.carrier for o in done if o.value for p in o.value.parcels)),
        "warehouses": dict(Counter(p.warehouse for o in done if o.value for p in o.value.parcels)),
        "pushed": sum(1 for outcome in pushed if outcome.ok),
        "push_failed": sum(1 for outcome in pushed if not outcome.ok),
        "errors": [str(report.error) for report in reports if report.error],
    }  # fmt: skip


def _tell(console: Console, story: dict[str, Any], checks: list[Check], html: Path | None) -> None:
    """The summary a person reads at the end."""
    table = Table(title="What happened 发生了什么", title_justify="left")
    for column in ("", "first round", "second round"):
        table.add_column(column, no_wrap=bool(column))
    names = {"pulled": "orders pulled 拉取", "with_findings": "with audit findings 审单提示", "shipped": "shipped 发货",
             "parcels": "parcels 包裹", "split": "split over warehouses 拆单", "not_shipped": "kept back 未发",
             "warehouses": "by warehouse 分仓", "carriers": "by carrier 承运商",
             "pushed": "listings updated 库存推送"}  # fmt: skip
    for name, label in names.items():
        table.add_row(label, *(_words(story[turn][name]).replace(", ", "\n") for turn in ("first", "second")))
    console.print(table)
    console.print(f"parcels now: {_words(story['tracked'])}; messages told: {story['notified']}; "
                  f"open after-sale cases: {story['aftersales_open']}", highlight=False)  # fmt: skip
    shops = Table(title="Shipped by shop 各店铺发货", title_justify="left")
    shops.add_column("shop")
    shops.add_column("orders", justify="right")
    for key, count in sorted(story["shipped_by_shop"].items()):
        shops.add_row(key, str(count))
    console.print(shops)
    verdicts = Table(title="Checked against the sandbox's own truth 与沙箱真值核对", title_justify="left")
    for column in ("check", "expected", "found", ""):
        verdicts.add_column(column)
    for check in checks:
        verdicts.add_row(
            check.name, str(check.expected), str(check.found), "[green]ok[/]" if check.ok else "[red]DIFFERS[/]"
        )
    console.print(verdicts)
    good = all(check.ok for check in checks)
    console.print(Panel("[green]everything agrees[/]" if good else "[red]there are differences[/]", expand=False))
    if html:
        console.print(f"report: {html}", highlight=False)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in sorted(value.items())) or "-"
    return str(value)
