"""A loan to Redis hands out what the ledger holds for it, whoever crashes and whatever is repeated or lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import redis

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory import Commit, Ledger, Receive, Release, Reserve, Shortage, StockLine, open_ledger
from orderhub.stores import stock_loan
from orderhub.stores.stock_loan import StockLoan
from orderhub.testing.stock import check_balanced


def line(units: int, sku: str = "A") -> tuple[StockLine, ...]:
    return (StockLine(sku, "sh", units),)


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/stock.db"}.get(request.param)
    with open_ledger(url or request.getfixturevalue("postgres_url")) as made:
        made.apply([Receive("in", (*line(100), *line(10, "B")))])
        yield made


@pytest.fixture
def loan(ledger: Ledger, redis_url: str) -> Iterator[StockLoan]:
    made = StockLoan(ledger, redis_url, "sale")
    yield made
    made.close()


def test_a_sale_from_lending_to_settling(ledger: Ledger, loan: StockLoan) -> None:
    assert loan.lend((*line(5), *line(2, "B"))).ok and loan.lend((*line(5), *line(2, "B"))).ok
    assert (ledger.level("A", "sh").available, loan.left()) == (95, {("A", "sh"): 5, ("B", "sh"): 2})
    assert loan.take("o1", line(2)).ok and loan.take("o2", (*line(1), *line(2, "B"))).ok
    short = loan.take("o3", (*line(3), *line(1, "B")))
    assert short.shortages == (Shortage("A", "sh", 3, 2), Shortage("B", "sh", 1, 0))
    assert loan.left() == {("A", "sh"): 2, ("B", "sh"): 0}
    first = loan.drain()
    assert first.reserved == ("o1", "o2") and not first.refused and not first.is_settled
    assert loan.take("o4", line(1)).ok
    assert [held.key for held in ledger.reservations()] == ["loan:sale", "o1", "o2"]
    last = loan.settle()
    assert last.reserved == ("o4",) and last.is_settled and loan.settle() == stock_loan.LoanReport((), (), True)
    assert [held.key for held in ledger.reservations()] == ["o1", "o2", "o4"]
    assert ledger.apply([Commit("ship", "o2"), Release("stop", "o1")])[0].ok
    assert (ledger.level("A", "sh").on_hand, ledger.level("A", "sh").reserved) == (99, 1)
    assert (
        loan.lend(line(5)).reason == "key_conflict"
        and loan.lend((*line(5), *line(2, "B"))).reason == "already_resolved"
    )
    check_balanced(ledger)


def test_a_take_is_answered_once_and_for_all(loan: StockLoan) -> None:
    assert loan.take("o", line(1)).reason == "unknown_reservation"
    loan.lend(line(3))
    assert loan.take("o", line(2)) == loan.take("o", line(2)) and loan.left() == {("A", "sh"): 1}
    assert loan.take("o", line(1)).reason == "key_conflict"
    refused = loan.take("p", line(2))
    assert refused.reason == "insufficient_stock"
    assert loan.give_back("o").ok and loan.left() == {("A", "sh"): 3}
    assert loan.take("p", line(2)) == refused, "the first outcome of a key stands"
    assert loan.give_back("o").reason == "already_resolved" == loan.take("o", line(2)).reason
    assert loan.give_back("nobody").reason == "unknown_reservation"
    assert loan.take("", line(1)).reason == "invalid" == loan.take("q", line(0)).reason
    loan.take("q", line(1))
    loan.settle()
    assert loan.take("q", line(1)).ok and loan.take("r", line(1)).reason == "invalid"
    assert loan.give_back("q").reason == "already_resolved"


def test_more_than_the_ledger_has_is_not_lent(ledger: Ledger, loan: StockLoan) -> None:
    assert loan.lend(line(101)).reason == "insufficient_stock"
    assert loan.left() == {} and ledger.reservations() == []


def test_two_hundred_buyers_and_two_drains_at_once(ledger: Ledger, redis_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(stock_loan, "PART_MAX", 7)
    loan, other = StockLoan(ledger, redis_url, "rush"), StockLoan(ledger, redis_url, "rush")
    loan.lend(line(50))
    gate, won, drained = Barrier(10), [], []

    def buy(worker: int) -> None:
        gate.wait()
        names = [f"o{worker}-{n}" for n in range(25)]
        won.extend(name for name in names if loan.take(name, line(1)).ok and loan.take(name, line(1)).ok)

    def drain(which: StockLoan) -> None:
        gate.wait()
        for _ in range(6):
            drained.append(which.drain())

    threads = [Thread(target=buy, args=(n,)) for n in range(8)]
    threads += [Thread(target=drain, args=(which,)) for which in (loan, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loan.settle()
    assert len(drained) == 12 and len(won) == 50
    assert sorted(won) == [held.key for held in ledger.reservations()]
    assert ledger.level("A", "sh").reserved == 50 and not any(report.refused for report in drained)
    check_balanced(ledger)
    loan.close()
    other.close()


class Crash(Exception):
    """The process died here."""


def crashing(loan: StockLoan, ledger: Ledger, at: int) -> Callable[[], int]:
    """Let the loan die before, or after, its `at`-th step in the outside world; answers how many steps there were."""
    steps = [0]

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            steps[0] += 1
            if steps[0] == 2 * at:
                raise Crash
            told = call(*arguments)
            if steps[0] == 2 * at - 1:
                raise Crash
            steps[0] += 1
            return told

        return step

    loan._run = dying(loan._run)  # type: ignore[method-assign]
    loan._on_disk = dying(loan._on_disk)  # type: ignore[method-assign]
    loan._ledger = type(
        "Dying", (), {"apply": staticmethod(dying(ledger.apply)), "reservations": ledger.reservations}
    )()
    return lambda: steps[0]


def test_a_crash_at_any_step_of_settling_loses_and_doubles_nothing(
    ledger: Ledger, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_loan, "PART_MAX", 3)
    crashes = 0
    for at in range(1, 100):
        name = f"sale-{at}"
        loan = StockLoan(ledger, redis_url, name)
        assert loan.lend(line(9)).ok
        for n in range(7):
            assert loan.take(f"{name}-{n}", line(1)).ok
        loan.give_back(f"{name}-4")
        crashing(loan, ledger, at)
        try:
            loan.settle()
        except Crash:
            crashes += 1
            heir = StockLoan(ledger, redis_url, name)
            assert heir.settle().is_settled
            heir.close()
        loan.close()
        held = [reservation.key for reservation in ledger.reservations()]
        assert held == [f"{name}-{n}" for n in range(7) if n != 4]
        assert ledger.level("A", "sh").reserved == 6
        ledger.apply([Release(f"{key}-end", key) for key in held])
        if crashes < at:
            break
    assert crashes > 15 and crashes < 99
    check_balanced(ledger)


def test_a_loan_that_redis_lost_sells_nothing_until_it_is_lent_again(
    ledger: Ledger, loan: StockLoan, redis_url: str
) -> None:
    loan.lend(line(10))
    for n in range(4):
        loan.take(f"o{n}", line(1))
    loan.drain()
    loan.take("forgotten", line(3))
    with redis.Redis.from_url(redis_url) as server:
        server.flushall()
    assert loan.take("late", line(1)).reason == "unknown_reservation"
    with pytest.raises(InventoryError, match="lost this loan"):
        loan.settle()
    assert loan.lend(line(10)).ok and loan.left() == {("A", "sh"): 6}
    assert loan.take("o0", line(1)).ok, "a buyer who asks again after the loss"
    assert loan.take("late", line(5)).ok
    assert loan.settle().reserved == ("o0", "late")
    assert {held.key for held in ledger.reservations()} == {"o0", "o1", "o2", "o3", "late"}
    assert ledger.level("A", "sh").reserved == 9
    check_balanced(ledger)


def test_what_is_written_off_is_free_again(ledger: Ledger, loan: StockLoan, redis_url: str) -> None:
    loan.lend(line(10))
    loan.take("o", line(1))
    with redis.Redis.from_url(redis_url) as server:
        server.flushall()
    assert loan.write_off().ok and ledger.level("A", "sh").available == 100
    assert loan.settle().is_settled and loan.lend(line(10)).reason == "already_resolved"


def test_a_redis_that_went_back_in_time_is_found_out_and_nothing_is_oversold(
    ledger: Ledger, loan: StockLoan, redis_url: str
) -> None:
    loan.lend(line(10))
    server = redis.Redis.from_url(redis_url)
    before = {key: server.dump(key) for key in server.keys("*loan*")}
    for n in range(6):
        loan.take(f"o{n}", line(1))
    loan.drain()
    server.flushall()
    for key, text in before.items():
        server.restore(key, 0, text)
    for n in range(4):
        assert loan.take(f"again{n}", line(1)).ok, "Redis cannot know"
    with pytest.raises(InventoryError, match="gone back"):
        loan.settle()
    assert loan.write_off().ok
    level = ledger.level("A", "sh")
    assert (level.reserved, level.available) == (6, 94) and loan.left() == {}
    assert loan.take("more", line(1)).reason in {"invalid", "unknown_reservation"}
    check_balanced(ledger)
    server.close()


def test_the_ledger_has_the_last_word_about_a_key(ledger: Ledger, loan: StockLoan) -> None:
    loan.lend(line(5))
    ledger.apply([Reserve("mine", line(3))])
    loan.take("mine", line(1))
    report = loan.settle()
    assert [outcome.reason for outcome in report.refused] == ["key_conflict"] and not report.reserved
    assert ledger.level("A", "sh").reserved == 3


@pytest.mark.parametrize("seed", range(12))
def test_any_sale_sells_at_most_what_was_lent(
    ledger: Ledger, redis_url: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random takes, gifts back, drains that crash, and losses of everything: each kept promise is kept once."""
    monkeypatch.setattr(stock_loan, "PART_MAX", 4)
    rng, promised, drained = random.Random(seed), set(), set()
    server, lines = redis.Redis.from_url(redis_url), line(30)
    loan = StockLoan(ledger, redis_url, "any")
    loan.lend(lines)
    for number in range(60):
        match rng.choice(("take", "take", "take", "take", "give", "drain", "crash", "lose")):
            case "take":
                key = f"o{number}"
                if loan.take(key, line(rng.choice((1, 1, 2)))).ok:
                    promised.add(key)
            case "give" if promised:
                key = rng.choice(sorted(promised))
                if loan.give_back(key).ok:
                    promised.discard(key)
            case "drain":
                drained.update(loan.drain().reserved)
            case "crash":
                crashing(loan, ledger, rng.randrange(1, 9))
                try:
                    drained.update(loan.drain().reserved)
                except Crash:
                    loan.close()
                loan = StockLoan(ledger, redis_url, "any")
            case "lose" if rng.random() < 0.3:
                server.flushall()
                kept = {held.key for held in ledger.reservations()}
                promised &= kept
                loan.lend(lines)
    loan.settle()
    held = {reservation.key for reservation in ledger.reservations()}
    assert held == promised and drained <= held
    assert ledger.level("A", "sh").reserved <= 30
    check_balanced(ledger)
    loan.close()
    server.close()


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb"])
def test_a_loan_needs_a_name(name: str, redis_url: str) -> None:
    with open_ledger("memory:") as ledger, pytest.raises(ConfigurationError):
        StockLoan(ledger, redis_url, name)


def test_without_a_synced_file_nothing_is_drained(loan: StockLoan, redis_url: str) -> None:
    loan.lend(line(3))
    loan.take("o", line(1))
    with redis.Redis.from_url(redis_url) as server:
        server.config_set("appendonly", "no")
        try:
            with pytest.raises(InventoryError, match="append-only"):
                loan.drain()
        finally:
            server.config_set("appendonly", "yes")
    assert loan.drain().reserved == ("o",)
