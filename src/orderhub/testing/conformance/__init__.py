"""The conformance kit: what every connector must hold, proved against an emulator of its platform.

`run_checks("jd")` proves an installed connector, `run_checks("sf")` a carrier; `orderhub check-connector jd` prints
the same for people; in pytest,
`pytest --orderhub-connector jd` collects one test per check with no test code written.
Imports `hub`, `sandbox`, `plugins`, `kit`, `models`.
"""

from __future__ import annotations

from orderhub.testing.conformance.bench import Bench, Unfit
from orderhub.testing.conformance.carrier_bench import CarrierBench
from orderhub.testing.conformance.run import (
    CARRIER_CHECKS,
    CHECKS,
    Result,
    bench_of,
    checks_of,
    run_check,
    run_checks,
)

__all__ = [
    "CARRIER_CHECKS", "CHECKS", "Bench", "CarrierBench", "Result", "Unfit", "bench_of", "checks_of", "run_check",
    "run_checks",
]  # fmt: skip
