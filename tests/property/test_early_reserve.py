"""Stock held for paid orders as they are stored: in the order of payment, once an order, taken over, never oversold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from fulfil_model import ELSEWHERE, NOW, UNITS, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.fulfil.addressing import change_address
from orderhub.fulfil.cancelling import cancel_order
from orderhub.fulfil.early import hold_orders, short_findings
from orderhub.fulfil.early_policy import ReservePolicy, read_reserve_policy
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.splitting import merge_orders, split
from orderhub.fulfil.waiting_list import load_parked
from orderhub.inventory import Receive, Reserve, StockLine, open_ledger
from orderhub.models import Order, OrderStatus
from orderhub.ports import OrderQuery
from orderhub.testing.orders import at
from orderhub.testing.stock import ManualClock, check_balanced

ON = ReservePolicy(on_arrival=True)


def bench_of(*orders: Order, units: int = UNITS, **plan: Any) -> Bench:
    """A bench whose ledger keeps the bench's own time."""
    bench = Bench(*orders, **{"reserve": ON, **plan})
    bench.clock = ManualClock(NOW)
    bench.stock = bench.ports["stock"] = open_ledger("memory:", clock=bench.clock)
    bench.stock.apply([Receive("opening", tuple(StockLine(s, c, units) for s in "ABC" for c in ("sh", "gz")))])
    return bench


def stored(bench: Bench) -> list[Order]:
    return bench.stores.find_orders(OrderQuery())


def held(bench: Bench) -> dict[str, int]:
    """Units in open early holds, by order."""
    rows = [row for row in bench.stock.reservations() if row.key.startswith("hold:")]
    names = [row.key.rpartition(":")[0].removeprefix("hold:") for row in rows]
    assert len(set(names)) == len(names), "an order has one hold"
    return {name: sum(line.quantity for line in row.lines) for name, row in zip(names, rows, strict=True)}


def put(bench: Bench, order: Order, **changes: Any) -> None:
    later = (order.updated_at or NOW) + timedelta(seconds=1)
    changed = order.model_validate({**dict(order), **changes, "updated_at": later})
    bench.stores.put_orders([changed])
    bench.shop.orders[order.order_id] = changed


def paid_at(number: int, second: int, units: int = 1, sku: str = "A", **fields: Any) -> Order:
    return order_of(f"{number}", skus=((sku, units),), paid_at=at(second), **fields)


def test_the_longest_paid_hold_first_and_the_rest_wait_with_a_finding() -> None:
    orders = [paid_at(number, 100 - number, units=3) for number in range(6)]
    bench = bench_of(*orders)  # five in each of two warehouses: three units fit once into each
    outcomes = bench.run(hold_orders(bench.plan, orders))
    assert [(o.key.rpartition(":")[2], o.ok) for o in outcomes] == [
        ("5", True), ("4", True), ("3", False), ("2", False), ("1", False), ("0", False),
    ]  # fmt: skip
    assert {o.reason for o in outcomes[2:]} == {"scattered_stock"}, "two here and two there are not three together"
    assert bench.units() == (0, 6)
    parked = bench.run(load_parked())
    assert sorted(row.order_key for row in parked) == sorted(o.key for o in outcomes[2:])
    findings = short_findings(orders, outcomes, parked)
    assert [f.code for f in findings] == ["stock_short"] * 4 and {f.order_id for f in findings} == set("0123")
    assert "A: 3 wanted" in findings[0].message
    bench.stock.apply([Receive("po-2", (StockLine("A", "sh", 3),))])
    again = bench.run(hold_orders(bench.plan, orders))
    assert [o.reason for o in again[:3]] == ["already_done", "already_done", None], "what came goes to the next in turn"
    assert len(bench.run(load_parked())) == 3


@pytest.mark.parametrize("changes", [
    {"payment_status": "unpaid"}, {"fulfilled_by": "platform"}, {"status": OrderStatus.UNKNOWN},
    {"status": OrderStatus.PENDING_PAYMENT}, {"payment_status": "unknown"}, {"fulfilled_by": "unknown"},
])  # fmt: skip
def test_what_is_not_paid_not_ours_or_not_known_holds_nothing(changes: dict[str, Any]) -> None:
    order = order_of(**changes)
    bench = bench_of(order)
    assert bench.run(hold_orders(bench.plan, [order])) == [] and bench.units() == (0, 0)


