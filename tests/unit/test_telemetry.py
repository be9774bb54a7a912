"""Spans and metrics say what happened and never about whom; without an observer nothing is wrapped."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import orderhub
from orderhub import AsyncHub, Hub
from orderhub.errors import NotFound, OrderHubError, TimedOut
from orderhub.flow.message import Reply, Request
from orderhub.inventory import Receive, Reserve, StockLine, open_ledger
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.telemetry import OtelObserver
from orderhub.telemetry.names import ATTRIBUTES, METRICS, SPANS, TRACED
from orderhub.testing.orders import sample_order

START = datetime(2026, 11, 11, tzinfo=UTC)
RECENT = timedelta(days=4)


class Seen:
    """An observer whose exports stay in memory."""

    def __init__(self, now: Any = None) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        traces = TracerProvider(shutdown_on_exit=False)
        traces.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.traces, self.meters = traces, MeterProvider([self.reader], shutdown_on_exit=False)
        self.observer = OtelObserver(tracer_provider=traces, meter_provider=self.meters, now=now)

    def spans(self, name: str = "") -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if not name or span.name == name]

    def points(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """(attributes, sum or value) of one metric."""
        data = self.reader.get_metrics_data()
        found = [
            metric
            for some in (data.resource_metrics if data else ())
            for scope in some.scope_metrics
            for metric in scope.metrics
        ]
        return [(dict(point.attributes), getattr(point, "sum", getattr(point, "value", None)))
                for metric in found if metric.name == name for point in metric.data.data_points]  # fmt: skip

    def words(self) -> list[str]:
        """Every text that leaves the process."""
        told = [text for span in self.spans() for text in _texts(span)]
        return told + [str(value) for name in METRICS for about, _ in self.points(name) for value in about.values()]


def _texts(span: ReadableSpan) -> list[str]:
    events = [str(value) for event in span.events for value in (event.name, *(event.attributes or {}).values())]
    return [span.name, span.status.description or "", *map(str, (span.attributes or {}).values()), *events]


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(scope="module")
def world() -> World:
    return World(
        seed=4, platforms=["taobao"], carriers=["sf"], shops_per_platform=1, orders=8, limits=False, awkward=True
    )


def shops(world: World) -> list[dict[str, Any]]:
    return [{**find(row["platform"]).spec.samples(), **row} for row in world.shops()]


@pytest.fixture
def hub(world: World, seen: Seen) -> Iterator[Hub]:
    with Hub(shops(world), transport=world.transport(), observer=seen.observer, backfill=RECENT) as made:
        yield made


def test_a_verb_is_the_parent_of_its_calls_and_of_what_it_stores(hub: Hub, seen: Seen) -> None:
    reports = hub.sync()
    assert all(report.ok for report in reports)
    [root] = seen.spans("orderhub.hub.sync")
    calls, stored = seen.spans("orderhub.call"), seen.spans("orderhub.store.put_orders")
    assert calls
    assert stored
    below = {span.context.span_id: span.parent.span_id for span in seen.spans() if span.parent and span.context}
    for span in (*calls, *stored):
        at = span.context.span_id
        while at in below:
            at = below[at]
        assert at == root.context.span_id
        assert span.context.trace_id == root.context.trace_id
    assert {(span.attributes["orderhub.outcome"], span.attributes["http.response.status_code"]) for span in calls} == {
        ("ok", 200)
    }
    assert {span.attributes["orderhub.shop"] for span in calls} == set(hub.shops)
    assert all(span.attributes["orderhub.operation"] and span.attributes["server.address"] for span in calls)
    assert all(span.start_time >= root.start_time and span.end_time <= root.end_time for span in calls)
    told = {
        about["orderhub.shop"]: value
        for about, value in seen.points("orderhub.sync.documents")
        if about["orderhub.word"] == "inserted" and about["orderhub.resource"] == "orders"
    }
    assert told == {report.shop_key: report.counts["inserted"] for report in reports if report.resource == "orders"}


def test_every_name_is_in_the_tables(hub: Hub, seen: Seen) -> None:
    hub.subscribe("*", lambda event: None, name="erp")
    hub.sync()
    hub.health()
    hub.stock_alerts()
    hub.tag([hub.orders(limit=1)[0].key], add=["x"])
    with pytest.raises(OrderHubError):
        hub.shops[next(iter(hub.shops))].get_order("no-such-order")
    seen.observer.ledger(open_ledger("memory:")).apply([Receive("po", (StockLine("A", "sh", 1),))])
    known = {*SPANS, *TRACED.values()}
    for span in seen.spans():
        scope, verb = span.attributes.get("orderhub.scope"), span.attributes.get("orderhub.verb")
        assert span.name in known or span.name == f"orderhub.{scope}.{verb}"
        assert set(span.attributes) <= set(ATTRIBUTES)
        assert not span.events
    for name, metric in METRICS.items():
        for about, _ in seen.points(name):
            assert set(about) <= set(metric.attributes), name
    measured = {name for name in METRICS if seen.points(name)}
    assert measured >= set(METRICS) - {"orderhub.call.retries", "orderhub.outcomes"}, set(METRICS) - measured
    assert {about for spoken, _ in seen.points("orderhub.events") for about in spoken.items()} == {
        ("orderhub.hook", "erp"), ("orderhub.outcome", "ok"),
    }  # fmt: skip


def test_no_person_and_no_secret_is_in_anything_that_leaves(hub: Hub, seen: Seen, world: World) -> None:
    """Everything that the orders know of people, every credential, and the bodies of the replies: none of it is told."""
    heard: list[Any] = []
    hub.subscribe("*", heard.append, name="erp")
    hub.sync()
    orders = hub.orders()
    shop = next(iter(hub.shops.values()))
    for order in orders[:3]:
        hub.search(order.recipient.phone or "13900001111")
        hub.orders(name=order.recipient.name, phone=order.recipient.phone)
    hub.note(orders[0].key, "ring 13800138000 first", who="anna")
    with pytest.raises(OrderHubError):
        shop.get_order("王小明13800138000")
    hub.notify([order.key for order in orders])
    secrets = {str(value) for row in world.shops() for name, value in row.items()
               if name.endswith(("secret", "token")) or name == "app_key"}  # fmt: skip
    people = {text for order in orders for text in (
        order.recipient.name, order.recipient.phone, order.recipient.address.street, order.buyer.nickname,
        order.buyer.buyer_id, order.buyer_note, order.seller_note, order.recipient.privacy.token,
    ) if text} | {"王小明", "13800138000", "13900001111", "anna"}  # fmt: skip
    assert len(people) > 20
    assert heard
    told = seen.words()
    assert len(told) > 100
    assert [word for word in people | secrets if any(word in text for text in told)] == []
    assert [text for text in told if "://" in text or "?" in text] == []


class Scripted:
    """Answers with what the script says, then with the sandbox."""

    def __init__(self, inner: Any, script: Sequence[Any]) -> None:
        self.inner, self.script = inner, list(script)

    def send(self, request: Request) -> Reply:
        found = self.script.pop(0) if self.script else None
        if isinstance(found, Exception):
            raise found
        return found or self.inner.send(request)

    def close(self) -> None: ...


class Fast:
    """No time goes by."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None: ...


