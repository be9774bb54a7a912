"""Reserve + commit cycles a second: the memory ledger and the SQLite ledger, each against its control.

    python tests/bench/bench_stock.py [--cycles 20000] [--runs 3]

One cycle is one `Reserve` and one `Commit`, each with its own key. Inside the measured region: checking, reducing,
outcomes, idempotency keys, movements, levels, and on SQLite full durability (WAL, synchronous=FULL) at 500 commands a
batch. Outside: making the command objects, opening the ledger, receiving the goods. Controls: for memory a dict, a
lock and a log, no batch, no lines, no outcomes, no payload check; for SQLite one single-line row loop in batches of
500 with a key row and a log row, no outcomes, no payload check. Runs are interleaved; the median is shown. Every run
ends with a check that nothing was oversold and that movements sum up to levels. Ratios are comparable between
machines, absolute figures are not.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orderhub.inventory import Commit, Ledger, Receive, Reserve, StockLine, open_ledger

BATCH = 500
FAR = datetime(2100, 1, 1, tzinfo=UTC)

Run = Callable[[int, Path], float]


def plan(cycles: int, skus: int, lines: int) -> list[tuple[str, ...]]:
    rng = random.Random(7)
    return [tuple(f"sku-{rng.randrange(skus)}" for _ in range(lines)) for _ in range(cycles)]


def ledger_run(url: str, skus: int, lines: int, expires: bool = False) -> Run:
    def run(cycles: int, folder: Path) -> float:
        wanted = plan(cycles, skus, lines)
        reserves = [
            Reserve(
                f"order-{n}",
                tuple(StockLine(sku, f"w{i}", 1) for i, sku in enumerate(row)),
                FAR + timedelta(seconds=n) if expires else None,
            )
            for n, row in enumerate(wanted)
        ]
        commits = [Commit(f"ship-{n}", f"order-{n}") for n in range(cycles)]
        with open_ledger(url.format(path=folder / "ledger.db")) as ledger:
            stock = tuple(StockLine(f"sku-{n}", f"w{i}", cycles) for n in range(skus) for i in range(lines))
            assert ledger.apply([Receive("in", stock)])[0].ok
            gc.collect()
            gc.freeze()  # the commands are the input, not garbage that the ledger makes
            started = time.perf_counter()
            for at in range(0, cycles, BATCH):
                held = ledger.apply(reserves[at : at + BATCH])
                shipped = ledger.apply(commits[at : at + BATCH])
                assert all(outcome.ok for outcome in held) and all(outcome.ok for outcome in shipped)
            took = time.perf_counter() - started
            gc.unfreeze()
            verify(ledger, cycles * lines)
        return cycles / took

    return run


def verify(ledger: Ledger, shipped: int) -> None:
    levels = ledger.levels()
    assert sum(level.reserved for level in levels) == 0
    for level in levels[:50]:
        rows = ledger.movements(level.sku, level.warehouse)
        assert sum(row.on_hand_delta for row in rows) == level.on_hand and len(rows) == level.version
    received = sum(ledger.movements(level.sku, level.warehouse)[0].on_hand_delta for level in levels)
    assert received - sum(level.on_hand for level in levels) == shipped


def dict_and_log(cycles: int, folder: Path) -> float:
    """Control: the same arithmetic with a dict, a lock and a list."""
    free, held, gone = {"A": cycles}, {"A": 0}, {"A": 0}
    keys: dict[str, tuple[str, int, str]] = {}
    log: list[tuple[str, str, str, int]] = []
    lock = threading.Lock()
    names = [f"order-{n}" for n in range(cycles)]

    def reserve(key: str, sku: str, units: int) -> str:
        with lock:
            if (seen := keys.get(key)) is not None:
                return seen[2]
            if free[sku] < units:
                keys[key] = (sku, units, "X")
                return "X"
            free[sku] -= units
            held[sku] += units
            keys[key] = (sku, units, "R")
            log.append((key, sku, "R", units))
            return "R"

    def commit(key: str) -> str | None:
        with lock:
            seen = keys.get(key)
            if seen is None or seen[2] != "R":
                return seen and seen[2]
            sku, units, _ = seen
            keys[key] = (sku, units, "C")
            held[sku] -= units
            gone[sku] += units
            log.append((key, sku, "C", units))
            return "C"

    started = time.perf_counter()
    for name in names:
        reserve(name, "A", 1)
        commit(name)
    took = time.perf_counter() - started
    assert gone["A"] == cycles and len(log) == 2 * cycles
    return cycles / took


def bare_sqlite(cycles: int, folder: Path) -> float:
    """Control: single-line statements in one transaction per 500, no outcomes, no payload, no reads."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(
        "CREATE TABLE stock(sku INTEGER PRIMARY KEY, free INT CHECK(free >= 0), held INT, gone INT);"
        "CREATE TABLE held(key TEXT PRIMARY KEY, sku INT, units INT, state TEXT) WITHOUT ROWID;"
        "CREATE TABLE log(id INTEGER PRIMARY KEY, key TEXT, sku INT, kind TEXT, units INT);"
        f"INSERT INTO stock VALUES (1, {cycles}, 0, 0);"
    )
    started = time.perf_counter()
    run = connection.execute
    for at in range(0, cycles, BATCH):
        run("BEGIN IMMEDIATE")
        for n in range(at, min(at + BATCH, cycles)):
            run("INSERT INTO held VALUES (?, 1, 1, 'R') ON CONFLICT DO NOTHING", (f"order-{n}",))
            run("UPDATE stock SET free = free - 1, held = held + 1 WHERE sku = 1 AND free >= 1")
            run("INSERT INTO log (key, sku, kind, units) VALUES (?, 1, 'R', 1)", (f"order-{n}",))
        run("COMMIT")
        run("BEGIN IMMEDIATE")
        for n in range(at, min(at + BATCH, cycles)):
            run("UPDATE held SET state = 'C' WHERE key = ? AND state = 'R' RETURNING sku", (f"order-{n}",)).fetchone()
            run("UPDATE stock SET held = held - 1, gone = gone + 1 WHERE sku = 1")
            run("INSERT INTO log (key, sku, kind, units) VALUES (?, 1, 'C', 1)", (f"order-{n}",))
        run("COMMIT")
    took = time.perf_counter() - started
    assert connection.execute("SELECT free, held, gone FROM stock").fetchone() == (0, 0, cycles)
    connection.close()
    return cycles / took


