"""Several processes on one ledger of each kind: they race, they are killed, and the books still balance."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderhub.errors import ConfigurationError
from orderhub.inventory import Commit, Receive, Reserve, StockLine, open_ledger
from orderhub.testing.stock import START, ManualClock, check_balanced
from orderhub.testing.stock_races import check_kills, check_processes, killed_stories

KILLS = int(os.environ.get("ORDERHUB_KILLS", "8"))
"""`ORDERHUB_KILLS=1000 pytest tests/integration/test_stock_processes.py -k killed` is the long proof."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/stock.db"
    return str(request.getfixturevalue({"postgresql": "postgres_url", "redis": "redis_url"}[request.param]))


@pytest.mark.fault(43)
def test_two_hundred_buyers_in_eight_processes_get_fifty_units(url: str) -> None:
    check_processes(url)


def test_the_suite_finds_a_ledger_of_which_each_process_has_its_own() -> None:
    with pytest.raises(AssertionError, match="exactly as many are sold"):
        check_processes("memory:", processes=2, buyers=20, units=15)


@pytest.mark.timeout(600)
def test_killed_writers_leave_whole_commands(url: str) -> None:
    check_kills(url, kills=KILLS)


def test_the_stories_of_the_killed_fit_the_goods_and_meet_each_other() -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    commands = killed_stories(8, 2, until)
    with open_ledger("memory:") as ledger:
        ledger.apply([Receive("in", tuple(StockLine(sku, "sh", 1500) for sku in "ABC"))])
        outcomes = ledger.apply(commands)
        assert all(outcome.ok for outcome in outcomes) and len(outcomes) > 500
        assert {held.expires_at for held in ledger.reservations()} == {None, until}


@pytest.mark.fault(46)
def test_killed_between_reserve_and_commit_leaks_nothing(url: str) -> None:
    """Whoever reserved is gone; at the expiry the units are back, in whichever process looks."""
    clock = ManualClock()
    with open_ledger(url, clock=clock) as gone, open_ledger(url, clock=clock) as other:
        gone.apply([Receive("in", (StockLine("A", "sh", 1),))])
        assert gone.apply([Reserve("r", (StockLine("A", "sh", 1),), START.replace(minute=5))])[0].ok
        assert other.apply([Reserve("s", (StockLine("A", "sh", 1),))])[0].reason == "insufficient_stock"
        clock.sleep(300)
        assert other.apply([Reserve("t", (StockLine("A", "sh", 1),))])[0].ok
        assert gone.apply([Commit("c", "r")])[0].reason == "expired"
        check_balanced(gone)


@pytest.mark.fault(70)
def test_a_forked_child_is_told_to_open_its_own(url: str) -> None:
    ledger = open_ledger(url)
    child = os.fork()
    if child == 0:
        try:
            ledger.levels()
        except ConfigurationError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    ledger.close()
