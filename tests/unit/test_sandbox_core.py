"""Clock, fault table, catalogue, people: the sandbox's own small parts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.sandbox.catalogue import CATALOGUE, GOODS, items
from orderhub.sandbox.clock import VirtualClock
from orderhub.sandbox.emulator import ControlError, EmulatorBase
from orderhub.sandbox.faults import FAULTS, FaultTable
from orderhub.sandbox.people import PLACES, person

START = datetime(2026, 1, 1, tzinfo=UTC)
OFFERED = {"taobao": frozenset({"call_limited"}), "sf": frozenset[str]()}


@given(st.lists(st.tuples(st.sampled_from(["tick", "advance", "freeze", "thaw"]), st.integers(0, 10**6)), max_size=20))
def test_clock_counts_ticks_while_running_and_advances_always(moves: list[tuple[str, int]]) -> None:
    real = 0.0
    clock = VirtualClock(START, lambda: real)
    expected, frozen = START, False
    for move, amount in moves:
        if move == "tick":
            real += amount
            expected += timedelta(seconds=0 if frozen else amount)
        elif move == "advance":
            clock.advance(amount)
            expected += timedelta(seconds=amount)
        else:
            frozen = move == "freeze"
            clock.freeze(frozen)
        assert clock.now() == expected
    clock.restart()
    assert clock.now() == START


def test_clock_starts_at_wall_time() -> None:
    assert abs(VirtualClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


@given(st.integers(1, 5), st.sampled_from([None, "tb-1"]), st.sampled_from([None, "m"]))
def test_a_rule_strikes_as_often_as_told_and_only_where_told(
    times: int, shop: str | None, operation: str | None
) -> None:
    table = FaultTable()
    table.arm(
        {"platform": "taobao", "shop_id": shop, "operation": operation, "fault": "http_500", "times": times}, OFFERED
    )
    assert table.take("call", "sf", "tb-1", "m") is None
    assert (table.take("call", "taobao", "tb-2", "m") is None) == (shop is not None)
    struck = 0 if shop is not None else 1
    while table.take("call", "taobao", "tb-1", "m"):
        struck += 1
    assert struck == times
    assert not table


def test_faults_strike_in_the_order_armed() -> None:
    table = FaultTable()
    for name in ("http_500", "reset"):
        table.arm({"fault": name}, OFFERED)
    first, second = table.take("call", "sf", None, None), table.take("call", "taobao", "x", "y")
    assert first and second
    assert (first.name, second.name) == ("http_500", "reset")


def test_faults_at_creation_are_not_taken_by_calls() -> None:
    table = FaultTable()
    table.arm({"fault": "late_order", "delay_s": 5}, {"taobao": frozenset({"late_order"})})
    assert table.take("call", "taobao", None, None) is None
    struck = table.take("late_order", "taobao", "tb-1", "create")
    assert struck
    assert struck.delay_s == 5


@pytest.mark.parametrize(
    "body",
    [
        {}, {"fault": "meteor"}, {"fault": "reset", "times": 0}, {"fault": "reset", "times": True},
        {"fault": "reset", "delay_s": "1"}, {"fault": "reset", "when": 1}, {"fault": "reset", "platform": "ebay"},
        {"fault": "call_limited", "platform": "sf"}, {"fault": "repeated_page"}, {"fault": ["reset"]},
    ],
)  # fmt: skip
def test_bad_rules_are_refused_with_advice(body: dict[str, object]) -> None:
    with pytest.raises(ControlError) as caught:
        FaultTable().arm(body, OFFERED)
    assert caught.value.do
    assert caught.value.status in (400, 404)


def test_every_fault_of_the_contract_exists() -> None:
    names = (
        "timeout_before timeout_after reset http_500 http_503 html_page truncated bad_json call_limited token_expired "
        "repeated_page shifting_pages late_order unknown_status drifted_field wrong_charset gzip_bomb slow clock_skew"
    )
    assert set(names.split()) <= FAULTS.keys()


def test_forty_goods_with_stable_codes() -> None:
    assert [good.sku for good in CATALOGUE] == [f"SKU-{number:04d}" for number in range(1, 41)]
    assert set(GOODS) == {good.sku for goods in items().values() for good in goods}
    assert all(good.price > 0 and good.weight_g > 0 and good.price_fen == good.price * 100 for good in CATALOGUE)
    assert all(isinstance(good.price, Decimal) for good in CATALOGUE)
    variants = {(good.item, good.options) for good in CATALOGUE}
    assert len(variants) == len(CATALOGUE)


@given(st.integers())
def test_people_are_reachable(seed: int) -> None:
    who = person(random.Random(seed))
    assert who.mobile.isdigit()
    assert len(who.mobile) == 11
    assert who.town in who.place.towns
    assert who.name not in repr(who)


def test_places_cover_the_country() -> None:
    assert len({place.province for place in PLACES}) >= 31
    assert any(place.city is None for place in PLACES)


def test_an_emulator_without_records_refuses_politely() -> None:
    base = EmulatorBase()
    assert base.records(None) == []
    for attempt in (lambda: base.record("1"), lambda: base.create({}), lambda: base.change("1", {}),
                    lambda: base.stock(None), lambda: base.set_stock({})):  # fmt: skip
        with pytest.raises(ControlError):
            attempt()
