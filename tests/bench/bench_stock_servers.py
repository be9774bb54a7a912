"""Reserve + commit cycles a second on PostgreSQL and Redis, beside the locked-row pattern, in one run.

    python tests/bench/bench_stock_servers.py [--cycles 32000] [--runs 5] [--workers 8] [--only TEXT]

Servers of the run's own, durable: PostgreSQL with fsync and synchronous_commit, Redis syncing its append-only file
after every write. All contenders have the same number of worker processes on the same machine as the server.

Control, the locked-row pattern of shop systems: one transaction reserves an order (SELECT ... ORDER BY pk FOR UPDATE,
sum of the open allocations, INSERT), one ships it (SELECT ... FOR UPDATE, UPDATE, DELETE); no keys, no ledger.
Ours: `Reserve` and `Commit` with keys, payload checks, outcomes and movements, in two ways: workers that bring 500
orders at a time, and workers each with 500 concurrent callers of one order each on `open_ledger_async`, which only the
coalescer puts together. Outside the measured region: processes, imports, connections, making the commands. Every run
ends with a check of the books. Contenders and control alternate; a ratio is the median of the runs' own ratios, each
to the control that ran just before, with the smallest and the largest one beside it. Ratios are comparable between
machines, absolute figures are not. Ours is bound by the processor, the control by the disk: other load on the machine
counts against ours, and the load average is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg
from team import together

from orderhub.inventory import Commit, Receive, Reserve, StockLine, open_ledger, open_ledger_async
from orderhub.testing.servers import fresh_database, postgres, redis
from orderhub.testing.stock import check_balanced

BATCH = 500
CONTROL_SHARE = 8
"""The control does this part of the cycles: it is that much slower."""

Work = Callable[[str, int, int, int, int, Barrier], None]


def rows_of(worker: int, cycles: int, skus: int, lines: int) -> list[tuple[int, ...]]:
    rng = random.Random(worker)
    return [tuple(rng.sample(range(skus), lines)) for _ in range(cycles)]


def locked_row(url: str, worker: int, cycles: int, skus: int, lines: int, gate: Barrier) -> None:
    """The control: two transactions an order."""
    orders = rows_of(worker, cycles, skus, lines)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        connection.commit()
        gate.wait()
        for number, row in enumerate(orders):
            order, ids = f"{worker}-{number}", list(row)
            cursor.execute("SELECT id, quantity FROM stock WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (ids,))
            have = dict(cursor.fetchall())
            cursor.execute(
                "SELECT stock_id, coalesce(sum(quantity), 0) FROM allocation WHERE stock_id = ANY(%s) GROUP BY stock_id",
                (ids,),
            )
            held = dict(cursor.fetchall())
            assert all(have[stock] - held.get(stock, 0) >= 1 for stock in ids)
            cursor.executemany("INSERT INTO allocation VALUES (%s, %s, 1)", [(order, stock) for stock in ids])
            connection.commit()
            cursor.execute("SELECT id FROM stock WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (ids,))
            cursor.execute("UPDATE stock SET quantity = quantity - 1 WHERE id = ANY(%s)", (ids,))
            cursor.execute("DELETE FROM allocation WHERE order_id = %s", (order,))
            connection.commit()
        gate.wait()


def make_rows(url: str, skus: int, cycles: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE stock (id int PRIMARY KEY, quantity int NOT NULL CHECK (quantity >= 0))")
        connection.execute("CREATE TABLE allocation (order_id text, stock_id int, quantity int)")
        connection.execute("CREATE INDEX ON allocation (stock_id)")
        connection.execute("CREATE INDEX ON allocation (order_id)")
        connection.execute("INSERT INTO stock SELECT n, %s FROM generate_series(0, %s) n", (cycles, skus - 1))


def check_rows(url: str, skus: int, given: int, shipped: int) -> None:
    with psycopg.connect(url) as connection:
        (left,) = connection.execute("SELECT sum(quantity) FROM stock").fetchone() or (0,)
        assert given - left == shipped, (given, left, shipped)


def commands(worker: int, cycles: int, skus: int, lines: int) -> tuple[list[Reserve], list[Commit]]:
    orders = rows_of(worker, cycles, skus, lines)
    reserves = [
        Reserve(f"o{worker}-{n}", tuple(StockLine(f"sku-{sku}", "sh", 1) for sku in row))
        for n, row in enumerate(orders)
    ]
    return reserves, [Commit(f"s{worker}-{n}", f"o{worker}-{n}") for n in range(cycles)]


def in_batches(url: str, worker: int, cycles: int, skus: int, lines: int, gate: Barrier) -> None:
    """Ours, 500 orders at a time."""
    reserves, commits = commands(worker, cycles, skus, lines)
    with open_ledger(url) as ledger:
        ledger.level("sku-0", "sh")
        gate.wait()
        for at in range(0, cycles, BATCH):
            assert all(outcome.ok for outcome in ledger.apply(reserves[at : at + BATCH]))
            assert all(outcome.ok for outcome in ledger.apply(commits[at : at + BATCH]))
        gate.wait()


def one_by_one(url: str, worker: int, cycles: int, skus: int, lines: int, gate: Barrier) -> None:
    """Ours, 500 concurrent callers that each reserve and commit one order."""
    reserves, commits = commands(worker, cycles, skus, lines)

    async def run() -> None:
        async with open_ledger_async(url) as ledger:
            todo = iter(range(cycles))

            async def caller() -> None:
                for n in todo:
                    (held,) = await ledger.apply([reserves[n]])
                    (shipped,) = await ledger.apply([commits[n]])
                    assert held.ok and shipped.ok

            await ledger.level("sku-0", "sh")
            gate.wait()
            await asyncio.gather(*(caller() for _ in range(BATCH)))
            gate.wait()

    asyncio.run(run())


def make_ledger(url: str, skus: int, cycles: int) -> None:
    with open_ledger(url) as ledger:
        for at in range(0, skus, 1000):
            stock = tuple(StockLine(f"sku-{n}", "sh", cycles) for n in range(at, min(at + 1000, skus)))
            assert ledger.apply([Receive(f"in-{at}", stock)])[0].ok


def check_ledger(url: str, skus: int, given: int, shipped: int) -> None:
    with open_ledger(url) as ledger:
        levels = ledger.levels()
        assert sum(level.reserved for level in levels) == 0 and not ledger.reservations()
        assert given - sum(level.on_hand for level in levels) == shipped
        if skus < 100:
            check_balanced(ledger)


def timed(work: Work, url: str, workers: int, cycles: int, skus: int, lines: int) -> float:
    """Cycles a second of all workers together."""
    each = cycles // workers
    return each * workers / together(lambda n, gate: work(url, n, each, skus, lines, gate), workers)


CASES: dict[str, tuple[Work, str, int, int]] = {
    f"{server}, {way}, {what}": (work, server, skus, lines)
    for what, skus, lines in (("hot SKU", 1, 1), ("10k SKUs", 10_000, 1), ("10k SKUs, two lines", 10_000, 2))
    for server, work, way in (
        ("PostgreSQL", locked_row, "control"),
        ("PostgreSQL", in_batches, "batches of 500"),
        ("PostgreSQL", one_by_one, "one by one"),
        ("Redis", in_batches, "batches of 500"),
        ("Redis", one_by_one, "one by one"),
    )
}  # fmt: skip


def run_case(case: tuple[Work, str, int, int], servers: dict[str, str], workers: int, cycles: int) -> float:
    work, server, skus, lines = case
    total = cycles // CONTROL_SHARE if work is locked_row else cycles
    given, shipped = skus * cycles, total // workers * workers * lines
    if server == "Redis":
        import redis as client

        with client.Redis.from_url(servers[server]) as connection:
            connection.flushall()
        make_ledger(servers[server], skus, cycles)
        rate = timed(work, servers[server], workers, total, skus, lines)
        check_ledger(servers[server], skus, given, shipped)
        return rate
    with fresh_database(servers[server], f"bench_{time.monotonic_ns()}") as url:
        (make_rows if work is locked_row else make_ledger)(url, skus, cycles)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            before = deadlocks(connection)
            rate = timed(work, url, workers, total, skus, lines)
            assert work is locked_row or deadlocks(connection) == before
        (check_rows if work is locked_row else check_ledger)(url, skus, given, shipped)
    return rate


def deadlocks(connection: Any) -> int:
    row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    return int(row[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=32_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--only", default="", help="cases whose name contains this, and their controls")
    arguments = parser.parse_args()
    told = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{told}, {arguments.cycles} cycles, {arguments.workers} workers", flush=True)
    chosen = {name: case for name, case in CASES.items() if arguments.only in name and case[0] is not locked_row}
    kinds = {case[2:] for case in chosen.values()}
    chosen |= {name: case for name, case in CASES.items() if case[0] is locked_row and case[2:] in kinds}
    rates: dict[str, list[float]] = {}
    loads = []
    with postgres() as database, redis() as cache:
        servers = {"PostgreSQL": database, "Redis": cache}
        for _ in range(arguments.runs):
            loads.append(f"{os.getloadavg()[0]:.1f}")
            for name in (name for name in CASES if name in chosen):
                rate = run_case(CASES[name], servers, arguments.workers, arguments.cycles)
                rates.setdefault(name, []).append(rate)
                print(f"  load {os.getloadavg()[0]:4.1f}  {name:48s} {rate:9,.0f}", flush=True)
    controls = {CASES[name][2:]: rates[name] for name in rates if CASES[name][0] is locked_row}
    print(f"load before each run: {', '.join(loads)}")
    for name, measured in rates.items():
        pairs = zip(measured, controls[CASES[name][2:]], strict=True)
        ratios = sorted(rate / control for rate, control in pairs)
        told = f"{statistics.median(measured):9,.0f} cycles/s  [{min(measured):,.0f} .. {max(measured):,.0f}]"
        print(f"{name:48s} {told}  {statistics.median(ratios):5.1f}x [{ratios[0]:.1f} .. {ratios[-1]:.1f}]")


if __name__ == "__main__":
    main()
