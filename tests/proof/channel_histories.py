"""Seeded histories of stock pushes: python tests/proof/channel_histories.py [HOW_MANY] [FIRST_SEED] (R10).

Workers at once, crashes, sleepers, lost and late requests; prints how many were played, or the seed that broke a law.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))

from channel_model import History


def main(count: int = 20_000, first: int = 0) -> int:
    """Exit code 1 at the first history that ends with an old figure in a shop."""
    start = time.monotonic()
    for seed in range(first, first + count):
        try:
            History(seed).play()
        except AssertionError as broken:
            print(f"seed={seed}: {broken}")
            return 1
    print(f"{count} histories from seed {first}: no old figure stayed, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
