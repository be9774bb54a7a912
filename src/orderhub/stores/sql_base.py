"""What every SQL noun shares: the engine, the tenant, the clock, its transactions. Imports `stores`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table

from orderhub.stores.base import Now
from orderhub.stores.codec import Codec
from orderhub.stores.law import micros
from orderhub.stores.sql_dialect import lock, reading, translated, writing
from orderhub.stores.vault import Vault

__all__ = ["CHUNK", "SqlBase", "chunks"]

T = TypeVar("T")
CHUNK: Final = 500
"""Keys in one IN list: well below every database's limit on parameters."""


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in tuples of at most `size`."""
    found = tuple(items)
    return (found[start : start + size] for start in range(0, len(found), size))


class SqlBase:
    """One tenant's view of one database."""

    def __init__(self, engine: Engine, *, tenant: str, clock: Now, vault: Vault, keep_raw: bool = True) -> None:
        self._engine, self._tenant, self._clock, self._vault = engine, tenant, clock, vault
        self._codec = Codec(vault, tenant, keep_raw)
        self._owner()

    def _owner(self) -> None:
        """Threads of one process queue for SQLite's only writer, which is fair; processes meet at the file's lock."""
        alone = self._engine.dialect.name == "sqlite"
        self._writer: AbstractContextManager[Any] = threading.Lock() if alone else nullcontext()
        self._pid = os.getpid()

    def _forked(self) -> None:
        """A forked child leaves the parent's connections alone and opens its own."""
        if os.getpid() != self._pid:
            self._engine.dispose(close=False)
            self._owner()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._forked()
        with reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self, *names: str) -> Iterator[Connection]:
        """One transaction that holds the locks `names` of this tenant from its start."""
        self._forked()
        with self._writer, writing(self._engine) as connection:
            self._lock(connection, names)
            yield connection

    def _lock(self, connection: Connection, names: Iterable[str]) -> None:
        lock(connection, (f"{self._tenant}\n{name}" for name in names))

    def _mine(self, table: Table) -> Any:
        return table.c.tenant == self._tenant

    def _place(self, table: Table, *names: str) -> str:
        """What a sealed value of this table is bound to."""
        return self._codec.place(table.name, "\n".join(names))

    def _now_us(self) -> int:
        return micros(self._clock.now())

    def close(self) -> None:
        """Release connections; calling it twice is harmless."""
        with translated():
            self._engine.dispose()
