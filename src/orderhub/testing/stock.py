"""A contract suite for stock ledgers, for ours and for a host's own. Imports `models`, `ports`; needs no test library.

`check_stock_store(factory)` raises `AssertionError` with the seed of the history that went wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any, TypeAlias

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
from orderhub.ports import StockStore
from orderhub.testing.stock_model import StockModel, is_malformed

__all__ = ["ManualClock", "StockFactory", "StockModel", "check_balanced", "check_stock_store", "history"]

Place: TypeAlias = tuple[str, str]
UNSOLD = ("@transit:", "@defective:")
"""How the names of places begin whose units nobody may sell."""
WAYS = frozenset({"transfer_shipped", "transfer_received", "transfer_cancelled"})
"""Movements that only change where units are."""
START = datetime(2025, 6, 1, tzinfo=UTC)
LATER = 0.3
"""The part of a story that is about stock-takes, transfers and back-orders."""
PLACES: tuple[Place, ...] = (("A", "sh"), ("A", "bj"), ("B", "sh"), ("商品-C", "gz"))


class ManualClock:
    """A `Clock` that moves when told; starts at 2025-06-01 UTC."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        """Aware, UTC."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Advance."""
        self.at += timedelta(seconds=seconds)


Lines: TypeAlias = tuple[StockLine, ...]
StockFactory: TypeAlias = Callable[[ManualClock], StockStore]
"""Makes an empty ledger that takes its time from the given clock."""


def history(seed: int, length: int) -> list[tuple[StockCommand, float]]:
    """A reproducible story: commands, each with the seconds that pass before it.

    Some commands come twice, some keys come back with another payload, some commands are malformed.
    """
    rng = random.Random(seed)  # noqa: S311
    story: list[StockCommand] = []
    for number in range(length):
        told = rng.random()
        fresh = f"k{number}" if told > 0.15 or not story else rng.choice(story).key
        story.append(rng.choice(story) if story and told < 0.07 else _command(rng, fresh, story))
    return [(command, rng.choice((0, 0, 0, 3, 25))) for command in story]


class _Pick:
    """What one command of a story is made of, drawn when it is asked for."""

    def __init__(self, rng: random.Random, key: str, story: Sequence[StockCommand]) -> None:
        self.rng, self.key, self.story = rng, key, story

    def lines(self) -> Lines:
        """One to three lines."""
        choice = self.rng.choice
        return tuple(StockLine(*choice(PLACES), choice((1, 1, 2, 3, 5))) for _ in range(choice((1, 1, 2, 3))))

    def until(self) -> datetime | None:
        """An expiry, or none."""
        return self.rng.choice((None, None, START + timedelta(seconds=self.rng.randrange(0, 500))))

    def reserve(self) -> Reserve:
        """One of the last six sound reservations."""
        found: list[Reserve] = []
        for command in reversed(self.story):
            if isinstance(command, Reserve) and not is_malformed(command):
                found.append(command)
                if len(found) == 6:
                    break
        return self.rng.choice(found or [Reserve("none", ())])

    def some(self) -> StockCommand:
        """One of the last twelve commands."""
        return self.rng.choice(self.story[-12:] or [Expire("none")])

    def other(self, reserve: Reserve) -> str:
        """Mostly the key of `reserve`, else any."""
        return reserve.key if self.rng.random() < 0.75 or not self.story else self.rng.choice(self.story).key

    def ship(self) -> TransferShip:
        """A transfer of the last twelve commands."""
        found = [each for each in self.story[-12:] if isinstance(each, TransferShip)]
        return self.rng.choice(found or [TransferShip("none", self.lines(), "gz")])

    def way(self, ship: TransferShip) -> str:
        """Mostly the key of `ship`."""
        return ship.key if self.rng.random() < 0.75 else self.some().key

    def arrived(self, ship: TransferShip) -> Lines | None:
        """A part of it, or all."""
        return self.rng.choice((None, tuple(StockLine(line.sku, ship.target, 1) for line in ship.lines)))

    def leaving(self) -> Lines:
        """Lines of one warehouse."""
        lines = self.lines()
        return tuple(StockLine(line.sku, lines[0].warehouse, line.quantity) for line in lines)


