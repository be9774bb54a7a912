"""The SQL stores put together. Imports `stores`; needs the extra `sql`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from orderhub.stores.base import Now
from orderhub.stores.sql_base import SqlBase
from orderhub.stores.sql_desk import SqlDesk
from orderhub.stores.sql_migrate import migrate
from orderhub.stores.sql_once import SqlOnce
from orderhub.stores.sql_orders import SqlOrders
from orderhub.stores.sql_query import SqlQueries

__all__ = ["SqlStores", "open_postgres_stores", "open_sqlite_stores"]


class SqlStores(SqlOrders, SqlQueries, SqlDesk, SqlOnce, SqlBase):
    """`Stores` over one SQL database; threads and processes may share it."""


def open_sqlite_stores(path: Path, *, tenant: str, clock: Now) -> SqlStores:
    """Stores in one SQLite file, made (mode 0600) and migrated as needed."""
    from orderhub.stores.sql_sqlite import open_sqlite

    return _opened(open_sqlite(path), tenant, clock)


def open_postgres_stores(url: str, *, tenant: str, clock: Now) -> SqlStores:
    """Stores in one PostgreSQL database, whose tables are made and migrated as needed."""
    from orderhub.stores.sql_postgres import open_postgres

    return _opened(open_postgres(url), tenant, clock)


def _opened(engine: Engine, tenant: str, clock: Now) -> SqlStores:
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStores(engine, tenant=tenant, clock=clock)
