"""The table of checks and how they are run. Imports the modules of this folder."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from orderhub.testing.conformance import meaning, parity, reading, safety, trouble, writing
from orderhub.testing.conformance.bench import Bench, Unfit

__all__ = ["CHECKS", "Result", "run_check", "run_checks"]

Check = Callable[[Bench], None]


def _checks(module: ModuleType) -> Iterator[tuple[str, Check]]:
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
    {name: check for module in (reading, meaning, writing, trouble, parity, safety) for name, check in _checks(module)}
)
"""Every check by name; a check raises `AssertionError` when it fails, `Unfit` when it does not apply."""


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


def run_check(name: str, bench: Bench) -> Result:
    """Run one check; every exception of it is a failure."""
    try:
        CHECKS[name](bench)
    except Unfit as reason:
        return Result(name, "not_applicable", str(reason))
    except Exception as error:
        message = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        return Result(name, "failed", message or "an assertion", traceback.format_exc(limit=-3))
    return Result(name, "passed")


def run_checks(name: str, *, emulator: str = "", **settings: object) -> Iterator[Result]:
    """Prove one installed connector, check by check."""
    bench = Bench.of(name, emulator=emulator, settings=settings)
    for check in CHECKS:
        yield run_check(check, bench)