def _receive(pick: _Pick) -> StockCommand:
    return Receive(pick.key, tuple(StockLine(line.sku, line.warehouse, 5 * line.quantity) for line in pick.lines()))


def _adjust(pick: _Pick) -> StockCommand:
    lines = tuple(StockLine(line.sku, line.warehouse, pick.rng.choice((-2, 3))) for line in pick.lines())
    return Adjust(pick.key, lines, "count")


def _reserve(pick: _Pick) -> StockCommand:
    return Reserve(pick.key, pick.lines(), pick.until())


def _commit(pick: _Pick) -> StockCommand:
    reserve = pick.reserve()
    return Commit(pick.key, pick.other(reserve), pick.rng.choice((None, reserve.lines[:1] or None, pick.lines())))


def _malformed(pick: _Pick) -> StockCommand:
    return Reserve(pick.key, pick.rng.choice(((), (StockLine("A", "sh", 0),), (StockLine("A", "sh", -1),))))


def _stock_take(pick: _Pick) -> StockCommand:
    lines = pick.lines()
    found = tuple(StockLine(line.sku, line.warehouse, line.quantity + pick.rng.choice((-1, 0, 2))) for line in lines)
    return StockTake(pick.key, found, "shelf", pick.rng.choice((None, lines, lines)))


def _put_aside(pick: _Pick) -> StockCommand:
    line = pick.lines()[0]
    return Adjust(pick.key, (StockLine(line.sku, f"@defective:{line.warehouse}", pick.rng.choice((-1, 1))),), "sorted")


def _take_in(pick: _Pick) -> StockCommand:
    ship = pick.ship()
    return TransferReceive(pick.key, pick.way(ship), pick.arrived(ship))


def _write_off(pick: _Pick) -> StockCommand:
    ship = pick.ship()
    return TransferWriteOff(pick.key, pick.way(ship), "crushed", pick.arrived(ship))


def _fill(pick: _Pick) -> StockCommand:
    waits = [each.key for each in pick.story[-12:] if isinstance(each, BackOrder)] or ["none"]
    return FillBackOrder(pick.key, pick.rng.choice((*waits, pick.some().key)), pick.until())


FIRST_WORDS: tuple[Callable[[_Pick], StockCommand], ...] = (
    _receive, lambda p: Restock(p.key, p.lines(), sellable=p.rng.random() < 0.5), _adjust, _reserve, _reserve, _reserve,
    _commit, lambda p: Release(p.key, p.other(p.reserve())), lambda p: Move(p.key, p.other(p.reserve()), p.lines()),
    lambda p: Expire(p.key), _malformed,
)  # fmt: skip
LATER_WORDS: tuple[Callable[[_Pick], StockCommand], ...] = (
    _stock_take, _put_aside, lambda p: TransferShip(p.key, p.leaving(), p.rng.choice(("gz", "bj", "sh"))),
    lambda p: TransferShip(p.key, p.rng.choice((p.lines()[:1], p.leaving())), "gz", p.some().key), _take_in, _write_off,
    lambda p: TransferCancel(p.key, p.way(p.ship())), lambda p: BackOrder(p.key, p.lines()), _fill,
)  # fmt: skip


def _command(rng: random.Random, key: str, story: Sequence[StockCommand]) -> StockCommand:
    words = LATER_WORDS if rng.random() < LATER else FIRST_WORDS
    return rng.choice(words)(_Pick(rng, key, story))


def check_stock_store(
    factory: StockFactory, *, histories: int = 30, length: int = 80, buyers: int = 40, units: int = 25
) -> None:
    """Prove a ledger against the contract: model, conservation, replay, expiry, batches, racing threads.

    Args:
        factory: Makes an empty ledger; the suite closes what it makes.
        histories, length: How many random histories of how many commands.
        buyers, units: Threads that race, and the units they race for.
    Raises:
        AssertionError: The ledger breaks a law; the message says which, and after which history.
    """
    for seed in range(histories):
        _check_history(factory, seed, length)
    _check_expiry(factory)
    _check_bad_commands(factory)
    _check_race(factory, buyers, units)
    _check_ways_race(factory)


