"""The stock ledger in an SQL database: one transaction a batch, decided by the reducer. Imports `inventory`, `models`.

Any number of threads and processes may use one database. A transaction holds whole commands, so a writer that dies
anywhere leaves whole commands or nothing; its caller applies the same keys again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, Select, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory.canonical import check_all, decode_lines, digest, from_us, to_us
from orderhub.inventory.ledger import ClockLike
from orderhub.inventory.reducer import reduce_checked
from orderhub.models.stock import (
    Level,
    Movement,
    Reservation,
    ReservationStatus,
    StockCommand,
    StockOutcome,
    StockSnapshot,
)
from orderhub.stores.coalesce import Coalescer
from orderhub.stores.stock_common import Batch, ForkGuard, LevelCache, clock_reader, reservation_of
from orderhub.stores.stock_rows import Again
from orderhub.stores.stock_schema import COMMANDS, LEVELS, TENANTS, migrate

__all__ = ["SqlLedger"]

T = TypeVar("T")
NOTHING: Batch = ((), (), ())

_DIALECTS = {"sqlite": "orderhub.stores.stock_sqlite", "postgresql": "orderhub.stores.stock_postgres"}
"""Name in the URL -> the module that reads and writes batches there."""
DUE_MAX = 2000
"""Expired reservations that one transaction resolves; more are resolved by more transactions."""
OVERTAKEN_MAX = 100
"""Times that other writers may take a batch's keys between its load and its save; each time one of them got on."""
NAMES_MAX = 500
"""Names in one IN (...) of a read."""


