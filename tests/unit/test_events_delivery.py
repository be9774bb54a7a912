"""Hooks hear of everything at least once, whatever they raise and whenever the process dies; runs never notice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.errors import ConfigurationError, NotFound, SecurityError
from orderhub.flow.message import Reply, Request
from orderhub.hub.event_rounds import PAUSE
from orderhub.hub.webhooks import Webhook, check_webhook
from orderhub.models import Finding, OrderStatus, Severity
from orderhub.models.events import EVENT_TYPES, FindingRaised, HubEvent, OrderChanged, OrderStored, SyncLate, read_event
from orderhub.testing.orders import sample_order

KEY = "taobao:tb-1:1"
START = datetime(2024, 6, 1, tzinfo=UTC)


@dataclass
class Hand:
    """A clock that the test moves."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Killed(BaseException):
    """The process is gone."""


def fresh(clock: Hand, **given: Any) -> Hub:
    return Hub(clock=clock, **given)


def heard_of(event: HubEvent) -> None:
    """Stands where a host has a function of a module."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with fresh(Hand()) as made:
        yield made


def test_hooks_hear_after_the_command_and_find_what_they_are_told_of(hub: Hub) -> None:
    heard: list[tuple[str, str]] = []

    @hub.subscribe(["order.*", "note.tagged"], name="erp")
    def tell(event: Any) -> None:
        assert event.event_id
        heard.append((event.kind, hub.orders(keys=[event.order_key])[0].status.value))

    hub.stores.put_orders([sample_order("1")])
    assert heard == []
    hub.tag([KEY], add=["vip"])
    assert heard == [("order.stored", "awaiting_shipment"), ("note.tagged", "awaiting_shipment")]
    hub.tag([KEY], remove=["vip"], dry_run=True)
    hub.tag([KEY], add=["vip"])
    assert len(heard) == 2, "nothing changed"
    hub.unsubscribe("erp")
    hub.tag([KEY], remove=["vip"])
    assert (len(heard), hub.event_hooks()) == (2, [])


def test_a_hook_that_acts_is_told_in_the_same_round(hub: Hub) -> None:
    words: list[str] = []

    def mark(event: Any) -> None:
        words.append(event.kind)
        if event.kind == "order.stored":
            hub.tag([event.order_key], add=["new"])

    hub.subscribe("*", mark, name="marker")
    hub.stores.put_orders([sample_order("1")])
    [report] = hub.deliver_events()
    assert (words, report.delivered) == (["order.stored", "note.tagged"], 2)


def test_a_raising_hook_is_retried_paused_and_parked_and_breaks_nothing() -> None:
    clock = Hand()
    with fresh(clock, events={"attempts_max": 3, "first_wait_s": 10}) as hub:
        good: list[str] = []
        hub.subscribe("order.*", lambda event: good.append(event.event_id), name="good")
        bad = Bad()
        hub.subscribe("order.*", bad, name="bad")
        hub.stores.put_orders([sample_order(str(number)) for number in range(5)])
        assert hub.tag([KEY], add=["x"])[0].ok, "the run does not notice"
        assert len(good) == 5
        states = {state.name: state for state in hub.event_hooks()}
        assert (states["bad"].waiting, states["bad"].retrying, states["bad"].paused_until) == (2, 3, START + PAUSE)
        assert hub.deliver_events(["bad"])[0].reason == "paused"
        assert [type(failure.error) for failure in hub.hooks.failures] == [ValueError] * 3
        for _ in range(40):
            clock.sleep(700)
            hub.deliver_events()
        assert sorted(parked.event_id for parked in hub.parked_events("bad")) == sorted(good)
        assert {parked.attempts for parked in hub.parked_events()} == {3}
        assert {parked.error for parked in hub.parked_events()} == {"ValueError"}
        assert max(Counter(bad.heard).values()) == 3
        bad.is_well = True
        clock.sleep(700)
        assert hub.replay_events("bad", dry_run=True) == hub.replay_events("bad") == 5
        assert hub.deliver_events(["bad"])[0].delivered == 5 or len(hub.parked_events()) == 0
        assert max(Counter(bad.heard).values()) == 4


class Bad:
    """Raises until it is well."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.is_well = False

    def __call__(self, event: HubEvent) -> None:
        self.heard.append(event.event_id)
        if not self.is_well:
            raise ValueError("13800138000 cannot be told")


