"""The SQL stores put together. Imports `stores`; needs the extra `sql`."""

from __future__ import annotations

from pathlib import Path

from orderhub.stores.base import Now
from orderhub.stores.sql_base import SqlBase, migrate
from orderhub.stores.sql_desk import SqlDesk
from orderhub.stores.sql_dialect import open_sqlite
from orderhub.stores.sql_once import SqlOnce
from orderhub.stores.sql_orders import SqlOrders
from orderhub.stores.sql_query import SqlQueries

__all__ = ["SqlStores", "open_sqlite_stores"]


class SqlStores(SqlOrders, SqlQueries, SqlDesk, SqlOnce, SqlBase):
    """`Stores` over one SQL database; threads and processes may share it."""


def open_sqlite_stores(path: Path, *, tenant: str, clock: Now) -> SqlStores:
    """Stores in one SQLite file, made (mode 0600) and migrated as needed."""
    engine = open_sqlite(path)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStores(engine, tenant=tenant, clock=clock)
