"""Push and poll merged: forged and replayed messages change nothing, any interleaving gives each version once (R9)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from collect_model import SHOP, Clock, ModelChannel, Platform, check_cursor, check_end, plan, ports_of, run, steps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderhub.collect.inbox import PushPlan, drain_messages, enqueue, receive_push, topic_of
from orderhub.collect.refetch import WAITS, refetch
from orderhub.collect.sync import sync_orders
from orderhub.errors import DecodeError, PlatformUnavailable, SecurityError
from orderhub.kit.json import loads
from orderhub.kit.webhook import check_hmac
from orderhub.models import PushMessage
from orderhub.ports import OrderQuery
from orderhub.stores.memory import MemoryStores

SECRETS = ("new secret", "old secret")


class Hooked(ModelChannel):
    """Signs its messages; also keeps a queue of its own."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.queue: dict[str, PushMessage] = {}
        self.parsed = 0

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Any:
        yield from ()
        check_hmac(body, headers.get("x-signature"), SECRETS, platform="taobao")
        self.parsed += 1
        return [_message(row) for row in loads(body)]

    def pull_messages(self, quantity: int = 100) -> Any:
        yield from ()
        return list(self.queue.values())[:quantity]

    def confirm_messages(self, message_ids: Any) -> Any:
        yield from ()
        for message_id in message_ids:
            self.queue.pop(message_id, None)


def _message(row: Mapping[str, Any]) -> PushMessage:
    at = datetime.fromisoformat(row["at"]) if row.get("at") else None
    return PushMessage(row.get("id", ""), "changed", order_ids=tuple(row.get("orders", ())), sent_at=at)