MEMORY, SQLITE = "memory:", "sqlite:///{path}"
CASES: dict[str, tuple[Run, str | None]] = {
    "control: dict + lock + log": (dict_and_log, None),
    "memory, hot SKU": (ledger_run(MEMORY, 1, 1), "control: dict + lock + log"),
    "memory, hot SKU, two lines": (ledger_run(MEMORY, 1, 2), "control: dict + lock + log"),
    "memory, 10k SKUs, two lines": (ledger_run(MEMORY, 10_000, 2), "control: dict + lock + log"),
    "control: bare SQLite": (bare_sqlite, None),
    "SQLite, hot SKU": (ledger_run(SQLITE, 1, 1), "control: bare SQLite"),
    "SQLite, hot SKU, with expiry": (ledger_run(SQLITE, 1, 1, expires=True), "control: bare SQLite"),
    "SQLite, hot SKU, two lines": (ledger_run(SQLITE, 1, 2), "control: bare SQLite"),
    "SQLite, 1k SKUs, two lines": (ledger_run(SQLITE, 1000, 2), "control: bare SQLite"),
    "SQLite, 10k SKUs, one line": (ledger_run(SQLITE, 10_000, 1), "control: bare SQLite"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name contains this, and the controls")
    arguments = parser.parse_args()
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {arguments.cycles} cycles, {arguments.runs} runs, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    rates: dict[str, list[float]] = {}
    for _ in range(arguments.runs):
        for name, (run, control) in CASES.items():
            if control is None or arguments.only in name:
                with tempfile.TemporaryDirectory() as folder:
                    rates.setdefault(name, []).append(run(arguments.cycles, Path(folder)))
    for name, measured in rates.items():
        middle, control = statistics.median(measured), CASES[name][1]
        ratio = f"  {middle / statistics.median(rates[control]):5.2f}x control" if control else ""
        print(f"{name:32s} {middle:12,.0f} cycles/s  [{min(measured):,.0f} .. {max(measured):,.0f}]{ratio}")


if __name__ == "__main__":
    main()
