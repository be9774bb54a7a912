"""Ten thousand histories of platforms' own numbers: `python tests/proof/platform_numbers.py [count]`. Minutes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))

from platform_numbers import check_history


def main() -> None:
    """Stops at the first law that is broken, with its seed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    made = 0
    for seed in range(count):
        try:
            made += check_history(seed)
        except AssertionError as error:
            raise SystemExit(f"seed {seed}: {error}") from error
    print(f"{count} histories, {made} numbers: one a parcel, none orphaned, nothing shipped twice")


if __name__ == "__main__":
    main()
