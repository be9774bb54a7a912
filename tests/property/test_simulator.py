"""The simulator finds nothing in us, and finds what is planted; tests/proof/simulated.py plays it at length."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from orderhub.fulfil.record import Record
from orderhub.testing.simulator import FAULTS, FaultPlan, Scenario, crash_everywhere, run, shrink
from orderhub.testing.unsynced import UnsyncedDisk

SMALL = Scenario(orders=2, workers=2, rate=0.03)
DISK = Scenario(orders=2, workers=1, rate=0.01, kinds=("power",), disk=True)
needs_disk = pytest.mark.skipif(UnsyncedDisk.why_not() is not None, reason=UnsyncedDisk.why_not() or "")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.fault(33, 34, 41, 46, 50)
def test_every_law_holds_in_histories_of_any_seed(seed: int) -> None:
    report = run(seed, steps=500)
    assert report.ok, str(report)
    assert report.orders and (report.faults or report.scenario.rate < 0.01)


def test_a_seed_is_a_history_and_so_are_the_faults_that_struck_in_it() -> None:
    first = run(11, steps=300, scenario=SMALL)
    assert first.faults and run(11, steps=300, scenario=SMALL).to_dict() == first.to_dict()
    assert run(11, steps=300, scenario=SMALL, faults=first.faults).trace == first.trace
    assert run(12, steps=300, scenario=SMALL).trace != first.trace


def test_a_day_that_dies_at_any_step_ends_as_one_that_does_not() -> None:
    day = Scenario(workers=1, buyers=False, orders=1, skew_s=0.0)
    found = list(crash_everywhere(scenario=day, every=90, offset=7))
    assert len(found) > 5 and all(report.ok and report.faults for report in found), list(map(str, found))
    assert {report.shipped for report in found} == {1}


@needs_disk
def test_power_failures_forget_nothing_and_a_disk_that_only_says_it_syncs_is_found_out() -> None:
    power = dict.fromkeys((150, 280), "power")
    assert run(1, steps=300, scenario=DISK, faults=power).ok
    assert not run(1, steps=300, scenario=replace(DISK, honest=False), faults=power).ok


def test_a_planted_mistake_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were each try to reserve under a key of its own, a death between the two writes would leave goods behind."""
    numbers = itertools.count()
    monkeypatch.setattr(Record, "reservation", property(lambda self: f"fulfil:{self.order_key}:{next(numbers)}"))
    found = next(report for seed in range(20) if not (report := run(seed, steps=250, scenario=SMALL)).ok)
    assert len(shrink(found, steps=250, runs_max=8).faults) < len(found.faults) or len(found.faults) < 2


def test_faults_hit_only_what_they_can() -> None:
    from orderhub.flow.steps import Ask, Now

    for name, kind in FAULTS.items():
        plan = FaultPlan(given={1: name})
        assert (plan.fate(1, Now(), is_store=False) == name) is (kind.hits == "any")
        assert (plan.fate(1, Ask("orders", "runs"), is_store=True) == name) is (kind.hits != "call")
        assert plan.seconds(7, 60.0) == FaultPlan(given={}).seconds(7, 60.0)
