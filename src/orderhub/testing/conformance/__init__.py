"""The conformance kit: what every connector must hold, proved against an emulator of its platform.

`run_checks("jd")` proves an installed connector; `orderhub check-connector jd` prints the same for people; in pytest,
`pytest --orderhub-connector jd` collects one test per check with no test code written.
Imports `hub`, `sandbox`, `plugins`, `kit`, `models`.
"""

from __future__ import annotations

from orderhub.testing.conformance.bench import Bench, Unfit
from orderhub.testing.conformance.run import CHECKS, Result, run_check, run_checks

__all__ = ["CHECKS", "Bench", "Result", "Unfit", "run_check", "run_checks"]