def _must(holds: bool, law: str, *told: object) -> None:
    if not holds:
        raise AssertionError(f"{law}: {told}")


def check_balanced(store: StockStore) -> None:
    """Every level equals the sum of its movements at every step, and nothing is oversold at any of them.

    What is on its way or defective is never available, and no transfer makes units or swallows them.
    """
    ways: Counter[tuple[str, str, str]] = Counter()
    for level in store.levels():
        on_hand = reserved = last = 0
        rows = store.movements(level.sku, level.warehouse)
        for row in rows:
            on_hand, reserved = on_hand + row.on_hand_delta, reserved + row.reserved_delta
            _must(0 <= reserved <= on_hand, "nothing is oversold", row)
            _must(on_hand == reserved or not level.warehouse.startswith(UNSOLD), "never available", row)
            _must(last < row.seq, "movements are in order", row)
            last = row.seq
            if row.kind in WAYS:
                ways[row.key, row.kind, row.sku] += row.on_hand_delta
        _must((on_hand, reserved) == (level.on_hand, level.reserved), "movements sum up to the level", level)
        _must(level.version == len(rows), "the version counts movements", level)
    _must(not any(ways.values()), "a transfer keeps the units", ways)


def _check_history(factory: StockFactory, seed: int, length: int) -> None:
    clock, model, rng = ManualClock(), StockModel(), random.Random(seed)  # noqa: S311
    store = factory(clock)
    told: list[tuple[StockCommand, StockOutcome]] = []
    try:
        story = history(seed, length)
        while story:
            size = rng.choice((1, 1, 3, 10))
            part, story = story[:size], story[size:]
            clock.sleep(part[0][1])
            commands = [command for command, _ in part]
            outcomes = store.apply(commands)
            _must(len(outcomes) == len(commands), "one outcome per command", seed)
            for command, outcome in zip(commands, outcomes, strict=True):
                expected = model.verdict(command, clock.at)
                _must((outcome.ok, outcome.reason) == expected, "as the model", seed, command, outcome, expected)
                _must(bool(outcome.shortages) == (outcome.reason == "insufficient_stock"), "shortages", seed, outcome)
                told.append((command, outcome))
            _check_levels(store, model, seed)
        check_balanced(store)
        _check_replay(store, told, seed)
    finally:
        store.close()


def _check_levels(store: StockStore, model: StockModel, seed: int) -> None:
    for place in PLACES:
        level = store.level(*place)
        expected = model.shelf[place], model.reserved(place)
        _must((level.on_hand, level.reserved) == expected, "levels as the model's", seed, level, expected)
    unsold = {
        (level.sku, level.warehouse): level.on_hand
        for level in store.levels()
        if level.on_hand and level.warehouse.startswith(UNSOLD)
    }
    _must(unsold == model.unsold(), "what is on its way or defective as in the model", seed, unsold)


def _check_replay(store: StockStore, told: Sequence[tuple[StockCommand, StockOutcome]], seed: int) -> None:
    before = store.levels()
    again = store.apply([command for command, _ in told])
    _must(again == [outcome for _, outcome in told], "the same key again gives the first outcome", seed)
    _must(store.levels() == before, "a replay changes nothing", seed)


def _check_expiry(factory: StockFactory) -> None:
    clock = ManualClock()
    store = factory(clock)
    line = (StockLine("A", "sh", 2),)
    try:
        store.apply([Receive("in", (StockLine("A", "sh", 3),)), Reserve("r", line, START + timedelta(seconds=60))])
        _must(store.level("A", "sh").reserved == 2, "a reservation holds until it expires")
        clock.sleep(60)
        _must(store.level("A", "sh").available == 3, "a read sees what has expired")
        _must(store.movements("A", "sh")[-1].kind == "expired", "expiry is a movement")
        reasons = [
            outcome.reason for outcome in store.apply([Commit("c", "r"), Release("x", "r"), Reserve("r2", line)])
        ]
        _must(reasons == ["expired", "expired", None], "what has expired cannot be resolved", reasons)
    finally:
        store.close()


