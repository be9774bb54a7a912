"""Several processes on one stock ledger: they race, they are killed, and the books still balance. Imports `inventory`.

For a host's own store: `opener` names a function as `package.module:function`, which opens the ledger of a URL and
takes `clock=`. The processes are forked from one fresh interpreter (`python -m orderhub.testing.stock_races`), so that
nothing of the caller's, threads least of all, is copied; POSIX only.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

from orderhub.inventory import Commit, Ledger, Receive, Reserve, StockCommand, StockLine
from orderhub.testing.stock import ManualClock, check_balanced

__all__ = ["OPENER", "check_kills", "check_processes", "check_whole", "killed_stories", "story"]

OPENER = "orderhub.inventory:open_ledger"
SKUS = ("A", "B", "C")
TIMEOUT_S = 600


def opened(opener: str, url: str, **options: Any) -> Ledger:
    """The ledger that the named function opens."""
    module, _, name = opener.partition(":")
    ledger: Ledger = getattr(import_module(module), name)(url, **options)
    return ledger


def herd(task: str, *arguments: object) -> str:
    """Run a task of this module in a fresh interpreter, which may fork; answers what it prints."""
    command = [sys.executable, "-m", "orderhub.testing.stock_races", task, *map(str, arguments)]
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    _must(done.returncode == 0, "the herd came home", done.stderr)
    return done.stdout


def _must(holds: bool, law: str, *told: object) -> None:
    if not holds:
        raise AssertionError(f"{law}: {told}")


def forked(work: Callable[[], int]) -> int:
    """Process id of a child that does `work` and exits with its answer."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            code = work()
        finally:
            os._exit(code)
    return child


def _warm(opener: str, url: str) -> None:
    """Load what the children need before they part, and leave nothing open."""
    opened(opener, url).close()


def check_processes(
    url: str, *, opener: str = OPENER, processes: int = 8, buyers: int = 200, units: int = 50, sku: str = "A"
) -> None:
    """`buyers` spread over `processes` want one unit each of `units`: exactly min(buyers, units) get one.

    Raises:
        AssertionError: Somebody got a unit too many or too few, or the books do not balance.
    """
    each = buyers // processes
    with opened(opener, url) as ledger:
        _must(ledger.apply([Receive(f"in-{sku}", (StockLine(sku, "sh", units),))])[0].ok, "goods came in")
        sold = [int(number) for number in herd("race", opener, url, processes, each, sku).split()]
        _must(len(sold) == processes, "every process came home", sold)
        _must(sum(sold) == min(each * processes, units), "exactly as many are sold as there are", sold)
        level = ledger.level(sku, "sh")
        _must((level.on_hand, level.reserved) == (max(0, units - each * processes), 0), "the shelf agrees", level)
        check_balanced(ledger)


def race(opener: str, url: str, workers: str, each: str, sku: str) -> None:
    """Each worker buys unit after unit; prints how many each got."""

    def buy(worker: int) -> int:
        with opened(opener, url) as ledger:
            orders = [f"{sku}-buyer{worker}-{n}" for n in range(int(each))]
            held = [order for order in orders if ledger.apply([Reserve(order, (StockLine(sku, "sh", 1),))])[0].ok]
            return sum(ledger.apply([Commit(f"{order}-ship", order)])[0].ok for order in held)

    _warm(opener, url)
    children = [forked(partial(buy, worker)) for worker in range(int(workers))]
    print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))


def check_kills(url: str, *, opener: str = OPENER, kills: int = 15, workers: int = 2, units: int = 1500) -> None:
    """Workers die by `kill -9` in the middle of random commands; then everything they meant to do is done again.

    Raises:
        AssertionError: A command is there by half, the books do not balance, what expired still holds units, or a
            repeated key had a second effect.
    """
    until = datetime.now(UTC) + timedelta(seconds=3)
    with opened(opener, url) as ledger:
        ledger.apply([Receive("in", tuple(StockLine(sku, "sh", units) for sku in SKUS))])
    died = int(herd("kill", opener, url, kills, workers, until.isoformat()))
    _must(2 * died >= kills, "workers were killed while they worked", died)
    with opened(opener, url, clock=ManualClock(until + timedelta(seconds=1))) as ledger:
        check_whole(ledger)
        for seed in range(kills * workers):
            _check_replay(ledger, seed, until)
        check_whole(ledger)


