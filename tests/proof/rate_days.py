"""R7: a virtual day under every documented rate: `python tests/proof/rate_days.py [hours at Amazon]`. Minutes.

Each rate is judged by a second counting of it; Amazon's emulator counts by its own reading. Ends with 1 where a call
was refused after the first two minutes, or less than 95 % of what is allowed was used.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
import rate_days as model


def main(hours: float = 24.0) -> int:
    """1 at the first rate that is not kept or not used."""
    start, worst, calls = time.monotonic(), 1.0, 0
    days = [(name, model.day_of(rate)) for name, rate in model.rates()]
    for name, used in [*days, (f"amazon's emulator, {hours:g} hours", model.amazon_day(hours))]:
        calls, worst = calls + used.calls, min(worst, used.share)
        print(f"{name:44} {used.calls:8} calls  {used.share:6.1%}  {used.refused} refused", flush=True)
        if used.refused or used.share < 0.95:
            return 1
    print(f"{calls} calls, 0 refused, at least {worst:.2%} of what is allowed used, {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(float(word) for word in sys.argv[1:2])))
