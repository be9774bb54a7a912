"""One history from its seed, a failure made smaller, a crash at every step. Imports this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from orderhub.testing.simulator.faults import FaultPlan
from orderhub.testing.simulator.report import Report
from orderhub.testing.simulator.scenario import Scenario
from orderhub.testing.simulator.scene import Scene
from orderhub.testing.simulator.truth import SENT, Books, broken_laws

__all__ = ["crash_everywhere", "run", "shrink"]

STEPS = 1_000


def run(
    seed: int, *, steps: int = STEPS, scenario: Scenario | None = None, faults: Mapping[int, str] | None = None
) -> Report:
    """Play one history and compare its end with the sandbox's truth; the same arguments give the same history.

    Args:
        seed: Everything that is left to chance follows from it.
        steps: Steps of processes under faults; then everything comes to rest.
        scenario: What is simulated; drawn from the seed when left out.
        faults: Step number -> name of a fault, instead of drawing them: a report's `faults`, or some of them.
    Returns:
        A `Report`; a broken law is a finding in it, never an exception.
    """
    chosen = scenario or Scenario.drawn(seed)
    plan = FaultPlan(seed, chosen.rate, chosen.kinds, None if faults is None else dict(faults))
    with Scene(seed, chosen, plan) as scene:
        start = scene.world.now()
        scene.play(steps)
        lives = sum(process.lives for process in scene.processes)
        performed, trace, passed = scene.engine.steps, scene.engine.trace, scene.world.now() - start
        findings, orders, shipped = _judged(scene)
        return Report(seed, chosen, performed, passed.total_seconds(), dict(plan.struck), lives, orders, shipped,
                      findings, trace)  # fmt: skip


def _judged(scene: Scene) -> tuple[tuple[str, ...], int, int]:
    """What is broken, how many orders exist, how many left; books that do not even open are broken, too."""
    try:
        with scene.rest() as hub:
            broken, books = broken_laws(scene, hub), Books(scene, hub)
    except Exception as error:
        return (*scene.engine.bugs, f"at rest: {type(error).__name__}: {error}"), 0, 0
    shipped = sum(record.state in SENT for record in books.records.values())
    return (*(f"bare error: {bug}" for bug in scene.engine.bugs), *broken), len(books.truth), shipped


def shrink(report: Report, *, steps: int = STEPS, runs_max: int = 200) -> Report:
    """Leave out one fault after the other as long as the history still breaks a law.

    Returns:
        The smallest report found; `report` itself when nothing could be left out.
    """
    best, runs, is_smaller = report, 0, True
    while is_smaller and not best.ok:
        is_smaller = False
        for number in sorted(best.faults, reverse=True):
            fewer = {other: name for other, name in best.faults.items() if other != number}
            again = run(best.seed, steps=steps, scenario=best.scenario, faults=fewer)
            runs += 1
            if not again.ok and len(again.faults) < len(best.faults):
                best, is_smaller = again, True
                break
            if runs >= runs_max:
                return best
    return best


def crash_everywhere(
    seed: int = 0, *, scenario: Scenario | None = None, kinds: Sequence[str] = ("crash_before", "crash_after"),
    every: int = 1, offset: int = 0, steps_max: int = 5_000,
) -> Iterator[Report]:  # fmt: skip
    """A short day of one process, which dies at one step: one report for each step of it and each kind of death.

    Args:
        every, offset: Only each so many steps one, and how many to leave out first.
    """
    day = scenario or Scenario(workers=1, buyers=False, orders=2, skew_s=0.0)
    day = replace(day, once=True, rate=0.0)
    length = run(seed, steps=steps_max, scenario=day, faults={}).steps
    for number in range(1 + offset, length + 1, every):
        for kind in kinds:
            yield run(seed, steps=steps_max, scenario=day, faults={number: kind})
