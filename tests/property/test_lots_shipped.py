"""Lots and single units through the pipeline: first what expires first, nothing too old, the unit that was named."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from fulfil_model import ELSEWHERE, NOW, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.fulfil.addressing import change_address
from orderhub.fulfil.allocating import allot
from orderhub.fulfil.cancelling import intercept_order
from orderhub.fulfil.channel_stock import available_by_sku, stock_outlook
from orderhub.fulfil.channel_stock.shown import observe
from orderhub.fulfil.early import hold_orders
from orderhub.fulfil.early_policy import ReservePolicy
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.record import load_record
from orderhub.fulfil.splitting import merge_orders
from orderhub.inventory import (
    AllocationPolicy,
    Commit,
    Receive,
    Reserve,
    ShippingTerms,
    StockLine,
    lot_place,
    open_ledger,
    parse_place,
    serial_place,
)
from orderhub.models import Order
from orderhub.ports import OrderQuery
from orderhub.testing.orders import at
from orderhub.testing.stock import ManualClock, check_balanced

TODAY = date(2026, 11, 11)


def lot(days: int | None, name: str, warehouse: str = "sh") -> str:
    return lot_place(warehouse, name, None if days is None else TODAY + timedelta(days=days))


def bench_of(*orders: Order, goods: dict[tuple[str, str], int], **plan: Any) -> Bench:
    bench = Bench(*orders, **plan)
    bench.stock = bench.ports["stock"] = open_ledger("memory:", clock=ManualClock(NOW))
    [came] = bench.stock.apply([Receive("in", tuple(StockLine(*place, units) for place, units in goods.items()))])
    assert came.ok
    return bench


def left(bench: Bench) -> dict[str, int]:
    return {level.warehouse: level.on_hand for level in bench.stock.levels() if level.on_hand}


def test_what_expires_first_leaves_first_and_the_shipment_says_so() -> None:
    order = order_of(skus=(("A", 5),))
    goods = {("A", lot(30, "L3")): 4, ("A", lot(10, "L1")): 2, ("A", lot(20, "L2")): 2, ("A", "sh"): 9}
    bench = bench_of(order, goods=goods)
    [done] = bench.run(fulfil_orders(bench.plan, [order]))
    assert done.ok
    [parcel] = done.value.parcels
    assert parcel.lots == (
        ("A", "L1", TODAY + timedelta(days=10), 2), ("A", "L2", TODAY + timedelta(days=20), 2),
        ("A", "L3", TODAY + timedelta(days=30), 1),
    )  # fmt: skip
    assert left(bench) == {lot(30, "L3"): 3, "sh": 9}
    kept = bench.run(load_record(order.key))
    assert kept.parcels[0].picked == parcel.picked, "it stands in the record too"
    assert bench.run(intercept_order(bench.plan, order)).ok
    assert left(bench) == {place: units for (_, place), units in goods.items()}, "stopped parcels go back to their lots"


def test_goods_that_keep_too_short_are_not_sent() -> None:
    order = order_of(skus=(("A", 2),))
    goods = {("A", lot(6, "old")): 9, ("A", lot(7, "just", "gz")): 1, ("A", lot(8, "new", "gz")): 1}
    bench = bench_of(order, goods=goods, shelf_days={"*": 7})
    [done] = bench.run(fulfil_orders(bench.plan, [order]))
    assert done.ok and [row[1] for row in done.value.parcels[0].lots] == ["just", "new"]
    assert left(bench) == {lot(6, "old"): 9}
    own = bench_of(order, goods=goods, shelf_days={"*": 7, "A": 9})
    [short] = own.run(fulfil_orders(own.plan, [order]))
    assert short.reason == "insufficient_stock" and sum(left(own).values()) == 11


def test_what_keeps_today_but_not_until_it_leaves_is_not_sent() -> None:
    order = order_of(skus=(("A", 1),))
    policy = AllocationPolicy(terms=[ShippingTerms(warehouse="sh", closed_on=[TODAY])])
    goods = {("A", lot(0, "L")): 5}
    bench = bench_of(order, goods=goods, allocation=policy)
    [late] = bench.run(fulfil_orders(bench.plan, [order]))
    assert late.reason == "shelf_life_short" and left(bench) == {lot(0, "L"): 5}
    [done] = (ready := bench_of(order, goods=goods)).run(fulfil_orders(ready.plan, [order]))
    assert done.ok, "a lot can be sold on its last day"


def test_the_unit_that_was_scanned_is_the_unit_that_leaves() -> None:
    order = order_of(skus=(("A", 1),), labels=("needs_serial_numbers",))
    goods = {("A", serial_place("sh", "SN1")): 1, ("A", serial_place("gz", "SN2")): 1}
    bench = bench_of(order, goods=goods)
    [waits] = bench.run(fulfil_orders(bench.plan, [order]))
    assert waits.reason == "needs_serial_numbers" and len(left(bench)) == 2, "never without a number"
    [wrong] = bench.run(fulfil_orders(bench.plan, [order], {order.key: [("1-0", "SN9")]}))
    assert wrong.reason == "serial_not_in_stock"
    [done] = bench.run(fulfil_orders(bench.plan, [order], {order.key: [("1-0", "SN2")]}))
    assert done.ok and done.value.parcels[0].warehouse == "gz", "from where it is, although that is dearer"
    assert done.value.parcels[0].serial_numbers == (("A", "SN2"),)
    assert bench.shop.sent[0].serial_numbers == (("1-0", "SN2"),)
    assert left(bench) == {serial_place("sh", "SN1"): 1}


def test_others_leave_the_named_unit_alone() -> None:
    orders = [order_of("1", skus=(("A", 1),), paid_at=at(1)), order_of("2", skus=(("A", 1),), paid_at=at(2))]
    goods = {("A", serial_place("sh", "SN1")): 1, ("A", serial_place("sh", "SN2")): 1}
    bench = bench_of(*orders, goods=goods)
    done = bench.run(fulfil_orders(bench.plan, orders, {orders[1].key: [("2-0", "SN1")]}))
    assert [one.value.parcels[0].serial_numbers for one in done] == [(("A", "SN2"),), (("A", "SN1"),)]


def test_named_units_in_two_places_do_not_leave_as_others() -> None:
    order = order_of(skus=(("A", 2),))
    goods = {("A", serial_place(w, f"{w}{n}")): 1 for w in ("sh", "gz") for n in (1, 2)}
    bench = bench_of(order, goods=goods)
    [apart] = bench.run(fulfil_orders(bench.plan, [order], {order.key: [("1-0", "sh1"), ("1-0", "gz2")]}))
    assert apart.reason == "serials_scattered" and len(left(bench)) == 4


def test_an_address_change_and_an_early_hold_keep_to_lots() -> None:
    order = order_of(skus=(("A", 2),))
    goods = {("A", lot(9, "L1")): 1, ("A", lot(12, "L2")): 3, ("A", lot(5, "L0", "gz")): 2}
    bench = bench_of(order, goods=goods, reserve=ReservePolicy(on_arrival=True))
    [held] = bench.run(hold_orders(bench.plan, [order]))
    assert [(line.warehouse, line.quantity) for line in held.value.lines] == [(lot(9, "L1"), 1), (lot(12, "L2"), 1)]
    bench.run(change_address(bench.plan, order, ELSEWHERE))
    [moved] = bench.stores.find_orders(OrderQuery())
    [done] = bench.run(fulfil_orders(bench.plan, [moved]))
    assert done.ok and sum(left(bench).values()) == 4
    check_balanced(bench.stock)


LOTS = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.sampled_from(("sh", "gz")), st.integers(0, 6) | st.none()), st.integers(1, 5),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(LOTS, st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 4)), min_size=1, max_size=5), st.integers(0, 4))
def test_any_stock_and_any_orders_ship_the_oldest_that_keeps(
    lots: dict[tuple[str, str, int | None], int], wanted: list[tuple[str, int]], days: int
) -> None:
    """Nothing too old leaves; of what a warehouse sent, nothing that keeps stays behind what keeps longer."""
    orders = [order_of(str(n), skus=(pair,), paid_at=at(n)) for n, pair in enumerate(wanted)]
    goods = {(sku, lot(day, f"L{day}", house)): units for (sku, house, day), units in lots.items()}
    bench = bench_of(*orders, goods=goods, shelf_days={"*": days})
    done = bench.run(fulfil_orders(bench.plan, orders))
    check_balanced(bench.stock)
    shipped: Counter[tuple[str, str]] = Counter()
    for outcome in done:
        for parcel in outcome.value.parcels if outcome.ok else ():
            shipped.update({(sku, place): units for sku, place, units in parcel.held})
    rest = {(level.sku, level.warehouse): level.on_hand for level in bench.stock.levels()}
    assert rest == {place: units - shipped[place] for place, units in goods.items()}
    for sku, place in +shipped:
        gone = parse_place(place)
        assert gone.expires_on is None or gone.expires_on >= TODAY + timedelta(days=days)
        for (other, where), units in rest.items():
            kept = parse_place(where)
            if units and other == sku and kept.warehouse == gone.warehouse and kept.expires_on is not None:
                usable = kept.expires_on >= TODAY + timedelta(days=days)
                assert not usable or (gone.expires_on is not None and gone.expires_on <= kept.expires_on)
    for outcome, (sku, units) in zip(done, wanted, strict=True):
        if not outcome.ok:  # then nobody could have sent it whole
            most = max(
                sum(rest[o, w] for o, w in rest if o == sku and parse_place(w).warehouse == house and (
                    parse_place(w).expires_on is None or parse_place(w).expires_on >= TODAY + timedelta(days=days)))
                for house in ("sh", "gz")
            )  # fmt: skip
            assert outcome.reason in ("insufficient_stock", "scattered_stock") and most < units


def test_goods_that_expire_wait_where_nobody_knows_the_day() -> None:
    bench = bench_of(order_of(), goods={("A", lot(9, "L")): 5})
    rows = {"taobao:tb-1:1": [("1-0", "A", 2)]}
    found = allot(bench.plan, [order_of()], rows, bench.stock.levels())["taobao:tb-1:1"]
    assert found.reason == "insufficient_stock"


@pytest.mark.parametrize("refused", ["1", "2"])
def test_lots_of_an_order_that_its_platform_refused_come_back(refused: str) -> None:
    orders = [order_of("1", skus=(("A", 2),)), order_of("2", skus=(("A", 1),))]
    bench = bench_of(*orders, goods={("A", lot(3, "L1")): 2, ("A", lot(4, "L2")): 2})
    bench.shop.refuses.add(refused)
    assert bench.run(merge_orders(orders)).ok
    bench.run(fulfil_orders(bench.plan, orders))
    assert sum(left(bench).values()) == (3 if refused == "1" else 2)
    check_balanced(bench.stock)
    assert all(level.reserved == 0 for level in bench.stock.levels())


def test_channels_show_what_their_warehouses_can_still_send_of_lots() -> None:
    goods = {
        ("A", lot(30, "L1")): 4,
        ("A", lot(3, "L2")): 2,
        ("B", serial_place("gz", "SN1")): 1,
        ("C", lot(1, "L")): 5,
    }
    bench = bench_of(goods=goods, shelf_days={"*": 7})
    view = bench.run(observe(bench.plan, ()))
    assert [view.total(sku) for sku in "ABCD"] == [4, 1, 0, None], (
        "gone or too old is none, never heard of is not known"
    )
    assert available_by_sku(bench.plan, bench.stock.snapshot(), NOW) == {"A": 4, "B": 1, "C": 0}
    bench.stock.apply([Reserve("o", (StockLine("A", lot(30, "L1"), 3),)), Commit("s", "o")])
    rows = {row.sku: row for row in bench.run(stock_outlook(bench.plan))}
    assert (rows["A"].sold, rows["A"].available, rows["B"].available) == (3, 3, 1)
    assert bench.run(observe(bench.plan, (), ["A"])).total("A") == 1
