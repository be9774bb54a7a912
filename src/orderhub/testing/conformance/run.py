"""The table of checks and how they are run. Imports the modules of this folder."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any

from orderhub.plugins import CARRIERS, names
from orderhub.testing.conformance import (
    answering,
    carrier_tracking,
    carrier_trouble,
    carrier_waybills,
    meaning,
    parity,
    platform_waybills,
    reading,
    safety,
    trouble,
    writing,
)
from orderhub.testing.conformance.bench import Bench, Unfit
from orderhub.testing.conformance.carrier_bench import CarrierBench

__all__ = ["CARRIER_CHECKS", "CHECKS", "Result", "bench_of", "checks_of", "run_check", "run_checks"]

Check = Callable[[Bench], None]
CarrierCheck = Callable[[CarrierBench], None]


def _checks(module: ModuleType) -> Iterator[tuple[str, Callable[..., None]]]:
    """Public functions of one module but what it offers to others, in the order they stand there."""
    for name, value in vars(module).items():
        if (
            name not in module.__all__
            and callable(value)
            and not name.startswith("_")
            and getattr(value, "__module__", "") == module.__name__
        ):
            yield name, value


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        name: check
        for module in (reading, meaning, writing, answering, platform_waybills, trouble, parity, safety)
        for name, check in _checks(module)
    }
)
"""Every check by name; a check raises `AssertionError` when it fails, `Unfit` when it does not apply."""

CARRIER_CHECKS: Mapping[str, CarrierCheck] = MappingProxyType(
    {name: check for module in (carrier_waybills, carrier_tracking, carrier_trouble) for name, check in _checks(module)}
)
"""Every check of carriers by name."""


def bench_of(name: str, **given: Any) -> Bench | CarrierBench:
    """The bench of an installed marketplace connector or, where only a carrier has the name, of the carrier."""
    return (
        CarrierBench.of(name, **given) if name not in names() and name in names(CARRIERS) else Bench.of(name, **given)
    )


def checks_of(bench: Bench | CarrierBench) -> Mapping[str, Callable[..., None]]:
    """The checks that a bench is made for."""
    return CARRIER_CHECKS if isinstance(bench, CarrierBench) else CHECKS


@dataclass(frozen=True, slots=True)
class Result:
    """What one check came to: `passed`, `failed` or `not_applicable`, and why."""

    check: str
    verdict: str
    message: str = ""
    where: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict != "failed"


def run_check(name: str, bench: Bench | CarrierBench) -> Result:
    """Run one check; every exception of it is a failure."""
    try:
        checks_of(bench)[name](bench)
    except Unfit as reason:
        return Result(name, "not_applicable", str(reason))
    except Exception as error:
        message = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        return Result(name, "failed", message or "an assertion", traceback.format_exc(limit=-3))
    return Result(name, "passed")


def run_checks(name: str, *, emulator: str = "", **settings: object) -> Iterator[Result]:
    """Prove one installed connector or carrier, check by check."""
    bench = bench_of(name, emulator=emulator, settings=settings)
    for check in checks_of(bench):
        yield run_check(check, bench)
