"""Pulling one shop: windows by update time, pages stored as they come, the watermark last. Imports `kit`, `ports`.

The order of things is the guarantee: page fetched, page stored, next page; only after the last page of a window is
durable does the watermark move, in a write that is refused when another worker moved it first. A page that fails is
never an end of list. What cannot be decoded is quarantined whole, so that nothing waits behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from orderhub.collect.feed import ORDERS, REFUNDS, Feed, SyncPlan, named, settled_before
from orderhub.collect.pages import Pull, WindowRead, read_window
from orderhub.collect.quarantine import replay_quarantine
from orderhub.collect.quota import DetailBudget
from orderhub.collect.report import SyncReport
from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.flow.windows import Span, spans
from orderhub.models import Limits, Window
from orderhub.ports import Cursor, Run

__all__ = [
    "SyncPlan",
    "begin",
    "finish",
    "replay_quarantine",
    "settled_before",
    "sync_orders",
    "sync_refunds",
    "watermark_of",
]

EMPTY_MAX = 48
"""Windows without a row that may pass before the watermark is written."""
CATCH_UP_MAX = 5


def sync_orders(channel: Any, plan: SyncPlan) -> Operation[SyncReport]:
    """Pull every order that changed since the last run; answers a report, never raises a platform's error.

    What the quarantine holds is read again afterwards, within bounds.
    """
    report = yield from _run(channel, plan, ORDERS)
    if report.ok and plan.replay_max:
        again = yield from replay_quarantine(channel, plan.shop_key, plan)
        report.counts.update({name: again.counts[name] for name in ("released", "understood") if again.counts[name]})
        report.counts["replayed"] += again.counts["released"] + again.counts["quarantined"]
    return (yield from finish(report))


def sync_refunds(channel: Any, plan: SyncPlan) -> Operation[SyncReport]:
    """Pull every after-sale case that changed since the last run."""
    return (yield from finish((yield from _run(channel, plan, REFUNDS))))


def watermark_of(cursor: Cursor) -> datetime | None:
    """Everything up to here is stored, aware UTC; None before the first run."""
    return datetime.fromisoformat(cursor.position) if cursor.position else None


def begin(channel: Any, plan: SyncPlan, feed: Feed, resource: str | None = None) -> Operation[Pull]:
    """A run of `feed` with an empty report; `resource` names it where it is not the feed's own."""
    report = SyncReport(plan.shop_key, resource or feed.resource, started_at=(yield from now()))
    platform, shop_id = named(plan.shop_key)
    kept = yield from ask("quarantine", "quarantined", platform=platform, shop_id=shop_id)
    return Pull(channel, feed, plan, report, DetailBudget(plan.details_max), waiting={item.key for item in kept})


def finish(report: SyncReport) -> Operation[SyncReport]:
    """Close the report and write it to the run log."""
    report.finished_at = yield from now()
    yield from ask("runs", "put_run", _entry(report))
    return report


def _run(channel: Any, plan: SyncPlan, feed: Feed) -> Operation[SyncReport]:
    pull = yield from begin(channel, plan, feed)
    try:
        yield from _pull(pull, channel.limits(feed.verb))
    except OrderHubError as error:
        pull.report.error = error
    pull.report.counts["deferred"] += pull.budget.deferred
    return pull.report


def _pull(pull: Pull, limits: Limits) -> Operation[None]:
    """Windows from the watermark to now, then once more for what changed meanwhile.

    A stored version counts as known only if it had settled when the last run began, see `settled_before`.
    """
    plan, began = pull.plan, pull.report.started_at
    assert began is not None
    cursor: Cursor = yield from ask("orders", "get_cursor", f"{plan.shop_key}:{pull.feed.resource}")
    marks: Cursor = yield from ask("orders", "get_cursor", f"{plan.shop_key}:{pull.feed.resource}:read")
    pull.cursor, reached = cursor, watermark_of(cursor)
    start = began - plan.backfill if reached is None else reached - limits.overlap
    if reached is None:  # written down at once: were this run to fail, the next one must not begin any later
        yield from _move(pull, start)
    last_read = watermark_of(marks)
    recheck_from = start if last_read is None else settled_before(last_read, plan, limits)
    yield from _catch_up(pull, limits, start, began, recheck_from)
    if not pull.budget.rechecks:
        yield from _remember(marks, began)


def _catch_up(pull: Pull, limits: Limits, start: datetime, latest: datetime, recheck_from: datetime) -> Operation[None]:
    """The watermark follows the first reading alone: a later one starts at our clock, which may be ahead.

    Of windows in which nothing happened only some move it: each move is a durable write, and reading again is cheap.
    """
    for round_no in range(1 + CATCH_UP_MAX):
        before, empty = _changes(pull.report), 0
        for first, last in _windows(pull, limits, start, latest):
            found = yield from read_window(pull, Window(first, last), recheck_from)
            if pull.budget.deferred:
                return
            empty = 0 if found.ids else empty + 1
            if round_no == 0 and (last == latest or empty % EMPTY_MAX == 0):
                yield from _move(pull, _mark(found, last, latest, limits, pull.plan))
        start, recheck_from = latest, settled_before(latest, pull.plan, limits)
        latest = yield from now()
        if _changes(pull.report) == before:
            return


def _windows(pull: Pull, limits: Limits, start: datetime, latest: datetime) -> Iterator[Span]:
    """Settled time apart from the last minutes: rows only leave a settled window, so counting them tells the truth."""
    quiet = max(start, latest - pull.plan.skew_max - limits.settle_delay)
    if start < quiet:
        yield from spans(start, quiet, limits.window_max)
    yield from spans(quiet, latest, limits.window_max)


def _changes(report: SyncReport) -> int:
    return report.counts["inserted"] + report.counts["updated"]


def _mark(found: WindowRead, last: datetime, latest: datetime, limits: Limits, plan: SyncPlan) -> datetime:
    """How far the watermark may go: nothing younger than the settle delay on the platform's own clock.

    That clock is at least at ours less the skew that is allowed for, and at least at the newest update it told; the
    latter counts where one page told everything, since rows come and go between pages of time that has not settled.
    """
    platform_now = latest - plan.skew_max
    if found.newest is not None and found.pages == 1:
        platform_now = max(platform_now, found.newest)
    return min(last, platform_now - limits.settle_delay)


def _move(pull: Pull, mark: datetime) -> Operation[None]:
    assert pull.cursor is not None
    reached = watermark_of(pull.cursor)
    pull.report.watermark = mark if reached is None else max(mark, reached)
    pull.cursor = yield from ask("orders", "put_cursor", pull.cursor, pull.report.watermark.isoformat())


def _remember(marks: Cursor, began: datetime) -> Operation[None]:
    """When this run began to look; a run beside it that wrote first knows as much."""
    try:
        yield from ask("orders", "put_cursor", marks, began.isoformat())
    except StaleVersion:
        return


def _entry(report: SyncReport) -> Run:
    assert report.started_at is not None
    run_id = f"{report.shop_key}:{report.resource}:{report.started_at.isoformat()}"
    return Run(
        run_id, f"sync_{report.resource}", report.shop_key, report.started_at, report.finished_at,
        dict(report.counts), str(report.error) if report.error else None,
    )  # fmt: skip
