"""Laws of the ledger over any sequence of commands, in memory and on SQLite, against an independent model."""

from __future__ import annotations

import gc
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orderhub.inventory import (
    Adjust,
    Commit,
    Ledger,
    Receive,
    Release,
    Reserve,
    Restock,
    StockCommand,
    StockLine,
    StockOutcome,
    open_ledger,
)
from orderhub.inventory.canonical import check, decode_lines, digest, encode_lines
from orderhub.stores.stock_memory import MemoryLedger
from orderhub.testing.stock import PLACES, ManualClock, StockModel, check_balanced, history
from orderhub.testing.stock_machine import COMMANDS

printable = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
names = st.text(printable, min_size=1, max_size=12)
quantities = st.integers(1, 2**31 - 1)
commands = COMMANDS


class LedgerMachine(RuleBasedStateMachine):
    """Random batches and passing time; the ledger must say what the model says, always."""

    def open(self, clock: ManualClock) -> Ledger:
        return open_ledger("memory:", clock=clock)

    @initialize(units=st.integers(0, 12))
    def start(self, units: int) -> None:
        self.clock, self.model = ManualClock(), StockModel()
        self.ledger = self.open(self.clock)
        self.told: list[tuple[StockCommand, StockOutcome]] = []
        if units:
            self.run([Receive("opening", tuple(StockLine(*place, units) for place in PLACES[:3]))])

    @rule(batch=st.lists(commands, min_size=1, max_size=6))
    def run(self, batch: list[StockCommand]) -> None:
        outcomes = self.ledger.apply(batch)
        for command, outcome in zip(batch, outcomes, strict=True):
            assert (outcome.ok, outcome.reason) == self.model.verdict(command, self.clock.at)
            self.told.append((command, outcome))

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.clock.sleep(seconds)

    @rule()
    def replay(self) -> None:
        before = self.ledger.snapshot()
        again = self.ledger.apply([command for command, _ in self.told])
        assert again == [outcome for _, outcome in self.told]
        assert self.ledger.snapshot() == before

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "ledger"):
            return
        self.model.pass_time(self.clock.at)
        for place in PLACES[:3]:
            level = self.ledger.level(*place)
            assert (level.on_hand, level.reserved) == (self.model.shelf[place], self.model.reserved(place))
        held = {promise.key: promise.status for promise in self.ledger.reservations(open=False)}
        assert held == {key: promise.state for key, promise in self.model.promises.items()}

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            check_balanced(self.ledger)
            resolved = Counter(
                command.reservation
                for key, (command, (ok, _)) in self.model.diary.items()
                if ok and isinstance(command, Commit | Release)
            )
            assert all(times == 1 for times in resolved.values())
            self.ledger.close()


class SmallShelves(MemoryLedger):
    """A ledger that shelves at once what others keep together for long."""

    PAGE, SHELF = 3, 2


class ShelvingMachine(LedgerMachine):
    """The same with everything on shelves and pages."""

    def open(self, clock: ManualClock) -> Ledger:
        return SmallShelves(clock=clock)


class SqliteMachine(LedgerMachine):
    """The same on one SQLite file, a tenant for every story."""

    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    numbers = count()

    def open(self, clock: ManualClock) -> Ledger:
        url = f"sqlite:///{Path(self.folder.name) / 'laws.db'}"
        return open_ledger(url, clock=clock, tenant=f"story-{next(self.numbers)}")