def kill(opener: str, url: str, kills: str, workers: str, until: str) -> None:
    """Start workers together, each of which is killed within one of its batches; prints how many died."""
    _warm(opener, url)
    deadline, died, count = datetime.fromisoformat(until), 0, int(workers)
    for seed in range(int(kills)):
        children = [forked(partial(work, opener, url, seed * count + n, deadline)) for n in range(count)]
        died += sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL for child in children)
    print(died)


def work(opener: str, url: str, seed: int, until: datetime) -> int:
    """Apply one story; somewhere in it, a random moment after a batch was begun, the process is killed."""
    rng = random.Random(seed)  # noqa: S311
    batches = story(seed, until)
    last = rng.randrange(len(batches))
    with opened(opener, url) as ledger:
        for number, batch in enumerate(batches):
            if number == last:
                threading.Thread(target=_die_after, args=(rng.uniform(0.0, 0.012),), daemon=True).start()
            ledger.apply(batch)
        time.sleep(0.05)
    return 0


def _die_after(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def story(seed: int, until: datetime) -> list[list[StockCommand]]:
    """Batches of two-line reserves, some of them until `until`, and of commits of most."""
    rng = random.Random(seed)  # noqa: S311
    batches: list[list[StockCommand]] = []
    for batch in range(6):
        names = [f"w{seed}-{batch}-{n}" for n in range(rng.randrange(1, 20))]
        lines = [tuple(StockLine(sku, "sh", rng.randrange(1, 3)) for sku in rng.sample(SKUS, 2)) for _ in names]
        expiries = [until if rng.random() < 0.3 else None for _ in names]
        batches.append([Reserve(*each) for each in zip(names, lines, expiries, strict=True)])
        batches.append([Commit(f"{name}-ship", name) for name in names if rng.random() < 0.7])
    return batches


def killed_stories(kills: int, workers: int, until: datetime) -> list[StockCommand]:
    """Everything that the killed workers of `check_kills` meant to do."""
    return [command for seed in range(kills * workers) for batch in story(seed, until) for command in batch]


def check_whole(ledger: Ledger) -> None:
    """Books balance, no command is there by half, and what expired holds nothing."""
    check_balanced(ledger)
    by_key: dict[str, set[str]] = {}
    held: Counter[str] = Counter()
    for sku in SKUS:
        for row in ledger.movements(sku, "sh"):
            if row.kind in {"reserved", "committed"}:
                by_key.setdefault(row.key, set()).add(sku)
    _must(bool(by_key), "something was done")
    _must(all(len(skus) == 2 for skus in by_key.values()), "all lines of a command or none", by_key)
    for reservation in ledger.reservations():
        _must(reservation.expires_at is None, "what expired holds nothing", reservation)
        for line in reservation.lines:
            held[line.sku] += line.quantity
    for level in ledger.levels(SKUS):
        _must(level.reserved == held[level.sku], "open reservations hold what is reserved", level, held)


def _check_replay(ledger: Ledger, seed: int, until: datetime) -> None:
    """What a restarted worker does: the same commands again. The second time nothing moves."""
    commands = [command for batch in story(seed, until) for command in batch]
    first = ledger.apply(commands)
    before = ledger.snapshot()
    _must(ledger.apply(commands) == first, "the same key again gives the first outcome", seed)
    _must(ledger.snapshot() == before, "a replay changes nothing", seed)


if __name__ == "__main__":
    {"race": race, "kill": kill}[sys.argv[1]](*sys.argv[2:])