class SqlLedger:
    """`Ledger` on SQLite or PostgreSQL; concurrent callers of one process share a transaction (see `Coalescer`)."""

    def __init__(self, url: str, *, clock: ClockLike | None = None, tenant: str = "default") -> None:
        self._now, self._fork = clock_reader(clock), ForkGuard()
        try:
            place = make_url(url)
            self._dialect: Any = import_module(_DIALECTS[place.get_backend_name()])
        except (ArgumentError, NoSuchModuleError, KeyError, ValueError):
            raise ConfigurationError("The URL of the stock database is malformed", field="url") from None
        self._engine: Engine = self._dialect.engine(place)
        self._writer, self._reader = self._dialect.faces(self._engine)
        self._coalescer, self._known = Coalescer(self._write), LevelCache()
        try:
            self._tenant = self._retrying(lambda: self._migrated(tenant))
        except BaseException:
            self._engine.dispose()
            raise

    def _migrated(self, tenant: str) -> int:
        with self._writer.begin() as connection:
            return migrate(connection, tenant)

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """See `StockStore.apply`.

        Raises:
            InventoryError: The database failed; nothing was written. `retryable` when somebody else held the lock.
        """
        self._fork.check()
        return self._coalescer.apply(tuple(commands)) if commands else []

    def _write(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        payloads = check_all(commands)
        marks = [b"" if isinstance(payload, StockOutcome) else digest(payload) for payload in payloads]
        while (outcomes := self._retrying(lambda: self._transact((commands, payloads, marks)))) is None:
            pass
        return outcomes

    def _transact(self, batch: Batch) -> list[StockOutcome] | None:
        """One transaction; None when it was filled by expiring reservations and the commands are still to do."""
        with self._writer.begin() as connection:
            now = self._now()
            state = self._dialect.load(connection, self._tenant, batch, to_us(now), DUE_MAX, self._known)
            is_full = len(state.deadlines) >= DUE_MAX
            result = reduce_checked(state, *(NOTHING if is_full else batch), now)
            self._dialect.save(connection, self._tenant, state, result)
        self._known.keep(state.seq)
        return None if is_full else result.outcomes

    def _retrying(self, transaction: Callable[[], T]) -> T:
        """Repeat a transaction that failed for reasons of the moment. It may have been written before its reply was
        lost: keys make the repetition harmless."""
        attempt = overtaken = 0
        while True:
            try:
                return transaction()
            except Again:
                overtaken += 1
                if overtaken == OVERTAKEN_MAX:
                    raise InventoryError("Others were always faster; apply the same again", retryable=True) from None
            except DBAPIError as error:
                attempt += 1
                if (pause := self._dialect.pause_s(error, attempt)) is None:
                    raise self._failure(error) from None
                time.sleep(pause)

    def _failure(self, error: DBAPIError) -> InventoryError:
        if self._dialect.is_busy(error):
            return InventoryError(
                "The stock database stayed locked or could not be reached; apply the same again", retryable=True
            )
        return InventoryError(f"The stock database failed, nothing was written: {self._dialect.told(error)}")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A consistent view in which nothing is overdue."""
        self._fork.check()
        try:
            with self._reader.connect() as connection:
                if self._dialect.has_due(connection, self._tenant, to_us(self._now())):
                    connection.rollback()
                    self._coalescer.apply(())
                yield connection
        except DBAPIError as error:
            raise self._failure(error) from None

    def level(self, sku: str, warehouse: str) -> Level:
        """See `StockStore.level`."""
        wanted = self._levels().where(LEVELS.c.sku == sku, LEVELS.c.warehouse == warehouse)
        with self._reading() as connection:
            found = connection.execute(wanted).first()
        return Level(sku, warehouse) if found is None else Level(*found)

    def levels(self, skus: Iterable[str] | None = None) -> list[Level]:
        """See `StockStore.levels`; sorted by SKU and warehouse."""
        return list(self.snapshot(skus).levels)

    def snapshot(self, skus: Iterable[str] | None = None) -> StockSnapshot:
        """See `Ledger.snapshot`."""
        with self._reading() as connection:
            version = connection.execute(select(TENANTS.c.seq).where(TENANTS.c.id == self._tenant)).scalar_one()
            rows = _by_name(connection, self._levels(), LEVELS.c.sku, skus)
        levels = sorted((Level(*row) for row in rows), key=lambda level: (level.sku, level.warehouse))
        return StockSnapshot(version, tuple(levels))

    def _levels(self) -> Select[Any]:
        table = LEVELS.c
        columns = (table.sku, table.warehouse, table.on_hand, table.reserved, table.version)
        return select(*columns).where(table.tenant == self._tenant)

    def movements(self, sku: str, warehouse: str) -> list[Movement]:
        """See `StockStore.movements`."""
        with self._reading() as connection:
            rows = self._dialect.movements(connection, self._tenant, sku, warehouse)
        return [
            Movement(seq, key, kind, sku, warehouse, on_hand, reserved, from_us(at), reason)
            for seq, key, kind, on_hand, reserved, at, reason in rows
        ]

    def reservations(
        self, open: bool = True, *, keys: Iterable[str] | None = None, status: ReservationStatus | None = None
    ) -> list[Reservation]:
        """See `Ledger.reservations`."""
        table = COMMANDS.c
        wanted = select(table.key, table.lines, table.expires_at, table.status).where(table.tenant == self._tenant)
        state = status or ("open" if open else None)
        wanted = wanted.where(table.status.is_not(None) if state is None else table.status == state)
        with self._reading() as connection:
            rows = _by_name(connection, wanted, table.key, keys)
        rows.sort(key=lambda row: row[0])
        lines = decode_lines([row[1] for row in rows])
        return [
            reservation_of(key, held, until, became) for (key, _, until, became), held in zip(rows, lines, strict=True)
        ]

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self._engine.dispose(close=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _by_name(connection: Connection, wanted: Select[Any], column: Any, names: Iterable[str] | None) -> list[Any]:
    """All rows, or those whose `column` is one of `names`, in bounded statements of one transaction."""
    if names is None:
        return list(connection.execute(wanted).all())
    listed = sorted(set(names))
    parts = (listed[start : start + NAMES_MAX] for start in range(0, len(listed), NAMES_MAX))
    return [row for part in parts for row in connection.execute(wanted.where(column.in_(part))).all()]
