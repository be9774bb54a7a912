"""Tracking does not depend on how events come in: order, repeats and portions of a feed change nothing, and nothing
goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.logistics.eta import estimate, journey_of, kept, lane_of, quantile
from orderhub.logistics.incidents import IncidentKind, TrackingPolicy, incidents_of
from orderhub.logistics.tracking import EVENTS_MAX, LATE, RANKS, SIDE, ParcelTrack, joined, reached, status_of
from orderhub.logistics.tracking_orders import FULFILMENT, ORDER, project
from orderhub.models import (
    Address,
    FulfilmentStatus,
    Order,
    OrderStatus,
    Shipment,
    TrackingEvent,
    TrackingStatus,
)

START = datetime(2026, 11, 11, tzinfo=UTC)
NO = "SF1"
LANE = lane_of("sf", Address(province="上海市"), Address(division_code="440106"))


def event(hour: int, status: TrackingStatus, place: str | None = None, text: str = "") -> TrackingEvent:
    """The raw code follows from the status, as it does on every wire."""
    at = START + timedelta(hours=hour)
    return TrackingEvent(waybill_no=NO, status=status, at=at, place=place, text=text, raw_code=f"C-{status.value}")


EVENTS = st.builds(event, st.integers(0, 30), st.sampled_from(TrackingStatus), st.sampled_from([None, "上海", "广州"]),
                   st.sampled_from(["", "已揽收", "派件中"]))  # fmt: skip
FEEDS = st.lists(EVENTS, max_size=12)
SHIPPED = Order(platform="taobao", shop_id="s", order_id="1", status=OrderStatus.SHIPPED, currency="CNY",
                fulfilment_status=FulfilmentStatus.SHIPPED,
                shipments=(Shipment(carrier="sf", waybill_no=NO),))  # fmt: skip


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[TrackingEvent], list[list[TrackingEvent]]]:
    """A feed, and the same feed in any order with repeats, cut into portions."""
    feed = draw(FEEDS)
    again = draw(st.permutations(feed + (draw(st.lists(st.sampled_from(feed), max_size=6)) if feed else [])))
    cuts = sorted(draw(st.lists(st.integers(0, len(again)), max_size=3)))
    return feed, [list(again[a:b]) for a, b in zip([0, *cuts], [*cuts, len(again)], strict=True)]


@pytest.mark.fault(62)
@settings(deadline=None)
@given(shuffled())
def test_any_order_any_repeats_one_parcel(pair: tuple[list[TrackingEvent], list[list[TrackingEvent]]]) -> None:
    feed, portions = pair
    whole, grown = ParcelTrack.of("sf", NO, feed), ParcelTrack("sf", NO)
    for portion in portions:
        grown = grown.with_events(portion)
    assert grown == whole == ParcelTrack.of("sf", NO, *portions)
    assert grown.with_events(feed) == grown
    assert (grown.status, project(SHIPPED, [grown])) == (whole.status, project(SHIPPED, [whole]))
    at, policy = START + timedelta(hours=200), TrackingPolicy()
    assert incidents_of(grown, at, policy) == incidents_of(whole, at, policy)


@settings(deadline=None)
@given(FEEDS)
def test_a_timeline_is_in_order_and_has_each_step_once(feed: list[TrackingEvent]) -> None:
    found = joined(feed, feed)
    assert [each.at for each in found] == sorted(each.at for each in found)
    names = [(each.at, each.raw_code, each.place) for each in found]
    assert len(set(names)) == len(names) and set(names) == {(each.at, each.raw_code, each.place) for each in feed}


@pytest.mark.fault(62)
@settings(deadline=None)
@given(FEEDS, EVENTS)
def test_nothing_that_comes_later_takes_a_parcel_back(feed: list[TrackingEvent], more: TrackingEvent) -> None:
    before, after = ParcelTrack.of("sf", NO, feed), ParcelTrack.of("sf", NO, feed, [more])
    assert RANKS[after.furthest] >= RANKS[before.furthest] or not feed
    if before.status in LATE:
        assert after.status in LATE and RANKS[after.status] >= RANKS[before.status]
    old, new = project(SHIPPED, [before]), project(SHIPPED, [after])
    assert ORDER[new.status] >= ORDER[old.status] >= ORDER[SHIPPED.status]
    assert FULFILMENT[new.fulfilment_status] >= FULFILMENT[old.fulfilment_status]
    [parcel], [then] = old.shipments, new.shipments
    assert parcel.delivered_at is None or then.delivered_at is not None


@settings(deadline=None)
@given(FEEDS)
def test_trouble_shows_while_it_is_the_newest_thing_known(feed: list[TrackingEvent]) -> None:
    known = [each for each in joined(feed) if each.status is not TrackingStatus.UNKNOWN]
    status = status_of(feed)
    if status in SIDE:
        assert known[-1].status is status and reached(feed) not in LATE
    elif known and reached(feed) not in LATE:
        assert known[-1].status not in SIDE and status is reached(feed)


@settings(deadline=None)
@given(FEEDS, st.integers(0, 400))
def test_incidents_have_one_name_until_the_parcel_moves(feed: list[TrackingEvent], hours: int) -> None:
    policy, track = TrackingPolicy(), ParcelTrack.of("sf", NO, feed)
    at = START + timedelta(hours=hours)
    now = {each.key for each in incidents_of(track, at, policy, shipped_at=START)}
    later = {each.key for each in incidents_of(track, at + timedelta(hours=500), policy, shipped_at=START)}
    assert now <= later, "time alone closes nothing"
    stalled = {each for each in now if each.startswith(IncidentKind.STALLED.value)}
    moved = track.with_events([event(hours + 50, TrackingStatus.IN_TRANSIT)])
    still = {each.key for each in incidents_of(moved, at + timedelta(hours=60), policy, shipped_at=START)}
    assert not stalled & still, "news closes it"
    home = track.with_events([event(hours + 501, TrackingStatus.RETURNED)])
    assert incidents_of(home, at + timedelta(hours=1000), policy, shipped_at=START) == ()


@settings(deadline=None)
@given(st.lists(st.integers(1, 10_000), min_size=1), st.integers(1, 100))
def test_a_quantile_is_a_journey_that_so_many_did_not_exceed(minutes: list[int], percent: int) -> None:
    rows = sorted(minutes)
    found = quantile(rows, percent)
    assert found in rows
    assert 100 * sum(each <= found for each in rows) >= percent * len(rows)
    assert 100 * sum(each < found for each in rows) < percent * len(rows)


@settings(deadline=None)
@given(st.lists(st.integers(1, 5000)), st.integers(0, 6000), st.integers(1, 12))
def test_an_estimate_needs_evidence_and_lies_ahead(journeys: list[int], waited: int, needed: int) -> None:
    assert LANE is not None
    at = START + timedelta(minutes=waited)
    found = estimate(LANE, START, at, journeys, needed)
    comparable = [each for each in journeys if each > waited]
    assert (found is None) == (len(comparable) < needed)
    if found is not None:
        assert at < found.early <= found.likely <= found.late <= found.latest and found.samples == len(comparable)
        assert estimate(LANE, START, at, list(reversed(journeys)), needed) == found


@settings(deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.tuples(st.sampled_from("123"), st.integers(1, 99))),
       st.integers(1, 5))  # fmt: skip
def test_a_lane_keeps_its_latest_journeys(rows: dict[str, tuple[str, int]], most: int) -> None:
    found = kept(rows, most)
    assert len(found) == min(most, len(rows)) and kept(found, most) == found
    gone = [rows[name][0] for name in rows.keys() - found.keys()]
    assert not gone or max(gone) <= min(at for at, _ in found.values())


@settings(deadline=None)
@given(FEEDS)
def test_a_journey_is_counted_when_it_ended_with_the_receiver(feed: list[TrackingEvent]) -> None:
    track = ParcelTrack.of("sf", NO, feed)
    minutes = journey_of(track)
    if minutes is not None:
        assert track.furthest is TrackingStatus.DELIVERED and minutes > 0 and minutes % 60 == 0


def test_a_flood_of_events_stays_bounded_and_keeps_what_matters() -> None:
    flood = [event(hour, TrackingStatus.IN_TRANSIT) for hour in range(10, EVENTS_MAX + 300)]
    first = [event(0, TrackingStatus.PICKED_UP), event(5, TrackingStatus.DELIVERED), event(6, TrackingStatus.RETURNING)]
    whole = ParcelTrack.of("sf", NO, first, flood)
    grown = ParcelTrack("sf", NO)
    for start in range(0, len(flood), 100):
        grown = grown.with_events(flood[start : start + 100])
    grown = grown.with_events(first)
    assert grown == whole and len(whole.events) <= EVENTS_MAX + 3
    assert whole.status is TrackingStatus.RETURNING
    assert (whole.picked_up_at, whole.delivered_at) == (START, START + timedelta(hours=5))
