"""Laws of learned quality: any order of parcels, tables add up, few parcels prove little, worse never scores better."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.logistics.quality import RATES, QualityPolicy, QualityTable, Tally, Trip, judge, learn

NOW = datetime(2026, 3, 1, tzinfo=UTC)
tallies = st.integers(0, 60).flatmap(
    lambda count: st.integers(0, count).flatmap(
        lambda timed: st.builds(
            Tally, st.just(count), st.just(timed), st.integers(0, timed), st.integers(0, count), st.integers(0, count)
        )
    )
)
lanes = st.tuples(st.sampled_from(["yto", "zto"]), st.just("浙江"), st.sampled_from(["广东", "新疆", "上海"]))
tables = st.dictionaries(lanes, tallies, max_size=6)
trips = st.builds(
    Trip, st.sampled_from(["yto", "zto"]), st.just("浙江"), st.sampled_from(["广东", "新疆"]),
    st.integers(0, 120 * 24).map(lambda hours: NOW - timedelta(hours=hours)), st.none(), st.sampled_from([None, 24, 72]),
    st.booleans(),
).flatmap(lambda trip: st.one_of(st.just(trip), st.integers(1, 400).map(
    lambda hours: Trip(trip.carrier, trip.origin, trip.destination, trip.left_at, min(NOW, trip.left_at + timedelta(hours=hours)),
                       trip.promised_hours, trip.had_exception)
)))  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(trips, max_size=30), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_the_text_is_the_table(found, dice):
    table = learn(found, NOW)
    mixed = list(found)
    dice.shuffle(mixed)
    assert learn(mixed, NOW) == table and learn(mixed, NOW).to_text() == table.to_text()
    assert QualityTable.from_text(table.to_text()) == table
    seen = Counter(
        trip.carrier for trip in found if trip.left_at >= NOW - timedelta(days=90) and judge(trip, NOW, QualityPolicy())
    )
    for (carrier, *_), _ in table.lanes.items():
        assert sum(tally.parcels for lane, tally in table.lanes.items() if lane[0] == carrier) == seen[carrier]


@settings(max_examples=100, deadline=None)
@given(tables, lanes, st.sampled_from(["late", "exceptions", "lost"]))
def test_scores_stay_between_nought_and_one_and_one_more_fault_never_raises_any(held, lane, fault):
    before = QualityTable(held)
    worse = dict(held)
    own = worse.get(lane, Tally())
    room = {"late": own.timed - own.late, "exceptions": own.parcels - own.exceptions, "lost": own.parcels - own.lost}[
        fault
    ]
    if not room:
        return
    changed = {name: getattr(own, name) for name in ("parcels", "timed", "late", "exceptions", "lost")}
    worse[lane] = Tally(**{**changed, fault: changed[fault] + 1})
    after = QualityTable(worse)
    for carrier, origin, destination in {lane, *held, ("yto", "浙江", "青海"), ("sf", "浙江", "广东")}:
        left, right = (table.figures(carrier, origin, destination) for table in (before, after))
        assert 0 <= right.score <= left.score <= 1 and str(left)


@settings(max_examples=100, deadline=None)
@given(tables, lanes, st.integers(0, 40))
def test_rates_lie_between_what_was_counted_and_the_wider_rate_and_equal_the_formula(held, lane, strength):
    policy = QualityPolicy(strength=strength)
    table = QualityTable(held, policy)
    figures = table.figures(*lane)
    own = [tally for key, tally in held.items() if key[0] == lane[0]]
    for name, (count, of) in RATES.items():
        rate = Fraction(getattr(policy, name))
        for group in (list(held.values()), own, [held[lane]] if lane in held else []):
            hits, size = sum(getattr(one, count) for one in group), sum(getattr(one, of) for one in group)
            rate = rate if size + strength == 0 else Fraction(hits + strength * rate, 1) / (size + strength)
        assert abs(Fraction(figures.rates[name]) - rate) <= Fraction(1, 20_000)
    assert table.score(*lane) == (figures.score if own else None)


def test_few_parcels_prove_little_and_many_prove_much():
    few, many = (
        {("yto", "浙江", "广东"): Tally(n, n, n, 0, 0), ("yto", "浙江", "上海"): Tally(900, 900, 9, 0, 0)}
        for n in (2, 2000)
    )
    assert QualityTable(few).figures("yto", "浙江", "广东").rates["late"] < Decimal("0.12")
    assert QualityTable(many).figures("yto", "浙江", "广东").rates["late"] > Decimal("0.99")
    raw = QualityTable(few, QualityPolicy(strength=0)).figures("yto", "浙江", "广东")
    assert raw.rates["late"] == 1 and raw.score == 0


@pytest.mark.parametrize(("trip", "tally"), [
    (Trip("yto", "a", "b", NOW - timedelta(hours=10), None, 24), None),
    (Trip("yto", "a", "b", NOW - timedelta(hours=30), None, 24), Tally(1, 1, 1, 0, 0)),
    (Trip("yto", "a", "b", NOW - timedelta(hours=30), NOW - timedelta(hours=6), 24), Tally(1, 1, 0, 0, 0)),
    (Trip("yto", "a", "b", NOW - timedelta(hours=30), NOW - timedelta(hours=5), 24), Tally(1, 1, 1, 0, 0)),
    (Trip("yto", "a", "b", NOW - timedelta(hours=30), NOW, None), Tally(1, 0, 0, 0, 0)),
    (Trip("yto", "a", "b", NOW - timedelta(hours=3), None, 24, True), Tally(1, 0, 0, 1, 0)),
    (Trip("yto", "a", "b", NOW - timedelta(days=15), None, None), None),
    (Trip("yto", "a", "b", NOW - timedelta(days=15, seconds=1), None, None), Tally(1, 0, 0, 0, 1)),
    (Trip("yto", "a", "b", NOW - timedelta(days=16), None, 24), Tally(1, 1, 1, 0, 1)),
])  # fmt: skip
def test_a_slow_parcel_is_late_before_it_arrives_and_lost_in_the_end(trip, tally):
    assert judge(trip, NOW, QualityPolicy()) == tally


def test_what_is_no_table_is_refused():
    for text in ("", "{}", '{"lanes": [[1]], "policy": {}}', '{"lanes": [], "policy": {"late": 0.1}}'):
        with pytest.raises(ConfigurationError, match="no table of carrier quality"):
            QualityTable.from_text(text)
