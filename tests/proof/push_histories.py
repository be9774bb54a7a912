"""R9: the same orders by push and by poll: `python tests/proof/push_histories.py [histories] [first seed]`. Minutes; ends with 1 at the first failure."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
import push_histories as model


def main(count: int = 100_000, first: int = 0) -> int:
    """1 at the first history that breaks a law."""
    start = time.monotonic()
    for seed in range(first, first + count):
        try:
            model.play(seed)
        except AssertionError as broken:
            print(f"seed={seed}: {broken}")
            return 1
    print(f"{count} histories from seed {first}: each version once, in order, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
