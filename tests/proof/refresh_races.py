"""R8: fifty tasks whose token has expired: `python tests/proof/refresh_races.py [histories] [first seed]`. Minutes; ends with 1 at the first failure."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
import refresh_races as model


def main(count: int = 10_000, first: int = 0) -> int:
    """1 at the first history that breaks a law."""
    start = time.monotonic()
    for seed in range(first, first + count):
        try:
            model.race(seed)
        except AssertionError as broken:
            print(f"seed={seed}: {broken}")
            return 1
    print(
        f"{count} histories from seed {first}: one refresh each, no call with the old token after it, {time.monotonic() - start:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
