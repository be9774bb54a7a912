"""Alerts on crossing, with hysteresis, told once; the outlook of known movements, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, TransportError
from orderhub.hub.core import Hub
from orderhub.inventory import (
    Adjust,
    AlertRule,
    ChannelRules,
    ChannelView,
    Commit,
    Level,
    Movement,
    Outlook,
    Receive,
    ReorderRule,
    Reserve,
    StockLine,
    StockSnapshot,
    outlook,
    stock_conditions,
)
from orderhub.models import Outcome
from orderhub.notify import LocalSink
from orderhub.sandbox.clock import VirtualClock

SHOPS = ("taobao:a", "jd:b")
NOW = datetime(2026, 11, 11, tzinfo=UTC)


def seen(*levels: Level, **more: Any) -> ChannelView:
    return ChannelView(StockSnapshot(1, levels), SHOPS, **more)


def keys(view: ChannelView, *rules: AlertRule, raised: tuple[str, ...] = ()) -> list[str]:
    return [condition.key for condition in stock_conditions(view, rules, raised, SHOPS)]


def test_thresholds_are_per_sku_warehouse_and_channel() -> None:
    view = seen(Level("A", "sh", 2), Level("A", "gz", 9), Level("B", "sh", 4),
                rules=ChannelRules.of([{"shop": "jd:b", "cap": 3}]))  # fmt: skip
    assert keys(view, AlertRule(5)) == ["low_stock:*:B"]
    assert keys(view, AlertRule(5), AlertRule(3, sku="B"), AlertRule(20, sku="A")) == ["low_stock:*:A"]
    assert keys(view, AlertRule(5, warehouse="*")) == ["low_stock:warehouse:sh:A", "low_stock:warehouse:sh:B"]
    assert keys(view, AlertRule(5, warehouse="*"), AlertRule(3, warehouse="sh")) == ["low_stock:warehouse:sh:A"]
    assert keys(view, AlertRule(4, shop="*", sku="A")) == ["low_stock:shop:jd:b:A"]
    assert keys(view, AlertRule(4, shop="*"), AlertRule(2, shop="jd:b")) == []


def test_what_is_unknown_is_told_as_that_and_clears_nothing() -> None:
    view = seen(Level("A", "sh", 2))
    assert keys(view, AlertRule(5, sku="Z")) == ["availability_unknown:*:Z"]
    assert keys(view, AlertRule(5, sku="Z"), raised=("low_stock:*:Z",)) == ["availability_unknown:*:Z", "low_stock:*:Z"]


def test_bundles_are_watched_where_they_are_shown() -> None:
    view = seen(Level("A", "sh", 9), bundles={"SET": {"A": 4}})
    assert keys(view, AlertRule(5)) == []
    assert keys(view, AlertRule(5, sku="SET")) == ["low_stock:*:SET"]
    assert keys(view, AlertRule(5, shop="jd:b")) == ["low_stock:shop:jd:b:SET"]


@given(st.lists(st.integers(0, 12), max_size=40), st.integers(1, 8), st.integers(0, 4))
def test_hysteresis_agrees_with_its_definition(levels: list[int], below: int, gap: int) -> None:
    """Up from below the threshold until the clear mark is reached; raised again only after it was cleared."""
    rule, raised, is_up = AlertRule(below, below + gap), (), False
    for units in levels:
        raised = tuple(keys(seen(Level("A", "sh", units)), rule, raised=raised))
        is_up = units < below or (is_up and units < below + gap)
        assert bool(raised) == is_up


@pytest.mark.parametrize("wrong", [{"below": 5, "clear": 4}, {"below": -1}, {"below": True}, {"below": 1, "bellow": 2},
                                   {"below": 1, "shop": "*", "warehouse": "*"}, {"clear": 3}])  # fmt: skip
def test_senseless_alert_rules_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        AlertRule.of(wrong)


def hub(**more: Any) -> Hub:
    clock = VirtualClock(NOW, lambda: 0.0)
    return Hub(clock=clock, alerts=[{"below": 3, "clear": 5}], **more)


def move(target: Hub, key: str, units: int) -> None:
    command = Receive if units > 0 else Adjust
    [outcome] = target.stock.apply([command(key, (StockLine("A", "sh", units),), "count")])
    assert outcome.ok


def test_an_oscillation_is_one_alert_and_a_second_crossing_another() -> None:
    with hub() as target:
        move(target, "open", 10)
        assert target.stock_alerts() == []
        for number, units in enumerate((-8, 2, -2, 1, -1)):
            move(target, f"m{number}", units)
            target.clock.advance(60)
            [alert] = target.stock_alerts()
            assert (alert.code, alert.sku, alert.is_new) == ("low_stock", "A", number == 0)
        assert len(target.notifier.sent) == 1
        assert "现有 2，警戒值 3" in target.notifier.sent[0].body
        move(target, "full", 6)
        assert target.stock_alerts() == []
        target.clock.advance(60)
        move(target, "gone", -7)
        assert target.stock_alerts()[0].is_new
        assert len(target.notifier.sent) == 2
        assert len({each.key for each in target.notifier.sent}) == 2


class Failing(LocalSink):
    """Says nothing the first time."""

    tries = 0

    def send(self, messages: Any) -> list[Outcome[None]]:
        self.tries += 1
        if self.tries == 1:
            return [Outcome.failed(each.key, TransportError("no line")) for each in messages]
        return super().send(messages)


def test_a_crossing_that_could_not_be_told_is_told_by_the_next_run() -> None:
    sink = Failing()
    with hub(notifier=sink) as target:
        move(target, "open", 1)
        for _ in range(3):
            assert len(target.stock_alerts()) == 1
        assert (len(sink.sent), sink.tries) == (1, 2)


def test_two_processes_tell_a_crossing_once(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    with hub(database=url) as one, hub(database=url) as two:
        move(one, "open", 1)
        assert one.stock_alerts()[0].since == two.stock_alerts()[0].since
        one.clock.advance(600)
        two.clock.advance(600)
        one.stock_alerts(), two.stock_alerts()
        assert len(one.notifier.sent) + len(two.notifier.sent) == 1


DAY = timedelta(days=1)


def rows(*told: tuple[float, str, int, int]) -> list[Movement]:
    """(days ago, kind, on hand, reserved), oldest first."""
    return [Movement(n, f"k{n}", kind, "A", "sh", hand, held, NOW - ago * DAY)
            for n, (ago, kind, hand, held) in enumerate(told, 1)]  # fmt: skip


def test_the_outlook_of_known_movements() -> None:
    """20 units, 2 sold on day 10 and 6 on day 5 ago: 8 in 14 days with stock, of 28 looked at."""
    moved = rows((14, "received", 20, 0), (10, "reserved", 0, 2), (10, "committed", -2, -2), (5, "reserved", 0, 6),
                 (5, "committed", -6, -6))  # fmt: skip
    found = outlook("A", moved, NOW, rule=ReorderRule(lead_days=20, safety_days=2, cover_days=10, pack=6))
    assert found == Outlook(
        sku="A", available=12, inbound=0, sold=8, sellable_days=Decimal("14.0"), per_day=Decimal("0.571"),
        days_of_cover=Decimal("21.0"), reorder=12, last_sold_at=NOW - 5 * DAY, last_received_at=NOW - 14 * DAY,
        idle_days=5, is_slow=False,
    )  # fmt: skip
    assert outlook("A", moved, NOW, rule=ReorderRule(lead_days=20, safety_days=2), inbound=20).reorder == 0
    assert outlook("A", moved, NOW, rule=ReorderRule(lead_days=18, safety_days=2)).reorder == 0, "21 days are enough"


def test_days_without_stock_say_nothing_about_demand() -> None:
    moved = rows((20, "received", 5, 0), (20, "reserved", 0, 5), (18, "committed", -5, -5), (4, "received", 8, 0),
                 (2, "reserved", 0, 4), (2, "committed", -4, -4))  # fmt: skip
    found = outlook("A", moved, NOW, days=28)
    assert (found.sold, found.sellable_days, found.per_day) == (9, Decimal("4.0"), Decimal("2.250"))


def test_slow_movers_are_those_that_rest_or_would_last_too_long() -> None:
    rule = ReorderRule(idle_days=30, slow_cover_days=100)
    resting = outlook(
        "A", rows((90, "received", 5, 0), (40, "reserved", 0, 1), (40, "committed", -1, -1)), NOW, rule=rule
    )
    assert (resting.is_slow, resting.idle_days, resting.days_of_cover, resting.reorder) == (True, 40, None, 0)
    piled = outlook(
        "A", rows((28, "received", 500, 0), (1, "reserved", 0, 1), (1, "committed", -1, -1)), NOW, rule=rule
    )
    assert (piled.is_slow, piled.idle_days) == (True, 1)
    gone = outlook("A", rows((90, "received", 1, 0), (40, "reserved", 0, 1), (40, "committed", -1, -1)), NOW, rule=rule)
    assert gone.is_slow is False
    never = outlook("A", rows((31, "received", 5, 0)), NOW, rule=rule)
    assert (never.is_slow, never.last_sold_at, never.idle_days) == (True, None, 31)
    assert outlook("A", [], NOW).idle_days is None


@pytest.mark.parametrize("wrong", [{"pack": 0}, {"lead_days": -1}, {"cover_days": 1.5}, {"lead": 3}])
def test_senseless_reorder_rules_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        ReorderRule.of(wrong)


def test_a_hub_looks_over_its_warehouses_what_to_buy_first() -> None:
    with Hub(clock=VirtualClock(NOW, lambda: 0.0), reorder=[{"lead_days": 30, "sku": "B"}]) as target:
        for sku in "ABC":
            target.stock.apply([Receive(f"r{sku}", (StockLine(sku, "sh", 10), StockLine(sku, "gz", 4)))])
        target.clock.advance(10 * 86_400)
        for sku in "AB":
            line = (StockLine(sku, "gz", 4),)
            target.stock.apply([Reserve(f"o{sku}", line), Commit(f"c{sku}", f"o{sku}")])
        found = target.stock_outlook()
        assert [(row.sku, row.available, row.sold, bool(row.reorder)) for row in found] == [
            ("B", 10, 4, True), ("A", 10, 4, False), ("C", 14, 0, False),
        ]  # fmt: skip
        assert target.stock_outlook(["B"], inbound={"B": 100})[0].reorder == 0
