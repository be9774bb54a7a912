"""R1 at length: 300 orders over 6 pages, two deaths in a row: `python tests/proof/sync_crashes.py [pairs] [first]`.

First every single step, before and after each write, then so many pairs of steps drawn from seeds; nothing is lost or
doubled, and the cursor is never ahead of what is stored.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
from collect_model import Clock, ModelChannel, check_cursor, plan, ports_of, run, steps
from test_collect_crash import ORDERS, check_whole, killed_at, platform_of

from orderhub.collect.sync import sync_orders
from orderhub.stores.open import open_stores


class Bench:
    """One platform that does not change, and a shop's first pull of it."""

    def __init__(self) -> None:
        self.platform = platform_of()
        self.clock, self.channel = Clock(self.platform), ModelChannel(self.platform, None)

    def job(self) -> Any:
        """A run from wherever the cursor stands."""
        return sync_orders(self.channel, plan())

    def length(self) -> int:
        """Steps of a run that nothing happens to."""
        ports = ports_of(self.platform, open_stores("memory:", clock=self.clock))
        return sum(1 for _ in steps(self.job(), ports, self.clock))

    def dies(self, *points: int) -> None:
        """A run that dies at each of these steps in turn, then one that does not."""
        held = open_stores("memory:", clock=self.clock)
        ports = ports_of(self.platform, held)
        for point in points:
            killed_at(point, self.job(), ports, self.clock)
            check_cursor(self.platform, held)
        assert run(self.job(), ports, self.clock).ok
        check_whole(self.platform, held)


def main(pairs: int = 20_000, first: int = 0, every: int = 1) -> int:
    """1 at the first point that breaks a law."""
    bench, start = Bench(), time.monotonic()
    length = bench.length()
    tried = [(point,) for point in range(0, length, every)]
    rng = random.Random(first)
    tried += [(rng.randrange(length), rng.randrange(length)) for _ in range(pairs)]
    for points in tried:
        try:
            bench.dies(*points)
        except AssertionError as broken:
            print(f"dies at {points}: {broken}")
            return 1
    print(f"{ORDERS} orders: {len(tried) - pairs} of {length} steps, {pairs} pairs of steps: nothing lost, doubled or passed over, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