def _check_bad_commands(factory: StockFactory) -> None:
    bad: tuple[Any, ...] = (0, -1, True, 1.0, 1.5, 2**31, "1", None)
    store = factory(ManualClock())
    try:
        commands: list[Any] = [Reserve(f"bad-{n}", (StockLine("A", "sh", units),)) for n, units in enumerate(bad)]
        commands += [
            Reserve("", (StockLine("A", "sh", 1),)),
            Reserve("no-lines", ()),
            Receive("no-sku", (StockLine("", "sh", 1),)),
        ]
        commands.append(Reserve("naive", (StockLine("A", "sh", 1),), datetime(2030, 1, 1)))  # noqa: DTZ001
        commands.append(object())
        outcomes = store.apply([*commands, Receive("good", (StockLine("A", "sh", 1),))])
        reasons = [outcome.reason for outcome in outcomes]
        _must(reasons == ["invalid"] * len(commands) + [None], "a bad command sinks nothing else", reasons)
        again = store.apply([Reserve("bad-0", (StockLine("A", "sh", 1),))])
        _must(again[0].ok, "a malformed command does not use up its key", again)
    finally:
        store.close()


def _check_ways_race(factory: StockFactory, receivers: int = 8, units: int = 5) -> None:
    """Many receive one transfer and fill one back-order: every unit comes once, the wish is filled once."""
    store = factory(ManualClock())
    came: list[bool] = []
    filled: list[bool] = []
    gate = Barrier(receivers)

    def receive(number: int) -> None:
        gate.wait()
        came.append(store.apply([TransferReceive(f"come-{number}", "way", (StockLine("A", "gz", 1),))])[0].ok)
        filled.append(store.apply([FillBackOrder(f"fill-{number}", "wish")])[0].ok)

    try:
        sent = (StockLine("A", "sh", units),)
        ready = store.apply([Receive("in", sent), TransferShip("way", sent, "gz"), BackOrder("wish", sent[:1])])
        refused = store.apply([FillBackOrder("early", "wish")])[0].reason
        _must(all(each.ok for each in ready) and refused == "insufficient_stock", "units on their way fill no wish")
        store.apply([Receive("more", sent)])
        threads = [Thread(target=receive, args=(number,)) for number in range(receivers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _must((sum(came), sum(filled)) == (min(units, receivers), 1), "each comes once", came, filled)
        _must(store.level("A", "gz").available == min(units, receivers), "what came can be sold")
        check_balanced(store)
    finally:
        store.close()


def _check_race(factory: StockFactory, buyers: int, units: int) -> None:
    """N buyers of one unit each for K units: exactly min(N, K) get one, whatever the interleaving."""
    store = factory(ManualClock())
    won: list[bool] = []
    gate = Barrier(buyers)

    def buy(number: int) -> None:
        gate.wait()
        line = (StockLine("A", "sh", 1),)
        held = store.apply([Reserve(f"order-{number}", line)])[0].ok
        shipped = store.apply([Commit(f"ship-{number}", f"order-{number}")])[0].ok
        _must(held == shipped, "what is held can be shipped once")
        won.append(held)

    try:
        store.apply([Receive("in", (StockLine("A", "sh", units),))])
        threads = [Thread(target=buy, args=(number,)) for number in range(buyers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _must(len(won) == buyers, "every buyer is answered", len(won))
        _must(sum(won) == min(buyers, units), "exactly as many are sold as there are", sum(won))
        _must(store.level("A", "sh").on_hand == max(0, units - buyers), "the shelf agrees")
        check_balanced(store)
    finally:
        store.close()