class Bench:
    def __init__(self) -> None:
        self.platform = Platform(page_size=2)
        self.clock = Clock(self.platform)
        self.stores = MemoryStores(clock=self.clock)
        self.channel = Hooked(self.platform)
        self.ports = ports_of(self.platform, self.stores)
        self.sent = 0

    def run(self, operation: Any) -> Any:
        return run(operation, self.ports, self.clock)

    def body(self, *orders: str, ident: str | None = None, at: datetime | None = None) -> bytes:
        self.sent += 1
        row = {"id": ident or f"m{self.sent}", "orders": orders, "at": (at or self.platform.now).isoformat()}
        return json.dumps([row]).encode()

    def receive(self, body: bytes, secret: str = SECRETS[0], **headers: str) -> Any:
        signed = {"x-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
        return self.run(receive_push(self.channel, PushPlan(SHOP), signed | headers, body))

    def waiting(self) -> list[str]:
        return [key for key, _, _ in self.stores.take_outbox(topic_of(SHOP))]

    def refetch(self) -> Any:
        return self.run(refetch(self.channel, plan()))


# --- the door --------------------------------------------------------------------------------------------------------


@pytest.mark.fault(39)
def test_39_forged_altered_truncated_old_and_future_messages_leave_no_trace() -> None:
    bench = Bench()
    good = bench.body("1")
    for attempt in (
        lambda: bench.receive(good, "wrong secret"),
        lambda: bench.receive(good, **{"x-signature": ""}),
        lambda: bench.receive(good, **{"x-signature": "zz"}),
        lambda: bench.run(receive_push(bench.channel, PushPlan(SHOP), {}, good)),
        lambda: bench.run(receive_push(bench.channel, PushPlan(SHOP), signed(good), good[:-2])),
    ):
        with pytest.raises(SecurityError):
            attempt()
    assert bench.channel.parsed == 0, "nothing is parsed before it is verified"
    for shift in (-301, 301):
        with pytest.raises(SecurityError):
            bench.receive(bench.body("1", at=bench.platform.now + timedelta(seconds=shift)))
    assert bench.waiting() == []


def signed(body: bytes) -> dict[str, str]:
    return {"x-signature": hmac.new(SECRETS[0].encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.fault(26, 39)
def test_39_both_keys_pass_while_they_are_changed_and_re_encoding_is_seen() -> None:
    bench = Bench()
    for secret in SECRETS:
        assert bench.receive(bench.body("1"), secret).accepted == 1
    spaced = bench.body("1")
    with pytest.raises(SecurityError):
        bench.run(receive_push(bench.channel, PushPlan(SHOP), signed(spaced), spaced.replace(b": ", b":")))


def test_a_signed_body_that_is_no_message_is_a_decode_error() -> None:
    bench = Bench()
    with pytest.raises(DecodeError):
        bench.receive(b"not json")


@pytest.mark.fault(38)
def test_38_a_message_ten_times_out_of_order_is_one_call_and_one_version() -> None:
    bench = Bench()
    bench.platform.change("1")
    first, second = bench.body("1"), bench.body("1")
    reports = [bench.receive(body) for body in (second, first, second) * 5]
    assert sum(report.accepted for report in reports) == 2 and sum(report.duplicates for report in reports) == 13
    assert bench.waiting() == ["order:1"]
    report = bench.refetch()
    assert report.counts["inserted"] == 1 and bench.platform.fetched == 1 and bench.waiting() == []
    assert bench.receive(first).duplicates == 1 and bench.waiting() == [], "a replay does not even cost a call"


@pytest.mark.fault(40)
def test_40_an_order_that_cannot_be_read_yet_is_tried_until_it_can() -> None:
    bench = Bench()
    bench.platform.change("1", lag_s=600)
    bench.receive(bench.body("1"))
    assert bench.refetch().counts["waiting"] == 1 and bench.platform.fetched == 1
    assert bench.refetch().counts["waiting"] == 1 and bench.platform.fetched == 1, "not before its time"
    for wait in WAITS[:5]:
        bench.platform.now += wait
        bench.refetch()
    assert bench.stores.get_order(f"{SHOP}:1") and bench.waiting() == []


@pytest.mark.fault(40)
def test_40_after_a_day_a_finding_says_so() -> None:
    bench, told = Bench(), []
    bench.receive(bench.body("ghost"))
    for _ in range(60):
        told += bench.refetch().findings
        bench.platform.now += timedelta(minutes=30)
    assert [finding.code for finding in told] == ["not_visible"] and bench.waiting() == []
    assert bench.platform.fetched < 40


def test_a_failure_that_passes_leaves_the_row_where_it_is() -> None:
    bench = Bench()
    bench.platform.change("1")
    bench.receive(bench.body("1"))
    bench.platform.stumble = lambda: True
    assert not bench.refetch().ok and bench.waiting() == ["order:1"]
    bench.platform.stumble = lambda: False
    assert bench.refetch().counts["inserted"] == 1 and bench.waiting() == []


def test_a_newer_message_during_the_fetch_is_not_struck_with_the_older_row() -> None:
    bench = Bench()
    bench.platform.change("1")
    bench.receive(bench.body("1"))
    driven = steps(refetch(bench.channel, plan()), bench.ports, bench.clock)
    for step in driven:
        if getattr(step, "method", "") == "done_outbox":
            bench.platform.now += timedelta(seconds=1)
            bench.platform.change("1")
            bench.receive(bench.body("1"))
    assert bench.waiting() == ["order:1"]
    bench.refetch()
    check_end(bench.platform, bench.stores)


def test_a_process_that_dies_anywhere_while_receiving_loses_no_message() -> None:
    number, alive = 0, True
    while alive:
        bench = Bench()
        bench.platform.change("1")
        body = bench.body("1")
        driven = steps(receive_push(bench.channel, PushPlan(SHOP), signed(body), body), bench.ports, bench.clock)
        try:
            for _ in range(number + 1):
                next(driven)
            driven.close()
        except StopIteration:
            alive = False
        bench.receive(body)
        bench.refetch()
        assert bench.stores.count_orders(OrderQuery()) == 1, f"lost when dying at step {number}"
        number += 1
    assert number > 3


def test_a_store_that_cannot_write_many_times_over_loses_no_message() -> None:
    bench = Bench()
    bench.platform.change("1")
    body, put = bench.body("1"), bench.stores.put_outbox

    def full(*args: Any, **named: Any) -> None:
        raise PlatformUnavailable("as if the disk were full")

    bench.stores.put_outbox = full  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(PlatformUnavailable):
            bench.receive(body)
    bench.stores.put_outbox = put  # type: ignore[method-assign]
    assert bench.receive(body).accepted == 1 and bench.refetch().counts["inserted"] == 1


def test_messages_of_an_apps_channel_reach_the_shop_they_name_and_all_when_they_name_none() -> None:
    bench = Bench()
    message = PushMessage("a", "changed", shop_hint="two", order_ids=("7",))
    two = PushPlan(
        SHOP, None, lambda one: [("taobao:two", True)] if one.shop_hint else [(SHOP, False), ("taobao:two", False)]
    )
    assert bench.run(enqueue(two, [message])).shops == {"taobao:two"} and bench.waiting() == []
    assert bench.run(enqueue(two, [PushMessage("b", "changed", order_ids=("8",))])).shops == {SHOP, "taobao:two"}
    for _ in range(10):
        assert bench.refetch().findings == [], "another shop's order is no loss of this one"
        bench.platform.now += timedelta(minutes=10)
    assert bench.waiting() == []


def test_a_pulled_message_is_confirmed_only_once_it_is_safe() -> None:
    bench = Bench()
    bench.platform.change("1")
    bench.channel.queue = {f"q{n}": PushMessage(f"q{n}", "changed", order_ids=("1",)) for n in range(450)}
    put = bench.stores.put_outbox

    def full(*args: Any, **named: Any) -> None:
        raise SecurityError("as if the disk were full")

    bench.stores.put_outbox = full  # type: ignore[method-assign]
    with pytest.raises(SecurityError):
        bench.run(drain_messages(bench.channel, PushPlan(SHOP, None)))
    assert len(bench.channel.queue) == 450
    bench.stores.put_outbox = put  # type: ignore[method-assign]
    assert bench.run(drain_messages(bench.channel, PushPlan(SHOP, None))).accepted == 450
    assert bench.channel.queue == {} and bench.refetch().counts["inserted"] == 1


# --- any interleaving ------------------------------------------------------------------------------------------------

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.integers(1, 3)),
        st.tuples(st.just("later"), st.sampled_from([0, 1, 30, 200, 400])),
        st.tuples(st.just("deliver"), st.integers(0, 30)),
        st.tuples(st.just("poll"), st.integers(1, 60)),
        st.tuples(st.just("read"), st.integers(1, 25)),
        st.tuples(st.just("go"), st.integers(0, 3)),
    ),
    max_size=40,
)


