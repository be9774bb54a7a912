"""Gap audit: what the platform counts against what is stored, window by window, and the repair of what is missing.

Counting costs one call a window; only where the figures differ is the window halved until it fits one page, listed
and read again. Where the platform counts nothing, its list is counted instead. Imports `ports`, `flow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orderhub.collect.feed import ORDERS, SyncPlan, named
from orderhub.collect.pages import Pull, read_window
from orderhub.collect.quarantine import admitted, keep, with_refused
from orderhub.collect.report import SyncReport
from orderhub.collect.sync import begin, finish, watermark_of
from orderhub.errors import NotFound, OrderHubError
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.flow.windows import Span, apart
from orderhub.models import OrderRef, Page, Window
from orderhub.models.channel import Axis
from orderhub.ports import OrderQuery

__all__ = ["AuditPlan", "Gap", "GapReport", "audit_gaps"]

LONGEST = timedelta(days=1)
PAGES_MAX = 10_000
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """What to compare.

    Attributes:
        since: Aware UTC.
        until: The live watermark when left out: what is younger is still under way.
        axis: By which time of the order both sides count.
        repair: Read again what is missing or differs; else only tell.
    """

    sync: SyncPlan
    since: datetime
    until: datetime | None = None
    axis: Axis = "updated"
    repair: bool = False


@dataclass(slots=True)
class Gap:
    """One window whose figures differ, both ends included, aware UTC.

    Attributes:
        platform, stored: How many orders each side counted at first.
        missing: Listed by the platform and not stored in that version or a later one.
        extra: Stored in the window and not listed there: moved on meanwhile, or gone from the platform.
        quarantined: Of the missing ones, those that wait in quarantine: not lost, not readable yet.
        left: How many of the missing ones are still missing in the end.
    """

    start: datetime
    end: datetime
    platform: int
    stored: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    left: int = 0

    @property
    def is_open(self) -> bool:
        """Whether orders are still missing that are not in quarantine either."""
        return self.left > len(self.quarantined)


@dataclass
class GapReport:
    """What an audit of one shop found.

    Attributes:
        windows: How many were compared.
        platform, stored: Orders counted on either side, over all windows, before any repair.
        gaps: Windows that differ.
        run: Pages, inserted, updated and findings of the repair, and the error that stopped the audit, if one did.
    """

    shop_key: str
    since: datetime
    until: datetime
    run: SyncReport
    windows: int = 0
    platform: int = 0
    stored: int = 0
    gaps: list[Gap] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Everything that the platform counts is stored or in quarantine."""
        return self.run.error is None and not any(gap.is_open for gap in self.gaps)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        names = ("platform", "stored", "missing", "extra", "quarantined", "left")
        gaps = [{"start": gap.start.isoformat(), "end": gap.end.isoformat(),
                 **{name: getattr(gap, name) for name in names}} for gap in self.gaps]  # fmt: skip
        return {
            "shop": self.shop_key, "since": self.since.isoformat(), "until": self.until.isoformat(), "ok": self.ok,
            "windows": self.windows, "platform": self.platform, "stored": self.stored, "gaps": gaps,
            "run": self.run.to_dict(),
        }  # fmt: skip


@dataclass
class _Audit:
    plan: AuditPlan
    pull: Pull
    report: GapReport
    page_size: int


def audit_gaps(channel: Any, plan: AuditPlan) -> Operation[GapReport]:
    """Compare window by window; answers a report, never raises a platform's error."""
    pull = yield from begin(channel, plan.sync, ORDERS, "audit")
    report = yield from _report(pull, plan)
    audit = _Audit(plan, pull, report, channel.limits(ORDERS.verb).page_size_max or 50)
    longest = min(filter(None, (channel.limits("count_orders").window_max, channel.limits(ORDERS.verb).window_max)),
                  default=LONGEST)  # fmt: skip
    try:
        for span in apart(report.since, report.until, min(longest, LONGEST)):
            yield from _compare(audit, span)
    except OrderHubError as error:
        pull.report.error = error
    pull.report.counts.update({"windows": report.windows, "gaps": len(report.gaps)})
    yield from finish(pull.report)
    return report


def _report(pull: Pull, plan: AuditPlan) -> Operation[GapReport]:
    cursor = yield from ask("orders", "get_cursor", f"{plan.sync.shop_key}:{ORDERS.resource}")
    assert pull.report.started_at is not None
    until = plan.until or watermark_of(cursor) or pull.report.started_at
    return GapReport(plan.sync.shop_key, plan.since, until, pull.report)


def _compare(audit: _Audit, span: Span) -> Operation[None]:
    """One window: counted on both sides; a difference is looked into."""
    there = yield from _platform_count(audit, span)
    here = yield from _stored_count(audit, span)
    audit.report.windows += 1
    audit.report.platform += there
    audit.report.stored += here
    if there != here:
        yield from _narrow(audit, span, there, here)


