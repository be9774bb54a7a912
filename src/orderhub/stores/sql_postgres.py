"""Opening a PostgreSQL database that many processes share. Imports `errors`, SQLAlchemy; needs psycopg 3."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from orderhub.errors import ConfigurationError
from orderhub.stores.sql_dialect import translated

__all__ = ["open_postgres"]

LOCK_MS: Final = 30_000
"""How long a writer waits for another one, milliseconds."""

POOL: Final = {"pool_size": 4, "max_overflow": 12, "pool_pre_ping": True, "pool_recycle": 1800}
"""Connections of one process; a connection that the server closed meanwhile is replaced unseen."""

_SESSION: Final = (f"SET lock_timeout = {LOCK_MS}",)


def open_postgres(url: str) -> Engine:
    """An engine over one database; sessions of it wait `LOCK_MS` for a lock at most.

    Raises:
        ConfigurationError: The URL cannot be read; it is never quoted, for it may hold a password.
        StoreUnavailable: The server does not answer.
    """
    try:
        place = make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "the database URL cannot be read: write postgresql://user@host:5432/name", field="database"
        ) from None
    engine = create_engine(place, hide_parameters=True, **POOL)
    event.listen(engine, "connect", _on_connect)
    try:
        with translated(), engine.connect():
            pass
    except BaseException:
        engine.dispose()
        raise
    return engine


def _on_connect(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for statement in _SESSION:
            cursor.execute(statement)
    connection.commit()
