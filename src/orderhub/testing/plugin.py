"""`pytest --orderhub-connector NAME`: one test per check of the conformance kit. Imports pytest; loaded by pytest.

Without the option it does nothing and imports nothing of the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option; may be given several times."""
    parser.getgroup("orderhub").addoption(
        "--orderhub-connector", action="append", default=[], metavar="NAME",
        help="prove this installed orderhub connector against the emulator of its name",
    )  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Put the checks of the chosen connectors before the session's own tests."""
    names = session.config.getoption("--orderhub-connector")
    if names:
        items[:0] = [item for name in names for item in _items(session, name)]


def _items(session: pytest.Session, name: str) -> Iterator[pytest.Item]:
    from orderhub.testing.conformance import bench_of, checks_of

    for check in checks_of(bench_of(name)):
        yield ConformanceItem.from_parent(session, name=f"{name}::{check}", connector=name, check=check)


class ConformanceItem(pytest.Item):
    """One check of one connector."""

    def __init__(self, *, connector: str, check: str, **given: Any) -> None:
        super().__init__(**given)
        self._connector, self._check = connector, check

    def runtest(self) -> None:
        """Run it; a check that does not apply is a skip with the connector's reason."""
        from orderhub.testing.conformance import bench_of, run_check

        result = run_check(self._check, bench_of(self._connector))
        if result.verdict == "not_applicable":
            pytest.skip(result.message)
        if not result.ok:
            raise AssertionError(f"{result.message}\n{result.where}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The message of the check, without pytest's own frames."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[str, int, str]:
        """Where it stands in reports."""
        return "orderhub conformance", 0, self.name
