"""Tables of the stock ledger's first version become today's, with nothing lost. PostgreSQL and SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from orderhub.inventory import Ledger, open_ledger
from orderhub.testing.stock import ManualClock, history

FIRST_POSTGRES = """
DROP VIEW stock_movements;
CREATE TABLE stock_movements (
    tenant integer NOT NULL, seq bigint NOT NULL, previous bigint NOT NULL, key text COLLATE "C" NOT NULL,
    kind text NOT NULL, sku text COLLATE "C" NOT NULL, warehouse text COLLATE "C" NOT NULL,
    on_hand_delta bigint NOT NULL, reserved_delta bigint NOT NULL, at bigint NOT NULL, reason text,
    PRIMARY KEY (tenant, seq));
DROP TABLE stock_journal;
ALTER TABLE stock_levels DROP COLUMN first;
UPDATE stock_schema SET version = 1;
"""
"""What undoes the second version, movements left out."""
INSERT_FIRST = f"INSERT INTO stock_movements VALUES ({', '.join(['%s'] * 11)})"


def told(ledger: Ledger) -> tuple[Any, ...]:
    levels = ledger.levels()
    return (
        ledger.snapshot(),
        ledger.reservations(open=False),
        [ledger.movements(level.sku, level.warehouse) for level in levels],
    )


class Twins:
    """A ledger in memory and tenants of a database that live through the same commands."""

    def __init__(self, url: str, tenants: tuple[str, ...]) -> None:
        self.url, self.tenants, self.clock = url, tenants, ManualClock()
        self.memory = open_ledger("memory:", clock=self.clock)

    def live(self, seed: int, steps: int) -> None:
        with ExitStack() as open_ones:
            ledgers = [
                open_ones.enter_context(open_ledger(self.url, clock=self.clock, tenant=name)) for name in self.tenants
            ]
            for command, seconds in history(seed, steps):
                self.clock.sleep(seconds)
                expected = self.memory.apply([command])
                assert all(ledger.apply([command]) == expected for ledger in ledgers)
            assert all(told(ledger) == told(self.memory) for ledger in ledgers)


def test_rows_of_movements_become_rows_of_batches(postgres_url: str) -> None:
    twins = Twins(postgres_url, ("one", "another"))
    twins.live(1, 60)
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT * FROM stock_movements ORDER BY tenant, seq").fetchall()
        for statement in FIRST_POSTGRES.strip().removesuffix(";").split(";\n"):
            connection.execute(statement)  # type: ignore[call-overload]
        with connection.cursor() as cursor:
            cursor.executemany(INSERT_FIRST, rows)
    twins.live(2, 60)
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT * FROM stock_movements ORDER BY tenant, seq").fetchall()
        assert rows and [row for row in found if row in set(rows)] == rows, "the view tells every movement as it was"
        batches = connection.execute("SELECT count(*) FROM stock_journal").fetchone()
        assert batches and batches[0] < len(found)


def test_sqlite_gets_the_column_that_both_have(tmp_path: Path) -> None:
    twins = Twins(f"sqlite:///{tmp_path}/stock.db", ("one",))
    twins.live(1, 60)
    connection = sqlite3.connect(tmp_path / "stock.db")
    connection.execute("ALTER TABLE stock_levels DROP COLUMN first")
    connection.execute("UPDATE stock_schema SET version = 1")
    connection.commit()
    connection.close()
    twins.live(2, 60)
