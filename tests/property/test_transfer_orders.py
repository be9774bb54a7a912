"""Transfer orders on real ledgers: units are in one warehouse, in the other, on their way, or given up with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory import (
    Inbound,
    Receive,
    Shift,
    StockLine,
    TransferLine,
    TransferOrder,
    TransferPlan,
    TransferStatus,
    in_transit,
    inbound_of,
    open_ledger,
    transfer_orders,
    transit_place,
)

NOON = datetime(2026, 5, 6, 4, tzinfo=UTC)
STOCK = {"A": 12, "B": 7}


def draft(**units: int) -> TransferOrder:
    return TransferOrder("t1", "sh", "gz", tuple(TransferLine(sku, count) for sku, count in units.items()), 3)


@pytest.mark.fault(53)
def test_ship_ten_receive_eight_two_are_in_transit_until_a_reason_is_given() -> None:
    ledger = open_ledger("memory:")
    ledger.apply([Receive("po", (StockLine("A", "sh", 15),))])
    order, commands = draft(A=10).release()
    assert all(outcome.ok for outcome in ledger.apply(commands))
    assert ledger.level("A", "sh").available == 5
    assert inbound_of([order]) == [Inbound("A", "gz", 10, None)]
    order, commands = order.ship(NOON)
    ledger.apply(commands)
    assert (ledger.level("A", "sh").on_hand, order.in_transit, order.status) == (5, {"A": 10}, "in_transit")
    assert inbound_of([order]) == [Inbound("A", "gz", 10, NOON + timedelta(days=3))]
    order, commands = order.receive({"A": 8})
    ledger.apply([*commands, *commands])
    assert (ledger.level("A", "gz").on_hand, order.in_transit, order.status) == (8, {"A": 2}, "partial")
    with pytest.raises(ConfigurationError, match="reason"):
        order.write_off(" ")
    with pytest.raises(ConfigurationError, match="at most 2"):
        order.receive({"A": 3})
    assert in_transit(ledger.levels()) == {("A", "gz"): 2}
    order, commands = order.write_off("crushed")
    ledger.apply([*commands, *commands])
    assert (order.status, order.in_transit, order.lines[0].reasons) == ("received", {}, ("2: crushed",))
    assert in_transit(ledger.levels()) == {}
    assert ledger.movements("A", transit_place("sh", "gz"))[-1].reason == "crushed"
    assert inbound_of([order]) == []
    with pytest.raises(InventoryError, match="t1 is received: receive is not possible, nothing more is"):
        order.receive()


def test_fewer_may_leave_than_were_held_and_the_rest_is_free() -> None:
    ledger = open_ledger("memory:")
    ledger.apply([Receive("po", (StockLine("A", "sh", 5), StockLine("B", "sh", 5)))])
    order, held = draft(A=5, B=5).release()
    order, gone = order.ship(NOON, {"A": 3, "B": 0})
    assert all(outcome.ok for outcome in ledger.apply([*held, *gone]))
    assert [(ledger.level(sku, "sh").on_hand, ledger.level(sku, "sh").reserved) for sku in "AB"] == [(2, 0), (5, 0)]
    order, came = order.receive()
    ledger.apply(came)
    assert (order.status, ledger.level("A", "gz").on_hand) == ("received", 3)


def test_a_cancelled_order_gives_back_what_it_held() -> None:
    ledger = open_ledger("memory:")
    ledger.apply([Receive("po", (StockLine("A", "sh", 5),))])
    order, held = draft(A=5).release()
    order, free = order.cancel()
    assert all(outcome.ok for outcome in ledger.apply([*held, *free]))
    assert (order.status, ledger.level("A", "sh").available) == ("cancelled", 5)
    assert draft(A=5).cancel()[1] == ()
    with pytest.raises(InventoryError, match="ship is not possible"):
        order.ship(NOON)


def test_what_turns_back_is_on_hand_where_it_came_from() -> None:
    ledger = open_ledger("memory:")
    ledger.apply([Receive("po", (StockLine("A", "sh", 5),))])
    order, held = draft(A=5).release()
    order, gone = order.ship(NOON)
    order, came = order.receive({"A": 2})
    order, back = order.turn_back("the road is closed")
    assert all(outcome.ok for outcome in ledger.apply([*held, *gone, *came, *back, *back]))
    assert [ledger.level("A", code).available for code in ("sh", "gz")] == [3, 2]
    assert (order.status, order.in_transit, order.lines[0].returned) == ("cancelled", {}, 3)
    with pytest.raises(InventoryError, match="nothing more is"):
        order.turn_back()


def test_a_plan_becomes_one_draft_a_lane() -> None:
    shifts = (
        Shift("A", "sh", "gz", 2, Decimal(1), 3),
        Shift("B", "sh", "gz", 1, Decimal(1), 3),
        Shift("A", "bj", "gz", 4, Decimal(1), 5),
    )
    orders = transfer_orders(TransferPlan(shifts, (), Decimal(3), "optimal"), "w20")
    assert [(each.key, each.lead_days, [line.units for line in each.lines]) for each in orders] == [
        ("w20:bj:gz", 5, [4]),
        ("w20:sh:gz", 3, [2, 1]),
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: draft(),
        lambda: draft(A=0),
        lambda: TransferOrder("t", "sh", "sh", (TransferLine("A", 1),)),
        lambda: TransferOrder("t", "sh", "gz", (TransferLine("A", 1), TransferLine("A", 2))),
        lambda: draft(A=1).release()[0].ship(NOON, {"A": 2}),
        lambda: draft(A=1).release()[0].ship(NOON, {"B": 1}),
        lambda: draft(A=1).release()[0].ship(NOON, {}),
    ],
)
def test_senseless_transfers_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError):
        make()


class Transfers(RuleBasedStateMachine):
    """Any sequence of steps, each command applied twice: nothing appears, nothing is lost unsaid."""

    url = "memory:"

    @initialize(units=st.fixed_dictionaries({}, optional={sku: st.integers(1, 9) for sku in STOCK}))
    def begin(self, units: dict[str, int]) -> None:
        self.ledger: Any = open_ledger(self.url)
        self.ledger.apply([Receive("po", tuple(StockLine(sku, "sh", count) for sku, count in STOCK.items()))])
        self.order = draft(**(units or {"A": 4}))

    def step(self, name: str, *arguments: Any) -> None:
        before = self.order
        try:
            order, commands = getattr(before, name)(*arguments)
        except (InventoryError, ConfigurationError):
            return
        if all(outcome.ok for outcome in self.ledger.apply([*commands, *commands])):
            self.order = order
        else:
            assert name == "release", "once held, every step is accepted"

    @rule()
    def release(self) -> None:
        self.step("release")

    @rule(units=st.none() | st.dictionaries(st.sampled_from("AB"), st.integers(0, 6)))
    def ship(self, units: dict[str, int] | None) -> None:
        self.step("ship", NOON, units)

    @rule(units=st.none() | st.dictionaries(st.sampled_from("AB"), st.integers(0, 6)))
    def receive(self, units: dict[str, int] | None) -> None:
        self.step("receive", units)

    @rule(units=st.none() | st.dictionaries(st.sampled_from("AB"), st.integers(0, 6)))
    def write_off(self, units: dict[str, int] | None) -> None:
        self.step("write_off", "lost", units)

    @rule()
    def cancel(self) -> None:
        self.step("cancel")

    @rule()
    def turn_back(self) -> None:
        self.step("turn_back")

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "order"):
            return
        lines = {line.sku: line for line in self.order.lines}
        for sku, units in STOCK.items():
            there = self.ledger.level(sku, "sh").on_hand + self.ledger.level(sku, "gz").on_hand
            line = lines.get(sku, TransferLine(sku, 1))
            on_the_way = in_transit(self.ledger.levels()).get((sku, "gz"), 0)
            assert on_the_way == line.in_transit
            assert there + on_the_way + line.lost == units
            assert min(line.in_transit, line.lost, line.units - line.shipped) >= 0
            assert self.ledger.level(sku, "gz").on_hand == line.received
        over = self.order.status in (TransferStatus.RECEIVED, TransferStatus.CANCELLED)
        if over:
            assert not self.order.in_transit and not any(self.ledger.level(sku, "sh").reserved for sku in STOCK)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()


TestTransfers = Transfers.TestCase
TestTransfers.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)


def test_transfers_on_a_file_survive_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stock.db"
    with open_ledger(url) as ledger:
        ledger.apply([Receive("po", (StockLine("A", "sh", 6),))])
        order, held = draft(A=6).release()
        ledger.apply(held)
        order, gone = order.ship(NOON)
        ledger.apply(gone)
    order, came = order.receive({"A": 4})
    with open_ledger(url) as ledger:
        assert all(outcome.ok for outcome in ledger.apply([*gone, *came, *came]))
        assert (ledger.level("A", "sh").on_hand, ledger.level("A", "gz").on_hand, order.in_transit) == (0, 4, {"A": 2})
