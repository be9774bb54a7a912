"""Deterministic simulation: hubs over a sandbox in virtual time, with whatever can go wrong, from one seed.

Hosts may use it as we do: `run(seed)` plays a history and compares its end with the sandbox's truth, `shrink(report)`
leaves out the faults that a failure does not need. May import everything but `cli`.
"""

from orderhub.testing.simulator.engine import Engine, Owner, SimClock
from orderhub.testing.simulator.faults import FAULTS, Fault, FaultPlan
from orderhub.testing.simulator.report import Report
from orderhub.testing.simulator.run import crash_everywhere, run, shrink
from orderhub.testing.simulator.scenario import PLATFORMS, Scenario
from orderhub.testing.simulator.task import Pending, SimWorld, Task

__all__ = [
    "FAULTS", "PLATFORMS", "Engine", "Fault", "FaultPlan", "Owner", "Pending", "Report", "Scenario", "SimClock",
    "SimWorld", "Task", "crash_everywhere", "run", "shrink",
]  # fmt: skip
