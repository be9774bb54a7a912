"""Expected goods: received in parts, each delivery once, whatever dies; what differs has a reason; dates promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fulfil_model import NOW, Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.fulfil.purchasing import change_purchase, expected_goods, order_purchase, receive_purchase
from orderhub.inventory import (
    Inbound,
    Level,
    Promise,
    PurchaseLine,
    PurchaseOrder,
    StockLine,
    arrived,
    closed,
    expected,
    lot_place,
    promises,
    purchase_order,
    rescheduled,
    serial_place,
)
from orderhub.testing.stock import check_balanced

SOON, LATER = NOW + timedelta(days=5), NOW + timedelta(days=9)


def order(**more: Any) -> PurchaseOrder:
    lines = [PurchaseLine("P", "sh", 10, SOON), PurchaseLine("P", "sh", 5, LATER), PurchaseLine("Q", "gz", 3)]
    return purchase_order("po-1", lines, supplier="厂", ordered_at=NOW, **more)


def bench_of(made: PurchaseOrder | None = None) -> Bench:
    bench = Bench()
    bench.ports["purchases"] = bench.stores
    assert bench.run(order_purchase(made or order())).ok
    return bench


def units(*rows: tuple[str, str, int]) -> list[StockLine]:
    return [StockLine(*row) for row in rows]


def on_hand(bench: Bench, sku: str, place: str = "sh") -> int:
    return bench.stock.level(sku, place).on_hand


def test_received_in_parts_and_the_rest_given_up() -> None:
    bench = bench_of()
    one = bench.run(receive_purchase("po-1", "DN-1", units(("P", "sh", 12))))
    assert one.ok and on_hand(bench, "P") == 12 and one.value.status == "partial"
    assert [(line.received, line.expected) for line in one.value.lines] == [(10, 0), (2, 3), (0, 3)], "due first first"
    again = bench.run(receive_purchase("po-1", "DN-1", units(("P", "sh", 12))))
    assert again.ok and again.reason == "already_done" and on_hand(bench, "P") == 12
    other = bench.run(receive_purchase("po-1", "DN-1", units(("P", "sh", 11))))
    assert other.reason == "delivery_differs" and on_hand(bench, "P") == 12
    done = bench.run(change_purchase("po-1", lambda each: closed(each, "discontinued")))
    assert done.value.status == "closed" and done.value.lines[1].reasons == ("-3: discontinued",)
    assert bench.run(expected_goods(NOW)) == []
    assert bench.run(receive_purchase("po-1", "DN-2", units(("Q", "gz", 1)))).reason == "purchase_over"


def test_more_than_was_ordered_needs_a_reason() -> None:
    bench = bench_of()
    lines = units(("P", "sh", 16))
    refused = bench.run(receive_purchase("po-1", "DN-1", lines))
    assert refused.reason == "reason_missing" and on_hand(bench, "P") == 0 and not refused.value.arrivals
    taken = bench.run(receive_purchase("po-1", "DN-1", lines, reason="one for free"))
    assert taken.ok and on_hand(bench, "P") == 16 and taken.value.lines[1].reasons == ("+1: one for free",)
    movement = bench.stock.movements("P", "sh")[-1]
    assert (movement.key, movement.reason) == ("purchase:po-1:DN-1", "one for free")


@pytest.mark.parametrize(("lines", "reason"), [
    (units(("X", "sh", 1)), "not_ordered"), (units(("P", "gz", 1)), "not_ordered"), ([], "invalid"),
    (units(("P", "sh", 0)), "invalid"), (units(("P", "sh", -3)), "invalid"), (units(("P", "sh", True)), "invalid"),
    (units(("P", "sh", 1), ("P", "sh", 2)), "invalid"), ([StockLine("P", "sh", 1.5)], "invalid"),  # type: ignore[arg-type]
])  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(lines: list[StockLine], reason: str) -> None:
    bench = bench_of()
    assert bench.run(receive_purchase("po-1", "DN", lines)).reason == reason
    assert bench.stores.get_purchase("po-1") == (order(), 1) and bench.stock.levels(["P", "X"]) == []


def test_lots_and_single_units_are_named_when_they_come() -> None:
    bench = bench_of()
    lot, unit = lot_place("sh", "L1", NOW.date()), serial_place("gz", "SN1")
    done = bench.run(receive_purchase("po-1", "DN-1", units(("P", lot, 15), ("Q", unit, 1))))
    assert done.ok and on_hand(bench, "P", lot) == 15 and on_hand(bench, "Q", unit) == 1
    twice = bench.run(receive_purchase("po-1", "DN-2", units(("Q", unit, 1))))
    assert twice.reason == "invalid" and [a.delivery for a in twice.value.arrivals] == ["DN-1"], "off the order again"
    assert twice.value.lines[2].expected == 2
    right = bench.run(receive_purchase("po-1", "DN-3", units(("Q", serial_place("gz", "SN2"), 1))))
    assert right.ok and right.value.lines[2].expected == 1


def test_a_key_means_one_purchase_and_a_rehearsal_writes_nothing() -> None:
    bench = bench_of()
    assert bench.run(order_purchase(order())).reason == "already_done"
    more = purchase_order("po-1", [PurchaseLine("P", "sh", 11)])
    assert bench.run(order_purchase(more)).reason == "key_conflict"
    other = purchase_order("po-2", [PurchaseLine("P", "sh", 11)])
    assert bench.run(order_purchase(other, dry_run=True)).reason == "dry_run"
    assert bench.stores.get_purchase("po-2") is None
    told = bench.run(receive_purchase("po-1", "DN", units(("P", "sh", 3)), dry_run=True))
    assert told.reason == "dry_run" and told.value.lines[0].received == 3 and on_hand(bench, "P") == 0
    assert bench.run(receive_purchase("nobody", "DN", units(("P", "sh", 3)))).reason == "not_found"


def test_dates_promise_and_overdue_ones_do_not() -> None:
    made = order()
    levels: list[Level] = []
    dated = promises(levels, expected([made], NOW), sku="P", warehouses=["sh"])
    assert dated == [Promise(None, 0), Promise(SOON, 10), Promise(LATER, 15)]
    late = expected([made], SOON)
    assert Inbound("P", "sh", 10, None) in late and Inbound("Q", "gz", 3, None) in late
    assert promises(levels, late, sku="P", warehouses=["sh"]) == [Promise(None, 0), Promise(LATER, 5)]
    moved = rescheduled(made, LATER, sku="P")
    assert promises(levels, expected([moved], SOON), sku="P", warehouses=["sh"])[-1] == Promise(LATER, 15)
    with pytest.raises(InventoryError, match="nothing of that"):
        rescheduled(made, LATER, sku="nobody")
    with pytest.raises(ConfigurationError, match="zone"):
        rescheduled(made, datetime(2026, 1, 1))


@pytest.mark.parametrize("lines", [
    [], [PurchaseLine("P", "sh", 0)], [PurchaseLine("P", lot_place("sh", "L"), 1)], [PurchaseLine("P", "sh", 1, received=1)],
    [PurchaseLine("P", "sh", 1, datetime(2026, 1, 1))],
])  # fmt: skip
def test_senseless_purchases_are_refused(lines: list[PurchaseLine]) -> None:
    with pytest.raises(ConfigurationError):
        purchase_order("po", lines)


def test_closing_needs_a_reason_and_nothing_come_is_cancelled() -> None:
    with pytest.raises(InventoryError, match="say why"):
        closed(order(), "  ")
    gone = closed(order(), "mistake")
    assert gone.status == "cancelled" and not expected([gone], NOW)
    with pytest.raises(InventoryError, match="cancelled"):
        closed(gone, "again")


DELIVERIES = st.lists(
    st.tuples(st.sampled_from(("D1", "D2", "D3", "D4")), st.integers(1, 7), st.sampled_from((None, "why not"))),
    max_size=9,
)


@settings(max_examples=120, deadline=None)
@given(DELIVERIES)
def test_units_are_conserved_over_any_deliveries(rows: Sequence[tuple[str, int, str | None]]) -> None:
    """On hand is what the purchase says was received, and ordered is received, expected or over."""
    bench = bench_of()
    for name, count, reason in rows:
        bench.run(receive_purchase("po-1", name, units(("P", "sh", count)), reason=reason))
    stored = bench.stores.get_purchase("po-1")
    assert stored is not None
    mine = [line for line in stored[0].lines if line.sku == "P"]
    received = sum(line.received for line in mine)
    assert on_hand(bench, "P") == received == sum(a.lines[0].quantity for a in stored[0].arrivals)
    assert sum(line.expected for line in mine) == max(0, 15 - received)
    assert all(each.is_stocked for each in stored[0].arrivals)
    check_balanced(bench.stock)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=60, max_size=60), st.booleans())
def test_warehouse_hands_at_once_count_each_delivery_once(turns: list[int], is_same: bool) -> None:
    bench = bench_of()
    names = ["D1", "D1", "D1"] if is_same else ["D1", "D2", "D3"]
    bench.race(*(receive_purchase("po-1", name, units(("P", "sh", 4))) for name in names), choose=iter(turns))
    assert on_hand(bench, "P") == (4 if is_same else 12)


def test_killed_after_any_step_and_told_again_a_delivery_counts_once() -> None:
    for kill in range(1, 20):
        bench = bench_of()
        running = bench._steps(receive_purchase("po-1", "D1", units(("P", "sh", 4))), {}, 0)
        ended = any(next(running, "end") == "end" for _ in range(kill))
        running.close()
        bench.run(receive_purchase("po-1", "D2", units(("P", "sh", 2))))  # another hand finishes what was written down
        assert bench.run(receive_purchase("po-1", "D1", units(("P", "sh", 4)))).ok and on_hand(bench, "P") == 6
        stored = bench.stores.get_purchase("po-1")
        assert stored is not None and all(each.is_stocked for each in stored[0].arrivals)
        if ended:
            return
    raise AssertionError("it never ended")


def test_arrivals_need_a_zone() -> None:
    with pytest.raises(ConfigurationError, match="zone"):
        arrived(order(), "D", units(("P", "sh", 1)), datetime(2026, 1, 1))
    assert arrived(order(), "D", units(("P", "sh", 1)), datetime(2026, 1, 1, tzinfo=UTC)).lines[0].received == 1