def test_retries_and_what_replies_said(world: World, seen: Seen) -> None:
    entry = next(row for row in shops(world) if row["platform"] == "taobao")
    transport = Scripted(world.transport(), [TimedOut("no reply 13800138000"), Reply(503, {}, b"")])
    with orderhub.connect(**entry, transport=transport, observer=seen.observer, clock=Fast()) as shop:
        shop.server_time()
        assert [span.attributes["orderhub.outcome"] for span in seen.spans("orderhub.call")] == [
            "TimedOut", "PlatformUnavailable", "ok",
        ]  # fmt: skip
        retries = {about["error.type"]: value for about, value in seen.points("orderhub.call.retries")}
        assert retries == {"TimedOut": 1, "PlatformUnavailable": 1}
        with pytest.raises(NotFound):
            shop.get_order("1")
        [failed] = seen.spans("orderhub.shop.get_order")
        assert (failed.attributes["orderhub.outcome"], failed.status.description) == ("NotFound", None)
        assert seen.spans("orderhub.call")[-1].attributes["error.type"]
        seen.exporter.clear()
        stream = shop.orders(updated_since=datetime.now(UTC) - timedelta(days=5))
        assert seen.spans() == []
        next(stream)
        stream.close()
        assert [span.attributes["orderhub.outcome"] for span in seen.spans("orderhub.shop.orders")] == ["abandoned"]


