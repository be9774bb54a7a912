"""Ten thousand histories of platforms' own numbers: `python tests/proof/platform_numbers.py [count]`. Minutes.

First two workers with one order, each stopped at every step, and the first dying at every later one.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))

from platform_numbers import RACES, check_history, check_races


def main() -> None:
    """Stops at the first law that is broken, with its seed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    made = races = 0
    for finds, second, dies in RACES:
        try:
            races += check_races(range(99), (None,), range(99) if dies else (None,), finds=finds, second=second)
            races += check_races(range(99), range(99), (None,), finds=finds, second=second)
        except AssertionError as error:
            raise SystemExit(f"two workers, {second}: {error}") from error
    for seed in range(count):
        try:
            made += check_history(seed)
        except AssertionError as error:
            raise SystemExit(f"seed {seed}: {error}") from error
    print(
        f"{count} histories, {made} numbers, {races} ways to stop two workers: one a parcel, none orphaned, nothing shipped twice"
    )


if __name__ == "__main__":
    main()
