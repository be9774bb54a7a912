"""Canonical orders of three lines to Arrow and back, orders a second.

Control: one list comprehension and one Arrow array for each column of the orders table, nothing else.
Run: `python tests/bench/bench_frames.py [orders] [rounds]`.
"""

from __future__ import annotations

import gc
import sys
from statistics import median
from time import perf_counter

import pyarrow as pa
from bench_ingest import orders_of

from orderhub.frames import from_arrow, to_arrow
from orderhub.models import Order


def rate(count: int, start: float) -> float:
    return count / (perf_counter() - start)


def control(orders: list[Order]) -> float:
    """The same number of values through the same arrays, without the reading of models."""
    start = perf_counter()
    for _ in range(130):  # 64 columns of orders and 22 of three lines each
        pa.array([order.order_id for order in orders], pa.string())
    return rate(len(orders), start)


def main(amount: int = 10_000, rounds: int = 5) -> None:
    """Interleaved rounds, medians."""
    orders = orders_of(amount)
    gc.collect()
    gc.freeze()  # the orders are the input, not garbage that the conversion makes
    there, back, alone = [], [], []
    for _ in range(rounds):
        start = perf_counter()
        tables = to_arrow(orders)
        there.append(rate(amount, start))
        start = perf_counter()
        assert len(from_arrow(tables)[0]) == amount
        back.append(rate(amount, start))
        alone.append(control(orders))
    print(f"to Arrow   {median(there):8,.0f} orders/s ({min(there):,.0f} to {max(there):,.0f})")
    print(f"from Arrow {median(back):8,.0f} orders/s ({min(back):,.0f} to {max(back):,.0f})")
    print(
        f"control    {median(alone):8,.0f} orders/s; ratio {median(t / a for t, a in zip(there, alone, strict=True)):.2f}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
