"""Pulling one shop: windows by update time, pages stored as they come, the watermark last. Imports `kit`, `ports`.

The order of things is the guarantee: page fetched, page stored, next page; only after the last page of a window is
durable does the watermark move, in a write that is refused when another worker moved it first. A page that fails is
never an end of list. What cannot be decoded is quarantined whole, so that nothing waits behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from orderhub.collect.report import SyncReport
from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask, now
from orderhub.flow.windows import spans
from orderhub.kit.operations import settled
from orderhub.models import Finding, OrderRef, Outcome, Page, Window
from orderhub.ports import Cursor, QuarantinedOrder, Run

__all__ = ["SyncPlan", "replay_quarantine", "sync_orders", "sync_refunds"]

PAGES_MAX = 100_000
CATCH_UP_MAX = 5
SAME_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """How to pull one shop.

    Attributes:
        backfill: How far back the first run goes.
        on_page: Called after each stored page with the report so far, for progress bars.
    """

    shop_key: str
    backfill: timedelta = timedelta(days=90)
    on_page: Callable[[SyncReport], None] | None = None


def sync_orders(channel: Any, plan: SyncPlan) -> Operation[SyncReport]:
    """Pull every order that changed since the last run; answers a report, never raises a platform's error."""
    platform, shop_id = plan.shop_key.split(":", 1)

    def read(window: Window, position: Any, recheck_from: datetime) -> Operation[Page[Any]]:
        def known(refs: Sequence[OrderRef]) -> Operation[frozenset[str]]:
            old = settled(refs, recheck_from)
            return (yield from ask("orders", "known_versions", platform, shop_id, old)) if old else frozenset()

        page: Page[Any] = yield from channel.read_page(window, position, known)
        return page

    return (yield from _run(channel, plan, "orders", "list_orders", read, "put_orders"))


def sync_refunds(channel: Any, plan: SyncPlan) -> Operation[SyncReport]:
    """Pull every after-sale case that changed since the last run."""

    def read(window: Window, position: Any, recheck_from: datetime) -> Operation[Page[Any]]:
        page: Page[Any] = yield from channel.list_refunds(window, position)
        return page

    return (yield from _run(channel, plan, "refunds", "list_refunds", read, "put_refunds"))


Read = Callable[[Window, Any, datetime], Operation[Page[Any]]]
PageRead = Callable[[Window, Any], Operation[Page[Any]]]


def _run(channel: Any, plan: SyncPlan, resource: str, verb: str, read: Read, put: str) -> Operation[SyncReport]:
    report = SyncReport(plan.shop_key, resource, started_at=(yield from now()))
    try:
        yield from _pull(channel.limits(verb), plan, report, read, put)
    except OrderHubError as error:
        report.error = error
    report.finished_at = yield from now()
    yield from ask("runs", "put_run", _entry(report))
    return report


def _pull(limits: Any, plan: SyncPlan, report: SyncReport, read: Read, put: str) -> Operation[None]:
    """Windows from the watermark to now, then once more for what changed meanwhile.

    Versions after the watermark are fetched even when stored: times have whole seconds, and an order may change
    twice in one.
    """
    cursor: Cursor = yield from ask("orders", "get_cursor", f"{plan.shop_key}:{report.resource}")
    latest = yield from now()
    reached = datetime.fromisoformat(cursor.position) if cursor.position else latest - plan.backfill
    start, recheck_from = (reached - limits.overlap if cursor.position else reached), reached
    for _ in range(1 + CATCH_UP_MAX):
        before = report.counts["inserted"] + report.counts["updated"]
        for first, last in spans(start, latest, limits.window_max):
            mark, fetch = min(last, latest - limits.settle_delay), _fixed(read, recheck_from)
            cursor = yield from _window(Window(first, last), mark, cursor, plan, report, fetch, put)
        start, recheck_from, latest = latest, latest - SAME_SECOND, (yield from now())
        if report.counts["inserted"] + report.counts["updated"] == before:
            return


