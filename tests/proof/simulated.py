"""The simulator at length: `python tests/proof/simulated.py [histories] [first seed] [--steps N] [--only]`.

Histories of seeds; then a short day on each platform that dies at every step; then power that fails over SQLite. The
first one that breaks a law is made smaller and printed. `--only` plays the histories alone, and tells of a single one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from orderhub.testing.simulator import FAULTS, PLATFORMS, Report, Scenario, crash_everywhere, run, shrink
from orderhub.testing.unsynced import UnsyncedDisk

DISK = Scenario(disk=True, workers=2, orders=2, rate=0.01, kinds=tuple(FAULTS))


def days() -> Iterator[Report]:
    """On each platform a process that dies at every step of its day, before and after it."""
    for platform in PLATFORMS:
        shop = Scenario(platforms=(platform,), workers=1, buyers=False, orders=2, skew_s=0.0)
        yield from crash_everywhere(scenario=shop)


def dark(count: int, first: int, steps: int) -> Iterator[Report]:
    """Histories in which power fails, where SQLite lets its disk be replaced."""
    if UnsyncedDisk.why_not() is None:
        for seed in range(first, first + count):
            yield run(seed, steps=steps, scenario=replace(DISK, platforms=(PLATFORMS[seed % len(PLATFORMS)],)))


def told(what: str, reports: Iterator[Report], steps: int) -> bool:
    """Go through the reports; whether every law held in all of them."""
    start, count, faults = time.monotonic(), 0, Counter[str]()
    for report in reports:
        if not report.ok:
            print(f"{what}:\n{report}\nmade smaller:\n{shrink(report, steps=steps)}")
            print(f"play it again: make simulate N=1 SEED={report.seed} STEPS={steps}")
            return False
        count, faults = count + 1, faults + report.counts
    struck = ", ".join(f"{name} {number}" for name, number in sorted(faults.items()))
    print(f"{count} {what}: every law held, {time.monotonic() - start:.0f} s; {struck}", flush=True)
    return True


def main() -> int:
    """1 at the first history that breaks a law."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("histories", type=int, nargs="?", default=10_000)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--only", action="store_true")
    asked = parser.parse_args()
    seeds = (run(seed, steps=asked.steps) for seed in range(asked.first, asked.first + asked.histories))
    if asked.only and asked.histories == 1:
        print(run(asked.first, steps=asked.steps))
    held = told("histories", seeds, asked.steps)
    if asked.only or not held:
        return not held
    return not (
        told("deaths, one at each step of a day", days(), 5_000)
        and told("histories with power failures", dark(max(1, asked.histories // 50), asked.first, 500), 500)
    )


if __name__ == "__main__":
    sys.exit(main())
