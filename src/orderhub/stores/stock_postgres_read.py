"""Reads of the stock ledger that PostgreSQL does in its own way. Imports SQLAlchemy.

Movements are kept a batch a row; those of a place are found from the level's last one backwards, batch by batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

__all__ = ["SELECT_MOVEMENTS", "has_due", "movements"]

SELECT_ANY_DUE = "SELECT 1 FROM stock_commands WHERE tenant = %s AND due_at <= %s LIMIT 1"
_BATCH_OF = """CROSS JOIN LATERAL (
    SELECT j.last, j.previous[array_position(j.place, {place})] AS before FROM stock_journal AS j
    WHERE j.tenant = %s AND j.last >= {seq} ORDER BY j.last LIMIT 1) AS j"""
SELECT_MOVEMENTS = f"""
WITH RECURSIVE level AS (
    SELECT first, last FROM stock_levels WHERE tenant = %s AND sku = %s AND warehouse = %s),
walk AS (
    SELECT s.first, j.last, j.before FROM level AS s {_BATCH_OF.format(place="s.first", seq="s.last")}
    UNION ALL
    SELECT w.first, j.last, j.before FROM walk AS w {_BATCH_OF.format(place="w.first", seq="w.before")}
    WHERE w.before > 0)
SELECT j.last - cardinality(j.place) + u.n AS seq, u.key, coalesce(u.kind, j.kind[1]),
    coalesce(u.on_hand, j.on_hand[1]), coalesce(u.reserved, j.reserved[1]), j.at, u.reason
FROM walk AS w CROSS JOIN LATERAL (
    SELECT * FROM stock_journal AS a WHERE a.tenant = %s AND a.last = w.last OFFSET 0) AS j
CROSS JOIN LATERAL unnest(j.place, j.key, j.kind, j.on_hand, j.reserved, j.reason)
    WITH ORDINALITY AS u(place, key, kind, on_hand, reserved, reason, n)
WHERE u.place = w.first
ORDER BY seq
"""  # noqa: S608 # nosec B608


def has_due(connection: Connection, tenant: int, now_us: int) -> bool:
    """Whether an open reservation's time has come."""
    return bool(connection.exec_driver_sql(SELECT_ANY_DUE, (tenant, now_us)).all())


def movements(connection: Connection, tenant: int, sku: str, warehouse: str) -> Sequence[Any]:
    """(seq, key, kind, on hand, reserved, at, reason) of every movement of one place, oldest first."""
    parameters = (tenant, sku, warehouse, tenant, tenant, tenant)
    return connection.exec_driver_sql(SELECT_MOVEMENTS, parameters).all()
