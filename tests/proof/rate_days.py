"""R7: a virtual day under every documented rate: `python tests/proof/rate_days.py [hours at Amazon]`. Minutes.

Each rate is judged by a second counting of it; Amazon's emulator counts by its own reading. Ends with 1 where a call
was refused after the first two minutes, or less than 95 % of what is allowed was used. A day under the fastest rate
has a thousand million calls: a rate that allows more than `CALLS_MAX` a day is played for so many, and says how long.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
import rate_days as model

CALLS_MAX = 500_000


def days(hours_at_amazon: float) -> Iterator[tuple[str, model.Used]]:
    """Every documented rate, each with what its day, or the part of it that is played, came to; then the emulator."""
    for name, rate in model.rates():
        hours = min(24.0, max(CALLS_MAX / rate.per_s, 3 * rate.seconds) / 3600)
        yield f"{name}, {hours:.3g} h", model.day_of(rate, CALLS_MAX)
    yield f"amazon's emulator, {hours_at_amazon:g} h", model.amazon_day(hours_at_amazon)


def main(hours: float = 24.0) -> int:
    """1 at the first rate that is not kept or not used."""
    start, worst, calls = time.monotonic(), 1.0, 0
    for name, used in days(hours):
        calls, worst = calls + used.calls, min(worst, used.share)
        print(f"{name:54} {used.calls:8} calls  {used.share:6.1%}  {used.refused} refused", flush=True)
        if used.refused or used.share < 0.95:
            return 1
    print(f"{calls} calls, 0 refused, at least {worst:.2%} of what is allowed used, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(float(word) for word in sys.argv[1:2])))
