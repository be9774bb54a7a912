"""Opening a SQLite file that several processes may share. Imports `errors`, SQLAlchemy."""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event

from orderhub.errors import ConfigurationError
from orderhub.stores.base import StoreUnavailable
from orderhub.stores.sql_dialect import WRITE, translated

__all__ = ["PRAGMAS", "create_private", "open_sqlite"]

BUSY_MS: Final = 30_000
"""How long a writer waits for another process, milliseconds."""
_CREATING = Lock()

PAGE_BYTES: Final = 8192
"""An order with its raw document is about 4 kB: two to a page, and a fifth faster to write than with 4 kB pages."""

PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",
)


def open_sqlite(path: Path) -> Engine:
    """An engine over one file; a new file is readable by its owner only.

    Raises:
        ConfigurationError: The folder is missing or the file cannot be written.
        StoreUnavailable: Another process kept the file locked.
    """
    create_private(path)
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


def create_private(path: Path) -> None:
    """Make a file that is not there yet, readable by its owner only; raises `ConfigurationError`.

    A file that is there is not opened: closing it would drop the locks that this process holds on it through SQLite,
    and another process would then take itself for the last one and remove the log that is in use.
    """
    try:
        with _CREATING:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
            raise ConfigurationError(
                f"the database file {path} cannot be opened: it is no file, or not yours to write; give another path"
            ) from None
    except OSError as error:
        raise ConfigurationError(
            f"the database file {path} cannot be opened ({error.strerror}): create its folder, or give another path"
        ) from error


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not start transactions of its own
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE, False)
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
