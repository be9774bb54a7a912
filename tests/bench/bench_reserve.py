"""Holding stock for a burst of paid orders for one article: orders a second, and what one call per order would do.

    python tests/bench/bench_reserve.py [--orders 10000] [--database memory:|sqlite:|postgresql:]

The task: so many stored orders of one unit each, paid in another order than they were stored; units for three in ten.
Inside the measured region: `hub.reserve_orders()`, from reading the stored orders to the waiting list. Outside: storing
the orders. The control reserves in the same ledger, one call an order, without allocating or looking at anything: what
a handler of single messages does. Checked after every run: as many held as there are units, by the longest paid.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal

import orderhub
from orderhub.inventory import Receive, Reserve, StockLine
from orderhub.models import Address, LineItem, Order, Warehouse
from orderhub.testing import servers
from orderhub.testing.orders import at, sample_order

HOUSES = [
    Warehouse(code=code, address=Address(province=province)) for code, province in (("sh", "上海市"), ("gz", "广东省"))
]


def orders(count: int) -> list[Order]:
    line = LineItem(line_id="1", sku="HOT", quantity=1, unit_price=Decimal(10), status="awaiting_shipment")
    return [
        sample_order(f"{number:06}", 0, lines=(line,), paid_at=at((number * 7919 % count) / 100), payment_status="paid",
                     fulfilled_by="merchant")
        for number in range(count)
    ]  # fmt: skip


@contextlib.contextmanager
def opened(kind: str) -> Iterator[str]:
    if kind == "postgresql:":
        with servers.postgres() as url:
            yield url
    elif kind == "sqlite:":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/hub.db"
    else:
        yield kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--database", default="sqlite:", choices=("memory:", "sqlite:", "postgresql:"))
    arguments = parser.parse_args()
    made = orders(arguments.orders)
    units = arguments.orders * 3 // 10
    with opened(arguments.database) as url, orderhub.Hub(warehouses=HOUSES, database=url) as hub:
        for start in range(0, len(made), 500):
            hub.stores.put_orders(made[start : start + 500])
        lines = tuple(StockLine("HOT", house.code, units // 2) for house in HOUSES)
        hub.stock.apply([Receive("in", (*lines, StockLine("HOT", "control", units // 2)))])
        started = time.perf_counter()
        outcomes = hub.reserve_orders()
        took = time.perf_counter() - started
        held = [outcome.key for outcome in outcomes if outcome.ok]
        first = [order.key for order in sorted(made, key=lambda order: (order.paid_at, order.key))]
        assert held == first[: 2 * (units // 2)], "the longest paid hold the units, and nobody else"
        started = time.perf_counter()
        again = hub.reserve_orders()
        repeated = time.perf_counter() - started
        assert sum(outcome.reason == "already_done" for outcome in again) == len(held)
        share = made[: max(200, len(made) // 10)]
        started = time.perf_counter()
        for order in share:
            hub.stock.apply([Reserve(f"control:{order.key}", (StockLine("HOT", "control", 1),))])
        control = (time.perf_counter() - started) / len(share)
        oversold = sum(level.available < 0 for level in hub.stock.levels())
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.database}")
    print(
        f"{len(made) / took:9,.0f} orders/s held or parked ({len(held)} held, {oversold} oversold); again {repeated:.2f} s"
    )
    print(f"{1 / control:9,.0f} orders/s by one call an order; ratio {control * len(made) / took:.1f}")


if __name__ == "__main__":
    main()
