"""Months of history, newest first, in steps that may be interrupted anywhere. Imports `ports`, `flow`.

A back-fill has a cursor of its own: the spans that it has read whole. The live watermark is neither read nor moved,
so both may run side by side; what both read is stored once. Asking again goes on where the last call stopped, and
asking for an older start adds only what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderhub.collect.feed import ORDERS, SyncPlan, settled_before
from orderhub.collect.pages import Pull, read_window
from orderhub.collect.report import SyncReport
from orderhub.collect.sync import begin, finish
from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.flow.windows import Span, backwards, joined, without
from orderhub.models import Finding, Limits, Severity, Window
from orderhub.models.channel import Axis
from orderhub.ports import Cursor

__all__ = ["BackfillPlan", "backfill_orders"]

LONGEST = timedelta(days=7)
"""A window where the platform sets no limit: short enough that little is read twice after an interruption."""
FLOOR_MARGIN = timedelta(hours=1)
"""Windows keep this far inside the reach of the platform's lists, so that time passing does not push one outside."""


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What to fetch.

    Attributes:
        since: How far back, aware UTC.
        until: Where to begin; now when left out.
        axis: By which time of the order: `updated` or `created`.
        windows_max: Stop after so many windows; the next call goes on. None means all.
        on_window: Called after each window with the report so far; `progress` tells the share done.
    """

    sync: SyncPlan
    since: datetime
    until: datetime | None = None
    axis: Axis = "updated"
    windows_max: int | None = None
    on_window: Callable[[SyncReport], None] | None = None


@dataclass
class _Work:
    """What is asked, what was read, and the cursor that remembers it.

    Attributes:
        quiet: Rows younger than this may still be on their way into the lists; windows count up to here.
        kept: Spans that the cursor holds.
        done: The same and this run's windows whole.
    """

    plan: BackfillPlan
    cursor: Cursor
    since: datetime
    until: datetime
    longest: timedelta
    quiet: datetime
    kept: list[Span] = field(default_factory=list)
    done: list[Span] = field(default_factory=list)

    def left(self) -> list[Span]:
        """Windows still to read, newest first."""
        gaps = without(self.since, self.until, self.done)
        cut = [part for start, end in gaps for part in _apart(start, end, self.quiet)]
        return [window for start, end in reversed(cut) for window in backwards(start, end, self.longest)]

    def progress(self) -> float:
        """Share of the asked span that was read."""
        whole = self.until - self.since
        left = sum((end - start for start, end in without(self.since, self.until, self.done)), timedelta())
        return 1.0 - left / whole if whole > timedelta() else 1.0


def _apart(start: datetime, end: datetime, quiet: datetime) -> list[Span]:
    """Settled time in windows of its own: there rows only leave, and counting them tells the truth."""
    return [(start, quiet), (quiet, end)] if start < quiet < end else [(start, end)]


def backfill_orders(channel: Any, plan: BackfillPlan) -> Operation[SyncReport]:
    """Store every order of `since` to `until` that is not covered yet; answers a report, never raises.

    `report.progress` is 1.0 when all is read. A budget of details (`plan.sync.details_max`) or of windows only stops
    early; the next call goes on.
    """
    pull = yield from begin(channel, plan.sync, ORDERS, "backfill")
    try:
        work = yield from _work(pull, plan, channel.limits(ORDERS.verb))
        yield from _fill(pull, work)
    except OrderHubError as error:
        pull.report.error = error
    pull.report.counts["deferred"] += pull.budget.deferred
    return (yield from finish(pull.report))


def _work(pull: Pull, plan: BackfillPlan, limits: Limits) -> Operation[_Work]:
    began = pull.report.started_at
    assert began is not None
    cursor: Cursor = yield from ask("orders", "get_cursor", f"{plan.sync.shop_key}:backfill:{plan.axis}")
    since = plan.since
    if limits.history is not None and since < (floor := began - limits.history + FLOOR_MARGIN):
        pull.report.findings.append(_beyond(plan, floor))
        since = floor
    kept, quiet = _spans_of(cursor), began - plan.sync.skew_max - limits.settle_delay
    longest = min(limits.window_max or LONGEST, LONGEST)
    return _Work(plan, cursor, since, min(plan.until or began, began), longest, quiet, kept, list(kept))


def _beyond(plan: BackfillPlan, floor: datetime) -> Finding:
    return Finding(
        code="beyond_history", severity=Severity.WARNING, platform=plan.sync.shop_key.partition(":")[0],
        message=f"the platform's lists reach back to {floor:%Y-%m-%d %H:%M} UTC; older orders cannot be listed",
    )  # fmt: skip


def _spans_of(cursor: Cursor) -> list[Span]:
    """Spans are kept in the cursor as JSON, oldest first."""
    rows = json.loads(cursor.position) if cursor.position else []
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in rows]


def _fill(pull: Pull, work: _Work) -> Operation[None]:
    began, limits = pull.report.started_at, pull.channel.limits(ORDERS.verb)
    assert began is not None
    pull.report.progress = work.progress()
    for start, end in work.left()[: work.plan.windows_max]:
        window = Window(start, end, work.plan.axis)
        yield from read_window(pull, window, settled_before(began, pull.plan, limits))
        if pull.budget.deferred:
            return
        yield from _cover(work, start, end)
        pull.report.counts["windows"] += 1
        pull.report.progress = work.progress()
        if work.plan.on_window:
            work.plan.on_window(pull.report)


def _cover(work: _Work, start: datetime, end: datetime) -> Operation[None]:
    """A window is remembered once all of its pages are stored."""
    work.done = joined([*work.done, (start, end)])
    if start < (end := min(end, work.quiet)):
        work.kept = joined([*work.kept, (start, end)])
        position = json.dumps([(first.isoformat(), last.isoformat()) for first, last in work.kept])
        work.cursor = yield from ask("orders", "put_cursor", work.cursor, position)
