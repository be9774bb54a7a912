"""The stateful machine that hosts get, on every kind of ledger: a tenant for every story."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from orderhub.inventory import Ledger, Reserve, open_ledger
from orderhub.stores.stock_memory import MemoryLedger
from orderhub.testing.stock import ManualClock
from orderhub.testing.stock_machine import ledger_machine

EXAMPLES = {"memory": 100, "sqlite": 12, "postgresql": 8, "redis": 15}
HASTE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_ledger_agrees_with_the_model(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    urls = {"memory": lambda: "memory:", "sqlite": lambda: f"sqlite:///{tmp_path}/laws.db"}
    servers = {"postgresql": "postgres_url", "redis": "redis_url"}
    url = urls[kind]() if kind in urls else request.getfixturevalue(servers[kind])
    names = count()

    def factory(clock: ManualClock) -> Ledger:
        return open_ledger(url, clock=clock, tenant=f"story-{next(names)}")

    run_state_machine_as_test(
        ledger_machine(factory),
        settings=settings(
            max_examples=EXAMPLES[kind], stateful_step_count=15, deadline=None, suppress_health_check=HASTE
        ),
    )


class Generous(MemoryLedger):
    """Lets reservations live on after their time."""

    def _expire(self) -> object:  # type: ignore[override]
        return self._state

    def apply(self, commands: object) -> object:  # type: ignore[override]
        self._state.deadlines.clear()
        return super().apply([Reserve(c.key, c.lines) if isinstance(c, Reserve) else c for c in commands])  # type: ignore[attr-defined]


def test_machine_finds_a_wrong_ledger() -> None:
    quick = settings(max_examples=300, deadline=None, phases=[Phase.generate], suppress_health_check=HASTE)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(ledger_machine(lambda clock: Generous(clock=clock)), settings=quick)
