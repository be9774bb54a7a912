"""The SQL stores put together. Imports `stores`; needs the extra `sql`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select

from orderhub.errors import ConfigurationError
from orderhub.stores.base import Now
from orderhub.stores.law import micros
from orderhub.stores.sql_desk import SqlDesk
from orderhub.stores.sql_dialect import reading, upsert, writing
from orderhub.stores.sql_migrate import migrate
from orderhub.stores.sql_once import SqlOnce
from orderhub.stores.sql_orders import SqlOrders
from orderhub.stores.sql_papers import SqlPapers
from orderhub.stores.sql_privacy import SqlPrivacy
from orderhub.stores.sql_purchases import SqlPurchases
from orderhub.stores.sql_query import SqlQueries
from orderhub.stores.sql_schema import meta
from orderhub.stores.sql_shares import SqlShares
from orderhub.stores.vault import Vault

__all__ = ["SqlStores", "open_postgres_stores", "open_sqlite_stores"]


class SqlStores(SqlOrders, SqlQueries, SqlPrivacy, SqlDesk, SqlOnce, SqlShares, SqlPurchases, SqlPapers):
    """`Stores` over one SQL database; threads and processes may share it."""


def open_sqlite_stores(path: Path, *, tenant: str, clock: Now, vault: Vault, keep_raw: bool) -> SqlStores:
    """Stores in one SQLite file, made (mode 0600) and migrated as needed."""
    from orderhub.stores.sql_sqlite import open_sqlite

    return _opened(open_sqlite(path), tenant, clock, vault, keep_raw)


def open_postgres_stores(url: str, *, tenant: str, clock: Now, vault: Vault, keep_raw: bool) -> SqlStores:
    """Stores in one PostgreSQL database, whose tables are made and migrated as needed."""
    from orderhub.stores.sql_postgres import open_postgres

    return _opened(open_postgres(url), tenant, clock, vault, keep_raw)


def _opened(engine: Engine, tenant: str, clock: Now, vault: Vault, keep_raw: bool) -> SqlStores:
    def stores(name: str) -> SqlStores:
        own = vault if name == tenant else Vault()
        return SqlStores(engine, tenant=name, clock=clock, vault=own, keep_raw=keep_raw)

    try:
        migrate(engine, lambda: micros(clock.now()), lambda name: stores(name).reseal())
        _check_key(engine, tenant, vault)
    except BaseException:
        engine.dispose()
        raise
    return stores(tenant)


def _check_key(engine: Engine, tenant: str, vault: Vault) -> None:
    """Refuse to open without the key that the tenant's rows were sealed with last; remember today's.

    Raises:
        ConfigurationError: Keys were configured before, and this one is not among those given now.
    """
    name = f"key:{tenant}"
    with reading(engine) as connection:
        held = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    if held is not None and not vault.knows(bytes.fromhex(held)):
        raise ConfigurationError(
            f"the orders of tenant {tenant!r} are sealed under key {held}: give it in encryption_keys",
            field="encryption_keys",
        )
    if vault.is_on and held != vault.name.hex():
        with writing(engine) as connection:
            connection.execute(upsert(connection, meta), [{"name": name, "value": vault.name.hex()}])
