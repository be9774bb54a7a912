"""Transfer plans: SKUs a second and what the optimum saves over the greedy plan.

    python tests/bench/bench_transfers.py [--skus 10000] [--runs 5]

The task: every SKU in 20 warehouses, stock Poisson 30, target Poisson 28, a lane between any two at 1 to 29 a unit.
Inside the measured region: one call of `plan_transfers` from levels to shifts, result objects included; and, beside
it, the solver's share alone (needs known, no result objects). Outside: making levels and loading the solver. The
control is the greedy plan of the same call, cheapest lane first. Seconds are processor time on one core.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import random
import statistics
import time
from decimal import Decimal

from orderhub.inventory import CoverTarget, Lane, Level, TransferPlan, plan_transfers
from orderhub.inventory.transfer_flow import solve
from orderhub.inventory.transfers import _needs, _roads

WAREHOUSES = 20
Task = tuple[list[Level], list[Lane], CoverTarget]


def poisson(rng: random.Random, mean: float) -> int:
    """Knuth's product of uniforms."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def task(skus: int, seed: int = 0) -> Task:
    rng = random.Random(seed)
    codes = [f"w{at:02}" for at in range(WAREHOUSES)]
    levels = [Level(f"sku-{at}", code, poisson(rng, 30)) for at in range(skus) for code in codes]
    targets = {(level.sku, level.warehouse): poisson(rng, 28) for level in levels}
    lanes = [Lane(one, two, Decimal(rng.randrange(1, 30))) for one in codes for two in codes if one != two]
    return levels, lanes, CoverTarget(targets=targets)


def timed(made: Task, runs: int, use_solver: bool) -> tuple[TransferPlan, float]:
    took = []
    for _ in range(runs):
        started = time.process_time()
        plan = plan_transfers(*made, use_solver=use_solver)
        took.append(time.process_time() - started)
    return plan, statistics.median(took)


def solver_alone(made: Task, runs: int) -> float:
    levels, lanes, cover = made
    roads, codes = _roads(lanes, cover)
    needs = _needs(levels, cover, {code: at for at, code in enumerate(codes)})
    took = []
    for _ in range(runs):
        started = time.process_time()
        solve(needs, roads, len(codes))
        took.append(time.process_time() - started)
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skus", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.skus} SKUs")
    made = task(arguments.skus)
    plan_transfers(*task(20))  # loads the solver
    best, took = timed(made, arguments.runs, True)
    greedy, control = timed(made, arguments.runs, False)
    assert (best.method, greedy.method) == ("optimal", "greedy")
    assert sum(each.units for each in best.unmet) <= sum(each.units for each in greedy.unmet)
    alone = solver_alone(made, arguments.runs)
    print(
        f"optimal {arguments.skus / took:8,.0f} SKUs/s, cost {best.cost:,}; solver alone {arguments.skus / alone:,.0f}/s"
    )
    print(f"greedy  {arguments.skus / control:8,.0f} SKUs/s, cost {greedy.cost:,} ({greedy.cost / best.cost - 1:+.1%})")
    print(f"ratio of speed, optimal over greedy: {control / took:.2f}")


if __name__ == "__main__":
    main()
