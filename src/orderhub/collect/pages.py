"""One window of one feed: every page stored as it comes, read once more when rows are missing. Imports `ports`.

A list that is cut into pages while it changes can lose a row between two of them. Where the platform tells how many
rows the window holds, the pages are counted against it, and the window is read again until both agree or stop moving.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.collect.feed import Feed, Known, SyncPlan, known_to, settled_before
from orderhub.collect.quarantine import admitted, keep, release, with_refused
from orderhub.collect.quota import DetailBudget
from orderhub.collect.report import SyncReport
from orderhub.errors import PlatformUnavailable
from orderhub.flow.steps import Operation, ask, now
from orderhub.models import Finding, Page, Severity, Window
from orderhub.ports import Cursor

__all__ = ["Pull", "WindowRead", "read_window"]

PAGES_MAX = 100_000
PASSES_MAX = 5


@dataclass
class Pull:
    """One run under way.

    Attributes:
        cursor: The fence: each page is stored only if nobody else moved it. None where the run moves none.
        waiting: Keys in quarantine when the run began, less those released since.
    """

    channel: Any
    feed: Feed
    plan: SyncPlan
    report: SyncReport
    budget: DetailBudget
    cursor: Cursor | None = None
    waiting: set[str] = field(default_factory=set)


@dataclass
class WindowRead:
    """What a window showed.

    Attributes:
        ids: Orders (or cases) listed, decoded or not.
        total: The largest figure that the platform told on the way.
        newest: The latest update on the first page, which proves how far the platform's clock has come.
        pages: How many there were.
    """

    ids: set[str] = field(default_factory=set)
    total: int | None = None
    newest: datetime | None = None
    pages: int = 0

    @property
    def is_short(self) -> bool:
        """Whether pages may have shifted while they were read: fewer rows came than were counted."""
        return self.pages > 1 and self.total is not None and len(self.ids) < self.total


def read_window(pull: Pull, window: Window, recheck_from: datetime | None) -> Operation[WindowRead]:
    """Store every page of `window`; what is stored in its newest version before `recheck_from` is not fetched again.

    Raises:
        PlatformUnavailable: The list kept changing under the reader; nothing may be concluded from it.
        StaleVersion: Somebody else moved the cursor meanwhile.
    """
    before: WindowRead | None = None
    began = settled_before((yield from now()), pull.plan, pull.channel.limits(pull.feed.verb))
    for _ in range(PASSES_MAX):
        seen = before.ids if before else ()
        known = known_to(pull.plan.shop_key, recheck_from, pull.budget, seen, began if before else None)
        found = yield from _pass(pull, window, known)
        if pull.budget.deferred or not found.is_short:
            return found
        if before is not None and (found.ids, found.total) == (before.ids, before.total):
            pull.report.findings.append(_mismatch(pull, found))
            return found
        before = found
    raise PlatformUnavailable(
        f"the list of {pull.feed.resource} changed during each of {PASSES_MAX} readings; the next run tries again",
        platform=pull.plan.shop_key.partition(":")[0], operation=pull.feed.verb,
    )  # fmt: skip


def _mismatch(pull: Pull, found: WindowRead) -> Finding:
    return Finding(
        code="total_mismatch", severity=Severity.INFO, platform=pull.plan.shop_key.partition(":")[0],
        message=f"the list counts {found.total} {pull.feed.resource} and twice showed the same {len(found.ids)}",
    )  # fmt: skip


def _pass(pull: Pull, window: Window, known: Known) -> Operation[WindowRead]:
    found, position = WindowRead(), None
    for _ in range(PAGES_MAX):
        read_at = yield from now()
        page: Page[Any] = yield from pull.feed.read(pull.channel, window, position, known)
        _note(found, window, pull.feed, page)
        yield from _store(pull, page, window, read_at)
        position = page.next
        if position is None or pull.budget.deferred:  # the next run lists again; nothing is gained by going on
            break
    return found


def _note(found: WindowRead, window: Window, feed: Feed, page: Page[Any]) -> None:
    if not found.pages:
        found.newest = _newest(window, page)
    found.pages += 1
    found.ids |= {_id(feed, row) for row in (*page.refs, *page.items)}
    found.ids |= {name or f"unread:{hash(raw)}" for name, raw, _ in page.quarantined}
    if page.total is not None:
        found.total = max(page.total, found.total or 0)


def _newest(window: Window, page: Page[Any]) -> datetime | None:
    """The latest update that the list itself told: an order fetched after it may have changed since."""
    told = (row.updated_at for row in page.refs or page.items)
    return max((at for at in told if at is not None and at <= window.end), default=None)


def _id(feed: Feed, row: Any) -> str:
    return str(getattr(row, "refund_id", None) or row.order_id)


def _store(pull: Pull, page: Page[Any], window: Window, read_at: datetime) -> Operation[None]:
    """Orders and fence in one transaction, then the quarantine: a crash in between leaves the cursor behind both.

    A page that brought nothing writes nothing: most windows of a quiet shop are empty, and a write is synced to disk.
    """
    listed = len(page.refs)
    page = admitted(pull.plan, page)
    if not page.items and not page.quarantined:
        _counted(pull, page, (), listed)
        return
    fence = {} if pull.cursor is None else {"cursor": pull.cursor}
    outcomes = yield from ask("orders", pull.feed.put, page.items, read_at=read_at, **fence)
    if pull.cursor is not None:
        pull.cursor = Cursor(pull.cursor.name, pull.cursor.position, pull.cursor.version + 1)
    page = with_refused(page, outcomes)
    pull.waiting |= yield from keep(pull.feed, pull.plan.shop_key, page.quarantined, window)
    stored = _stored_ids(page, outcomes)
    pull.report.counts["released"] += yield from release(pull.feed, pull.plan.shop_key, stored, pull.waiting)
    _counted(pull, page, outcomes, listed)


def _counted(pull: Pull, page: Page[Any], outcomes: Iterable[Any], listed: int) -> None:
    _count(pull.report, page, outcomes, listed)
    if pull.plan.on_page:
        pull.plan.on_page(pull.report)


def _stored_ids(page: Page[Any], outcomes: Iterable[Any]) -> list[str]:
    bad = {name for name, _, _ in page.quarantined}
    return [item.order_id for item, outcome in zip(page.items, outcomes, strict=True)
            if outcome.ok and item.order_id not in bad]  # fmt: skip


def _count(report: SyncReport, page: Page[Any], outcomes: Iterable[Any], listed: int) -> None:
    report.counts.update(str(outcome.value) for outcome in outcomes if outcome.ok)
    report.counts["pages"] += 1
    report.counts["quarantined"] += len(page.quarantined)
    report.counts["known"] += max(0, listed - len(page.items) - len(page.quarantined))
    report.findings += page.findings
