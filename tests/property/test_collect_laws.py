"""Laws of collecting over seeded histories; tests/proof/collect_histories.py plays as many as one likes (R2)."""

from __future__ import annotations

import time

import pytest
from collect_model import History

BUDGET_S = 4.0
AT_LEAST, AT_MOST = 300, 10_000


@pytest.mark.fault(29, 30, 32)
def test_r2_nothing_is_lost_doubled_or_stale_in_seeded_histories() -> None:
    """Late updates, ties within a second, shifting pages, failing calls, dying workers, clocks five minutes off."""
    start, seed = time.monotonic(), 0
    while seed < AT_LEAST or (seed < AT_MOST and time.monotonic() - start < BUDGET_S):
        try:
            History(seed).play()
        except AssertionError as broken:
            raise AssertionError(f"seed={seed}: {broken}") from broken
        seed += 1
