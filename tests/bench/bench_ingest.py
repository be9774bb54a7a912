"""Ingest: canonical orders into SQLite and PostgreSQL, stored and indexed, with the cursor, full sync, 500 a transaction.

Control: the very rows that the store wrote, inserted in bulk into the same tables of the same database: by sqlite3
with the same pragmas, by COPY into PostgreSQL. `two workers` are two processes that pull a shop each: while one
waits for the server, the other prepares. Outside the measured region: building the orders, opening the
databases. Afterwards, over everything stored: one lookup by each kind of word, and the memory of a stream.
Run: `python tests/bench/bench_ingest.py [orders] [rounds]`.
"""

from __future__ import annotations

import gc
import json
import random
import sqlite3
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from decimal import Decimal
from itertools import count
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from team import together

from orderhub.models import Buyer, LineItem, Order, Recipient, Shipment
from orderhub.ports import OrderQuery
from orderhub.stores.base import Stores, iter_orders
from orderhub.stores.open import open_stores
from orderhub.stores.sql_sqlite import PRAGMAS
from orderhub.stores.vault import new_key
from orderhub.testing.orders import DAY, sample_order
from orderhub.testing.servers import fresh_database, postgres

BATCH = 500
TABLES = ("oh_orders", "oh_versions", "oh_order_terms")
CHANCE = random.Random(7)  # the same orders in every run


def raw_of(number: int) -> bytes:
    """About 2.7 kB of JSON that compresses as a platform's reply does."""
    fields = {f"field_{k}": f"{CHANCE.randrange(10**12):012}" if k % 3 else "WAIT_SELLER_SEND_GOODS" for k in range(70)}
    return json.dumps({"tid": number, **fields}).encode()


def orders_of(amount: int) -> list[Order]:
    """Three lines, 11 index words and 2.7 kB of raw document each; every buyer another one."""
    money = Decimal("9.95")
    return [
        sample_order(
            f"31415926{i:08}",
            i % 86_400,
            created_at=DAY - timedelta(hours=1),
            ship_by=DAY + timedelta(days=2),
            buyer=Buyer(buyer_id=f"b{i:08}"),
            recipient=Recipient(name=f"收货人{i:08}", phone=f"139{i:08}"),
            lines=tuple(
                LineItem(
                    line_id=f"{i:08}{k}", sku=f"A-{i % 977}", quantity=1, unit_price=money, subtotal=money, total=money
                )
                for k in range(3)
            ),
            shipments=(Shipment(carrier="sf", waybill_no=f"SF{i:013}"),) if i % 2 else (),
            raw=raw_of(i),
        )
        for i in range(amount)
    ]


def ingest(store: Stores, orders: list[Order]) -> float:
    """Orders a second through the store."""
    start = perf_counter()
    for first in range(0, len(orders), BATCH):
        store.put_orders(orders[first : first + BATCH], cursor=store.get_cursor("bench"), position=str(first))
    took = perf_counter() - start
    assert store.count_orders(OrderQuery()) == len(orders)
    return len(orders) / took


def team_ingest(url: str, orders: list[Order], workers: int) -> float:
    """Orders a second of several processes with one database, each with a shop and a cursor of its own."""
    open_stores(url).close()
    shares = [[order.model_copy(update={"shop_id": f"s-{n}"}) for order in orders[n::workers]] for n in range(workers)]

    def work(number: int, gate: Barrier) -> None:
        with closing(open_stores(url)) as store:
            mine, name = shares[number], f"bench-{number}"
            store.count_orders(OrderQuery())
            gate.wait()
            for first in range(0, len(mine), BATCH):
                store.put_orders(mine[first : first + BATCH], cursor=store.get_cursor(name), position=str(first))
            gate.wait()

    took = together(work, workers)
    with closing(open_stores(url)) as store:
        assert store.count_orders(OrderQuery()) == len(orders)
    return len(orders) / took


