"""Working off the to-do list that messages fill: read the order, store it, strike the row. Imports `kit`, `ports`.

A message may arrive before the order can be read. Such a row is tried again at growing distances until it is there,
for a day at most; then a finding says so, and the poll is what is left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orderhub.collect.feed import ORDERS, REFUNDS, Feed, SyncPlan, named
from orderhub.collect.inbox import topic_of
from orderhub.collect.quarantine import admitted, keep, release, with_refused
from orderhub.collect.report import SyncReport
from orderhub.errors import DecodeError, NotFound, OrderHubError
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.models import Finding, Page, Severity

__all__ = ["TAKE_MAX", "WAITS", "refetch"]

TAKE_MAX = 1_000
BATCH = 50
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 5, 10, 15, 30, 60))
"""Until the next try, by how many there were; the last one repeats."""
GIVE_UP = timedelta(hours=24)
GUESS_FOR = timedelta(minutes=15)
"""How long a row is tried whose message did not say for certain that it is this shop's."""
Row = tuple[str, dict[str, Any], int]


def refetch(channel: Any, plan: SyncPlan) -> Operation[SyncReport]:
    """Read again whatever messages named and is due; answers a report, never raises a platform's error."""
    report = SyncReport(plan.shop_key, "refetch", started_at=(yield from now()))
    assert report.started_at is not None
    taken = yield from ask("outbox", "take_outbox", topic_of(plan.shop_key), TAKE_MAX)
    rows: list[Row] = [(key, json.loads(body), version) for key, body, version in taken]
    due = [row for row in rows if datetime.fromisoformat(row[1]["due"]) <= report.started_at]
    report.counts["waiting"] = len(rows) - len(due)
    try:
        for start in range(0, len(due), BATCH):
            yield from _batch(channel, plan, due[start : start + BATCH], report)
    except OrderHubError as error:
        report.error = error
    report.finished_at = yield from now()
    return report


def _batch(channel: Any, plan: SyncPlan, rows: Sequence[Row], report: SyncReport) -> Operation[None]:
    """Fetched side by side, each settled by itself; a failure that will pass leaves its row as it is."""
    platform, shop_id = named(plan.shop_key)
    kept = yield from ask("quarantine", "quarantined", platform=platform, shop_id=shop_id)
    waiting = {item.key for item in kept}
    read_at = yield from now()
    found = yield from gather([partial(_read, channel, key, row["id"]) for key, row, _ in rows], 4)
    failure: OrderHubError | None = None
    for (key, row, version), page in zip(rows, found, strict=True):
        feed = _feed(key)
        if isinstance(page, OrderHubError) and page.retryable:
            failure = failure or page
        elif isinstance(page, DecodeError):
            yield from keep(feed, plan.shop_key, [(row["id"], b"", _undecodable(plan, row["id"], page))])
            yield from _done(plan, key, version)
            report.counts["quarantined"] += 1
        elif isinstance(page, OrderHubError):
            yield from _later(plan, key, row, version, page, report)
        elif isinstance(page, Exception):
            raise page
        else:
            yield from _store(feed, plan, page, waiting, report, read_at)
            yield from _done(plan, key, version)
    if failure is not None:
        raise failure


def _feed(key: str) -> Feed:
    return REFUNDS if key.startswith(REFUNDS.mark) else ORDERS


def _read(channel: Any, key: str, name: str) -> Operation[Page[Any]]:
    """One order, or one case where the platform has a call for it; else the poll of cases brings it."""
    if _feed(key) is ORDERS:
        return (yield from channel.fetch_order(name))  # type: ignore[no-any-return]
    if getattr(channel, "get_refund", None) is None:
        return Page()
    return Page(((yield from channel.get_refund(name)),))


def _store(
    feed: Feed, plan: SyncPlan, page: Page[Any], waiting: set[str], report: SyncReport, read_at: datetime
) -> Operation[None]:
    page = admitted(plan, page) if feed is ORDERS else page
    outcomes = yield from ask("orders", feed.put, page.items, read_at=read_at)
    page = with_refused(page, outcomes)
    yield from keep(feed, plan.shop_key, page.quarantined)
    stored = [item.order_id for item, outcome in zip(page.items, outcomes, strict=True) if outcome.ok]
    report.counts["released"] += yield from release(feed, plan.shop_key, stored, waiting)
    report.counts.update(str(outcome.value) for outcome in outcomes if outcome.ok)
    report.counts["quarantined"] += len(page.quarantined)
    report.findings += page.findings


def _done(plan: SyncPlan, key: str, version: int) -> Operation[None]:
    """Strike the row; one that a newer message replaced meanwhile stays."""
    yield from ask("outbox", "done_outbox", topic_of(plan.shop_key), [(key, version)])


def _later(
    plan: SyncPlan, key: str, row: Mapping[str, Any], version: int, error: OrderHubError, report: SyncReport
) -> Operation[None]:
    """Not there yet: try again after a while, or give up with a finding."""
    at = yield from now()
    waited = at - datetime.fromisoformat(row["at"])
    if waited > (GIVE_UP if row["sure"] else GUESS_FOR):
        if row["sure"]:
            report.findings.append(_never_there(plan, row["id"], error))
        report.counts["given_up"] += 1
        yield from _done(plan, key, version)
        return
    wait = WAITS[min(row["tries"], len(WAITS) - 1)]
    again = json.dumps({**row, "tries": row["tries"] + 1, "due": (at + wait).isoformat()})
    yield from ask("outbox", "put_outbox", topic_of(plan.shop_key), {key: again}, version)
    report.counts["waiting"] += 1


def _never_there(plan: SyncPlan, name: str, error: OrderHubError) -> Finding:
    why = "was announced and could not be found" if isinstance(error, NotFound) else f"cannot be read: {error.message}"
    return Finding(code="not_visible", severity=Severity.WARNING, platform=named(plan.shop_key)[0], order_id=name,
                   message=f"an order that a message names {why} for {GIVE_UP.total_seconds() / 3600:.0f} hours",
                   request_id=error.request_id)  # fmt: skip


def _undecodable(plan: SyncPlan, name: str, error: DecodeError) -> Finding:
    return Finding(
        code="undecodable", severity=Severity.ERROR, platform=named(plan.shop_key)[0], order_id=name,
        message=error.message, path=error.path, value=error.value, request_id=error.request_id,
    )  # fmt: skip
