"""The face of the ledger: URLs, movements in words, refusals that teach, what happens when a database says no."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory import (
    Adjust,
    Commit,
    Ledger,
    Move,
    Receive,
    Release,
    Reservation,
    Reserve,
    Restock,
    Shortage,
    StockLine,
    open_ledger,
    open_ledger_async,
)
from orderhub.stores import stock_redis, stock_sql, stock_sqlite
from orderhub.testing.stock import START, ManualClock, check_balanced


def line(units: int, sku: str = "A", warehouse: str = "sh") -> tuple[StockLine, ...]:
    return (StockLine(sku, warehouse, units),)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/stock.db"}.get(request.param)
    if url is None:
        url = request.getfixturevalue({"postgresql": "postgres_server", "redis": "redis_server"}[request.param])
    with open_ledger(url, clock=clock, tenant=request.node.name) as made:
        yield made


def told(ledger: Ledger, sku: str = "A", warehouse: str = "sh") -> list[tuple[str, str, int, int, str | None]]:
    rows = ledger.movements(sku, warehouse)
    return [(row.key, row.kind, row.on_hand_delta, row.reserved_delta, row.reason) for row in rows]


def test_every_change_is_a_movement_in_words(ledger: Ledger) -> None:
    outcomes = ledger.apply(
        [
            Receive("po", line(9), "PO 7"),
            Restock("back", line(1), reason="RMA 1"),
            Restock("broken", line(3), sellable=False, reason="crushed"),
            Adjust("count", line(-2), "stock-take"),
            Reserve("r1", line(4)),
            Commit("ship", "r1", line(3)),
            Reserve("r2", line(2)),
            Move("route", "r2", (*line(1), *line(1))),
            Release("stop", "r2"),
        ]
    )
    assert all(outcome.ok for outcome in outcomes)
    assert told(ledger) == [
        ("po", "received", 9, 0, "PO 7"),
        ("back", "restocked", 1, 0, "RMA 1"),
        ("broken", "restocked_defective", 0, 0, "3 defective: crushed"),
        ("count", "adjusted", -2, 0, "stock-take"),
        ("r1", "reserved", 0, 4, None),
        ("ship", "committed", -3, -3, None),
        ("ship", "released", 0, -1, None),
        ("r2", "reserved", 0, 2, None),
        ("stop", "released", 0, -2, None),
    ]
    level = ledger.level("A", "sh")
    assert (level.on_hand, level.reserved, level.available, level.version) == (5, 0, 5, 9)
    assert {row.at for row in ledger.movements("A", "sh")} == {START}


def test_move_reroutes_a_live_reservation_whole_or_not_at_all(ledger: Ledger) -> None:
    until = START + timedelta(hours=1)
    ledger.apply([Receive("in", (*line(2), *line(1, warehouse="bj"))), Reserve("r", line(2), until)])
    short, done = ledger.apply(
        [Move("m1", "r", line(2, warehouse="bj")), Move("m2", "r", (*line(1), *line(1, "A", "bj")))]
    )
    assert short.shortages == (Shortage("A", "bj", 2, 1),) and done.ok
    assert told(ledger)[-1] == ("m2", "moved", 0, -1, None)
    assert told(ledger, "A", "bj")[-1] == ("m2", "moved", 0, 1, None)
    assert ledger.reservations() == [
        Reservation("r", (StockLine("A", "bj", 1), StockLine("A", "sh", 1)), until, "open")
    ]
    assert ledger.apply([Commit("c", "r")])[0].ok and not ledger.reservations()
    assert [held.status for held in ledger.reservations(open=False, keys=["r", "nobody"])] == ["committed"]


def test_demand_for_one_place_is_summed_up_before_it_is_checked(ledger: Ledger) -> None:
    ledger.apply([Receive("in", line(3))])
    (outcome,) = ledger.apply([Reserve("r", (*line(2), *line(2), *line(1, "B")))])
    assert outcome.shortages == (Shortage("A", "sh", 4, 3), Shortage("B", "sh", 1, 0))
    assert ledger.level("A", "sh").reserved == 0


@pytest.mark.fault(41, 42)
def test_the_first_outcome_of_a_key_stands_even_a_refusal(ledger: Ledger) -> None:
    (refused,) = ledger.apply([Reserve("r", line(1))])
    ledger.apply([Receive("in", line(9))])
    assert ledger.apply([Reserve("r", line(1))]) == [refused]
    assert ledger.apply([Reserve("r", line(2))])[0].reason == "key_conflict"
    assert ledger.apply([Reserve("again", line(1))])[0].ok


@pytest.mark.fault(52)
def test_a_stock_take_cannot_take_what_is_promised(ledger: Ledger) -> None:
    ledger.apply([Receive("in", line(5)), Reserve("r", line(4))])
    (outcome,) = ledger.apply([Adjust("count", line(-2), "stock-take")])
    assert outcome.reason == "insufficient_stock" and outcome.shortages == (Shortage("A", "sh", 2, 1),)
    assert ledger.apply([Adjust("count-1", line(-1), "stock-take")])[0].ok


def test_more_than_is_held_cannot_be_shipped_and_the_key_remembers(ledger: Ledger) -> None:
    ledger.apply([Receive("in", line(9)), Reserve("r", line(1))])
    (refused,) = ledger.apply([Commit("c", "r", line(2))])
    assert refused.reason == "invalid" and refused.message == "A in sh: 2 to commit, the reservation holds 1."
    ledger.apply([Move("m", "r", line(5))])
    assert ledger.apply([Commit("c", "r", line(2))]) == [refused]


def test_what_expires_now_is_not_reserved(ledger: Ledger) -> None:
    ledger.apply([Receive("in", line(2))])
    now, later = ledger.apply(
        [Reserve("now", line(1), START), Reserve("r", line(1), START + timedelta(microseconds=1))]
    )
    assert (now.ok, now.reason, later.ok, ledger.level("A", "sh").reserved) == (False, "expired", True, 1)


def test_many_reservations_expire_in_bounded_transactions(
    ledger: Ledger, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_sql, "DUE_MAX", 10)
    monkeypatch.setattr(stock_redis, "DUE_MAX", 10)
    ledger.apply([Receive("in", line(100))])
    ledger.apply([Reserve(f"r{n}", line(1), START + timedelta(seconds=1 + n)) for n in range(35)])
    clock.sleep(34)
    assert [ledger.level("A", "sh").reserved, len(ledger.reservations())] == [1, 1]
    assert [row.kind for row in ledger.movements("A", "sh")].count("expired") == 34
    clock.sleep(60)
    assert [outcome.reason for outcome in ledger.apply([Commit("c0", "r0"), Commit("c34", "r34")])] == ["expired"] * 2
    check_balanced(ledger)


def test_snapshot_is_one_observation_whose_version_only_grows(ledger: Ledger) -> None:
    ledger.apply([Receive("in", (*line(1), *line(2, "B"), *line(3, "C")))])
    first = ledger.snapshot(["A", "C", "nothing"])
    assert [level.sku for level in first.levels] == ["A", "C"] and first.version == 3
    ledger.apply([Reserve("r", line(1, "B"))])
    assert ledger.snapshot().version == 4 and [level.sku for level in ledger.levels(["B"])] == ["B"]
    assert ledger.levels([]) == [] and len(ledger.levels()) == 3


def test_many_names_are_read_in_parts(ledger: Ledger) -> None:
    skus = [f"sku-{n}" for n in range(1200)]
    ledger.apply([Receive("in", tuple(StockLine(sku, "sh", 1) for sku in skus))])
    assert len(ledger.levels(skus)) == 1200


def test_nothing_to_apply_is_no_outcome(ledger: Ledger) -> None:
    assert ledger.apply([]) == [] and ledger.apply(()) == []


def test_odd_names_survive(ledger: Ledger) -> None:
    odd = ("商品 ①", 'quo"te', "new\nline", "😀", "a\x1fb", "%s", "x" * 255)
    for name in odd:
        assert ledger.apply([Receive(name, line(2, name, name)), Reserve(f"r{name}"[:255], line(1, name, name))])[0].ok
        assert ledger.level(name, name).on_hand == 2
    for name in ("", "nul\0", "\ud800", "x" * 256):
        assert ledger.apply([Receive(name, line(1))])[0].reason == "invalid"
        assert ledger.apply([Receive("key", line(1, name))])[0].reason == "invalid"


def test_a_clock_may_be_a_function_in_any_zone_but_not_naive() -> None:
    zone = timezone(timedelta(hours=8))
    with open_ledger("memory:", clock=lambda: datetime(2025, 1, 1, 8, tzinfo=zone)) as ledger:
        ledger.apply([Receive("in", line(1))])
        assert ledger.movements("A", "sh")[0].at == datetime(2025, 1, 1, tzinfo=UTC)
    with open_ledger("memory:", clock=lambda: datetime(2025, 1, 1)) as naive, pytest.raises(ConfigurationError):
        naive.apply([Receive("in", line(1))])


@pytest.mark.parametrize("opener", [open_ledger, open_ledger_async])
@pytest.mark.parametrize("url", ["stock.db", "", "mysql://x", "http://host"])
def test_other_schemes_are_told_what_works(url: str, opener: object) -> None:
    with pytest.raises(ConfigurationError, match=r"memory:.*sqlite:///.*postgresql://.*redis://"):
        opener(url)  # type: ignore[operator]


@pytest.mark.parametrize(
    "url", ["memory:shared", "sqlite://", "sqlite:///:memory:", "sqlite:////no/such/folder/stock.db", "sqlite:///x?y=z"]
)
def test_impossible_urls_are_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ConfigurationError, InventoryError)):
        open_ledger(url)


def test_tenants_do_not_meet(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stock.db"
    with open_ledger(url, tenant="one") as one, open_ledger(url, tenant="two") as two:
        one.apply([Receive("in", line(5))])
        assert two.levels() == [] and two.snapshot().version == 0
        assert two.apply([Receive("in", line(7))])[0].ok
        assert (one.level("A", "sh").on_hand, two.level("A", "sh").on_hand) == (5, 7)
    with pytest.raises(ConfigurationError):
        open_ledger(url, tenant="")


def test_without_sqlalchemy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("sqlalchemy", "orderhub.stores.stock_s"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(ConfigurationError, match=r"pip install orderhub\[sql\]"):
        open_ledger("sqlite:///stock.db")


def test_a_database_of_a_newer_library_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stock.db"
    open_ledger(url).close()
    with sqlite3.connect(tmp_path / "stock.db") as connection:
        connection.execute("UPDATE stock_schema SET version = 99")
    connection.close()
    with pytest.raises(ConfigurationError, match="upgrade orderhub"):
        open_ledger(url)


@pytest.mark.fault(48)
def test_a_held_lock_is_a_retryable_error_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_sqlite, "BUSY_TIMEOUT_S", 0.01)
    with open_ledger(f"sqlite:///{tmp_path}/stock.db") as ledger:
        other = sqlite3.connect(tmp_path / "stock.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InventoryError) as caught:
            ledger.apply([Receive("in", line(1))])
        assert caught.value.retryable
        other.execute("ROLLBACK")
        other.close()
        assert ledger.levels() == [] and ledger.apply([Receive("in", line(1))])[0].ok


def test_a_broken_database_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "stock.db").write_bytes(b"this is no database, only text that is long enough" * 100)
    with pytest.raises(InventoryError) as caught:
        open_ledger(f"sqlite:///{tmp_path}/stock.db")
    assert not caught.value.retryable


def test_durability_is_on(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/stock.db") as ledger, ledger._engine.connect() as connection:  # type: ignore[attr-defined]
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


def test_a_transaction_that_fails_late_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the database nor in what the process remembers of it."""
    with open_ledger(f"sqlite:///{tmp_path}/stock.db") as ledger:
        ledger.apply([Receive("in", line(2))])
        with monkeypatch.context() as broken:
            save = stock_sqlite.save

            def fail(*arguments: Any) -> None:
                save(*arguments)
                raise ZeroDivisionError

            broken.setattr(stock_sqlite, "save", fail)
            with pytest.raises(ZeroDivisionError):
                ledger.apply([Reserve("r", line(2))])
        assert ledger.level("A", "sh").reserved == 0
        assert [outcome.ok for outcome in ledger.apply([Reserve("r1", line(1)), Reserve("r2", line(1))])] == [
            True,
            True,
        ]
        assert ledger.apply([Reserve("r3", line(1))])[0].reason == "insufficient_stock"
        check_balanced(ledger)
