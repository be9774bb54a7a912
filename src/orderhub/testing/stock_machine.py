"""A state machine of random stock commands against the model. Imports `models`, `inventory`; needs hypothesis.

`ledger_machine(factory)` is a hypothesis `RuleBasedStateMachine`: give its `TestCase` to the test runner.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orderhub.inventory import Ledger
from orderhub.models.stock import (
    Adjust,
    BackOrder,
    Commit,
    Expire,
    FillBackOrder,
    Move,
    Receive,
    Release,
    Reserve,
    Restock,
    StockCommand,
    StockLine,
    StockOutcome,
    StockTake,
    TransferCancel,
    TransferReceive,
    TransferShip,
    TransferWriteOff,
)
from orderhub.testing.stock import PLACES, START, UNSOLD, ManualClock, StockFactory, StockModel, check_balanced

__all__ = ["COMMANDS", "ledger_machine"]

_RESERVES = st.sampled_from([f"r{n}" for n in range(10)])
_KEYS = st.sampled_from([f"k{n}" for n in range(50)]) | _RESERVES
_SOME = st.lists(
    st.builds(
        lambda place, units: StockLine(place[0], place[1], units), st.sampled_from(PLACES[:3]), st.integers(0, 6)
    ),
    max_size=3,
).map(tuple)
_SIGNED = st.lists(
    st.builds(
        lambda place, units: StockLine(place[0], place[1], units), st.sampled_from(PLACES[:3]), st.integers(-6, 6)
    ),
    min_size=1,
    max_size=3,
).map(tuple)
_TARGETS = st.sampled_from(["sh", "bj"])
_WAYS = st.sampled_from([f"t{n}" for n in range(6)])
_WAITS = st.sampled_from([f"b{n}" for n in range(4)])
_LEAVING = st.lists(st.sampled_from("AB"), min_size=1, max_size=2).flatmap(
    lambda skus: st.builds(
        lambda origin, units: tuple(StockLine(sku, origin, units) for sku in skus), _TARGETS, st.integers(1, 4)
    )
)
_DEADLINES = st.none() | st.integers(-5, 200).map(lambda seconds: START + timedelta(seconds=seconds))
COMMANDS: st.SearchStrategy[StockCommand] = st.one_of(
    st.builds(Receive, _KEYS, _SOME),
    st.builds(Restock, _KEYS, _SOME, st.booleans()),
    st.builds(Adjust, _KEYS, _SIGNED, st.just("count")),
    st.builds(Reserve, _RESERVES, _SOME, _DEADLINES),
    st.builds(Commit, _KEYS, _RESERVES | _KEYS, st.none() | _SOME),
    st.builds(Release, _KEYS, _RESERVES),
    st.builds(Move, _KEYS, _RESERVES, _SOME),
    st.builds(Expire, _KEYS),
    st.builds(StockTake, _KEYS, _SOME, st.just("shelf"), st.none() | _SOME),
    st.builds(TransferShip, _WAYS, _LEAVING, _TARGETS, st.none() | _RESERVES),
    st.builds(TransferReceive, _KEYS, _WAYS | _KEYS, st.none() | _LEAVING),
    st.builds(TransferWriteOff, _KEYS, _WAYS, st.just("lost"), st.none() | _LEAVING),
    st.builds(TransferCancel, _KEYS, _WAYS),
    st.builds(BackOrder, _WAITS, _SOME),
    st.builds(FillBackOrder, _RESERVES, _WAITS, _DEADLINES),
    st.builds(Release, _KEYS, _WAITS),
)
"""Commands over few keys, reservations and places, so that they meet."""


class _Machine(RuleBasedStateMachine):
    """Random batches, passing time and replays; the ledger must say what the model says, always."""

    factory: Any

    @initialize(units=st.integers(0, 12))
    def start(self, units: int) -> None:
        self.clock, self.model = ManualClock(), StockModel()
        self.ledger: Ledger = type(self).factory(self.clock)
        self.told: list[tuple[StockCommand, StockOutcome]] = []
        if units:
            self.run([Receive("opening", tuple(StockLine(*place, units) for place in PLACES[:3]))])

    @rule(batch=st.lists(COMMANDS, min_size=1, max_size=8))
    def run(self, batch: list[StockCommand]) -> None:
        for command, outcome in zip(batch, self.ledger.apply(batch), strict=True):
            expected = self.model.verdict(command, self.clock.at)
            if (outcome.ok, outcome.reason) != expected:
                raise AssertionError(f"the ledger says {outcome}, the model {expected}, of {command}")
            self.told.append((command, outcome))

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.clock.sleep(seconds)

    @rule()
    def replay(self) -> None:
        before = self.ledger.snapshot()
        again = self.ledger.apply([command for command, _ in self.told])
        assert again == [outcome for _, outcome in self.told], "the same key again gives the first outcome"
        assert self.ledger.snapshot() == before, "a replay changes nothing"

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "ledger"):
            return
        self.model.pass_time(self.clock.at)
        levels = {(level.sku, level.warehouse): level for level in self.ledger.levels()}
        for place in PLACES[:3]:
            level = levels.get(place)
            figures = (0, 0) if level is None else (level.on_hand, level.reserved)
            assert figures == (self.model.shelf[place], self.model.reserved(place)), (level, place)
        unsold = {
            place: level.on_hand for place, level in levels.items() if level.on_hand and place[1].startswith(UNSOLD)
        }
        assert unsold == self.model.unsold()
        held = {promise.key: promise.status for promise in self.ledger.reservations(open=False)}
        assert held == {key: promise.state for key, promise in self.model.promises.items()}

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            check_balanced(self.ledger)
            self.ledger.close()


def ledger_machine(factory: StockFactory) -> type[RuleBasedStateMachine]:
    """The machine over the ledgers that `factory` makes; they must have the reads of `Ledger`, too."""
    return type("LedgerMachine", (_Machine,), {"factory": staticmethod(factory)})
