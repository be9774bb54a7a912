"""One way to open the order stores: by URL. Imports each store lazily; `ports`, `errors`."""

from __future__ import annotations

from pathlib import Path

from orderhub.errors import ConfigurationError
from orderhub.stores.base import Now, Stores, SystemNow

__all__ = ["open_stores"]

_SCHEMES = 'today "memory:" and "sqlite:///hub.db" work (four slashes for an absolute path)'


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
    raise ConfigurationError(f"no order store for the scheme {scheme!r}: {_SCHEMES}", field="database")


def _sqlite(rest: str, tenant: str, clock: Now) -> Stores:
    path = rest.removeprefix("///")
    if path == rest or path in {"", ":memory:"}:
        raise ConfigurationError(f"a SQLite database needs a file, and tests in memory use memory: {_SCHEMES}")
    try:
        from orderhub.stores.sql import open_sqlite_stores
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise ConfigurationError(
            'sqlite databases need SQLAlchemy 2, which is missing: pip install "orderhub[sql]"'
        ) from error
    return open_sqlite_stores(Path(path), tenant=tenant, clock=clock)
