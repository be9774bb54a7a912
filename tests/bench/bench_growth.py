"""Cost curves: what one order costs at 1,000, 10,000, 100,000 and so on, for the paths that must not grow.

Each path runs once over all its orders; at every power of ten the processor time an order since the last mark is told.
`grows` is the cost in the last span over the cost in the second one (from 1,000 to 10,000; the first one warms up), and
for memory the resident size at the end over that at the second mark while nothing is kept. Decode reads replies of one
trade as they come, keeping nothing; ingest stores orders with raw documents in SQLite; ledger reserves and commits hot
and spread SKUs, in memory and in SQLite; allocation hands out waves of 1,000 orders over 20 warehouses.
Run: `python tests/bench/bench_growth.py [orders] [path ...]`; decode, ingest and allocation run to a third of it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from time import process_time

from bench_allocate import task
from bench_decode import trades
from bench_ingest import orders_of

import orderhub
from orderhub.inventory import Commit, Receive, Reserve, StockLine, allocate, open_ledger
from orderhub.models import Buyer, Order, Recipient
from orderhub.ports import OrderQuery
from orderhub.stores.open import open_stores

BATCH = 500


def resident() -> float:
    """Megabytes of this process now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def marks(total: int) -> list[int]:
    """1,000, 10,000, ... and the end."""
    found = [mark for mark in (1_000, 10_000, 100_000, 1_000_000, 10_000_000) if mark < total]
    return [*found, total]


def curve(name: str, total: int, steps: Iterator[tuple[int, float]]) -> None:
    """`steps` tells (orders, seconds of processor time spent on them); prints the curve."""
    done, spent, last, points, sizes = 0, 0.0, (0, 0.0), list[tuple[int, float]](), list[float]()
    left = marks(total)
    for orders, seconds in steps:
        done, spent = done + orders, spent + seconds
        if left and done >= left[0]:
            points.append((done, (spent - last[1]) / (done - last[0]) * 1e6))
            sizes.append(resident())
            last = (done, spent)
            left = [mark for mark in left if mark > done]
    words = ", ".join(f"{each:,.1f} us to {count:,}" for count, each in points)
    base = min(1, len(points) - 1)
    print(f"{name} {words}; grows {points[-1][1] / points[base][1]:.2f}", flush=True)
    if name == "decode":
        told = ", ".join(f"{size:,.0f} MB" for size in sizes)
        print(f"memory {told}; grows {sizes[-1] / sizes[base]:.2f}", flush=True)


def decode(total: int) -> Iterator[tuple[int, float]]:
    rows = cycle(trades(50))
    for _ in range(0, total, BATCH):
        part = list(islice(rows, BATCH))
        start = process_time()
        for row in part:
            assert orderhub.normalize("taobao", row).orders
        yield BATCH, process_time() - start


def ingest(total: int) -> Iterator[tuple[int, float]]:
    made = orders_of(BATCH * 4)
    with tempfile.TemporaryDirectory() as folder:
        store = open_stores(f"sqlite:///{folder}/orders.db")
        for first in range(0, total, BATCH):
            part = [fresh(order, first + at) for at, order in enumerate(made[first % len(made) :][:BATCH])]
            start = process_time()
            store.put_orders(part, cursor=store.get_cursor("bench"), position=str(first))
            yield BATCH, process_time() - start
        assert store.count_orders(OrderQuery()) == -(-total // BATCH) * BATCH
        store.close()


def fresh(order: Order, number: int) -> Order:
    """The order as another one: ids, lines and parcels count up as a shop's do, its buyer is somebody else at random."""
    who = number * 2_654_435_761 % 10**8  # every number once, in no order
    lines = tuple(line.model_copy(update={"line_id": f"31{number:010}{at}"}) for at, line in enumerate(order.lines))
    parcels = tuple(parcel.model_copy(update={"waybill_no": f"SF{number:013}"}) for parcel in order.shipments)
    changes = {
        "order_id": f"3141{number:012}", "lines": lines, "shipments": parcels, "buyer": Buyer(buyer_id=f"b{who:08}"),
        "recipient": Recipient(name=f"收货人{who:08}", phone=f"139{who:08}"),
    }  # fmt: skip
    return order.model_copy(update=changes)


def cycles(url: str, total: int) -> Iterator[tuple[int, float]]:
    skus = [f"sku-{number}" for number in range(1000)]
    with open_ledger(url) as ledger:
        assert ledger.apply([Receive("in", tuple(StockLine(sku, "sh", total) for sku in skus))])[0].ok
        for first in range(0, total, BATCH):
            at = range(first, first + BATCH)
            holds = [Reserve(f"o{n}", (StockLine(skus[n % 1000 if n % 2 else 0], "sh", 1),)) for n in at]
            ships = [Commit(f"s{n}", f"o{n}") for n in at]
            start = process_time()
            assert all(outcome.ok for outcome in ledger.apply(holds))
            assert all(outcome.ok for outcome in ledger.apply(ships))
            yield BATCH, process_time() - start
        assert sum(level.reserved for level in ledger.levels()) == 0


def ledger(total: int) -> Iterator[tuple[int, float]]:
    return cycles("memory:", total)


def books(total: int) -> Iterator[tuple[int, float]]:
    with tempfile.TemporaryDirectory() as folder:
        yield from cycles(f"sqlite:///{folder}/stock.db", total)


def waves(total: int) -> Iterator[tuple[int, float]]:
    made = task(1000, 3.0)
    for _ in range(0, total, 1000):
        start = process_time()
        assert len(allocate(*made)) == 1000
        yield 1000, process_time() - start


PATHS: dict[str, tuple[Callable[[int], Iterator[tuple[int, float]]], int]] = {
    "decode": (decode, 3), "ledger": (ledger, 1), "books": (books, 2), "ingest": (ingest, 3), "allocate": (waves, 10),
}  # fmt: skip
"""Path -> (its steps, which part of the orders it runs to)."""


def main(total: int = 1_000_000, *chosen: str) -> None:
    for name in chosen or PATHS:
        work, part = PATHS[name]
        curve(name, total // part, work(total // part))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, *sys.argv[2:])
