"""What every SQL noun shares: the engine, the tenant, the clock, one writer at a time. Imports `stores`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table, select

from orderhub.errors import ConfigurationError
from orderhub.stores import sql_schema as schema
from orderhub.stores.base import Now
from orderhub.stores.law import micros
from orderhub.stores.sql_dialect import insert, reading, translated, writing

__all__ = ["CHUNK", "SqlBase", "chunks", "migrate"]

T = TypeVar("T")
CHUNK: Final = 500
"""Keys in one IN list: well below every database's limit on parameters."""


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in tuples of at most `size`."""
    found = tuple(items)
    return (found[start : start + size] for start in range(0, len(found), size))


def migrate(engine: Engine) -> None:
    """Create the tables, or refuse a database that a newer release has written.

    Raises:
        ConfigurationError: The schema is newer than this release.
    """
    with writing(engine) as connection:
        schema.metadata.create_all(connection)
        written = {"name": "schema", "value": str(schema.SCHEMA_VERSION)}
        connection.execute(insert(connection, schema.meta).on_conflict_do_nothing(), written)
        found = int(connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == "schema")).scalar_one())
    if found > schema.SCHEMA_VERSION:
        raise ConfigurationError(
            f"the database has schema {found}, this release knows {schema.SCHEMA_VERSION}: upgrade orderhub"
        )


class SqlBase:
    """One tenant's view of one database."""

    def __init__(self, engine: Engine, *, tenant: str, clock: Now) -> None:
        self._engine, self._tenant, self._clock = engine, tenant, clock
        self._writer = threading.Lock()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Threads of one process queue here, which is fair; only processes meet at the file's own lock."""
        with self._writer, writing(self._engine) as connection:
            yield connection

    def _mine(self, table: Table) -> Any:
        return table.c.tenant == self._tenant

    def _now_us(self) -> int:
        return micros(self._clock.now())

    def close(self) -> None:
        """Release connections; calling it twice is harmless."""
        with translated():
            self._engine.dispose()
