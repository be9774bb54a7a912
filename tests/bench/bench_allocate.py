"""Allocation online and in waves: orders a second, and how far each plan is from a proven bound.

    python tests/bench/bench_allocate.py [--orders 1000] [--runs 5] [--seconds 10] [--tight 1.15 --tight 3.0]

The task: orders of three different SKUs of one or two units, 20 warehouses, 34 provinces, each SKU in 3 to 8
warehouses, freight 4 to 19 by (province, warehouse) plus 5 per parcel, an order that is not served counted at 60 a
line. `--tight` is stock over demand. Inside the measured region: one call, result objects included; outside: making
orders, levels and costs, and loading the solver. The control is the cheapest warehouse for each line on its own, in
plain Python on the same data. The bound is that of the wave (Lagrangian, all orders together): no plan whatsoever is
below it. A wave searches for so many seconds of processor time, on one core.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Sequence
from decimal import Decimal

from orderhub.inventory import (
    Allocation,
    AllocationPolicy,
    DemandLine,
    Level,
    OrderDemand,
    ParcelCosts,
    Wave,
    allocate,
    allocate_wave,
)
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
    started, total = time.process_time(), Decimal(0)
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
    return total, time.process_time() - started


def verify(plans: Sequence[Allocation], levels: list[Level]) -> None:
    left = {(level.sku, level.warehouse): level.on_hand for level in levels}
    for plan in plans:
        for parcel in plan.parcels:
            for line in parcel.lines:
                left[line.sku, parcel.warehouse] -= line.quantity
    assert min(left.values()) >= 0, "oversold"


def told(name: str, plans: Sequence[Allocation], bound: Decimal, rate: float) -> None:
    served = [plan.chosen for plan in plans if plan.chosen]
    parked = len(plans) - len(served)
    cost = sum((choice.cost for choice in served), Decimal(0)) + parked * LINES * UNSERVED
    parcels = sum(len(plan.parcels) for plan in plans) / max(1, len(served))
    print(f"  {name:34} {rate:9,.0f} orders/s  gap {cost / bound - 1:6.2%}  {parcels:.2f} parcels  {parked} unserved")


def online(made: Task, policy: AllocationPolicy, runs: int) -> tuple[list[Allocation], float]:
    rates = []
    for _ in range(runs):
        started = time.process_time()
        plans = allocate(*made, policy=policy)
        rates.append(len(plans) / (time.process_time() - started))
    verify(plans, made[1])
    return plans, statistics.median(rates)


def wave(made: Task, seconds: float) -> tuple[Wave, float]:
    started = time.process_time()
    found = allocate_wave(*made, windows=10**9, should_stop=lambda: time.process_time() - started > seconds)
    verify(found.plans, made[1])
    return found, len(found.plans) / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--tight", type=float, action="append")
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.orders} orders"
    )
    allocate_wave(*task(40, 1.15), windows=1)  # loads the solver
    for tight in arguments.tight or (1.15, 3.0):
        made = task(arguments.orders, tight)
        searched, rate = wave(made, arguments.seconds)
        bound = searched.bound
        assert bound is not None
        alone, took = per_line(made)
        print(f"stock {tight} x demand, proven bound {bound:,.0f}, {searched.windows} windows")
        print(
            f"  {'each line on its own (control)':34} {arguments.orders / took:9,.0f} orders/s  gap {alone / bound - 1:6.2%}"
        )
        for weight in (0, 2, 4):
            plans, each = online(made, AllocationPolicy(scarcity=Decimal(weight)), arguments.runs)
            told(f"online, scarcity {weight}", plans, bound, each)
        told(f"wave, {arguments.seconds:.0f} s", searched.plans, bound, rate)


if __name__ == "__main__":
    main()
