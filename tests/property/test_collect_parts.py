"""Quarantine that mends itself, back-fill, gap audit, budgets and health, against the model platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from collect_model import (
    BASE,
    SHOP,
    Clock,
    ModelChannel,
    Platform,
    check_cursor,
    check_end,
    order_of,
    plan,
    ports_of,
    run,
    steps,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.collect.backfill import BackfillPlan, backfill_orders
from orderhub.collect.gaps import AuditPlan, audit_gaps
from orderhub.collect.health import shop_health
from orderhub.collect.quota import DetailBudget
from orderhub.collect.sync import replay_quarantine, sync_orders, sync_refunds
from orderhub.errors import DecodeError, PlatformUnavailable, StaleVersion
from orderhub.flow.windows import apart, backwards, joined, spans, without
from orderhub.kit.json import loads
from orderhub.models import AftersaleStatus, Finding, Order, OrderRef, OrderStatus, Page, Refund, Severity
from orderhub.ports import OrderQuery
from orderhub.stores.memory import MemoryStores

WHOLE = replace(plan(), backfill=timedelta(days=1))


class Bench:
    """One shop on an empty store."""

    def __init__(self, orders: int = 0, channel: type[ModelChannel] = ModelChannel, **platform: Any) -> None:
        self.platform = Platform(**platform)
        for number in range(orders):
            self.platform.now = BASE + timedelta(minutes=number)
            self.platform.change(str(number))
        self.platform.now += timedelta(minutes=30)
        self.clock = Clock(self.platform)
        self.stores = MemoryStores(clock=self.clock)
        self.channel = channel(self.platform)
        self.ports = ports_of(self.platform, self.stores)

    def run(self, operation: Any) -> Any:
        return run(operation, self.ports, self.clock)

    def sync(self, **more: Any) -> Any:
        return self.run(sync_orders(self.channel, plan(**more)))

    def count(self) -> int:
        return self.stores.count_orders(OrderQuery())

    def mark(self) -> str | None:
        return self.stores.get_cursor(f"{SHOP}:orders").position


def finding(order_id: str | None, code: str = "undecodable") -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message="not readable", platform="taobao", order_id=order_id)


class Picky(ModelChannel):
    """Cannot read some orders, until it can; `nameless` ones do not even tell their id."""

    bad: set[str] = set()
    nameless = False

    def _sorted(self, page: Page[Order]) -> Page[Order]:
        good = tuple(order for order in page.items if order.order_id not in self.bad)
        kept = tuple((None if self.nameless else order.order_id, order.raw or b"", finding(order.order_id))
                     for order in page.items if order.order_id in self.bad)  # fmt: skip
        return replace(page, items=good, quarantined=kept, findings=tuple(row[2] for row in kept))

    def read_page(self, window: Any, position: Any, known: Any) -> Any:
        return self._sorted((yield from super().read_page(window, position, known)))

    def fetch_order(self, order_id: str) -> Any:
        return self._sorted((yield from super().fetch_order(order_id)))

    def decode(self, raw: bytes) -> Page[Order]:
        told = loads(raw)
        versions = [one for one in self.platform.orders[told["id"]] if one.number == told["version"]]
        if told["id"] in self.bad:
            raise DecodeError("not readable")
        return Page((order_of(told["id"], versions[0]),))


# --- quarantine ------------------------------------------------------------------------------------------------------


@pytest.mark.fault(17, 36)
def test_36_a_bad_order_waits_whole_and_returns_by_itself_once_its_cause_is_gone() -> None:
    bench = Bench(10, Picky)
    bench.channel.bad = {"4"}
    report = bench.sync(decode=bench.channel.decode)
    assert report.ok and bench.count() == 9 and report.counts["quarantined"] == 1
    [kept] = bench.stores.quarantined()
    assert (kept.order_id, kept.reason) == ("4", "undecodable") and loads(kept.raw)["id"] == "4"
    bench.platform.now += timedelta(hours=3)
    assert bench.sync(decode=bench.channel.decode).counts["released"] == 0
    bench.channel.bad = set()
    bench.platform.now += timedelta(minutes=15)
    assert bench.sync(decode=bench.channel.decode).counts["released"] == 1
    assert bench.count() == 10 and bench.stores.quarantined() == []


def test_a_document_without_a_readable_id_returns_from_what_was_kept() -> None:
    bench = Bench(3, Picky)
    bench.channel.bad, bench.channel.nameless = {"1"}, True
    bench.sync(decode=bench.channel.decode)
    [kept] = bench.stores.quarantined()
    assert kept.order_id is None and bench.count() == 2
    bench.channel.bad = set()
    bench.platform.now += timedelta(hours=3)
    bench.sync(decode=bench.channel.decode)
    assert bench.count() == 3 and bench.stores.quarantined() == []


def test_replaying_is_bounded_and_everybody_gets_a_turn() -> None:
    bench = Bench(12, Picky)
    bench.channel.bad = {str(number) for number in range(12)}
    bench.sync(replay_max=0)
    fetched = bench.platform.fetched
    for _ in range(4):
        bench.platform.now += timedelta(hours=3)
        bench.sync(replay_max=3)
    assert bench.platform.fetched - fetched == 12
    assert {item.attempts for item in bench.stores.quarantined()} == {2}


def test_a_readable_one_goes_before_those_tried_less_often() -> None:
    bench = Bench(8, Picky)
    bench.channel.bad = {str(number) for number in range(8)}
    bench.sync(replay_max=0)
    bench.stores.put_quarantined([item for item in bench.stores.quarantined() if item.order_id == "7"] * 5)
    bench.channel.bad.remove("7")
    bench.platform.now += timedelta(hours=3)
    assert bench.sync(replay_max=1, decode=bench.channel.decode).counts["released"] == 1


def test_an_order_that_is_not_let_in_waits_and_enters_once_it_may() -> None:
    """As for a platform SKU that nobody has mapped yet."""
    bench, unmapped = Bench(5), {"2"}

    def admit(order: Order) -> Finding | None:
        return finding(order.order_id, "unmapped_sku") if order.order_id in unmapped else None

    report = bench.sync(admit=admit)
    assert bench.count() == 4 and [item.reason for item in bench.stores.quarantined()] == ["unmapped_sku"]
    assert "unmapped_sku" in {one.code for one in report.findings}
    unmapped.clear()
    bench.platform.now += timedelta(hours=3)
    bench.sync(admit=admit)
    assert bench.count() == 5 and bench.stores.quarantined() == []


def test_an_order_that_decodes_on_the_usual_way_leaves_the_quarantine_too() -> None:
    bench = Bench(3, Picky)
    bench.channel.bad = {"1"}
    bench.sync(replay_max=0)
    bench.channel.bad = set()
    bench.platform.now += timedelta(minutes=1)
    bench.platform.change("1")
    assert bench.sync(replay_max=0).counts["released"] == 1
    assert bench.stores.quarantined() == []


def test_an_order_gone_from_the_platform_stays_in_quarantine() -> None:
    bench = Bench(2, Picky)
    bench.channel.bad = {"1"}
    bench.sync(replay_max=0)
    del bench.platform.orders["1"]
    report = bench.run(replay_quarantine(bench.channel, SHOP))
    assert report.ok and [item.order_id for item in bench.stores.quarantined()] == ["1"]


def test_what_the_store_cannot_write_is_quarantined_not_dropped() -> None:
    bench = Bench(3)
    put = bench.stores.put_orders

    def broken(orders: Any, **more: Any) -> Any:
        return put([order.model_copy(update={"buyer_note": "\ud83d"}) if order.order_id == "1" else order
                    for order in orders], **more)  # fmt: skip

    bench.stores.put_orders = broken  # type: ignore[method-assign]
    report = bench.sync(replay_max=0)
    assert report.counts["quarantined"] == 1 and bench.count() == 2
    assert [item.reason for item in bench.stores.quarantined()] == ["not_storable"]


class Learning(ModelChannel):
    """Knows a status only after a while."""

    knows = False

    def _told(self, order: Order) -> Order:
        return order if self.knows else order.model_copy(update={"status": OrderStatus.UNKNOWN})

    def read_page(self, window: Any, position: Any, known: Any) -> Any:
        page = yield from super().read_page(window, position, known)
        return replace(page, items=tuple(self._told(order) for order in page.items))

    def fetch_order(self, order_id: str) -> Any:
        page = yield from super().fetch_order(order_id)
        return replace(page, items=tuple(self._told(order) for order in page.items))

    def decode(self, raw: bytes) -> Page[Order]:
        told = loads(raw)
        [version] = [one for one in self.platform.orders[told["id"]] if one.number == told["version"]]
        return Page((self._told(order_of(told["id"], version)),))


@pytest.mark.fault(16)
def test_16_an_unknown_status_is_stored_as_unknown_and_understood_once_it_is_mapped() -> None:
    bench = Bench(4, Learning)
    bench.sync(decode=bench.channel.decode)
    assert bench.count() == 4 and bench.stores.count_orders(OrderQuery(status=("unknown",))) == 4
    bench.platform.now += timedelta(hours=3)
    before = bench.platform.fetched
    bench.sync(decode=bench.channel.decode)
    assert bench.platform.fetched == before, "nothing is asked while the cause is still there"
    bench.channel.knows = True
    assert bench.sync(decode=bench.channel.decode).counts["understood"] == 4
    assert bench.stores.count_orders(OrderQuery(status=("unknown",))) == 0


class Cases(ModelChannel):
    """After-sale cases, one of which cannot be read at first."""

    bad = True

    def list_refunds(self, window: Any, position: Any = None) -> Any:
        yield from ()
        at = BASE + timedelta(minutes=5)
        if not window.start <= at <= window.end:
            return Page()
        case = Refund(platform="taobao", shop_id="model", refund_id="r1", order_id="1", currency="CNY", updated_at=at,
                      status=AftersaleStatus.REQUESTED)  # fmt: skip
        return Page(quarantined=(("1", b"{}", finding("1")),)) if self.bad else Page((case,))


def test_a_bad_case_returns_by_listing_its_window_again() -> None:
    bench = Bench(1, Cases)
    bench.run(sync_refunds(bench.channel, plan()))
    assert len(bench.stores.quarantined()) == 1 and bench.stores.find_refunds() == []
    bench.platform.now += timedelta(hours=5)
    bench.sync()
    assert len(bench.stores.quarantined()) == 1, "still bad"
    bench.channel.bad = False
    bench.sync()
    assert bench.stores.quarantined() == [] and [case.refund_id for case in bench.stores.find_refunds()] == ["r1"]


# --- budget ----------------------------------------------------------------------------------------------------------


def test_details_are_planned_known_ones_cost_nothing_and_a_budget_ends_a_run_without_loss() -> None:
    bench = Bench(30, by_reference=True, page_size=5)
    runs = 0
    while not (report := bench.sync(details_max=7, replay_max=0)).is_complete:
        assert report.ok and report.counts["deferred"] and bench.platform.fetched <= 7 * (runs + 1)
        runs += 1
        assert runs < 30, "a budget must not keep a run from ever ending"
    assert bench.platform.fetched == 30 and bench.count() == 30
    check_end(bench.platform, bench.stores)
    bench.platform.now += timedelta(minutes=30)
    bench.sync()
    assert bench.platform.fetched == 30, "nothing changed, nothing is fetched"


def test_new_orders_come_before_second_looks() -> None:
    budget = DetailBudget(1)
    refs = [OrderRef("old"), OrderRef("new")]
    assert budget.skip(refs, fresh=(), stored={"old"}) == {"old"} and budget.rechecks and budget.deferred == 1


# --- back-fill -------------------------------------------------------------------------------------------------------


def test_a_backfill_goes_newest_first_in_steps_and_leaves_the_live_watermark_alone() -> None:
    bench = Bench(300)
    bench.run(sync_orders(bench.channel, replace(plan(), backfill=timedelta(minutes=40))))
    live, shares = bench.mark(), []
    wanted = BackfillPlan(
        plan(), BASE - timedelta(hours=1), windows_max=2, on_window=lambda r: shares.append(r.progress)
    )
    first = bench.run(backfill_orders(bench.channel, wanted))
    assert first.ok and not first.is_complete and 0 < first.progress < 1
    oldest = min(order.updated_at for order in bench.stores.find_orders(OrderQuery()))
    assert oldest > BASE + timedelta(hours=2), "newest first"
    while not bench.run(backfill_orders(bench.channel, wanted)).is_complete:
        assert len(shares) < 50
    assert shares == sorted(shares) and bench.count() == 300 and bench.mark() == live
    calls = bench.platform.calls
    again = bench.run(backfill_orders(bench.channel, replace(wanted, windows_max=None)))
    assert again.is_complete and bench.platform.calls - calls <= 6, "only the minutes that had not settled"


def test_an_older_start_adds_only_what_is_missing() -> None:
    bench = Bench(200)
    until = BASE + timedelta(hours=3)
    bench.run(backfill_orders(bench.channel, BackfillPlan(plan(), BASE + timedelta(hours=2), until)))
    assert bench.count() == 61
    calls = bench.platform.calls
    bench.run(backfill_orders(bench.channel, BackfillPlan(plan(), BASE + timedelta(hours=1), until)))
    assert bench.count() == 121 and bench.platform.calls - calls <= 21


@pytest.mark.fault(1)
def test_a_failed_window_is_not_remembered() -> None:
    bench, calls = Bench(60), iter([False, False, False, True])
    bench.platform.stumble = lambda: next(calls, False)
    report = bench.run(backfill_orders(bench.channel, BackfillPlan(plan(), BASE)))
    assert not report.ok and report.error.retryable
    assert bench.run(backfill_orders(bench.channel, BackfillPlan(plan(), BASE))).is_complete
    assert bench.count() == 60


def test_what_lists_cannot_reach_is_said() -> None:
    bench = Bench(5)
    bench.channel._limits = replace(bench.channel._limits, history=timedelta(days=1))
    report = bench.run(backfill_orders(bench.channel, BackfillPlan(plan(), BASE - timedelta(days=90))))
    assert [one.code for one in report.findings] == ["beyond_history"] and report.is_complete and bench.count() == 5


# --- gap audit -------------------------------------------------------------------------------------------------------


def lose(bench: Bench, *order_ids: str) -> None:
    """As if the store had forgotten them."""
    held = {order.order_id: order for order in bench.stores.find_orders(OrderQuery())}
    fresh = MemoryStores(clock=bench.clock)
    fresh.put_orders([order for name, order in held.items() if name not in order_ids])
    fresh.put_cursor(fresh.get_cursor(f"{SHOP}:orders"), bench.mark() or "")
    bench.stores, bench.ports = fresh, ports_of(bench.platform, fresh)


class NoCount(ModelChannel):
    """A platform that tells no totals."""

    count_orders = None  # type: ignore[assignment]


@pytest.mark.parametrize("channel", [ModelChannel, NoCount])
def test_an_audit_finds_and_repairs_exactly_what_is_missing(channel: type[ModelChannel]) -> None:
    bench = Bench(100, channel)
    bench.run(sync_orders(bench.channel, WHOLE))
    wanted = AuditPlan(plan(), BASE - timedelta(hours=1))
    clean = bench.run(audit_gaps(bench.channel, wanted))
    assert clean.ok and clean.platform == clean.stored == 100 and not clean.gaps
    lose(bench, "13", "14", "77")
    told = bench.run(audit_gaps(bench.channel, wanted))
    assert not told.ok and bench.count() == 97 and told.platform - told.stored == 3
    mended = bench.run(audit_gaps(bench.channel, replace(wanted, repair=True)))
    assert mended.ok and {name for gap in mended.gaps for name in gap.missing} == {"13", "14", "77"}
    assert bench.count() == 100 and bench.run(audit_gaps(bench.channel, wanted)).gaps == []


def test_a_repair_reads_little_more_than_what_is_missing() -> None:
    bench = Bench(120, by_reference=True, page_size=4)
    bench.run(sync_orders(bench.channel, WHOLE))
    lose(bench, "55")
    fetched = bench.platform.fetched
    report = bench.run(audit_gaps(bench.channel, AuditPlan(plan(), BASE, repair=True)))
    assert report.ok and bench.platform.fetched - fetched == 1 and len(report.gaps) == 1


def test_what_moved_on_is_read_again_and_what_waits_in_quarantine_is_no_gap() -> None:
    bench = Bench(20, Picky)
    bench.channel.bad = {"5"}
    bench.run(sync_orders(bench.channel, plan()))
    bench.platform.change("9")
    bench.platform.change("10")
    report = bench.run(audit_gaps(bench.channel, AuditPlan(plan(), BASE, repair=True)))
    assert report.ok, report.to_dict()
    assert {name for gap in report.gaps for name in gap.extra} == {"9", "10"}
    assert {name for gap in report.gaps for name in gap.quarantined} == {"5"}
    assert bench.stores.get_order(f"{SHOP}:9").seller_note == str(bench.platform.orders["9"][-1].number)


# --- totals, health --------------------------------------------------------------------------------------------------


class Overcounting(ModelChannel):
    """Its total is one too many, always."""

    def read_page(self, window: Any, position: Any, known: Any) -> Any:
        page = yield from super().read_page(window, position, known)
        return replace(page, total=(page.total or 0) + 1)


@pytest.mark.fault(31)
def test_31_a_total_that_is_always_wrong_costs_one_more_reading_and_a_finding() -> None:
    bench = Bench(7, Overcounting)
    report = bench.sync()
    assert report.ok and bench.count() == 7 and "total_mismatch" in {one.code for one in report.findings}


def test_health_tells_lag_counts_failures_and_the_run_log() -> None:
    bench = Bench(6)
    health = bench.run(shop_health(SHOP))
    assert (health.state, health.lag_s, health.orders) == ("never", None, 0)
    bench.sync()
    health = bench.run(shop_health(SHOP))
    assert health.state == "ok" and health.orders == 6 and 0 < health.lag_s < 600 and health.last_error is None
    bench.platform.now += timedelta(hours=2)
    assert bench.run(shop_health(SHOP)).state == "late"
    bench.platform.stumble = lambda: True
    for _ in range(2):
        bench.platform.now += timedelta(minutes=1)
        assert not bench.sync().ok
    health = bench.run(shop_health(SHOP, bench.platform.now + timedelta(days=1)))
    assert health.state == "failing" and health.failures == 2 and "busy" in health.last_error and health.needs_seller
    bench.platform.stumble = lambda: False
    bench.platform.now += timedelta(minutes=1)
    bench.sync()
    assert bench.run(shop_health(SHOP)).state == "ok"
    assert len(bench.stores.runs(shop_key=SHOP)) == 4


@pytest.mark.fault(37)
def test_37_a_store_that_cannot_write_moves_no_cursor() -> None:
    bench, put = Bench(9), MemoryStores.put_orders
    calls = iter(range(100))

    def full(orders: Any, **more: Any) -> Any:
        if next(calls) == 1:
            raise PlatformUnavailable("disk full")
        return put(bench.stores, orders, **more)

    bench.stores.put_orders = full  # type: ignore[method-assign]
    assert not bench.sync().ok
    check_cursor(bench.platform, bench.stores)
    assert bench.sync().ok and bench.count() == 9


def exhaust(driven: Any) -> None:
    while True:
        next(driven)


@pytest.mark.fault(35)
def test_35_the_second_of_two_workers_is_refused_and_nothing_is_lost() -> None:
    bench = Bench(12)
    slow = steps(sync_orders(bench.channel, plan()), bench.ports, bench.clock)
    for _ in range(8):
        next(slow)
    assert bench.sync().ok
    with pytest.raises(StopIteration) as end:
        exhaust(slow)
    assert isinstance(end.value.value.error, StaleVersion)
    check_end(bench.platform, bench.stores)


# --- windows ---------------------------------------------------------------------------------------------------------

instants = st.integers(0, 5_000).map(lambda seconds: BASE + timedelta(seconds=seconds))
pairs = st.tuples(instants, instants).map(lambda pair: (min(pair), max(pair)))


def inside(at: datetime, found: Any) -> bool:
    return any(start <= at <= end for start, end in found)


@given(pairs, st.integers(2, 900).map(lambda s: timedelta(seconds=s)), instants)
@settings(max_examples=200, deadline=None)
def test_windows_cover_their_span_and_nothing_else(span: Any, longest: timedelta, at: datetime) -> None:
    for cut in (spans, backwards, apart):
        found = list(cut(*span, longest))
        assert all(end - start <= longest and span[0] <= start <= end <= span[1] for start, end in found)
        assert inside(at, found) == (span[0] <= at <= span[1])
    counted = list(apart(*span, longest))
    assert sum(start <= at <= end for start, end in counted) == (span[0] <= at <= span[1])


@given(pairs, st.lists(pairs, max_size=6), instants)
@settings(max_examples=200, deadline=None)
def test_what_is_not_covered_is_left(span: Any, covered: Any, at: datetime) -> None:
    left, whole = without(*span, covered), joined(covered)
    assert inside(at, whole) == inside(at, covered)
    if span[0] < at < span[1] and not inside(at, covered):
        assert inside(at, left)
    if any(start < at < end for start, end in whole):
        assert not inside(at, left)
    assert all(span[0] <= start < end <= span[1] for start, end in left)
