"""`orderhub check-connector`: the conformance kit, shown. Imports `testing`, `cli.progress`."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from orderhub.cli.output import print_json
from orderhub.cli.progress import bars
from orderhub.testing.conformance import Result, bench_of, checks_of, run_check

__all__ = ["show_checks"]

_MARKS = {"passed": ("passed", "green"), "failed": ("FAILED", "red"), "not_applicable": ("not applicable", "dim")}


def show_checks(
    console: Console, name: str, emulator: str, *, as_json: bool, quiet: bool = False, bar: Console | None = None
) -> int:
    """Run every check of one connector or carrier and tell; answers 1 when one failed."""
    bench, results = bench_of(name, emulator=emulator), list[Result]()
    checks = checks_of(bench)
    with bars(bar or console, quiet=quiet or as_json) as progress:
        task = progress.add_task(f"proving {name}", total=len(checks))
        for check in checks:
            progress.update(task, description=check.replace("_", " "))
            results.append(run_check(check, bench))
            progress.advance(task)
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        _tell(console, name, results)
    return 1 if any(not result.ok for result in results) else 0


def _tell(console: Console, name: str, results: list[Result]) -> None:
    for result in results:
        told = f"  {result.message}" if result.message else ""
        console.print(Text.assemble(_MARKS[result.verdict], f" {result.check.replace('_', ' ')}{told}"))
    failed = sum(not result.ok for result in results)
    console.print(f"\n{name}: {len(results) - failed} of {len(results)} hold", markup=False)
