"""A share of the figures whose whole is in tests/proof: R1, R3, R6, R7, R8 and R9."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from push_histories import play as push_and_poll
from rate_days import amazon_day, day_of, rates
from refresh_races import race
from retry_storms import check_storm

sys.path.insert(0, str(Path(__file__).parents[1] / "proof"))
import stock_histories
import summary
import sync_crashes

STALLED = 1079
"""A history in which a process reads an order, stalls, and stores it after another one of the same second."""


def test_r1_pairs_of_deaths() -> None:
    assert sync_crashes.main(4, first=1, every=12) == 0


def test_r3_stock_histories() -> None:
    assert stock_histories.main(12, first=500_000) == 0


@pytest.mark.fault(10)
def test_r6_a_storm_is_not_made_worse() -> None:
    assert 1.0 <= check_storm(1, callers=300) <= 1.1


@pytest.mark.fault(9)
def test_r7_what_is_allowed_is_used_and_never_exceeded() -> None:
    for name, rate in rates():
        if rate.calls > 500:  # three spans of these take too long for every run
            continue
        used = day_of(rate, 100)
        assert used.refused == 0 and used.share >= 0.95, f"{name}: {used}"
    at_amazon = amazon_day(0.08)
    assert at_amazon.refused == 0 and at_amazon.share >= 0.95, at_amazon


@pytest.mark.fault(23)
def test_r8_fifty_tasks_refresh_once() -> None:
    assert sum(len(race(seed).refused) for seed in range(12)) > 12


@pytest.mark.fault(38)
def test_r9_push_and_poll_in_any_interleaving() -> None:
    assert sum(push_and_poll(seed) for seed in (*range(50), STALLED)) > 100


def test_every_proof_is_in_the_table_and_every_row_of_it_has_a_script() -> None:
    there = {path.name for path in summary.HERE.glob("*.py")} - {"summary.py"}
    assert {proof.script for proof in summary.PROOFS} <= there
    assert {proof.script for proof in summary.proofs()} == there
    assert {f"R{number}" for number in range(1, 13)} <= {proof.figure for proof in summary.PROOFS}
    row = {"figure": "R1", "script": "a.py", "arguments": ["3"], "held": False, "seconds": 1.5, "told": "seed=1"}
    assert "BROKEN" in summary.table([row]) and "seed=1" in summary.table([row])
