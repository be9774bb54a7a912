"""Quotas in SQLite or PostgreSQL: rows locked in one order, one step of the arithmetic, written back. Needs SQLAlchemy.

A quota lost with the machine's power is earned again in no time: nothing here waits for a disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Engine,
    MetaData,
    Table,
    Text,
    event,
    select,
    update,
)

from orderhub.flow.bucket import Bucket, full, halved, taken, told
from orderhub.stores.quota_base import Want
from orderhub.stores.sql_dialect import insert, lock, writing

__all__ = ["SqlQuotas", "open_postgres_quotas", "open_sqlite_quotas"]

_metadata = MetaData()
quotas = Table(
    "oh_quotas", _metadata, Column("key", Text, primary_key=True),
    *(Column(name, Double, nullable=False) for name in ("rate", "ceiling", "size", "tokens")),
    *(Column(name, BigInteger, nullable=False) for name in ("at_us", "closed_us")),
)  # fmt: skip
_STATE = tuple(column.name for column in quotas.columns if column.name != "key")


def open_sqlite_quotas(path: Path) -> SqlQuotas:
    """Quotas in a file that the processes of one machine share."""
    from orderhub.stores.sql_sqlite import open_sqlite

    engine = open_sqlite(path)
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    engine.dispose()  # connections that were opened before the listener
    return SqlQuotas(engine)


def open_postgres_quotas(url: str) -> SqlQuotas:
    """Quotas in a database that the processes of many machines share."""
    from orderhub.stores.sql_postgres import open_postgres

    engine = open_postgres(url)
    event.listen(engine, "connect", _without_waiting)
    engine.dispose()
    return SqlQuotas(engine)


def _without_waiting(raw: Any, _: Any) -> None:
    raw.execute("SET synchronous_commit = off")
    raw.commit()


class SqlQuotas:
    """Buckets in one table."""

    blocks = True

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with writing(engine) as connection:
            lock(connection, ["quotas"])  # two processes that start together make the table once
            _metadata.create_all(connection)

    def take(self, wants: Sequence[Want], cost: float, now_us: int) -> int:
        """See `Quotas.take`."""
        waits: list[int] = []

        def draw(want: Want, bucket: Bucket) -> Bucket:
            left, wait = taken(bucket, cost, now_us)
            waits.append(wait)
            return left

        self._change(wants, now_us, draw)
        return max(waits, default=0)

    def refuse(self, want: Want, until_us: int, now_us: int) -> None:
        """See `Quotas.refuse`."""
        self._change([want], now_us, lambda _, bucket: halved(bucket, until_us, now_us))

    def tell(self, want: Want, now_us: int) -> None:
        """See `Quotas.tell`."""
        self._change([want], now_us, lambda _, bucket: told(bucket, want.pace, now_us))

    def _change(self, wants: Sequence[Want], now_us: int, act: Callable[[Want, Bucket], Bucket]) -> None:
        asked = {want.key: want for want in sorted(wants, key=lambda want: want.key)}
        with writing(self._engine) as connection:
            for key, before in _held(connection, asked, now_us).items():
                after = act(asked[key], before)
                if after != before:
                    connection.execute(update(quotas).where(quotas.c.key == key).values(asdict(after)))

    def close(self) -> None:
        """Release connections."""
        self._engine.dispose()


def _held(connection: Connection, asked: Mapping[str, Want], now_us: int) -> dict[str, Bucket]:
    """The buckets, made where they are missing, locked until the transaction ends."""
    rows = _locked(connection, list(asked))
    if missing := [want for key, want in asked.items() if key not in rows]:
        fresh = [{"key": want.key, **asdict(full(want.pace, now_us))} for want in missing]
        connection.execute(insert(connection, quotas).on_conflict_do_nothing(), fresh)
        rows = _locked(connection, list(asked))
    return rows


def _locked(connection: Connection, keys: list[str]) -> dict[str, Bucket]:
    found: dict[str, Any] = {}
    rows = select(quotas).where(quotas.c.key.in_(keys)).order_by(quotas.c.key).with_for_update()
    for row in connection.execute(rows).mappings():
        found[row["key"]] = Bucket(**{name: row[name] for name in _STATE})
    return found