TestMemory = LedgerMachine.TestCase
TestMemory.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestShelves = ShelvingMachine.TestCase
TestShelves.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSqlite = SqliteMachine.TestCase
TestSqlite.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@given(seed=st.integers(0, 10**6), size=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_how_commands_are_batched_does_not_matter(seed: int, size: int) -> None:
    story = [command for command, _ in history(seed, 60)]
    together, apart = open_ledger("memory:", clock=ManualClock()), SmallShelves(clock=ManualClock())
    singly = [apart.apply([command])[0] for command in story]
    batches = [together.apply(story[at : at + size]) for at in range(0, len(story), size)]
    assert [outcome for batch in batches for outcome in batch] == singly
    assert [together.movements(*place) for place in PLACES] == [apart.movements(*place) for place in PLACES]


def test_units_whose_hashes_are_equal_are_told_apart() -> None:
    """Of all whole numbers -1 and -2 hash alike: a key that was used for one is not free for the other."""
    ledger = open_ledger("memory:", clock=ManualClock())
    ledger.apply([Receive("in", (StockLine("A", "w", 9),))])
    first, other = (Adjust("a", (StockLine("A", "w", units),), "lost") for units in (-1, -2))
    assert [ledger.apply([command])[0].reason for command in (first, other, first)] == [None, "key_conflict", None]
    assert ledger.level("A", "w").on_hand == 8


@pytest.mark.skipif(gc.is_tracked({"a": 1}), reason="this Python walks through every dictionary")
def test_what_the_garbage_collector_walks_through_does_not_grow_with_the_history() -> None:
    """Else a full collection, of which there is one in some thousand commands, costs what was ever done."""
    ledger = SmallShelves(clock=ManualClock())
    ledger.apply([Receive("in", (StockLine("A", "w", 10_000),))])

    def walked(first: int, count: int) -> int:
        gc.collect()
        gc.freeze()  # what other tests left behind is not looked at each time
        try:
            for n in range(first, first + count, 50):
                ledger.apply([Reserve(f"r{m}", (StockLine("A", "w", 1),)) for m in range(n, n + 50)])
                ledger.apply([Commit(f"c{m}", f"r{m}") for m in range(n, n + 50)])
            for _ in range(4):
                gc.collect()  # tuples of tuples are forgotten one level at a time
        finally:
            gc.unfreeze()
        held = [ledger._state.seen, ledger._state.reservations, *ledger._state.shelves, *ledger._pages, ledger._journal]
        return sum(len(part) for part in held if gc.is_tracked(part))

    assert walked(0, 500) + 60 > walked(500, 4_000)


def test_both_stores_write_the_same_movements(tmp_path: Path) -> None:
    for seed in range(8):
        clock = ManualClock()
        memory = open_ledger("memory:", clock=clock)
        with open_ledger(f"sqlite:///{tmp_path}/same.db", clock=clock, tenant=str(seed)) as sqlite:
            for command, seconds in history(seed, 60):
                clock.sleep(seconds)
                assert memory.apply([command]) == sqlite.apply([command])
            assert [memory.movements(*place) for place in PLACES] == [sqlite.movements(*place) for place in PLACES]
            assert memory.snapshot() == sqlite.snapshot()
            assert memory.reservations(open=False) == sqlite.reservations(open=False)


def test_histories_reach_every_verdict() -> None:
    """The stories are worth telling: each kind of command succeeds and is refused for each of its reasons."""
    reached = Counter()
    for seed in range(500):
        clock, model = ManualClock(), StockModel()
        for command, seconds in history(seed, 80):
            clock.sleep(seconds)
            reached[type(command).__name__, model.verdict(command, clock.at)[1]] += 1
    plain = ("Receive", "Restock", "Adjust", "Reserve", "Commit", "Release", "Move", "Expire", "BackOrder")
    for kind in (*plain, "StockTake", "TransferShip"):
        assert reached[kind, None] > 20 and reached[kind, "key_conflict"] > 5, kind
    for kind in ("Commit", "Release", "Move"):
        for reason in ("unknown_reservation", "already_resolved", "expired"):
            assert reached[kind, reason] > 5, (kind, reason)
    for kind in ("Reserve", "Adjust", "Move", "StockTake", "TransferShip", "FillBackOrder"):
        assert reached[kind, "insufficient_stock"] > 5, kind
    for kind in ("TransferReceive", "TransferWriteOff", "TransferCancel", "FillBackOrder"):
        for reason in (None, "unknown_reservation", "already_resolved", "invalid", "key_conflict"):
            assert reached[kind, reason] > 3, (kind, reason)


@given(lines=st.lists(st.builds(StockLine, names, names, quantities), min_size=1, max_size=6), data=st.data())
def test_payload_does_not_depend_on_how_lines_are_written(lines: list[StockLine], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(lines))
    first, second = check(Reserve("a", tuple(lines))), check(Reserve("b", tuple(shuffled)))
    assert isinstance(first, tuple) and isinstance(second, tuple)
    assert first == second and digest(first) == digest(second)
    assert decode_lines([encode_lines(first[1]), encode_lines(second[1])]) == [first[1], second[1]]


@given(first=commands, second=commands)
@settings(max_examples=400)
def test_digest_tells_payloads_apart(first: StockCommand, second: StockCommand) -> None:
    one, other = check(first), check(second)
    if isinstance(one, tuple) and isinstance(other, tuple):
        assert (digest(one) == digest(other)) == (one == other)


anything = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(), st.binary(), st.tuples(), st.builds(object)
)


@pytest.mark.fault(49)
@given(key=anything, sku=anything, warehouse=anything, quantity=anything, until=anything, lines=anything)
def test_nothing_that_a_command_may_hold_raises(
    key: object, sku: object, warehouse: object, quantity: object, until: object, lines: object
) -> None:
    line = StockLine(sku, warehouse, quantity)  # type: ignore[arg-type]
    ledger = open_ledger("memory:", clock=ManualClock())
    wild = [
        Reserve(key, (line,), until),  # type: ignore[arg-type]
        Reserve(key, lines, until),  # type: ignore[arg-type]
        Commit(key, sku, lines),  # type: ignore[arg-type]
        Adjust(key, (line,), until),  # type: ignore[arg-type]
        Restock(key, (line, line), quantity),  # type: ignore[arg-type]
        lines,
    ]
    outcomes = ledger.apply([*wild, Receive("good", (StockLine("A", "sh", 1),))])  # type: ignore[list-item]
    assert len(outcomes) == len(wild) + 1 and outcomes[-1].ok
    check_balanced(ledger)
