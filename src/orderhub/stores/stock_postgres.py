"""The stock ledger's PostgreSQL: connections, sessions, and which failures pass. Imports `errors`, SQLAlchemy.

`stock_postgres_batch` reads and writes the batches; its functions are offered here beside those of this module.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from orderhub.errors import ConfigurationError
from orderhub.stores.stock_postgres_batch import load, save
from orderhub.stores.stock_postgres_read import has_due, movements

__all__ = ["engine", "faces", "has_due", "is_busy", "load", "movements", "pause_s", "save", "told"]

LOCK_TIMEOUT_S = 30
PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Waits between attempts while the server restarts or cannot be reached."""
CONFLICTS_MAX = 10
"""Attempts after deadlocks and serialization failures, which our own locks exclude and other software may cause."""
CONFLICT_STATES = frozenset({"40001", "40P01"})
BUSY_STATES = frozenset({"55P03"})
LOST_STATES = ("08", "57P")
"""Classes of errors after which a new connection may succeed: connection failures, shutdown, start-up."""

SESSION = (
    f"SET lock_timeout = {LOCK_TIMEOUT_S * 1000}",
    "SET jit = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)
"""Plans are by index whatever the tables held when they were first made; a commit is on the disk when acknowledged."""


def engine(url: URL) -> Engine:
    """Connections to one database, checked before use; sessions wait `LOCK_TIMEOUT_S` for a lock at most.

    Raises:
        ConfigurationError: psycopg is missing.
    """
    try:
        made = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_size=4,
            max_overflow=12,
            pool_pre_ping=True,
            pool_recycle=1800,
        )
    except ModuleNotFoundError as error:
        raise ConfigurationError("postgresql:// needs psycopg: pip install orderhub[sql]", field="url") from error
    event.listen(made, "connect", _set_up)
    return made


def faces(made: Engine) -> tuple[Engine, Engine]:
    """The engine for writing transactions, which see what others committed, and the one for reading one instant."""
    reader = made.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return made.execution_options(isolation_level="READ COMMITTED"), reader


def _set_up(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        for statement in SESSION:
            cursor.execute(statement)
    connection.commit()


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _is_lost(error: DBAPIError) -> bool:
    """Whether the connection failed; a failure without a state comes from the network, or from a server in start-up."""
    state = _state(error)
    return state.startswith(LOST_STATES) if state else type(error.orig).__name__ == "OperationalError"


def is_busy(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed later."""
    return _is_lost(error) or _state(error) in CONFLICT_STATES | BUSY_STATES


def pause_s(error: DBAPIError, attempt: int) -> float | None:
    """Seconds before attempt number `attempt` + 1, None when there is no use in one."""
    if _is_lost(error):
        return PAUSES_S[attempt - 1] if attempt <= len(PAUSES_S) else None
    return 0.01 * attempt if _state(error) in CONFLICT_STATES and attempt < CONFLICTS_MAX else None


def told(error: DBAPIError) -> str:
    """Kind and state of an error; its text may quote rows."""
    return f"{type(error.orig).__name__}, SQLSTATE {_state(error) or 'none'}"