async def test_async_verbs_are_parents_too_and_leave_no_context_behind(world: World, seen: Seen) -> None:
    from opentelemetry import trace

    async with AsyncHub(
        shops(world), transport=world.async_transport(), observer=seen.observer, backfill=RECENT
    ) as hub:
        await asyncio.gather(hub.sync(), hub.health())
        assert trace.get_current_span() is trace.INVALID_SPAN
        [root] = seen.spans("orderhub.hub.sync")
        calls = seen.spans("orderhub.call")
        assert calls
        assert {span.context.trace_id for span in calls} == {root.context.trace_id}
        shop = next(iter(hub.shops.values()))
        async for _ in shop.orders(updated_since=datetime.now(UTC) - timedelta(days=5)):
            assert trace.get_current_span() is trace.INVALID_SPAN, "a page is with the reader"
            break
    assert {span.attributes["orderhub.outcome"] for span in calls} == {"ok"}


def test_lag_grows_while_nothing_runs_and_the_quarantine_is_counted() -> None:
    at = [START]
    seen = Seen(lambda: at[0])

    class Hand(Fast):
        def now(self) -> datetime:
            return at[0]

    with Hub(clock=Hand(), observer=seen.observer) as hub:
        from orderhub.collect.report import SyncReport

        seen.observer.saw([SyncReport("taobao:tb-1", watermark=START - timedelta(minutes=5))])
        seen.observer.saw([SyncReport("taobao:tb-1", watermark=START - timedelta(minutes=9))])
        assert seen.points("orderhub.sync.lag") == [({"orderhub.shop": "taobao:tb-1"}, 300.0)]
        at[0] += timedelta(hours=1)
        assert seen.points("orderhub.sync.lag") == [({"orderhub.shop": "taobao:tb-1"}, 3900.0)]
        hub.stores.put_orders([sample_order("1")])
        assert [outcome.ok for outcome in hub.tag(["taobao:tb-1:1", "none"], add=["x"])] == [True, False]
        reasons = {about["orderhub.reason"]: value for about, value in seen.points("orderhub.outcomes")}
        assert reasons == {"ok": 1, "not_found": 1}


def test_ledger_commands_by_what_became_of_them(seen: Seen) -> None:
    ledger = seen.observer.ledger(open_ledger("memory:"))
    line = (StockLine("A", "sh", 2),)
    ledger.apply([Receive("po", line)])
    ledger.apply([Reserve("one", line), Reserve("two", line)])
    assert ledger.level("A", "sh").available == 0
    told = {
        (about["orderhub.command"], about["orderhub.reason"]): value
        for about, value in seen.points("orderhub.ledger.commands")
    }
    assert told == {("receive", "ok"): 1, ("reserve", "ok"): 1, ("reserve", "insufficient_stock"): 1}
    assert [span.attributes["orderhub.count"] for span in seen.spans("orderhub.ledger.apply")] == [1, 2]


def test_a_configuration_turns_it_on(tmp_path: Path) -> None:
    place = tmp_path / "orderhub.toml"
    place.write_text('telemetry = true\n[events]\ndeliver = "called"\n', "utf-8")
    with Hub.from_config(place) as hub:
        assert isinstance(hub.observer, OtelObserver)
        assert hub.orders() == []
        assert hub.ops.event_policy.deliver == "called"


def test_nothing_is_imported_and_the_extra_is_named_without_it() -> None:
    code = """
import sys
import orderhub
from orderhub import Hub
hub = Hub(); hub.orders(); hub.close()
assert not any(name.startswith("opentelemetry") for name in sys.modules), "loaded without being asked for"
sys.modules["opentelemetry"] = None
from orderhub.errors import ConfigurationError
try:
    from orderhub.telemetry import OtelObserver
except ConfigurationError as error:
    assert "orderhub[otel]" in str(error)
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
