"""Several processes on one SQLite ledger: they race, they are killed, and the books still balance."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from orderhub.errors import ConfigurationError
from orderhub.inventory import Commit, Ledger, Receive, Reserve, StockCommand, StockLine, open_ledger
from orderhub.testing.stock import START, ManualClock, check_balanced

KILLS = int(os.environ.get("ORDERHUB_KILLS", "15"))
SKUS = ("A", "B", "C")

HERD = """
import sys
from tests.integration import test_stock_processes as herd
getattr(herd, sys.argv[1])(*sys.argv[2:])
"""


def herd(task: str, *arguments: object) -> str:
    """Run `task` of this module in a fresh process, which may fork; answers what it prints."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", HERD, task, *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def forked(work: Callable[[], int]) -> int:
    """Process id of a child that does `work` and exits with its answer."""
    child = os.fork()
    if child == 0:
        os._exit(work())
    return child


def race(url: str, workers: str, each: str) -> None:
    """Each worker buys unit after unit; prints how many each got."""

    def buy(worker: int) -> int:
        with open_ledger(url) as ledger:
            orders = [f"buyer{worker}-{n}" for n in range(int(each))]
            held = [o for o in orders if ledger.apply([Reserve(o, (StockLine("A", "sh", 1),))])[0].ok]
            return sum(ledger.apply([Commit(f"{order}-ship", order)])[0].ok for order in held)

    children = [forked(partial(buy, worker)) for worker in range(int(workers))]
    print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))


def kill(url: str, kills: str, until: str) -> None:
    """Start two workers at a time and kill them at a random moment, sometimes both; prints how many died."""
    rng, deadline = random.Random(3), datetime.fromisoformat(until)
    died = 0
    for seed in range(int(kills)):
        children = [forked(partial(work, url, number, deadline)) for number in (seed, 1000 + seed)]
        time.sleep(rng.uniform(0.0, 0.2))
        for child in children[: rng.choice((1, 1, 2))]:
            os.kill(child, signal.SIGKILL)
        died += sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL for child in children)
    print(died)


def work(url: str, seed: int, until: datetime) -> int:
    """Apply one story."""
    with open_ledger(url) as ledger:
        for batch in story(seed, until):
            ledger.apply(batch)
    return 0


def story(seed: int, until: datetime) -> list[list[StockCommand]]:
    """Batches of two-line reserves, some of them until `until`, and of commits of most."""
    rng = random.Random(seed)
    batches: list[list[StockCommand]] = []
    for batch in range(25):
        names = [f"w{seed}-{batch}-{n}" for n in range(rng.randrange(1, 20))]
        lines = [tuple(StockLine(sku, "sh", rng.randrange(1, 3)) for sku in rng.sample(SKUS, 2)) for _ in names]
        expiries = [until if rng.random() < 0.3 else None for _ in names]
        batches.append([Reserve(*each) for each in zip(names, lines, expiries, strict=True)])
        batches.append([Commit(f"{name}-ship", name) for name in names if rng.random() < 0.7])
    return batches


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")


def test_processes_sell_exactly_what_there_is(tmp_path: Path) -> None:
    url, workers, each, units = f"sqlite:///{tmp_path}/race.db", 4, 25, 60
    with open_ledger(url) as ledger:
        ledger.apply([Receive("in", (StockLine("A", "sh", units),))])
        sold = [int(number) for number in herd("race", url, workers, each).split()]
        assert len(sold) == workers and sum(sold) == min(workers * each, units)
        assert ledger.level("A", "sh").on_hand == 0
        check_balanced(ledger)


def test_killed_writers_leave_whole_commands(tmp_path: Path) -> None:
    url, until = f"sqlite:///{tmp_path}/killed.db", datetime.now(UTC) + timedelta(seconds=4)
    with open_ledger(url) as ledger:
        ledger.apply([Receive("in", tuple(StockLine(sku, "sh", 1500) for sku in SKUS))])
    assert int(herd("kill", url, KILLS, until.isoformat())) >= KILLS // 2
    with open_ledger(url, clock=ManualClock(until + timedelta(seconds=1))) as ledger:
        check_whole(ledger)
        for seed in range(KILLS):
            replay(ledger, seed, until)
            replay(ledger, 1000 + seed, until)
        check_whole(ledger)


def check_whole(ledger: Ledger) -> None:
    """Books balance, no command is there by half, and what expired holds nothing."""
    check_balanced(ledger)
    by_key: dict[str, set[str]] = {}
    for sku in SKUS:
        for row in ledger.movements(sku, "sh"):
            if row.kind in {"reserved", "committed"}:
                by_key.setdefault(row.key, set()).add(sku)
    assert by_key and all(len(skus) == 2 for skus in by_key.values())
    assert all(held.expires_at is None for held in ledger.reservations())


def replay(ledger: Ledger, seed: int, until: datetime) -> None:
    """What a restarted worker does: the same commands again. The second time nothing moves."""
    commands = [command for batch in story(seed, until) for command in batch]
    first = ledger.apply(commands)
    before = ledger.snapshot()
    assert ledger.apply(commands) == first
    assert ledger.snapshot() == before


def test_killed_between_reserve_and_commit_leaks_nothing(tmp_path: Path) -> None:
    """Row 46: whoever reserved is gone; at the expiry the units are back, in whichever process looks."""
    url, clock = f"sqlite:///{tmp_path}/leak.db", ManualClock()
    with open_ledger(url, clock=clock) as gone, open_ledger(url, clock=clock) as other:
        gone.apply([Receive("in", (StockLine("A", "sh", 1),))])
        later = START.replace(minute=5)
        assert gone.apply([Reserve("r", (StockLine("A", "sh", 1),), later)])[0].ok
        assert other.apply([Reserve("s", (StockLine("A", "sh", 1),))])[0].reason == "insufficient_stock"
        clock.sleep(300)
        assert other.level("A", "sh").available == 1
        assert gone.apply([Commit("c", "r")])[0].reason == "expired"


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_forked_child_is_told_to_open_its_own(kind: str, tmp_path: Path) -> None:
    ledger = open_ledger("memory:" if kind == "memory" else f"sqlite:///{tmp_path}/fork.db")
    child = os.fork()
    if child == 0:
        try:
            ledger.level("A", "sh")
        except ConfigurationError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    ledger.close()