def _fixed(read: Read, recheck_from: datetime) -> PageRead:
    return lambda window, position: read(window, position, recheck_from)


def _window(
    window: Window, mark: datetime, cursor: Cursor, plan: SyncPlan, report: SyncReport, read: PageRead, put: str
) -> Operation[Cursor]:
    """Every page of one window, then the watermark."""
    position: Any = None
    for _ in range(PAGES_MAX):
        page: Page[Any] = yield from read(window, position)
        outcomes = yield from ask("orders", put, page.items, cursor=cursor)
        cursor = replace(cursor, version=cursor.version + 1)
        yield from _quarantine(page, plan.shop_key)
        _count(report, page, outcomes)
        if plan.on_page:
            plan.on_page(report)
        position = page.next
        if position is None:
            break
    reached = max(mark, datetime.fromisoformat(cursor.position)) if cursor.position else mark
    report.watermark = reached
    moved: Cursor = yield from ask("orders", "put_cursor", cursor, reached.isoformat())
    return moved


def _count(report: SyncReport, page: Page[Any], outcomes: Sequence[Outcome[str]]) -> None:
    report.counts.update(str(outcome.value) for outcome in outcomes)
    report.counts["pages"] += 1
    report.counts["quarantined"] += len(page.quarantined)
    report.counts["known"] += max(0, len(page.refs) - len(page.items) - len(page.quarantined))
    report.findings += page.findings


def _quarantine(page: Page[Any], shop_key: str) -> Operation[None]:
    if page.quarantined:
        at = yield from now()
        kept = [_kept(shop_key, order_id, raw, finding, at) for order_id, raw, finding in page.quarantined]
        yield from ask("quarantine", "put_quarantined", kept)


def _kept(shop_key: str, order_id: str | None, raw: bytes, finding: Finding, at: datetime) -> QuarantinedOrder:
    platform, shop_id = shop_key.split(":", 1)
    name = order_id or f"unread:{_short_name(raw)}"
    return QuarantinedOrder(f"{shop_key}:{name}", platform, shop_id, order_id, finding.code, finding, raw, at)


def _short_name(raw: bytes) -> str:
    """A short stable name for a document whose id cannot be read."""
    return sha256(raw).hexdigest()[:16]


def replay_quarantine(channel: Any, shop_key: str) -> Operation[SyncReport]:
    """Read each quarantined order again; those that can be decoded now are stored and leave the quarantine."""
    platform, shop_id = shop_key.split(":", 1)
    report = SyncReport(shop_key, "quarantine", started_at=(yield from now()))
    kept: list[QuarantinedOrder] = yield from ask("quarantine", "quarantined", platform=platform, shop_id=shop_id)
    for item in kept:
        if item.order_id is None:
            continue
        try:
            page: Page[Any] = yield from channel.fetch_order(item.order_id)
        except OrderHubError as error:
            report.error = error
            continue
        yield from _replayed(item, page, shop_key, report)
    report.finished_at = yield from now()
    return report


def _replayed(item: QuarantinedOrder, page: Page[Any], shop_key: str, report: SyncReport) -> Operation[None]:
    if not page.items:
        yield from _quarantine(page, shop_key)
        report.counts["quarantined"] += 1
        return
    outcomes = yield from ask("orders", "put_orders", page.items)
    yield from ask("quarantine", "release_quarantined", [item.key])
    report.counts["released"] += 1
    report.counts.update(str(outcome.value) for outcome in outcomes)


def _entry(report: SyncReport) -> Run:
    assert report.started_at is not None
    run_id = f"{report.shop_key}:{report.resource}:{report.started_at.isoformat()}"
    return Run(
        run_id, f"sync_{report.resource}", report.shop_key, report.started_at, report.finished_at,
        dict(report.counts), str(report.error) if report.error else None,
    )  # fmt: skip