def cut(rows: list[tuple[Any, ...]], pieces: int) -> Iterator[list[tuple[Any, ...]]]:
    """A table's rows in as many batches as the store wrote."""
    size = -(-len(rows) // pieces)
    return (rows[first : first + size] for first in range(0, len(rows), size))


def sqlite_control(source: Path, path: Path, amount: int) -> float:
    """Orders a second of bulk inserts alone."""
    open_stores(f"sqlite:///{path}").close()
    pieces = -(-amount // BATCH)
    with closing(sqlite3.connect(source)) as reader:
        tables = [reader.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]
    work = list(zip(*(cut(rows, pieces) for rows in tables), strict=True))
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        for pragma in PRAGMAS:
            writer.execute(pragma)
        start = perf_counter()
        for batch in work:
            writer.execute("BEGIN IMMEDIATE")
            for table, rows in zip(TABLES, batch, strict=True):
                marks = ",".join("?" * len(rows[0]))
                writer.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            writer.execute("COMMIT")
        return amount / (perf_counter() - start)


def postgres_control(source: str, target: str, amount: int) -> float:
    """Orders a second of COPY alone."""
    import psycopg

    open_stores(target).close()
    pieces = -(-amount // BATCH)
    with psycopg.connect(source) as reader:
        tables = [reader.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]  # type: ignore[arg-type]
    work = list(zip(*(cut(rows, pieces) for rows in tables), strict=True))
    with psycopg.connect(target) as writer:
        start = perf_counter()
        for batch in work:
            for table, rows in zip(TABLES, batch, strict=True):
                with writer.cursor().copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[arg-type]
                    for row in rows:
                        copy.write_row(row)
            writer.commit()
        return amount / (perf_counter() - start)


def told(name: str, ours: list[float], alone: list[float]) -> None:
    """One line of figures."""
    ratio = median(o / a for o, a in zip(ours, alone, strict=True))
    print(
        f"{name:11} {median(ours):8,.0f} orders/s ({min(ours):,.0f} to {max(ours):,.0f})   control "
        f"{median(alone):8,.0f}   ratio {ratio:.2f}"
    )


def lookups(store: Stores, amount: int) -> None:
    """Of 20 lookups by each kind of word: the median, and the slowest in processor time, which neighbours cannot stretch."""
    queries: dict[str, Callable[[int], OrderQuery]] = {
        "order id": lambda i: OrderQuery(text=f"31415926{i:08}"), "line id": lambda i: OrderQuery(text=f"{i:08}1"),
        "waybill": lambda i: OrderQuery(waybill_no=f"SF{i | 1:013}"), "buyer id": lambda i: OrderQuery(buyer=f"b{i:08}"),
        "name": lambda i: OrderQuery(name=f"收货人{i:08}"), "phone": lambda i: OrderQuery(phone=f"139{i:08}"),
        "phone tail": lambda i: OrderQuery(phone_tail=f"{i % 10_000:04}", limit=20),
        "SKU": lambda i: OrderQuery(sku=f"A-{i % 977}", limit=20),
        "any word": lambda i: OrderQuery(text=f"139{i:08}"),
        "status page": lambda i: OrderQuery(status=("awaiting_shipment",), limit=20, descending=True),
    }  # fmt: skip
    shown = {}
    for name, query in queries.items():
        walls, works = [], []
        for i in range(0, amount - 1, max(1, amount // 20)):
            start, work = perf_counter(), process_time()
            assert store.find_orders(query(i)), name
            walls.append((perf_counter() - start) * 1000)
            works.append((process_time() - work) * 1000)
        shown[name] = f"{median(walls):.1f}/{max(works):.1f}"
    print("lookups, ms, median/slowest in CPU: " + ", ".join(f"{name} {ms}" for name, ms in shown.items()))


def stream(store: Stores, amount: int) -> None:
    """Peak memory of reading everything."""
    tracemalloc.start()
    assert sum(1 for _ in iter_orders(store, OrderQuery())) == amount
    print(f"stream of {amount:,}: peak {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")
    tracemalloc.stop()


def main(amount: int = 20_000, rounds: int = 5) -> None:
    """Interleaved rounds, medians."""
    orders = orders_of(amount)
    gc.freeze()  # the orders are the input, not garbage that the store makes
    figures: dict[str, list[float]] = {}
    with postgres() as server:
        for number in range(rounds):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(TemporaryDirectory()))
                names = count(number * 10)
                fresh = lambda: stack.enter_context(fresh_database(server, f"b{next(names)}"))  # noqa: B023, E731
                one, two, three = fresh(), fresh(), fresh()
                for name, url, keys in (
                    ("SQLite", f"sqlite:///{folder}/a.db", ()), ("sealed", f"sqlite:///{folder}/s.db", (new_key(),)),
                    ("PostgreSQL", one, ()),
                ):  # fmt: skip
                    with closing(open_stores(url, encryption_keys=keys)) as store:
                        figures.setdefault(name, []).append(ingest(store, orders))
                        if number == rounds - 1:
                            print(name, end=" ")
                            lookups(store, amount)
                            stream(store, amount)
                figures.setdefault("two workers", []).append(team_ingest(three, orders, 2))
                figures.setdefault("sqlite3", []).append(sqlite_control(folder / "a.db", folder / "b.db", amount))
                figures.setdefault("COPY", []).append(postgres_control(one, two, amount))
    for name, control in (
        ("SQLite", "sqlite3"), ("sealed", "sqlite3"), ("PostgreSQL", "COPY"), ("two workers", "COPY"),
    ):  # fmt: skip
        told(name, figures[name], figures[control])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
