"""One way to open the order stores: by URL. Imports each store lazily; `ports`, `errors`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.stores.base import Now, Stores, SystemNow
from orderhub.stores.vault import Vault

__all__ = ["open_stores"]

_SCHEMES = '"memory:", "sqlite:///hub.db" (four slashes for an absolute path) and "postgresql://user@host/name" work'


def open_stores(
    url: str,
    *,
    tenant: str = "default",
    clock: Now | None = None,
    encryption_keys: Sequence[str] = (),
    keep_raw: bool = True,
) -> Stores:
    """Orders, refunds, cursors, tokens, quarantine, run log, seen ids, claims and outbox behind one object.

    Tables are made or migrated on the way.

    Args:
        clock: Any `ports.Clock`; it dates what arrives.
        encryption_keys: Of `orderhub.stores.vault.new_key`, the current one first, older ones after it for reading.
            With a key everything personal and every token is sealed in the database. Stores in memory need none.
        keep_raw: Whether untouched documents are kept beside the orders, compressed.
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

        return MemoryStores(clock=now, keep_raw=keep_raw)
    if scheme == "sqlite":
        return _sqlite(rest, tenant, now, encryption_keys, keep_raw)
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        return _postgres(f"postgresql:{rest}", tenant, now, encryption_keys, keep_raw)
    raise ConfigurationError(f"no order store for the scheme {scheme!r}: {_SCHEMES}", field="database")


def _sqlite(rest: str, tenant: str, clock: Now, keys: Sequence[str], keep_raw: bool) -> Stores:
    path = rest.removeprefix("///")
    if path == rest or path in {"", ":memory:"}:
        raise ConfigurationError(f"a SQLite database needs a file, and tests in memory use memory: {_SCHEMES}")
    opened: Stores = _sql().open_sqlite_stores(
        Path(path), tenant=tenant, clock=clock, vault=Vault(keys), keep_raw=keep_raw
    )
    return opened


def _postgres(url: str, tenant: str, clock: Now, keys: Sequence[str], keep_raw: bool) -> Stores:
    opened: Stores = _sql("psycopg").open_postgres_stores(
        url, tenant=tenant, clock=clock, vault=Vault(keys), keep_raw=keep_raw
    )
    return opened


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