def test_the_policy_chooses_shops_and_is_read_strictly() -> None:
    order = order_of()
    for shops, wanted in ((["taobao"], True), (["taobao:tb-1"], True), (["jd"], False)):
        assert read_reserve_policy({"on_arrival": True, "shops": shops}).wants(order) is wanted
    cod = order_of(payment_status="unpaid", is_cod=True)
    assert ON.wants(cod) and not ReservePolicy(cash_on_delivery=False).wants(cod)
    with pytest.raises(ConfigurationError, match="hourz"):
        read_reserve_policy({"hourz": 3})


def test_the_pipeline_takes_over_and_nothing_is_reserved_twice() -> None:
    orders = [paid_at(number, number) for number in range(10)]
    bench = bench_of(*orders)
    bench.run(hold_orders(bench.plan, orders))
    assert bench.units() == (0, 10)
    [stranger] = bench.stock.apply([Reserve("stranger", (StockLine("A", "sh", 1),))])
    assert stranger.reason == "insufficient_stock", "every unit is spoken for"
    outcomes = bench.run(fulfil_orders(bench.plan, orders))
    assert all(outcome.ok for outcome in outcomes)
    assert bench.units() == (10, 0) and held(bench) == {}
    check_balanced(bench.stock)
    assert bench.run(hold_orders(bench.plan, stored(bench))) == [], "what has shipped holds nothing again"


def test_an_order_that_may_not_ship_keeps_its_hold() -> None:
    order = order_of(holds=("risk_control",))
    bench = bench_of(order)
    bench.run(hold_orders(bench.plan, [order]))
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.reason == "on_hold" and held(bench) == {order.key: 2}


@pytest.mark.parametrize("changes", [
    {"status": OrderStatus.CANCELLED}, {"payment_status": "refunded"}, {"status": OrderStatus.SHIPPED},
])  # fmt: skip
def test_what_is_closed_or_refunded_lets_its_hold_go(changes: dict[str, Any]) -> None:
    order = order_of()
    bench = bench_of(order)
    bench.run(hold_orders(bench.plan, [order]))
    put(bench, order, **changes)
    bench.run(hold_orders(bench.plan, stored(bench)))
    assert bench.units() == (0, 0)


def test_cancelling_lets_the_hold_go_at_once() -> None:
    order = order_of()
    bench = bench_of(order)
    bench.run(hold_orders(bench.plan, [order]))
    assert bench.run(cancel_order(bench.plan, order)).ok and bench.units() == (0, 0)


def test_a_hold_that_ran_out_is_not_made_again_and_fulfilment_takes_what_there_is() -> None:
    order = order_of()
    bench = bench_of(order, reserve=ReservePolicy(on_arrival=True, hours=2))
    [outcome] = bench.run(hold_orders(bench.plan, [order]))
    assert outcome.value.until == NOW + timedelta(hours=2)
    bench.clock.sleep(2 * 3600)
    assert bench.run(hold_orders(bench.plan, [order])) == [] and bench.units() == (0, 0)
    [done] = bench.run(fulfil_orders(bench.plan, [order]))
    assert done.ok and bench.units() == (2, 0)


def test_a_rehearsal_holds_nothing() -> None:
    orders = [order_of(), paid_at(2, 0, units=99)]
    bench = bench_of(*orders)
    outcomes = bench.run(hold_orders(bench.plan, orders, dry_run=True))
    assert sorted(str(o.reason) for o in outcomes) == ["dry_run", "insufficient_stock"]
    assert bench.units() == (0, 0) and bench.run(load_parked()) == []


def test_parts_and_groups_get_what_their_orders_held() -> None:
    one, two = order_of("1", skus=(("A", 2), ("B", 1))), order_of("2")
    bench = bench_of(one)
    bench.run(hold_orders(bench.plan, [one]))
    assert bench.run(split(one, [(("1-0", 2),), (("1-1", 1),)])).ok
    [outcome] = bench.run(fulfil_orders(bench.plan, [one]))
    assert outcome.ok and len(outcome.value.parcels) == 2 and bench.units() == (3, 0)
    bench = bench_of(one, two)
    bench.run(hold_orders(bench.plan, [one, two]))
    assert bench.units() == (0, 5) and bench.run(merge_orders([one, two])).ok
    outcomes = bench.run(fulfil_orders(bench.plan, [one, two]))
    assert all(o.ok for o in outcomes) and bench.units() == (5, 0) and held(bench) == {}


