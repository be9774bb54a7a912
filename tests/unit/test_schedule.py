"""Scheduling as arithmetic: a day has its runs, an outage leaves no gap, shops do not start together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.collect.schedule import TICK, Due, Schedule, due, slot_at, slot_in
from orderhub.errors import ConfigurationError
from orderhub.sandbox import World

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
KEYS = st.text("abcdefgh:-0123456789", min_size=1, max_size=12)
INTERVALS = st.integers(1, 240).map(lambda minutes: minutes * MINUTE)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def day_of(shops: list[Schedule], start: datetime, length: timedelta, down: tuple[datetime, datetime] | None = None,
           took: timedelta = timedelta(0)) -> dict[str, list[datetime]]:  # fmt: skip
    """Ask every minute, as a fleet does; answers when each shop's runs began. A run under way is not begun again."""
    state, began = {shop.key: shop for shop in shops}, {shop.key: list[datetime]() for shop in shops}
    now = start
    while now < start + length:
        for one in due(state.values(), now) if down is None or not down[0] <= now < down[1] else ():
            last = state[one.key].last
            if last is None or now >= last + took:
                state[one.key] = replace(state[one.key], last=now)
                began[one.key].append(now)
        now += TICK
    return began


def test_a_day_of_quarter_hours_has_96_runs_a_shop() -> None:
    shops = [Schedule(f"taobao:{n}", last=MIDNIGHT - MINUTE) for n in range(40)]
    found = day_of(shops, MIDNIGHT, DAY)
    assert {len(runs) for runs in found.values()} == {96}
    for runs in found.values():
        gaps = [later - earlier for earlier, later in pairwise(runs)]
        assert max(gaps) <= timedelta(minutes=15) * 1.2 + TICK


@given(KEYS, INTERVALS, INSTANTS)
def test_each_cell_holds_one_slot_and_room_to_serve_it(key: str, interval: timedelta, now: datetime) -> None:
    shop = Schedule(key, interval)
    cell = (now - datetime(1970, 1, 1, tzinfo=UTC)) // interval
    start = datetime(1970, 1, 1, tzinfo=UTC) + cell * interval
    assert start <= slot_in(shop, cell) <= start + interval - TICK
    assert slot_at(shop, now) <= now < slot_in(shop, cell + 1)
    assert slot_at(shop, slot_in(shop, cell)) == slot_in(shop, cell)


@settings(max_examples=60, deadline=None)
@given(KEYS, st.integers(2, 60), INSTANTS, st.integers(0, 300), st.integers(1, 400), st.integers(0, 50))
def test_whatever_the_outage_runs_cover_all_time(
    key: str, minutes: int, start: datetime, until_down: int, down_for: int, took: int
) -> None:
    """Each run reads from where the one before began: without a gap, and never two for one slot."""
    shop = Schedule(key, minutes * MINUTE, last=start - MINUTE)
    down = (start + until_down * MINUTE, start + (until_down + down_for) * MINUTE)
    runs = day_of([shop], start, timedelta(minutes=until_down + down_for + 3 * minutes + took), down, took * MINUTE)[
        key
    ]
    assert runs == sorted(set(runs))
    slots = [slot_at(shop, began) for began in runs]
    assert len(set(slots)) == len(slots), "a slot was served twice"
    after = [began for began in runs if began >= down[1]]
    back = down[1]
    if slot_at(shop, back) > max([began for began in runs if began < down[0]], default=start - MINUTE):
        busy = max([began for began in runs if began < down[0]], default=start - MINUTE) + took * MINUTE
        assert after[0] <= max(back, busy) + TICK, "what was missed is made up at once"


def test_three_hours_of_outage_are_one_run_that_makes_up_for_all() -> None:
    shop = Schedule("taobao:1", last=MIDNIGHT)
    before = slot_at(shop, MIDNIGHT + 6 * HOUR)
    [found] = due([replace(shop, last=before)], before + 3 * HOUR)
    assert found.missed in (10, 11, 12)
    runs = day_of([replace(shop, last=MIDNIGHT - MINUTE)], MIDNIGHT, DAY, (MIDNIGHT + 6 * HOUR, MIDNIGHT + 9 * HOUR))
    assert 83 <= len(runs["taobao:1"]) <= 85
    gaps = sorted(b - a for a, b in pairwise(runs["taobao:1"]))
    assert 3 * HOUR <= gaps[-1] <= 3 * HOUR + 16 * MINUTE
    assert gaps[-2] < timedelta(minutes=19)


def test_shops_do_not_start_together() -> None:
    shops = [Schedule(f"jd:{n}", last=MIDNIGHT - MINUTE) for n in range(300)]
    together = Counter(began for runs in day_of(shops, MIDNIGHT, 2 * HOUR).values() for began in runs)
    assert max(together.values()) < 300 / 14 * 2.5


@given(KEYS, INSTANTS)
def test_a_shop_that_never_ran_is_due_and_one_that_just_ran_is_not(key: str, now: datetime) -> None:
    assert [one.key for one in due([Schedule(key)], now)] == [key]
    assert due([Schedule(key, last=now)], now) == []
    assert due([Schedule(key, last=now + 3 * MINUTE)], now) == [], "clocks of two machines may differ a little"
    assert len(due([Schedule(key, last=now + DAY)], now)) == 1, "a clock that was wrong holds nothing back"


def test_the_longest_waiting_come_first() -> None:
    shops = [Schedule("b", last=MIDNIGHT), Schedule("a", last=MIDNIGHT + 5 * HOUR), Schedule("new")]
    assert due(shops, MIDNIGHT + 6 * HOUR)[0].key == "b"
    [found] = due([Schedule("x", last=MIDNIGHT)], MIDNIGHT + DAY)
    assert found == Due("x", slot_at(Schedule("x"), MIDNIGHT + DAY), 95)


def test_an_interval_shorter_than_the_tick_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="jd:1"):
        Schedule("jd:1", timedelta(seconds=30))
    Schedule("jd:1", timedelta(seconds=30), tick=timedelta(seconds=5))


def test_orders_of_an_outage_all_arrive() -> None:
    """The arithmetic with a real hub: nine hours, orders all the time, three of them without anybody asking."""
    world = World(seed=4, platforms=["taobao"], carriers=[], orders=5, tick=lambda: 0.0)
    hub = orderhub.Hub(world.shops(), clock=world.clock, transport=world.transport())
    start = world.clock.now()
    shops = {key: Schedule(key) for key in hub.shops}
    runs = Counter[str]()
    for minute in range(9 * 60):
        world.clock.set(start + minute * MINUTE)
        if minute % 7 == 0:
            world.control("POST", "/_sandbox/taobao/orders", {}, {"count": 1})
        for one in due(shops.values(), world.clock.now()) if not 180 <= minute < 360 else ():
            shops[one.key] = replace(shops[one.key], last=world.clock.now())
            runs[one.key] += 1
            assert all(report.ok for report in hub.sync(shops=[one.key]))
    world.advance(30 * 60)
    assert all(report.ok for report in hub.sync())
    truth = {(row["shop_id"], row["order_id"]) for row in world.control("GET", "/_sandbox/taobao/orders")[1]}
    assert {(order.shop_id, order.order_id) for order in hub.orders()} == truth
    assert len(truth) > 2 * 78
    assert all(24 <= count <= 26 for count in runs.values())
    hub.close()
