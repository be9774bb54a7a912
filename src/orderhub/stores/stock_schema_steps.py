"""The journal of the stock ledger on PostgreSQL, and how older tables become it. Imports SQLAlchemy.

A batch of movements is one row, each kind of figure one array: a row of its own for each movement, with its entry in
an index, cost the server as much as everything else of the batch together.
"""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["create_journal", "movements_by_batch"]

JOURNAL = """
CREATE TABLE stock_journal (
    tenant integer NOT NULL,
    last bigint NOT NULL,
    at bigint NOT NULL,
    place bigint[] NOT NULL,
    previous bigint[] NOT NULL,
    key text[] NOT NULL,
    kind text[] NOT NULL,
    on_hand bigint[] NOT NULL,
    reserved bigint[] NOT NULL,
    reason text[] NOT NULL,
    PRIMARY KEY (tenant, last))
"""
"""The movements of one batch, numbered up to `last`, oldest first; a place is the number of its first movement.

`kind`, `on_hand` and `reserved` have one element where all movements have the same, `reason` none where none has one.
"""
PLAIN = "ALTER TABLE stock_journal " + ", ".join(
    f"ALTER {column} SET STORAGE EXTERNAL" for column in ("place", "previous", "key")
)
"""Compressing the long columns costs a writer more than everything else about the row, while others wait for it."""
VIEW = """
CREATE VIEW stock_movements AS
SELECT j.tenant, j.last - cardinality(j.place) + u.n AS seq, u.previous, u.key, coalesce(u.kind, j.kind[1]) AS kind,
    s.sku, s.warehouse, coalesce(u.on_hand, j.on_hand[1]) AS on_hand_delta,
    coalesce(u.reserved, j.reserved[1]) AS reserved_delta, j.at, u.reason
FROM stock_journal AS j CROSS JOIN LATERAL unnest(
    j.place, j.previous, j.key, j.kind, j.on_hand, j.reserved, j.reason)
    WITH ORDINALITY AS u(place, previous, key, kind, on_hand, reserved, reason, n)
JOIN stock_levels AS s ON s.tenant = j.tenant AND s.first = u.place
"""
"""One row a movement, for people and reports."""

MOVEMENTS_MAX = 1000
"""Movements in one row, when rows of single ones are put together."""
PLANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
"""What sessions of the ledger switch off, and whole tables need."""
NAME_PLACES = """
UPDATE stock_levels AS s SET first = m.seq FROM stock_movements_1 AS m
WHERE m.tenant = s.tenant AND m.sku = s.sku AND m.warehouse = s.warehouse AND m.previous = 0
"""
PUT_TOGETHER = f"""
INSERT INTO stock_journal (tenant, last, at, place, previous, key, kind, on_hand, reserved, reason)
SELECT tenant, max(seq), at, array_agg(first ORDER BY seq), array_agg(previous ORDER BY seq),
    array_agg(key ORDER BY seq), array_agg(kind ORDER BY seq), array_agg(on_hand_delta ORDER BY seq),
    array_agg(reserved_delta ORDER BY seq), array_agg(reason ORDER BY seq)
FROM (
    SELECT m.*, s.first, m.seq - row_number() OVER (PARTITION BY m.tenant, m.at ORDER BY m.seq) AS island
    FROM stock_movements_1 AS m JOIN stock_levels AS s USING (tenant, sku, warehouse)) AS m
GROUP BY tenant, at, island, seq / {MOVEMENTS_MAX}
"""  # noqa: S608 # nosec B608


def create_journal(connection: Connection) -> None:
    """The table and its view, on PostgreSQL."""
    connection.exec_driver_sql(JOURNAL)
    connection.exec_driver_sql(PLAIN)
    connection.exec_driver_sql(VIEW)


def movements_by_batch(connection: Connection) -> None:
    """From version 1: a row a movement. SQLite keeps that, and only gets the column that both have."""
    connection.exec_driver_sql("ALTER TABLE stock_levels ADD COLUMN first BIGINT")
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql("ALTER TABLE stock_commands SET (fillfactor = 50)")
    for setting in PLANS:
        connection.exec_driver_sql(f"SET LOCAL {setting} = on")
    connection.exec_driver_sql("ALTER TABLE stock_movements RENAME TO stock_movements_1")
    connection.exec_driver_sql(NAME_PLACES)
    create_journal(connection)
    connection.exec_driver_sql(PUT_TOGETHER)
    connection.exec_driver_sql("DROP TABLE stock_movements_1")