def test_an_order_that_moved_ships_to_its_new_address() -> None:
    order = order_of()
    bench = bench_of(order)
    bench.run(hold_orders(bench.plan, [order]))
    assert bench.run(change_address(bench.plan, order, ELSEWHERE)).ok
    [moved] = stored(bench)
    [done] = bench.run(fulfil_orders(bench.plan, [moved]))
    assert done.ok and bench.units() == (2, 0) and bench.shop.orders["1"].recipient == ELSEWHERE


def steps(bench: Bench, operation: Any, count: int) -> bool:
    """Whether the operation ended within `count` steps; otherwise its process is dead now."""
    running = bench._steps(operation, {}, 0)
    try:
        return any(next(running, "end") == "end" for _ in range(count))
    finally:
        running.close()


@pytest.mark.parametrize("first", ["hold", "fulfil"])
def test_killed_after_any_step_and_begun_again_holds_once_and_ships_once(first: str) -> None:
    for count in range(1, 80):
        orders = [paid_at(number, number, units=2) for number in range(3)]
        bench = bench_of(*orders)
        if first == "fulfil":
            bench.run(hold_orders(bench.plan, orders))
        make = hold_orders if first == "hold" else fulfil_orders
        ended = steps(bench, make(bench.plan, orders), count)
        bench.run(hold_orders(bench.plan, stored(bench)))
        check_balanced(bench.stock)
        outcomes = bench.run(fulfil_orders(bench.plan, orders))
        assert all(outcome.ok for outcome in outcomes), (count, outcomes)
        assert bench.units() == (6, 0) and held(bench) == {}, count
        if ended:
            return
    raise AssertionError("it never ended")


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4), st.sampled_from("AB")), min_size=1, max_size=6),
    st.integers(1, 5),
    st.lists(st.integers(0, 3), min_size=60, max_size=60),
    st.integers(0, 5),
)
def test_any_interleaving_of_holding_shipping_and_cancelling(
    rows: Sequence[tuple[int, int, str]], units: int, turns: list[int], victim: int
) -> None:
    """Two runs that hold, one that ships, one that cancels: every unit is held or shipped for one order at most."""
    orders = [paid_at(number, second, count, sku) for number, (second, count, sku) in enumerate(rows)]
    bench = bench_of(*orders, units=units)
    lost = orders[victim % len(orders)]
    *_, first, stopped = bench.race(
        hold_orders(bench.plan, orders), hold_orders(bench.plan, orders), fulfil_orders(bench.plan, orders),
        cancel_order(bench.plan, lost), choose=iter(turns),
    )  # fmt: skip
    over = {one.key for one in first if one.ok} | ({lost.key} if stopped.ok else set())
    assert not over & set(held(bench)), "what was shipped or cancelled meanwhile holds nothing, without another run"
    bench.run(hold_orders(bench.plan, stored(bench)))
    done = bench.run(fulfil_orders(bench.plan, stored(bench)))
    check_balanced(bench.stock)
    gone = {one.key for one in done if one.ok}
    shipped = sum(count for order, (_, count, _) in zip(orders, rows, strict=True) if order.key in gone)
    now_held = held(bench)
    assert bench.units()[1] == sum(now_held.values()), "nothing is reserved but for holds"
    assert all(level.available >= 0 for level in bench.stock.levels())
    assert _gone(bench, units) == shipped and not set(now_held) & gone


def _gone(bench: Bench, units: int) -> int:
    return sum(units - level.on_hand for level in bench.stock.levels())


def burst(count: int) -> Iterator[Order]:
    base = order_of("x", skus=(("A", 1),))
    for number in range(count):
        lines = (base.lines[0].model_copy(update={"line_id": f"{number}-0"}),)
        second = (number * 7919) % count  # paid in another order than they were stored
        yield base.model_copy(update={"order_id": f"{number:05}", "paid_at": at(second / 100), "lines": lines})


def test_ten_thousand_orders_for_one_article_are_held_in_the_order_of_payment() -> None:
    orders = list(burst(10_000))
    bench = bench_of(units=1500)
    bench.stores.put_orders(orders)
    outcomes = bench.run(hold_orders(bench.plan, orders))
    ok = [outcome.key for outcome in outcomes if outcome.ok]
    first = [order.key for order in sorted(orders, key=lambda order: (order.paid_at, order.key))]
    assert len(outcomes) == 10_000 and ok == first[:3000]
    assert {outcome.reason for outcome in outcomes[3000:]} == {"insufficient_stock"}
    assert sum(level.reserved for level in bench.stock.levels()) == len(held(bench)) == 3000
    check_balanced(bench.stock)
    assert len(bench.run(load_parked())) == 7000
