"""Documents that could not become orders: kept whole, read again by themselves, released once stored. Imports `ports`.

Reading again is bounded and fair: what decodes now comes first, then what was tried least often. A document leaves
only when its order is stored; an order that the platform no longer finds stays, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from orderhub.collect.feed import ORDERS, REFUNDS, Feed, SyncPlan, named
from orderhub.collect.report import SyncReport
from orderhub.errors import DecodeError, NotFound, OrderHubError
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.models import Finding, Order, OrderStatus, Outcome, Page, Severity, Window
from orderhub.ports import OrderQuery, QuarantinedOrder

__all__ = ["admitted", "keep", "release", "replay_quarantine", "with_refused"]

Kept = tuple[str | None, bytes, Finding]
REFUND_PAGES_MAX = 1_000
UNKNOWN_MAX, UNKNOWN_PAGE = 2_000, 200
"""Stored orders with unknown words that one run decodes again, without any call."""
HOLD = "unknown_value"


def admitted(plan: SyncPlan, page: Page[Any]) -> Page[Any]:
    """The page without the orders that the plan does not let in yet; those are quarantined with the reason."""
    if plan.admit is None:
        return page
    refused = [(order, finding) for order in page.items if (finding := plan.admit(order)) is not None]
    out = {id(order) for order, _ in refused}
    kept = tuple((order.order_id, order.raw or b"", finding) for order, finding in refused)
    items = tuple(order for order in page.items if id(order) not in out)
    findings = (*page.findings, *(finding for _, finding in refused))
    return Page(items, page.refs, findings, page.next, page.total, (*page.quarantined, *kept))


def with_refused(page: Page[Any], outcomes: Sequence[Outcome[str]]) -> Page[Any]:
    """The page with what the store could not write as one more thing to quarantine: nothing is dropped in silence."""
    refused = tuple(
        (item.order_id, item.raw or b"", _unwritten(item, outcome))
        for item, outcome in zip(page.items, outcomes, strict=True) if not outcome.ok
    )  # fmt: skip
    findings = (*page.findings, *(finding for _, _, finding in refused))
    return Page(page.items, page.refs, findings, page.next, page.total, (*page.quarantined, *refused))


def _unwritten(item: Any, outcome: Outcome[str]) -> Finding:
    why = outcome.error.message if outcome.error else outcome.reason or "the store refused it"
    return Finding(code="not_storable", severity=Severity.ERROR, platform=item.platform, order_id=item.order_id,
                   message=why)  # fmt: skip


def keep(feed: Feed, shop_key: str, rows: Iterable[Kept], window: Window | None = None) -> Operation[frozenset[str]]:
    """Put into quarantine; answers the keys. After-sale cases keep the window that showed them, to list it again."""
    at = yield from now()
    kept = [_kept(feed, shop_key, row, at, window) for row in rows]
    if kept:
        yield from ask("quarantine", "put_quarantined", kept)
    return frozenset(item.key for item in kept)


def _kept(feed: Feed, shop_key: str, row: Kept, at: datetime, window: Window | None) -> QuarantinedOrder:
    order_id, raw, finding = row
    name = order_id or f"unread:{sha256(raw).hexdigest()[:16]}"
    if feed is REFUNDS and window is not None:
        name = f"{window.start.isoformat()}/{window.end.isoformat()}/{name}"
    platform, shop_id = named(shop_key)
    return QuarantinedOrder(feed.key(shop_key, name), platform, shop_id, order_id, finding.code, finding, raw, at)


def release(feed: Feed, shop_key: str, stored: Iterable[str], waiting: set[str]) -> Operation[int]:
    """Let go of what has been stored; `waiting` are the keys in quarantine, so that mostly nothing is asked."""
    keys = [key for name in stored if (key := feed.key(shop_key, name)) in waiting] if waiting else []
    if keys:
        yield from ask("quarantine", "release_quarantined", keys)
        waiting.difference_update(keys)
    return len(keys)


def replay_quarantine(channel: Any, shop_key: str, plan: SyncPlan | None = None) -> Operation[SyncReport]:
    """Read quarantined documents again, and stored orders whose unknown words have become known.

    Those that can be decoded now are stored and leave the quarantine. At most `plan.replay_max` calls of each kind;
    without a plan every document is read.
    """
    report = SyncReport(shop_key, "quarantine", started_at=(yield from now()))
    bounds = plan or SyncPlan(shop_key, replay_max=10**9)
    platform, shop_id = named(shop_key)
    kept: list[QuarantinedOrder] = yield from ask("quarantine", "quarantined", platform=platform, shop_id=shop_id)
    try:
        yield from _replay_orders(channel, bounds, kept, report)
        yield from _replay_refunds(channel, bounds, kept, report)
        yield from _replay_unknown(channel, bounds, report)
    except OrderHubError as error:
        report.error = error
    report.finished_at = yield from now()
    return report


def _is_refund(item: QuarantinedOrder) -> bool:
    return item.key.startswith(f"{item.platform}:{item.shop_id}:{REFUNDS.mark}")


def _readable(plan: SyncPlan, raw: bytes) -> tuple[Order, ...]:
    """The orders in kept bytes as today's tables and rules read them; none while the cause is still there."""
    if plan.decode is None or not raw:
        return ()
    try:
        return admitted(plan, plan.decode(raw)).items
    except DecodeError:
        return ()