@given(ACTIONS)
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
def test_r9_any_interleaving_of_push_and_poll_gives_each_version_once_in_order(actions: list[tuple[str, int]]) -> None:
    """Changes, messages late, doubled and out of order, polls and reads that stop half-way and go on later."""
    bench, sent, running = Bench(), [], []
    for kind, number in actions:
        if kind == "change":
            bench.platform.change(str(number))
            sent.append(bench.body(str(number)))
        elif kind == "later":
            bench.platform.now += timedelta(seconds=number)
        elif kind == "deliver" and sent:
            deliver(bench, sent[number % len(sent)])
        elif kind in ("poll", "read"):
            job = sync_orders(bench.channel, plan()) if kind == "poll" else refetch(bench.channel, plan())
            running.append(steps(job, bench.ports, bench.clock))
            advance(running, running[-1], number)
        elif kind == "go" and running:
            advance(running, running[number % len(running)], 15)
        check_cursor(bench.platform, bench.stores)
    for driven in list(running):
        advance(running, driven, 10_000)
    bench.platform.now += timedelta(minutes=20)
    assert bench.run(sync_orders(bench.channel, plan())).ok
    check_end(bench.platform, bench.stores)


def deliver(bench: Bench, body: bytes) -> None:
    """One delivery; a platform that waited too long with it is refused, and the poll is there."""
    try:
        bench.receive(body)
    except SecurityError:
        assert abs(datetime.fromisoformat(loads(body)[0]["at"]) - bench.platform.now) > timedelta(seconds=300)


def advance(running: list[Any], driven: Any, count: int) -> None:
    try:
        for _ in range(count):
            next(driven)
    except StopIteration:
        running.remove(driven)