def _narrow(audit: _Audit, span: Span, there: int, here: int) -> Operation[None]:
    """Halve a window that differs until one page holds it, so that a repair reads little more than what is missing."""
    start, end = span
    if there <= audit.page_size or end - start < 2 * SECOND or not _can_count(audit):
        yield from _look(audit, Gap(start, end, there, here))
        return
    middle = start + ((end - start) / 2 // SECOND) * SECOND
    for half in ((start, middle), (middle + SECOND, end)):
        left, right = (yield from _platform_count(audit, half)), (yield from _stored_count(audit, half))
        if left != right:
            yield from _narrow(audit, half, left, right)


def _can_count(audit: _Audit) -> bool:
    return getattr(audit.pull.channel, "count_orders", None) is not None


def _window(audit: _Audit, span: Span) -> Window:
    return Window(span[0], span[1], audit.plan.axis)


def _platform_count(audit: _Audit, span: Span) -> Operation[int]:
    if _can_count(audit):
        return int((yield from audit.pull.channel.count_orders(_window(audit, span))))
    return len((yield from _listed(audit, span)))


def _listed(audit: _Audit, span: Span) -> Operation[set[str]]:
    """Ids that the list names in a window; no order is fetched by itself."""
    ids: set[str] = set()
    position: Any = None
    for _ in range(PAGES_MAX):
        page: Page[Any] = yield from audit.pull.channel.read_page(_window(audit, span), position, _nothing_needed)
        ids |= {row.order_id for row in (*page.refs, *page.items)}
        ids |= {name for name, _, _ in page.quarantined if name is not None}
        if (position := page.next) is None:
            break
    return ids


def _nothing_needed(refs: Sequence[OrderRef]) -> Operation[frozenset[str]]:
    yield from ()
    return frozenset(ref.order_id for ref in refs)


def _query(audit: _Audit, span: Span) -> OrderQuery:
    platform, shop_id = named(audit.report.shop_key)
    end = span[1] + SECOND - timedelta(microseconds=1)
    if audit.plan.axis == "created":
        return OrderQuery(platform=platform, shop_id=shop_id, created_from=span[0], created_to=end)
    return OrderQuery(platform=platform, shop_id=shop_id, updated_from=span[0], updated_to=end)


def _stored_count(audit: _Audit, span: Span) -> Operation[int]:
    return int((yield from ask("orders", "count_orders", _query(audit, span))))


def _stored_ids(audit: _Audit, span: Span) -> Operation[set[str]]:
    orders = yield from ask("orders", "find_orders", _query(audit, span))
    return {order.order_id for order in orders}


def _look(audit: _Audit, gap: Gap) -> Operation[None]:
    """Compare by name: figures may differ though nothing is missing, where one order stands in several windows."""
    span = (gap.start, gap.end)
    listed = yield from _listed(audit, span)
    missing = listed - (yield from _held(audit, listed, gap.start))
    extra = (yield from _stored_ids(audit, span)) - listed
    if not missing and not extra:
        return
    gap.missing, gap.extra = tuple(sorted(missing)), tuple(sorted(extra))
    audit.report.gaps.append(gap)
    if audit.plan.repair:
        yield from _repair(audit, gap)
    waiting = missing - (yield from _held(audit, missing, gap.start))
    gap.quarantined = tuple(sorted(name for name in waiting if _key(audit, name) in audit.pull.waiting))
    gap.left = len(waiting)


def _held(audit: _Audit, ids: set[str], start: datetime) -> Operation[set[str]]:
    """Which of `ids` are stored, in a version of this window or a later one."""
    if not ids:
        return set()
    keys = tuple(_key(audit, name) for name in sorted(ids))
    least = start if audit.plan.axis == "updated" else None
    orders = yield from ask("orders", "find_orders", OrderQuery(keys=keys, updated_from=least))
    return {order.order_id for order in orders}


def _repair(audit: _Audit, gap: Gap) -> Operation[None]:
    """Read the window again, of which only what is missing costs calls; then by itself what was not listed there."""
    if gap.missing:
        yield from read_window(audit.pull, _window(audit, (gap.start, gap.end)), None)
    yield from _read_again(audit, gap.extra)


def _key(audit: _Audit, name: str) -> str:
    return ORDERS.key(audit.report.shop_key, name)


def _read_again(audit: _Audit, order_ids: Sequence[str]) -> Operation[None]:
    channel, plan = audit.pull.channel, audit.plan.sync
    read_at = yield from now()
    pages = yield from gather([partial(channel.fetch_order, order_id) for order_id in order_ids], 4)
    for page in pages:
        if isinstance(page, NotFound):
            continue  # gone from the platform: what is stored is all there is
        if isinstance(page, Exception):
            raise page
        page = admitted(plan, page)
        outcomes = yield from ask("orders", ORDERS.put, page.items, read_at=read_at)
        page = with_refused(page, outcomes)
        audit.pull.waiting |= yield from keep(ORDERS, plan.shop_key, page.quarantined)
        audit.report.run.counts.update(str(outcome.value) for outcome in outcomes if outcome.ok)
