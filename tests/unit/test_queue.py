"""Whose turn it is: classes, deadlines, a bound on waiting; holds that end by themselves; poisoned orders sink alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.hub.core import Hub
from orderhub.models import Order
from orderhub.models.status import OrderStatus
from orderhub.orders.holds import OwnHold
from orderhub.orders.queue import CLASSES, QueuePolicy, queue_order, read_queue_policy

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def order(name, waited_h=1, left_h=None, **changes):
    fields = {"platform": "taobao", "shop_id": "s", "order_id": name, "status": OrderStatus.AWAITING_SHIPMENT,
              "currency": "CNY", "paid_at": NOW - waited_h * HOUR, "updated_at": NOW,
              "ship_by": None if left_h is None else NOW + left_h * HOUR}  # fmt: skip
    return Order(**fields | changes)


def served(*orders, policy=None, **more):
    return [place.order_key.split(":")[-1] for place in queue_order(orders, NOW, policy, **more)]


def test_classes_go_in_their_order_and_deadlines_within():
    rows = [order("plain"), order("vip", labels=("vip",)), order("fast"), order("late", 1, -3), order("soon", 1, 5),
            order("now"), order("dated", 1, 40)]  # fmt: skip
    found = served(*rows, urgent={"taobao:s:now"}, tags={"taobao:s:fast": ("expedite",)})
    assert found == ["now", "late", "soon", "fast", "vip", "dated", "plain"]


def test_latest_ship_times_come_from_the_platform_or_the_merchants_table():
    policy = QueuePolicy(ship_within_h={"taobao": 48, "taobao:s2": 4})
    places = {
        p.order_key: p
        for p in queue_order(
            [order("a"), order("b", shop_id="s2"), order("c", 1, 10), order("d", platform="jd")], NOW, policy
        )
    }
    assert places["taobao:s:a"].latest == NOW + 47 * HOUR and places["taobao:s2:b"].name == "rush"
    assert places["taobao:s:c"].latest == NOW + 10 * HOUR and places["jd:s:d"].latest is None
    assert "no set time" in places["jd:s:d"].explain()


def test_waiting_is_worth_classes():
    assert served(order("new", labels=("vip",)), order("old", 49)) == ["old", "new"]
    (place,) = queue_order([order("old", 49)], NOW)
    assert place.explain().startswith("plain, 2 up for waiting")


rows = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.none() | st.integers(-50, 100),
        st.sampled_from([(), ("vip",), ("expedite",)]),
        st.booleans(),
    ),
    max_size=12,
)


@given(rows, st.integers(1, 48), st.randoms())
def test_nobody_starves_and_the_order_of_the_input_does_not_matter(made, promote, random):
    orders = [order(f"{n:02}", waited, left, labels=labels) for n, (waited, left, labels, _) in enumerate(made)]
    urgent = {one.key for one, (*_, is_urgent) in zip(orders, made, strict=True) if is_urgent}
    policy = QueuePolicy(promote_after_h=promote)
    places = queue_order(orders, NOW, policy, urgent=urgent)
    bound = timedelta(hours=promote * len(CLASSES))
    for turn, place in enumerate(places):
        assert all(before.since <= place.since + bound for before in places[:turn]), "overtaken beyond the bound"
    random.shuffle(orders)
    assert queue_order(orders, NOW, policy, urgent=urgent) == places


def test_a_queue_policy_is_checked():
    with pytest.raises(ConfigurationError, match="queue: rush_h"):
        read_queue_policy({"rush_h": 0})


class Clock:
    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture(params=["memory:", "sqlite:///{}/hub.db"])
def hub(request, tmp_path):
    with Hub(database=request.param.format(tmp_path), clock=Clock()) as made:
        made.stores.put_orders([order("a"), order("b", 2)])
        yield made


def names(hub):
    return [place.order_key.split(":")[-1] for place in hub.queue()]


def test_holds_end_by_themselves_and_urgent_ones_go_first(hub):
    assert names(hub) == ["b", "a"]
    assert [o.reason for o in hub.hold(["taobao:s:a"], reason="stocktaking", who="li", dry_run=True)] == ["dry_run"]
    assert [
        o.ok for o in hub.hold(["taobao:s:a", "x"], reason="stocktaking", who="li", until=NOW + HOUR, urgent=True)
    ] == [True, False]
    assert names(hub) == ["b"]
    assert [(o.key, o.reason) for o in hub.fulfil(["taobao:s:a"])] == [("taobao:s:a", "held")]
    hub.clock.at += HOUR
    assert names(hub) == ["a", "b"], "released by time, urgent"
    trail = [(e.who, e.what) for e in hub.timeline("taobao:s:a") if e.what in ("held", "released")]
    assert trail == [("li", "held"), ("hub", "released")]


def test_holds_are_lifted_by_hand(hub):
    assert hub.hold(["taobao:s:a"], reason=" ", who="li")[0].reason == "reason_missing"
    assert hub.release(["taobao:s:a"], who="li")[0].reason == "not_held"
    assert hub.hold(["taobao:s:a"], reason="call first", who="li")[0].ok
    hub.clock.at += 1000 * HOUR
    assert names(hub) == ["b"], "without an end it stays"
    assert hub.release(["taobao:s:a"], who="wang", urgent=True)[0].ok and names(hub) == ["a", "b"]
    assert hub.hold(["taobao:s:a"], reason="again", who="li")[0].ok and names(hub) == ["b"]
    with pytest.raises(ConfigurationError, match="aware"):
        hub.hold(["taobao:s:a"], reason="r", who="li", until=datetime(2026, 1, 1))


@pytest.mark.parametrize("die_at", ["put_cursor", "tag_orders"])
def test_a_half_made_hold_keeps_the_order_back_and_can_be_lifted(hub, die_at):
    hub.hold(["taobao:s:b"], reason="r", who="li")
    whole = getattr(hub.stores, die_at)

    def dies(*args, **named):
        raise KeyboardInterrupt

    setattr(hub.stores, die_at, dies)
    with pytest.raises(KeyboardInterrupt):
        hub.release(["taobao:s:b"], who="li")
    setattr(hub.stores, die_at, whole)
    if die_at == "put_cursor":
        assert names(hub) == ["a"] and hub.release(["taobao:s:b"], who="li")[0].ok
    assert names(hub) == ["b", "a"]


def test_a_hold_survives_the_store():
    made = OwnHold("r", "li", NOW, NOW + HOUR, True)
    assert OwnHold.load(made.dump()) == made and OwnHold.load(None) is None
