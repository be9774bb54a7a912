"""`orderhub simulate`: histories with faults, shown. Imports `testing`, `cli`."""

from __future__ import annotations

from orderhub.cli.output import errors_to, is_quiet, show
from orderhub.cli.progress import bars
from orderhub.cli.words import say
from orderhub.errors import ConfigurationError

__all__ = ["run_simulation"]

_COLUMNS = ("seed", "ok?", "platforms", "steps", "virtual_s", "faults", "lives", "orders", "shipped", "findings")


def run_simulation(seed: int, runs: int, steps: int, *, shrunk: bool, as_json: bool) -> bool:
    """Play `runs` histories from `seed` on and tell; whether every law holds.

    Raises:
        ConfigurationError: A package that the simulator needs is missing.
    """
    try:
        from orderhub.testing.simulator import run, shrink
    except ModuleNotFoundError as error:
        raise ConfigurationError(f'the simulator needs {error.name}: pip install "orderhub[test]"') from None
    rows, all_hold = [], True
    with bars(errors_to(), quiet=is_quiet(as_json)) as progress:
        task = progress.add_task(say("simulating"), total=runs)
        for number in range(seed, seed + runs):
            report = run(number, steps=steps)
            report = shrink(report, steps=steps) if shrunk and not report.ok else report
            all_hold &= report.ok
            told = report.to_dict()
            rows.append(
                told
                if as_json
                else {**told, "ok?": report.ok, "platforms": report.scenario.platforms, "faults": dict(report.counts)}
            )
            progress.advance(task)  # fmt: skip
    show(rows, "Simulation", as_json, columns=_COLUMNS)
    return all_hold
