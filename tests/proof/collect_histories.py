"""R2 at length: `python tests/proof/collect_histories.py [histories] [first seed]`; ends with 1 at the first failure.

Each seed is one history of three workers over a platform whose rows come late, change while they are paged through,
share seconds, and whose clock is up to five minutes off.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
from collect_model import History


def main(histories: int, first: int) -> int:
    start = time.monotonic()
    for seed in range(first, first + histories):
        try:
            History(seed).play()
        except AssertionError as broken:
            print(f"seed={seed}: {broken}")
            return 1
    print(f"{histories} histories from seed {first}: nothing lost, doubled or stale, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*(given or [10_000])[:1], *(given[1:] or [0])))
