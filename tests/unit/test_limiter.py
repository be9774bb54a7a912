"""Buckets: never faster than allowed, never much slower, and what the platform says is heeded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.drivers.limiter import ANY, Limiter, account
from orderhub.errors import ConfigurationError
from orderhub.flow.bucket import REGAIN_S, Bucket, full, halved, pace_of, taken, told
from orderhub.flow.bucket import Pace as P
from orderhub.hub.connect import _rates
from orderhub.kit.spec import Connector
from orderhub.models import Rate
from orderhub.plugins import CARRIERS, find, names
from orderhub.stores.quota_memory import MemoryQuotas

START = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = 1_000_000


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def paced(limiter: Limiter, operation: str, until: float, pauses: Iterator[float] | None = None) -> list[float]:
    """Instants of the calls of one busy caller, in seconds."""
    now, sent = 0.0, []
    while now < until:
        now += limiter.reserve(operation, 1.0, at(now))
        if now < until:
            sent.append(now)
        now += next(pauses, 0.0) if pauses else 0.0
    return sent


RATES = st.builds(Rate, st.integers(1, 400).map(float), st.sampled_from([1.0, 10.0, 60.0]))


@settings(max_examples=60, deadline=None)
@given(RATES, st.lists(st.floats(0, 3), max_size=200))
def test_no_span_of_the_documented_length_ever_holds_more_calls_than_allowed(rate: Rate, pauses: list[float]) -> None:
    """Wherever the span starts, so whichever way the platform counts."""
    sent = paced(Limiter({"op": (rate,)}), "op", rate.seconds * 3, iter(pauses))
    for number, first in enumerate(sent):
        within = [later for later in sent[number:] if later < first + rate.seconds - 1e-5]
        assert len(within) <= rate.calls


@settings(max_examples=60, deadline=None)
@given(st.builds(Rate, st.floats(0.5, 50), burst=st.integers(1, 40)), st.lists(st.floats(0, 5), max_size=100))
def test_a_platforms_own_bucket_is_never_overdrawn(rate: Rate, pauses: list[float]) -> None:
    assert rate.burst is not None
    left, since = float(rate.burst), 0.0
    for now in paced(Limiter({"op": (rate,)}), "op", 20, iter(pauses)):
        left = min(rate.burst, left + (now - since) * rate.per_s) - 1
        since = now
        assert left >= -1e-3


@given(RATES)
@settings(max_examples=30, deadline=None)
def test_a_busy_caller_gets_what_is_allowed(rate: Rate) -> None:
    spans = 5
    sent = paced(Limiter({"op": (rate,)}), "op", rate.seconds * spans)
    assert len(sent) >= 0.97 * rate.calls * spans - 1


def test_callers_that_ask_at_once_are_served_one_after_another() -> None:
    limiter = Limiter({"op": (Rate(2.0, burst=2),)})
    assert [limiter.reserve("op", 1.0, START) for _ in range(5)] == [0, 0, 0.5, 1.0, 1.5]


@pytest.mark.fault(9)
def test_a_refusal_closes_for_its_hint_and_the_cut_rate_grows_back() -> None:
    bucket = full(P(10.0, 1.0), 0)
    cut = halved(bucket, 7 * SECOND, 0)
    assert (cut.rate, cut.ceiling) == (5.0, 10.0)
    assert taken(cut, 1.0, 0)[1] == 7 * SECOND + SECOND // 5
    grown, _ = taken(cut, 1.0, round((7 + REGAIN_S / 4) * SECOND))
    assert grown.rate == pytest.approx(7.5)
    assert taken(cut, 1.0, round((7 + REGAIN_S) * SECOND))[0].rate == 10.0


def test_refusals_of_calls_that_were_under_way_cut_nothing_more() -> None:
    cut = halved(full(P(10.0, 1.0), 0), 5 * SECOND, 0)
    assert halved(cut, 6 * SECOND, SECOND).rate == 5.0
    assert halved(cut, 6 * SECOND, SECOND).closed_us == 6 * SECOND
    assert halved(cut, 9 * SECOND, 6 * SECOND).rate < 5.1


def test_an_operation_without_a_rate_is_held_back_only_when_refused() -> None:
    limiter = Limiter()
    assert limiter.reserve("op", 1.0, START) == 0
    limiter.throttled("op", None, START)
    assert limiter.reserve("op", 1.0, START) == 1.0
    assert limiter.reserve("other", 1.0, START) == 0
    assert limiter.reserve("op", 1.0, at(1)) == 0


def test_a_learnt_rate_keeps_what_was_earned_and_the_same_again_changes_nothing() -> None:
    bucket = Bucket(1.0, 1.0, 20.0, 5.0, 0)
    faster = told(bucket, P(2.0, 20.0), 10 * SECOND)
    assert (faster.tokens, faster.rate) == (15.0, 2.0)
    cut = halved(faster, 11 * SECOND, 10 * SECOND)
    assert told(cut, P(2.0, 20.0), 12 * SECOND) == cut


@given(st.lists(st.tuples(st.integers(-5, 5), st.sampled_from(["take", "halve", "tell"])), max_size=60))
def test_a_clock_that_jumps_back_earns_nothing(story: list[tuple[int, str]]) -> None:
    """However clocks of several machines disagree, no more is handed out than the furthest of them earned."""
    bucket, now, furthest, handed = full(P(1.0, 3.0), 100 * SECOND), 100, 100, 0
    for step, what in story:
        now = max(0, now + step)
        furthest = max(furthest, now)
        if what == "take":
            bucket, wait = taken(bucket, 1.0, now * SECOND)
            handed += wait == 0
        elif what == "halve":
            bucket = halved(bucket, now * SECOND, now * SECOND)
        else:
            bucket = told(bucket, P(1.0, 3.0), now * SECOND)
        assert bucket.tokens <= bucket.size
        assert 0 < bucket.rate <= bucket.ceiling
    assert handed <= 3 + (furthest - 100)


@pytest.mark.fault(10)
def test_shops_of_one_app_share_what_the_app_may_do() -> None:
    quotas, rates = MemoryQuotas(), {"op": (Rate(10.0, burst=10), Rate(2.0, burst=2, per="app"))}
    one, two = (Limiter(rates, quotas, "app", shop) for shop in ("s1", "s2"))
    assert [one.reserve("op", 1, START), two.reserve("op", 1, START)] == [0, 0]
    assert two.reserve("op", 1, START) == 0.5
    assert Limiter(rates, quotas, "other app", "s1").reserve("op", 1, START) == 0


@pytest.mark.fault(9)
def test_one_shops_refusal_leaves_the_other_shop_alone() -> None:
    quotas, rates = MemoryQuotas(), {"op": (Rate(100.0, burst=10), Rate(100.0, burst=90, per="app"))}
    one, two = (Limiter(rates, quotas, "app", shop) for shop in ("s1", "s2"))
    one.throttled("op", 30.0, START)
    assert one.reserve("op", 1, START) >= 30
    assert two.reserve("op", 1, START) == 0


def test_operations_that_count_together_share_one_bucket() -> None:
    limiter = Limiter({ANY: (Rate(2.0, burst=1, together=True),)})
    assert [limiter.reserve(name, 1, START) for name in ("a", "b", "a")] == [0, 0.5, 1.0]
    apart = Limiter({ANY: (Rate(2.0, burst=1),)})
    assert [apart.reserve(name, 1, START) for name in ("a", "b", "a")] == [0, 0, 0.5]


def test_two_rates_of_one_level_both_hold() -> None:
    limiter = Limiter({"op": (Rate(10, 1), Rate(20, 10))})
    sent = Counter(int(now) for now in paced(limiter, "op", 10))
    assert max(sent.values()) <= 10
    assert sum(sent.values()) <= 20


def test_keys_of_apps_do_not_tell_the_apps_key() -> None:
    assert "12345678" not in account("taobao", "12345678")
    assert account("taobao", "1") != account("jd", "1") != account("jd", "2")


def test_a_host_may_change_rates_by_name_or_all_at_once() -> None:
    documented = {"a": (Rate(1.0),), "b": (Rate(2.0),)}
    changed = _rates(documented, {"a": 5, "c": 0})
    assert {name: [rate.per_s for rate in rates] for name, rates in changed.items()} == {
        "a": [5.0],
        "b": [2.0],
        "c": [],
    }
    assert _rates(documented, {}) == documented
    assert _rates(documented, {"*": 0}) == {"*": []}
    for wrong in ({"a": "fast"}, {"a": -1}, ["a"]):
        with pytest.raises(ConfigurationError):
            _rates(documented, wrong)  # type: ignore[arg-type]


def every_connector() -> list[Connector]:
    return [*orderhub.connectors().values(), *(find(name, CARRIERS) for name in names(CARRIERS))]


@pytest.mark.parametrize("connector", every_connector(), ids=lambda connector: connector.name)
def test_every_rate_that_is_shown_by_verb_holds_calls_back(connector: Connector) -> None:
    """A figure in the table of verbs is the figure of some operation on the wire: none is a mere ornament."""
    acting = {rate.per_s for rates in connector.spec.rates.values() for rate in rates}
    shown = {limits.rate_per_s for limits in connector.spec.limits.values() if limits.rate_per_s}
    if connector.spec.rates:
        assert shown <= acting
    for rates in connector.spec.rates.values():
        for rate in rates:
            assert pace_of(rate).rate >= 0.95 * rate.per_s