def _replay_orders(channel: Any, plan: SyncPlan, kept: list[QuarantinedOrder], report: SyncReport) -> Operation[None]:
    """What decodes now first, then by attempts: a document that never mends does not keep others from their turn."""
    found = [(item, _readable(plan, item.raw)) for item in kept if not _is_refund(item)]
    found.sort(key=lambda pair: (not pair[1], pair[0].attempts))
    for item, readable in [pair for pair in found if pair[0].order_id is None and pair[1]]:
        yield from _stored(plan, item, Page(readable), report, item.first_seen_at)
    turn = [item for item, _ in found if item.order_id is not None][: plan.replay_max]
    read_at = yield from now()
    pages = yield from gather([partial(channel.fetch_order, item.order_id) for item in turn], 4)
    for item, page in zip(turn, pages, strict=True):
        if isinstance(page, NotFound) or (isinstance(page, DecodeError) and not page.retryable):
            yield from ask("quarantine", "put_quarantined", [item])
            report.counts["quarantined"] += 1
        elif isinstance(page, Exception):
            raise page
        else:
            yield from _stored(plan, item, page, report, read_at)


def _stored(
    plan: SyncPlan, item: QuarantinedOrder, page: Page[Any], report: SyncReport, read_at: datetime | None
) -> Operation[None]:
    page = admitted(plan, page)
    outcomes = yield from ask("orders", ORDERS.put, page.items, read_at=read_at)
    page = with_refused(page, outcomes)
    if page.quarantined or not page.items:
        yield from keep(ORDERS, plan.shop_key, page.quarantined or [(item.order_id, item.raw, item.finding)])
        report.counts["quarantined"] += 1
        return
    yield from ask("quarantine", "release_quarantined", [item.key])
    report.counts["released"] += 1
    report.counts.update(str(outcome.value) for outcome in outcomes)


def _replay_refunds(channel: Any, plan: SyncPlan, kept: list[QuarantinedOrder], report: SyncReport) -> Operation[None]:
    """Cases have no common call of their own: the window that showed them is listed once more."""
    windows: dict[Window, list[QuarantinedOrder]] = {}
    for item in sorted(kept, key=lambda one: one.attempts):
        if _is_refund(item) and (window := _window_of(item)) is not None:
            windows.setdefault(window, []).append(item)
    for window, items in list(windows.items())[: plan.replay_max]:
        bad = yield from _listed_again(channel, window, report)
        mended = [item.key for item in items if item.order_id not in bad]
        yield from ask("quarantine", "release_quarantined", mended)
        yield from ask("quarantine", "put_quarantined", [item for item in items if item.order_id in bad])
        report.counts["released"] += len(mended)
        report.counts["quarantined"] += len(items) - len(mended)


def _listed_again(channel: Any, window: Window, report: SyncReport) -> Operation[set[str | None]]:
    bad: set[str | None] = set()
    position: Any = None
    for _ in range(REFUND_PAGES_MAX):
        read_at = yield from now()
        page: Page[Any] = yield from channel.list_refunds(window, position)
        outcomes = yield from ask("orders", REFUNDS.put, page.items, read_at=read_at)
        page = with_refused(page, outcomes)
        report.counts.update(str(outcome.value) for outcome in outcomes if outcome.ok)
        bad |= {order_id for order_id, _, _ in page.quarantined}
        if (position := page.next) is None:
            break
    return bad


def _window_of(item: QuarantinedOrder) -> Window | None:
    name = item.key.removeprefix(f"{item.platform}:{item.shop_id}:{REFUNDS.mark}")
    start, _, rest = name.partition("/")
    end = rest.partition("/")[0]
    try:
        return Window(datetime.fromisoformat(start), datetime.fromisoformat(end))
    except ValueError:
        return None


def _replay_unknown(channel: Any, plan: SyncPlan, report: SyncReport) -> Operation[None]:
    """Stored orders that hold an unknown word are decoded again from their raw document; better ones are fetched."""
    better: list[str] = []
    for named_by in ({"status": (OrderStatus.UNKNOWN.value,)}, {"hold": HOLD}):
        better += (yield from _improved(plan, named_by)) if plan.decode is not None else []
    turn = list(dict.fromkeys(better))[: plan.replay_max]
    read_at = yield from now()
    pages = yield from gather([partial(channel.fetch_order, order_id) for order_id in turn], 4)
    for page in pages:
        if isinstance(page, NotFound | DecodeError):
            continue
        if isinstance(page, Exception):
            raise page
        outcomes = yield from ask("orders", ORDERS.put, admitted(plan, page).items, read_at=read_at)
        report.counts.update(str(outcome.value) for outcome in outcomes if outcome.ok)
        report.counts["understood"] += len(outcomes)


def _improved(plan: SyncPlan, named_by: dict[str, Any]) -> Operation[list[str]]:
    platform, shop_id = named(plan.shop_key)
    after: tuple[datetime, str] | None = None
    found: list[str] = []
    for _ in range(UNKNOWN_MAX // UNKNOWN_PAGE):
        query = OrderQuery(platform=platform, shop_id=shop_id, limit=UNKNOWN_PAGE, after=after, **named_by)
        orders: list[Order] = yield from ask("orders", "find_orders", query)
        found += [order.order_id for order in orders if any(
            new.order_id == order.order_id and _unknowns(new) < _unknowns(order)
            for new in _readable(plan, order.raw or b""))]  # fmt: skip
        if len(orders) < UNKNOWN_PAGE or orders[-1].updated_at is None:
            break
        after = (orders[-1].updated_at, orders[-1].key)
    return found


def _unknowns(order: Order) -> int:
    """How many words of the order are not understood."""
    words = (order.status, order.payment_status, order.fulfilment_status, order.aftersale_status,
             *(line.status for line in order.lines))  # fmt: skip
    return sum(word.value == OrderStatus.UNKNOWN.value for word in words) + sum(h.value == HOLD for h in order.holds)
