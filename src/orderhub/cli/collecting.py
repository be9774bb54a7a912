"""Commands that bring orders in: pull, backfill, gaps, health, quarantine. Imports `cli`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from orderhub.cli.base import (
    CONFIG,
    AsJson,
    Config,
    DryRun,
    Shops,
    Since,
    Until,
    app,
    attend,
    chosen,
    group,
    instant,
    opened,
)
from orderhub.cli.output import errors_to, is_quiet, show, working

__all__ = ["backfill", "gaps", "health", "pull", "quarantine_list", "quarantine_replay"]

Axis = Annotated[Literal["updated", "created"], typer.Option(help="By which time of the orders.")]
_FIGURES = ("shop", "resource", "counts", "findings", "watermark", "error")
quarantine = group("quarantine", "Collect", "Documents that could not become orders: list them, read them again.")


@app.command(rich_help_panel="Collect")
def pull(
    config: Config = CONFIG,
    shop: Shops = None,
    refunds: Annotated[bool, typer.Option(help="Pull after-sale cases too.")] = True,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Pull what changed in every shop since the last run; also called sync."""
    from orderhub.cli.progress import sync_progress

    with opened(config) as hub:
        keys = chosen(hub, shop)
        with sync_progress(errors_to(), keys, quiet=is_quiet(as_json)) as on_page:
            reports = hub.sync(shops=keys, refunds=refunds, on_page=on_page, dry_run=dry_run)
    _reported(reports, "Pulled", dry_run, as_json)


app.command("sync", hidden=True)(pull)


@app.command(rich_help_panel="Collect")
def backfill(
    since: Annotated[str, typer.Option(help="2026-11-11, 2026-11-11T08:00+08:00, or a span back such as 12h.")],
    until: Until = None,
    config: Config = CONFIG,
    shop: Shops = None,
    by: Axis = "updated",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Store the history back to --since, newest first; interrupt it anywhere and call it again."""
    from orderhub.cli.progress import share_progress

    start, end = instant(since, "since"), instant(until, "until")
    _forwards(start, end)
    with opened(config) as hub:
        keys = chosen(hub, shop)
        with share_progress(errors_to(), keys, quiet=is_quiet(as_json)) as on_window:
            reports = hub.backfill(start, until=end, shops=keys, axis=by, on_window=on_window, dry_run=dry_run)
    _reported(reports, "Back-filled", dry_run, as_json)


@app.command(rich_help_panel="Collect")
def gaps(
    since: Since = None,
    until: Until = None,
    config: Config = CONFIG,
    shop: Shops = None,
    by: Axis = "updated",
    repair: Annotated[bool, typer.Option("--repair", help="Read again the windows that differ.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Compare what each platform counts with what is stored, window by window; the last seven days when left out."""
    start, end = instant(since, "since"), instant(until, "until")
    _forwards(start, end)
    with opened(config) as hub, working("counting", as_json):
        found = hub.audit_gaps(start, until=end, shops=chosen(hub, shop), axis=by, repair=repair, dry_run=dry_run)
    rows = [one.to_dict() for one in found]
    runs = [row.pop("run") for row in rows]
    rows = [
        {**row, "error": run["error"], "missing": _missing(row["gaps"])} for row, run in zip(rows, runs, strict=True)
    ]
    show(rows, "Gaps", as_json, columns=("shop", "windows", "platform", "stored", "missing", "error"))
    attend(not all(one.ok for one in found), rehearsed=dry_run, as_json=as_json)


@app.command(rich_help_panel="Collect")
def health(config: Config = CONFIG, shop: Shops = None, as_json: AsJson = False) -> None:
    """Lag, counts, quarantine and last runs of every shop, from the store alone."""
    with opened(config) as hub:
        found = hub.health(shops=chosen(hub, shop))
    columns = (
        "shop",
        "state",
        "lag_s",
        "orders",
        "quarantined",
        "failures",
        "last_ok_at",
        "needs_seller",
        "last_error",
    )
    show([one.to_dict() for one in found], "Health", as_json, columns=columns)
    attend(any(one.state != "ok" or one.needs_seller for one in found))


@quarantine.command("list")
def quarantine_list(config: Config = CONFIG, shop: Shops = None, as_json: AsJson = False) -> None:
    """List documents that could not become orders, oldest first, with the field that was wrong; no personal data."""
    with opened(config) as hub:
        keys = chosen(hub, shop) if shop else None
        found = [one for one in hub.quarantined() if keys is None or f"{one.platform}:{one.shop_id}" in keys]
    rows = [
        {"key": one.key, "shop": f"{one.platform}:{one.shop_id}", "order_id": one.order_id, "reason": one.reason,
         "path": one.finding.path, "value": one.finding.value, "message": one.finding.message,
         "request_id": one.finding.request_id, "attempts": one.attempts, "first_seen_at": one.first_seen_at}
        for one in found
    ]  # fmt: skip
    show(
        rows,
        "Quarantine",
        as_json,
        columns=("shop", "order_id", "reason", "path", "value", "attempts", "first_seen_at"),
    )


@quarantine.command("replay")
def quarantine_replay(
    config: Config = CONFIG, shop: Shops = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Read every quarantined document again; those that can be decoded now join the others."""
    with opened(config) as hub, working("reading again", as_json):
        reports = hub.replay(shops=chosen(hub, shop), dry_run=dry_run)
        left = 0 if dry_run else len(hub.quarantined())
    rows = [report.to_dict() for report in reports]
    show(rows, "Read again", as_json, columns=_FIGURES)
    attend(left or not all(report.ok for report in reports), rehearsed=dry_run, as_json=as_json)


def _reported(reports: Sequence[Any], title: str, dry_run: bool, as_json: bool) -> None:
    show([report.to_dict() for report in reports], title, as_json, columns=_FIGURES)
    troubled = any(not report.ok or report.counts["quarantined"] for report in reports)
    attend(troubled, rehearsed=dry_run, as_json=as_json)


def _missing(found: Sequence[dict[str, Any]]) -> int:
    return sum(gap["left"] for gap in found)


def _forwards(start: datetime | None, end: datetime | None) -> None:
    if start is not None and start >= (end or datetime.now(UTC)):
        raise typer.BadParameter("it lies after the end", param_hint="--since")
