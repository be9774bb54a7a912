"""The only place that knows one database from another: opening, transactions, upserts. Imports `errors`.

A second database is one more row in `_INSERTS` and one more `open_…` function.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from orderhub.errors import ConfigurationError
from orderhub.stores.base import StoreUnavailable

__all__ = ["CLUSTERED", "bulk", "insert", "open_sqlite", "reading", "translated", "upsert", "writing"]

CLUSTERED: Final[dict[str, Any]] = {"sqlite_with_rowid": False}
"""Table options: keep narrow rows inside the primary key's tree. Other databases ignore it."""

BUSY_MS: Final = 30_000
"""How long a writer waits for another process, milliseconds."""

PAGE_BYTES: Final = 8192
"""An order with its raw document is about 4 kB: two to a page, and a fifth faster to write than with 4 kB pages."""

_WRITE: Final = "orderhub_write"
_INSERTS: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",
)


def open_sqlite(path: Path) -> Engine:
    """An engine over one file that several processes may share; a new file is readable by its owner only.

    Raises:
        ConfigurationError: The folder is missing or the file cannot be written.
        StoreUnavailable: Another process kept the file locked.
    """
    _create_private(path)
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    try:
        with translated():
            _write_ahead(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _create_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigurationError(
            f"the database file {path} cannot be opened ({error.strerror}): create its folder, or give another path"
        ) from error


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not start transactions of its own
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _write_ahead(engine: Engine, attempts: int = 50) -> None:
    """Turn on the write-ahead log; changing the mode does not honour the busy timeout, hence the attempts."""
    for attempt in range(attempts):
        raw = engine.raw_connection()
        try:
            raw.cursor().execute(f"PRAGMA page_size = {PAGE_BYTES}")  # heeded by a new file only
            raw.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except Exception as error:
            if "locked" not in str(error) or attempt == attempts - 1:
                raise StoreUnavailable(f"the database file cannot be prepared: {error}") from error
            time.sleep(0.05)
        finally:
            raw.close()


@contextmanager
def translated() -> Iterator[None]:
    """Database errors as `StoreUnavailable`, told without statement or parameters: those hold personal data."""
    try:
        yield
    except DBAPIError as error:
        raise StoreUnavailable(f"the database refused: {error.orig}; nothing was written") from error.orig


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view; takes no write lock."""
    with translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that holds the write lock from its start, so that what it reads stays true until it commits."""
    with translated(), engine.connect() as connection:
        connection.execution_options(**{_WRITE: True})
        with connection.begin():
            yield connection


def bulk(connection: Connection, statement: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Run one INSERT for many rows of `columns`, handing the driver its values directly.

    Converting parameters row by row costs SQLAlchemy more than SQLite takes to store them; the columns written in
    bulk are text, integers and bytes, which every driver takes as they are.
    """
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    if compiled.positional and compiled.positiontup == list(columns):
        connection.exec_driver_sql(str(compiled), list(rows))
    else:
        connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in rows])


def insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _INSERTS[connection.dialect.name](table)


def upsert(connection: Connection, table: Table, *, keep: Sequence[str] = (), where: Any = None) -> Any:
    """INSERT, or on a known primary key replace every column except those in `keep`."""
    statement = insert(connection, table)
    key = {column.name for column in table.primary_key}
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key | set(keep)}
    return statement.on_conflict_do_update(index_elements=sorted(key), set_=changed, where=where)
