"""One way to open the order stores: by URL. Imports each store lazily; `ports`, `errors`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.stores.base import Now, Stores, SystemNow

__all__ = ["open_stores"]

_SCHEMES = '"memory:", "sqlite:///hub.db" (four slashes for an absolute path) and "postgresql://user@host/name" work'


def open_stores(url: str, *, tenant: str = "default", clock: Now | None = None) -> Stores:
    """Orders, refunds, cursors, tokens, quarantine, run log, seen ids, claims and outbox behind one object.

    Tables are made or migrated on the way. Any `ports.Clock` will do as `clock`; it dates what arrives.

    Raises:
        ConfigurationError: The scheme is unknown, a package is missing, or the file cannot be used.
        StoreUnavailable: Another process keeps the database locked.
    """
    if not tenant:
        raise ConfigurationError("tenant must not be empty", field="tenant")
    now = clock or SystemNow()
    scheme, _, rest = url.partition(":")
    if url in {"memory:", "memory://"}:
        from orderhub.stores.memory import MemoryStores

        return MemoryStores(clock=now)
    if scheme == "sqlite":
        return _sqlite(rest, tenant, now)
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        return _postgres(f"postgresql:{rest}", tenant, now)
    raise ConfigurationError(f"no order store for the scheme {scheme!r}: {_SCHEMES}", field="database")


def _sqlite(rest: str, tenant: str, clock: Now) -> Stores:
    path = rest.removeprefix("///")
    if path == rest or path in {"", ":memory:"}:
        raise ConfigurationError(f"a SQLite database needs a file, and tests in memory use memory: {_SCHEMES}")
    stores: Stores = _sql().open_sqlite_stores(Path(path), tenant=tenant, clock=clock)
    return stores


def _postgres(url: str, tenant: str, clock: Now) -> Stores:
    stores: Stores = _sql("psycopg").open_postgres_stores(url, tenant=tenant, clock=clock)
    return stores


def _sql(*drivers: str) -> Any:
    """The module of the SQL stores, with the packages that it needs."""
    try:
        for driver in drivers:
            importlib.import_module(driver)
        return importlib.import_module("orderhub.stores.sql")
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"sqlalchemy", *drivers}:
            raise
        raise ConfigurationError(
            f'SQL databases need the package {missing}, which is missing: pip install "orderhub[sql]"'
        ) from error
