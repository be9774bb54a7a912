"""Every stock ledger passes the suite that hosts can run on their own; a ledger that is wrong does not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest

from orderhub.inventory import Ledger, Receive, Reserve, StockCommand, StockLine, StockOutcome, open_ledger
from orderhub.stores.stock_memory import MemoryLedger
from orderhub.testing.stock import ManualClock, check_stock_store

HISTORIES = {"memory": 200, "sqlite": 25, "postgresql": 8, "redis": 15}


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    made = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/stock.db"}.get(request.param)
    return made or str(request.getfixturevalue({"postgresql": "postgres_url", "redis": "redis_url"}[request.param]))


@pytest.mark.fault(41, 42, 43, 44, 45, 46, 49)
def test_ledger_keeps_the_contract(url: str) -> None:
    names = count()
    histories = HISTORIES[url.partition(":")[0]]

    def factory(clock: ManualClock) -> Ledger:
        return open_ledger(url, clock=clock, tenant=f"history-{next(names)}")

    check_stock_store(factory, histories=histories)


class Turns:
    """Two ledgers on one database that take turns: each must see what the other has written."""

    def __init__(self, *ledgers: Ledger) -> None:
        self.ledgers, self.turn = ledgers, cycle(ledgers)

    def __getattr__(self, verb: str) -> Any:
        return getattr(next(self.turn), verb)

    def close(self) -> None:
        for ledger in self.ledgers:
            ledger.close()


def test_ledgers_on_one_database_see_each_other(url: str) -> None:
    names = count()
    if url == "memory:":
        pytest.skip("memory is one ledger's own")

    def factory(clock: ManualClock) -> Turns:
        tenant = f"history-{next(names)}"
        return Turns(open_ledger(url, clock=clock, tenant=tenant), open_ledger(url, clock=clock, tenant=tenant))

    check_stock_store(factory, histories=5)


class Forgetful(MemoryLedger):
    """Sells a unit twice when the key is replayed."""

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        self._state.seen.clear()
        return super().apply(commands)


class Optimist(MemoryLedger):
    """Says yes to every reservation."""

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        outcomes = super().apply(commands)
        pairs = zip(commands, outcomes, strict=True)
        return [StockOutcome(True, o.key) if isinstance(c, Reserve) else o for c, o in pairs]


class Racy(MemoryLedger):
    """Looks and takes in two steps."""

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        if isinstance(commands[0], Reserve) and len(commands) == 1:
            free = self.level("A", "sh").available
            super().apply([Receive(f"{commands[0].key}-{free}", (StockLine("A", "sh", 1),))])
        return super().apply(commands)


@pytest.mark.parametrize("wrong", [Forgetful, Optimist, Racy])
def test_suite_finds_a_wrong_ledger(wrong: type[MemoryLedger]) -> None:
    with pytest.raises(AssertionError):
        check_stock_store(lambda clock: wrong(clock=clock), histories=20)
