"""R10: five channels sell, figures arrive up to a minute late: `python tests/proof/oversell_days.py [days] [first]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
from test_channel_oversell import Day


def main(count: int = 10_000, first: int = 0) -> int:
    """1 at the first day on which more is oversold than the bound that was stated for it."""
    start, sold, oversold = time.monotonic(), 0, 0
    for seed in range(first, first + count):
        day = Day(seed)
        day.play()
        level, bound = day.ledger.level("A", "sh"), max(0, day.unseen_max - day.buffer)
        refused = max(0, day.sold - day.units)
        if day.refused != refused or refused > bound or level.available != day.units - day.sold + refused:
            print(f"seed={seed}: {day.refused} oversold, bound {bound}, {level}")
            return 1
        sold, oversold = sold + day.sold, oversold + refused
    print(f"{count} days, {sold} sold, {oversold} oversold, never beyond the bound of its day nor in the ledger, "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
