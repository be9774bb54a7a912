"""Ingest: canonical orders into SQLite, stored and indexed, with the cursor, full sync, 500 a transaction.

Control: the very rows that the store wrote, inserted in bulk into the same tables by sqlite3 alone, same pragmas and
batches. Outside the measured region: building the orders, opening the files.
Run: `python tests/bench/bench_ingest.py [orders]`.
"""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from orderhub.models import LineItem, Order, Shipment
from orderhub.ports import OrderQuery
from orderhub.stores.open import open_stores
from orderhub.stores.sql_sqlite import PRAGMAS
from orderhub.testing.orders import DAY, sample_order

BATCH = 500
TABLES = ("oh_orders", "oh_versions", "oh_order_terms")
RAW = b'{"tid":"0","orders":{"order":[{"oid":"0","title":"%s"}]}}' % (b"x" * 2600)


def orders_of(count: int) -> list[Order]:
    """Three lines and 2.7 kB of raw document each."""
    money = Decimal("9.95")
    return [
        sample_order(
            f"31415926{i:08}",
            i % 86_400,
            created_at=DAY - timedelta(hours=1),
            ship_by=DAY + timedelta(days=2),
            lines=tuple(
                LineItem(
                    line_id=f"{i:08}{k}", sku=f"A-{i % 977}", quantity=1, unit_price=money, subtotal=money, total=money
                )
                for k in range(3)
            ),
            shipments=(Shipment(carrier="sf", waybill_no=f"SF{i:013}"),) if i % 2 else (),
            raw=RAW,
        )
        for i in range(count)
    ]


def ingest(path: Path, orders: list[Order]) -> float:
    """Orders a second through the store."""
    store = open_stores(f"sqlite:///{path}")
    start = perf_counter()
    for first in range(0, len(orders), BATCH):
        store.put_orders(orders[first : first + BATCH], cursor=store.get_cursor("bench"), position=str(first))
    took = perf_counter() - start
    assert store.count_orders(OrderQuery()) == len(orders)
    store.close()
    return len(orders) / took


def batches(source: sqlite3.Connection, table: str, count: int) -> Iterator[list[tuple[object, ...]]]:
    """A table's rows in as many batches as the store wrote, in the order of its rows."""
    rows = source.execute(f"SELECT * FROM {table}").fetchall()
    size = -(-len(rows) // count)
    return (rows[first : first + size] for first in range(0, len(rows), size))


def control(source: Path, path: Path, count: int) -> float:
    """Orders a second of bulk inserts alone."""
    open_stores(f"sqlite:///{path}").close()
    with sqlite3.connect(source) as reader:
        work = list(zip(*(batches(reader, table, -(-count // BATCH)) for table in TABLES), strict=True))
    reader.close()
    writer = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        writer.execute(pragma)
    start = perf_counter()
    for batch in work:
        writer.execute("BEGIN IMMEDIATE")
        for table, rows in zip(TABLES, batch, strict=True):
            marks = ",".join("?" * len(rows[0]))
            writer.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        writer.execute("COMMIT")
    took = perf_counter() - start
    writer.close()
    return count / took


def main(count: int = 20_000, rounds: int = 5) -> None:
    """Interleaved rounds, medians."""
    orders = orders_of(count)
    gc.freeze()  # the orders are the input, not garbage that the store makes
    ours, alone = [], []
    for _ in range(rounds):
        with TemporaryDirectory() as folder:
            ours.append(ingest(Path(folder, "a.db"), orders))
            alone.append(control(Path(folder, "a.db"), Path(folder, "b.db"), count))
    print(f"store    {median(ours):8,.0f} orders/s  ({min(ours):,.0f} to {max(ours):,.0f})")
    print(f"control  {median(alone):8,.0f} orders/s  ({min(alone):,.0f} to {max(alone):,.0f}), bulk insert alone")
    print(f"ratio    {median(o / a for o, a in zip(ours, alone, strict=True)):.2f} of the control")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
