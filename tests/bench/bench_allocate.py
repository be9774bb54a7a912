"""Allocation online: orders a second, and how far the plan is from the cheapest single-line choice and the optimum.

    python tests/bench/bench_allocate.py [--orders 1000] [--runs 5]

The task: orders of three different SKUs of one or two units, 20 warehouses, 34 provinces, each SKU in 3 to 8
warehouses, freight 4 to 19 by (province, warehouse) plus 5 per parcel, an unserved order counted at 60 a line. Inside
the measured region: one call of `allocate`, result objects included; outside: making orders, levels and costs. The
control is the cheapest warehouse for each line on its own, in plain Python on the same data. `bound` is the cost of
each order alone with all the stock, which no plan can beat.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from dataclasses import replace
from decimal import Decimal

from orderhub.inventory import Allocation, DemandLine, Level, OrderDemand, ParcelCosts, allocate
from orderhub.models import Warehouse

WAREHOUSES, PROVINCES, LINES, UNSERVED = 20, 34, 3, Decimal(60)
Task = tuple[list[OrderDemand], list[Level], list[Warehouse], ParcelCosts]


def task(orders: int, tight: float, seed: int = 0) -> Task:
    rng, skus = random.Random(seed), max(60, orders // 5)
    warehouses = [Warehouse(code=f"w{n:02}") for n in range(WAREHOUSES)]
    freight = {(f"p{p}", w.code): Decimal(rng.randrange(4, 20)) for p in range(PROVINCES) for w in warehouses}
    demand: dict[str, int] = {}
    made = []
    for number in range(orders):
        wanted = [(f"sku-{sku}", rng.randrange(1, 3)) for sku in rng.sample(range(skus), LINES)]
        for sku, units in wanted:
            demand[sku] = demand.get(sku, 0) + units
        lines = tuple(DemandLine(f"l{at}", sku, units) for at, (sku, units) in enumerate(wanted))
        made.append(OrderDemand(f"order-{number:06}", lines, f"p{rng.randrange(PROVINCES)}", rank=number))
    levels = []
    for sku, units in demand.items():
        places = rng.sample(warehouses, rng.randrange(3, 9))
        counts = [0] * len(places)
        for _ in range(int(units * tight) + 2):
            counts[rng.randrange(len(places))] += 1
        levels += [Level(sku, place.code, count) for place, count in zip(places, counts, strict=True)]
    return made, levels, warehouses, ParcelCosts(freight=freight)


def per_line(made: Task) -> tuple[Decimal, float]:
    """Control: each line from its cheapest warehouse."""
    orders, levels, warehouses, costs = made
    left = {(level.sku, level.warehouse): level.on_hand for level in levels}
    provinces = sorted({order.province or "" for order in orders})
    near = {p: sorted(warehouses, key=lambda w, p=p: costs.of(p, w)) for p in provinces}  # type: ignore[misc]
    started, total = time.perf_counter(), Decimal(0)
    for order in orders:
        used = set()
        for line in order.lines:
            for warehouse in near[order.province or ""]:
                if left.get((line.sku, warehouse.code), 0) >= line.quantity:
                    left[line.sku, warehouse.code] -= line.quantity
                    used.add(warehouse.code)
                    break
            else:
                total += UNSERVED
        total += sum((costs.of(order.province, w) for w in warehouses if w.code in used), Decimal(0))
    return total, time.perf_counter() - started


def cost(plans: list[Allocation]) -> Decimal:
    return sum((plan.chosen.cost if plan.chosen else LINES * UNSERVED for plan in plans), Decimal(0))


def bound(made: Task) -> Decimal:
    orders, levels, warehouses, costs = made
    ample = [replace(level, on_hand=10**6) for level in levels if level.on_hand]
    return cost(allocate(orders, ample, warehouses, costs))


def verify(plans: list[Allocation], levels: list[Level]) -> None:
    left = {(level.sku, level.warehouse): level.on_hand for level in levels}
    for plan in plans:
        for parcel in plan.parcels:
            for line in parcel.lines:
                left[line.sku, parcel.warehouse] -= line.quantity
    assert min(left.values()) >= 0, "oversold"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.orders} orders"
    )
    for tight in (1.15, 3.0):
        made = task(arguments.orders, tight)
        rates, control = [], []
        for _ in range(arguments.runs):
            started = time.perf_counter()
            plans = allocate(*made)
            rates.append(arguments.orders / (time.perf_counter() - started))
            alone, took = per_line(made)
            control.append(arguments.orders / took)
        verify(plans, made[1])
        least, parcels = bound(made), sum(len(plan.parcels) for plan in plans)
        served = sum(plan.ok for plan in plans)
        print(
            f"stock {tight} x demand: {statistics.median(rates):8,.0f} orders/s, {cost(plans) / least - 1:6.1%} over "
            f"the bound, {parcels / max(1, served):.2f} parcels/order, {arguments.orders - served} unserved; "
            f"per line {statistics.median(control):,.0f} orders/s, {alone / least - 1:.1%} over"
        )


if __name__ == "__main__":
    main()
