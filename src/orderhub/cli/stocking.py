"""Commands over stock and what shops show of it. Imports `cli`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orderhub.cli.base import CONFIG, AsJson, Config, DryRun, app, attend, group, opened
from orderhub.cli.output import show, working

__all__ = ["push_stock", "stock_alerts", "stock_check", "stock_list", "stock_outlook"]

Skus = Annotated[list[str] | None, typer.Option("--sku", help="Only these SKUs; all when left out.")]
stock = group("stock", "Stock", "The stock ledger, and what listings show of it.")


@app.command("push-stock", rich_help_panel="Stock")
def push_stock(
    sku: Skus = None,
    refresh: Annotated[bool, typer.Option(help="Read what the platforms show, and set right what differs.")] = True,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show every listing what is available now; what is sold out goes first."""
    with opened(config) as hub, working("pushing stock", as_json):
        outcomes = hub.push_stock(sku or None, refresh=refresh, dry_run=dry_run)
    rows = [{"key": one.key, "ok": one.ok, "quantity": one.value, "reason": one.reason,
             "error": str(one.error) if one.error else None} for one in outcomes]  # fmt: skip
    show(rows, "Stock pushed", as_json)
    attend(not all(one.ok for one in outcomes), rehearsed=dry_run, as_json=as_json)


@stock.command("list")
def stock_list(sku: Skus = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """List what each warehouse has, holds for orders and has left."""
    with opened(config) as hub:
        levels = hub.stock.levels(sku or None)
    names = ("sku", "warehouse", "on_hand", "reserved", "available", "version")
    show([{name: getattr(level, name) for name in names} for level in levels], "Stock", as_json, columns=names[:-1])


@stock.command("alerts")
def stock_alerts(config: Config = CONFIG, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """List alerts that are up now; each crossing is told to staff once."""
    with opened(config) as hub:
        found = hub.stock_alerts(dry_run=dry_run)
    rows = [{"code": one.code, "sku": one.sku, "place": one.condition.place, "quantity": one.condition.quantity,
             "threshold": one.condition.threshold, "detail": one.condition.detail, "since": one.since,
             "is_new": one.is_new} for one in found]  # fmt: skip
    show(rows, "Alerts", as_json)
    attend(rows, rehearsed=dry_run, as_json=as_json)


@stock.command("outlook")
def stock_outlook(
    sku: Skus = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days that sales are counted over.")] = 28,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Tell days of cover, what to buy again and what does not move."""
    from dataclasses import asdict

    with opened(config) as hub:
        rows = [asdict(one) for one in hub.stock_outlook(sku or None, days=days)]
    columns = ("sku", "available", "inbound", "sold", "per_day", "days_of_cover", "reorder", "is_slow")
    show(rows, "Outlook", as_json, columns=columns)


@stock.command("check")
def stock_check(
    sku: Skus = None,
    heal: Annotated[bool, typer.Option("--heal", help="Tell the right figures where they differ.")] = False,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Compare what every listing shows with what it should; pull first, so that sales are no drift."""
    with opened(config) as hub, working("comparing", as_json):
        found = hub.reconcile_stock(heal=heal, skus=sku or None, dry_run=dry_run)
    rows: list[dict[str, Any]] = [
        {"shop": one.shop, "key": one.key, "sku": one.sku, "kind": one.kind, "seen": one.seen,
         "expected": one.expected, "reason": one.reason, "healed": bool(one.healed and one.healed.ok)}
        for one in found.drifts
    ]  # fmt: skip
    rows += [{"shop": one.key, "key": None, "sku": None, "kind": "unreadable", "seen": None, "expected": None,
              "reason": str(one.error or one.reason), "healed": False} for one in found.errors]  # fmt: skip
    show(rows, "Listings", as_json)
    attend(not found.ok, rehearsed=dry_run, as_json=as_json)