def test_what_a_hook_raised_is_logged_without_its_words(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    hub.subscribe("order.*", Bad(), name="bad")
    hub.stores.put_orders([sample_order("1")])
    with caplog.at_level("DEBUG", "orderhub.events"):
        hub.deliver_events()
    assert "ValueError" in caplog.text
    assert "13800138000" not in caplog.text
    assert "13800138000" not in "".join(body for _, body, _ in hub.stores.peek_outbox("events:bad:again"))


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_every_event_arrives_at_least_once_wherever_processes_die(data: st.DataObject) -> None:
    """Three hubs over one store, hooks that raise at random, processes killed at any step: nothing is lost or renamed."""
    clock, heard, must = Hand(), Counter[str](), set[str]()
    stores = fresh(clock).stores

    def hook(event: HubEvent) -> None:
        heard[event.event_id] += 1
        if data.draw(st.integers(0, 9)) == 0:
            raise RuntimeError

    def process() -> Hub:
        made = fresh(clock, events={"attempts_max": 1_000})
        for name in ("orders", "outbox", "marks", "seen"):
            made.world.services.ports[name] = stores
        made.stores = stores
        made.subscribe("order.*", hook, name="sink")
        return made

    hubs = [process() for _ in range(3)]
    for number in range(data.draw(st.integers(1, 12))):
        stores.put_orders([sample_order(str(number))])
        must |= {key for key, _, _ in stores.peek_outbox("events:sink")}
        hub = data.draw(st.sampled_from(hubs))
        kill_after = data.draw(st.none() | st.integers(0, 12))
        perform = hub.world.perform
        hub.world.perform = counted(perform, kill_after)  # type: ignore[method-assign]
        try:
            hub.deliver_events()
        except Killed:
            pass
        finally:
            hub.world.perform = perform  # type: ignore[method-assign]
        clock.sleep(data.draw(st.sampled_from([0, 1, 61, 700])))
    for _ in range(60):
        clock.sleep(4_000)
        hubs[0].deliver_events()
        if not stores.peek_outbox("events:sink") and not stores.peek_outbox("events:sink:again"):
            break
    assert set(heard) == must
    assert hubs[0].parked_events() == []


def counted(perform: Callable[[Any], Any], kill_after: int | None) -> Callable[[Any], Any]:
    done = 0

    def act(step: Any) -> Any:
        nonlocal done
        if done == kill_after:
            raise Killed
        done += 1
        return perform(step)

    return act


def test_two_processes_take_turns_and_a_lapsed_turn_is_taken_over(tmp_path: Path) -> None:
    clock, database = Hand(), f"sqlite:///{tmp_path}/hub.db"
    with fresh(clock, database=database) as one, fresh(clock, database=database) as two:
        seen: list[str] = []

        def slow(event: HubEvent) -> None:
            seen.append(event.event_id)
            assert two.world.run(two.ops.deliver_events())[0].reason == "busy"

        one.subscribe("order.*", slow, name="sink")
        two.subscribe("order.*", lambda event: seen.append("two"), name="sink")
        two.stores.put_orders([sample_order("1"), sample_order("2")])
        assert one.deliver_events()[0].delivered == 2
        assert len(seen) == 2

        def dies(event: HubEvent) -> None:
            raise Killed

        one.subscribe("order.*", dies, name="sink")
        two.stores.put_orders([sample_order("3")])
        with pytest.raises(Killed):
            one.deliver_events()
        assert two.deliver_events()[0].reason == "busy"
        clock.sleep(61)
        assert two.deliver_events()[0].delivered == 1
    with fresh(clock, database=database) as three:
        assert [(state.name, state.is_here) for state in three.event_hooks()] == [("sink", False)]
        three.stores.put_orders([sample_order("4")])
        three.subscribe("order.*", heard_of, name="sink")
        assert three.deliver_events()[0].delivered == 1


async def test_an_async_hub_awaits_coroutines_and_runs_the_rest_in_threads() -> None:
    async with AsyncHub(clock=Hand()) as hub:
        heard: list[str] = []

        async def later(event: Any) -> None:
            await asyncio.sleep(0)
            heard.append("awaited")
            await hub.tag([event.order_key], add=["seen"])

        def plain(event: HubEvent) -> None:
            heard.append("plain")
            raise LookupError

        hub.subscribe("order.*", later, name="later")
        hub.subscribe("order.*", plain, name="plain")
        hub.stores.put_orders([sample_order("1")])
        assert (await hub.tag([KEY], add=["x"]))[0].ok
        assert sorted(heard) == ["awaited", "plain"]
        assert [type(failure.error) for failure in hub.hooks.failures] == [LookupError]


def test_names_and_kinds_are_checked_at_once(hub: Hub) -> None:
    hub.subscribe("order.*", heard_of)
    assert [state.name for state in hub.event_hooks()] == [f"{__name__}.heard_of"]
    with pytest.raises(ConfigurationError, match="name="):
        hub.subscribe("order.*", lambda event: None)
    with pytest.raises(ConfigurationError, match=r"order\.\*"):
        hub.subscribe("orders.stored", heard_of)

    async def later(event: HubEvent) -> None: ...

    with pytest.raises(ConfigurationError, match="AsyncHub"):
        hub.subscribe("*", later, name="later")
    with pytest.raises(NotFound):
        hub.deliver_events(["nobody"])
    for wrong in ({"deliver": "never"}, {"attempts_max": 0}, {"atempts": 3}):
        with pytest.raises(ConfigurationError):
            fresh(Hand(), events=wrong)
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        fresh(Hand(), events={"hooks": ["no.such:place"]})


def test_only_called_delivers_only_when_called_and_configured_hooks_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    register = lambda hub: hub.subscribe("note.*", lambda event: heard.append(event.kind), name="conf")  # noqa: E731
    monkeypatch.setattr("orderhub.testing.orders.register", register, raising=False)
    with fresh(Hand(), events={"deliver": "called", "hooks": ["orderhub.testing.orders:register"]}) as hub:
        hub.stores.put_orders([sample_order("1")])
        hub.tag([KEY], add=["vip"])
        assert heard == []
        assert [report.delivered for report in hub.deliver_events(dry_run=True)] == [1]
        assert heard == []
        hub.deliver_events()
        assert heard == ["note.tagged"]


def test_findings_and_lags_are_told_once(hub: Hub) -> None:
    from orderhub.collect.report import SyncReport

    heard: list[HubEvent] = []
    hub.subscribe(["finding.*", "sync.late"], heard.append, name="desk")
    mark = (START - timedelta(hours=2)).isoformat()
    hub.stores.put_cursor(hub.stores.get_cursor("taobao:tb-1:orders"), mark)
    finding = Finding(code="unknown_status", severity=Severity.WARNING, message="秘密", platform="taobao", order_id="7")
    reports = [SyncReport("taobao:tb-1", findings=[finding, finding])]
    for _ in range(2):
        hub.world.run(hub.ops.tell_arrived(reports))
        hub.deliver_events()
    found = {type(event): event for event in heard}
    assert len(heard) == 2
    assert isinstance(found[SyncLate], SyncLate)
    assert found[SyncLate].lag_s == 7200
    assert isinstance(found[FindingRaised], FindingRaised)
    assert found[FindingRaised].kind == "finding.unknown_status"
    assert "秘密" not in repr(heard)


def test_events_come_back_equal_and_every_type_is_named() -> None:
    stored = OrderStored(event_id="1", kind="order.stored", at=START, order_key=KEY, status=OrderStatus.SHIPPED.value)
    changed = OrderChanged(
        event_id="2", kind="order.changed", at=START, order_key=KEY, status="x", changes=(("a", None, "b"),)
    )  # type: ignore[arg-type]
    assert [read_event(event.model_dump_json()) for event in (stored, changed)] == [stored, changed]
    assert len({each.model_fields["type"].default for each in EVENT_TYPES}) == len(EVENT_TYPES)


class Endpoint:
    """The host's side of a webhook."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.taken = list(statuses), list[HubEvent]()
        self.requests: list[Request] = []

    def send(self, request: Request) -> Reply:
        self.requests.append(request)
        check_webhook(request.headers, request.body, SECRET, now_s=1_000.0)
        status = self.statuses.pop(0) if self.statuses else 204
        if status < 300:
            self.taken.append(read_event(request.body))
        return Reply(status)

    def close(self) -> None: ...


SECRET = "both sides know this"


def test_webhooks_are_signed_and_tried_again() -> None:
    clock, end = Hand(), Endpoint(503, 301)
    with fresh(clock) as hub:
        hook = Webhook("https://host.example/hooks?x=1", SECRET, transport=end, now_s=lambda: 1_000.0)
        hub.subscribe("order.*", hook, name="erp")
        hub.stores.put_orders([sample_order("1"), sample_order("2")])
        for _ in range(5):
            hub.deliver_events()
            clock.sleep(1_000)
        assert sorted(event.order_key for event in end.taken) == ["taobao:tb-1:1", "taobao:tb-1:2"]  # type: ignore[attr-defined]
        assert len(end.requests) == 4
        assert SECRET not in repr(hook)
    sent = end.requests[-1]
    for spoilt in (
        ({**sent.headers, "orderhub-event-id": "other"}, sent.body, SECRET, 1_000.0),
        (sent.headers, sent.body + b" ", SECRET, 1_000.0),
        (sent.headers, sent.body, "another secret that is long", 1_000.0),
        (sent.headers, sent.body, SECRET, 1_301.0),
        ({}, sent.body, SECRET, 1_000.0),
    ):
        with pytest.raises(SecurityError):
            check_webhook(*spoilt[:3], now_s=spoilt[3])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://host.example/", SECRET),
        ("ftp://host.example/", SECRET),
        ("https://u:p@host.example/", SECRET),
        ("https://h.example", "short"),
    ],
)
def test_webhooks_go_nowhere_unsafe(url: str, secret: str) -> None:
    with pytest.raises(ConfigurationError):
        Webhook(url, secret)
