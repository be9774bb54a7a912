"""R6: a platform that is down for ten minutes, a thousand callers: `python tests/proof/retry_storms.py [histories] [first seed]`. Minutes; ends with 1 at the first failure."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
import retry_storms as model


def main(count: int = 1_000, first: int = 0) -> int:
    """1 at the first history that breaks a law."""
    start = time.monotonic()
    for seed in range(first, first + count):
        try:
            model.check_storm(seed)
        except AssertionError as broken:
            print(f"seed={seed}: {broken}")
            return 1
    print(
        f"{count} histories from seed {first}: nobody sends more than a tenth beyond what was asked, {time.monotonic() - start:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
