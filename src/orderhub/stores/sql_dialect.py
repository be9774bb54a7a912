"""What the databases share: transactions, errors, bulk writes, upserts, locks. Imports `errors`, SQLAlchemy.

A further database is one more row in `_INSERTS`, `_LOCKS`, `_ERRORS` and one more module with an `open_…` function.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ARRAY, Connection, Engine, Insert, Table, Text, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from orderhub.stores.base import StoreUnavailable

__all__ = [
    "CLUSTERED",
    "WRITE",
    "bulk",
    "changed",
    "insert",
    "lock",
    "reading",
    "scrub",
    "translated",
    "upsert",
    "writing",
]

CLUSTERED: Final[dict[str, Any]] = {"sqlite_with_rowid": False}
"""Table options: keep narrow rows inside the primary key's tree. Other databases ignore it."""

WRITE: Final = "orderhub_write"
"""Execution option of connections whose transaction will write."""

_CONNECTION_STATES: Final = ("08", "53", "55", "57", "40")
"""PostgreSQL's classes of errors that tell of connections, resources and locks, never of anybody's data."""

_INSERTS: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _told_by_sqlite(error: Any) -> str:
    return str(error)


def _told_by_postgres(error: Any) -> str:
    """The state, and the text only where it cannot quote a row."""
    state: str = getattr(error, "sqlstate", None) or ""
    kind = type(error).__name__
    if state and not state.startswith(_CONNECTION_STATES):
        return f"{kind}, SQLSTATE {state}"
    return f"{kind}: {str(error).splitlines()[0] if str(error) else state}"


_ERRORS: Final[dict[str, Callable[[Any], str]]] = {"psycopg": _told_by_postgres, "sqlite3": _told_by_sqlite}


@contextmanager
def translated() -> Iterator[None]:
    """Database errors as `StoreUnavailable`, told without statement, parameters or rows: those hold personal data."""
    try:
        yield
    except DBAPIError as error:
        driver = type(error.orig).__module__.partition(".")[0]
        told = _ERRORS.get(driver, _told_by_sqlite)(error.orig)
        raise StoreUnavailable(f"the database refused: {told}; nothing is known to be written") from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view over all of its statements; takes no lock that a writer would wait for."""
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction. In SQLite it holds the write lock from its start; elsewhere `lock` fences what it reads."""
    with translated(), engine.connect() as connection:
        connection.execution_options(**{WRITE: True})
        with connection.begin():
            yield connection


def lock(connection: Connection, names: Iterable[str]) -> None:
    """Hold these names until the transaction ends; whoever wants one of them waits, and then sees what was written.

    Names are taken in one order, so that two writers never wait for each other. A SQLite writer is alone already.
    """
    if connection.dialect.name == "sqlite":
        return
    for number in sorted(_number(name) for name in set(names)):
        connection.execute(_ADVISORY, {"number": number})


_ADVISORY: Final = text("SELECT pg_advisory_xact_lock(:number)")


def _number(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=8, person=b"orderhub").digest()
    return int.from_bytes(digest, "big", signed=True)


def bulk(connection: Connection, statement: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Run one INSERT for many rows of `columns`, all of one tenant, handing the driver its values directly.

    Converting parameters row by row costs SQLAlchemy more than the database takes to store them; the columns written
    in bulk are text, integers and bytes, which every driver takes as they are.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        arrays: dict[str, Any] = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
        arrays["tenant"] = rows[0][list(columns).index("tenant")]
        connection.exec_driver_sql(_unnested(connection, statement, tuple(columns)), arrays)
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    connection.exec_driver_sql(str(compiled), list(rows))


def _unnested(connection: Connection, statement: Insert, columns: tuple[str, ...]) -> str:
    """The same INSERT over one array per column: a single statement for any number of rows.

    Arrays go in binary form: as text each of their elements would be searched for characters to escape.
    """
    others = [name for name in columns if name != "tenant"]
    arrays = [bindparam(name, type_=ARRAY(statement.table.c[name].type)) for name in others]
    rows = func.unnest(*arrays).table_valued(*others).render_derived()
    values = [bindparam(name, type_=Text) if name == "tenant" else rows.c[name] for name in columns]
    compiled = statement.from_select(list(columns), select(*values)).compile(dialect=connection.dialect)
    return _PLACE.sub(r"%(\1)b", str(compiled))


_PLACE: Final = re.compile(r"%\((\w+)\)s")


def changed(connection: Connection, statement: Any) -> bool:
    """Run one INSERT or UPDATE of one row and say whether it wrote it; drivers' own counts differ."""
    column = next(iter(statement.table.primary_key))
    return connection.execute(statement.returning(column)).first() is not None


def insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _INSERTS[connection.dialect.name](table)


def upsert(connection: Connection, table: Table, *, keep: Sequence[str] = (), where: Any = None) -> Any:
    """INSERT, or on a known primary key replace every column except those in `keep`."""
    statement = insert(connection, table)
    key = {column.name for column in table.primary_key}
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key | set(keep)}
    return statement.on_conflict_do_update(index_elements=sorted(key), set_=changed, where=where)


def scrub(engine: Engine) -> None:
    """Let what was overwritten leave the disk as far as the database can: SQLite's log is emptied into the file.

    PostgreSQL keeps old row versions until its own VACUUM, and both databases' backups are the host's.
    """
    if engine.dialect.name == "sqlite":
        with translated(), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
