"""Opens a stock ledger by URL. The one module of `inventory` that reaches stores, each by one lazy import."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from orderhub.errors import ConfigurationError
from orderhub.inventory.ledger import AsyncLedger, ClockLike, Ledger

__all__ = ["open_ledger", "open_ledger_async"]


def open_ledger(url: str, *, clock: ClockLike | None = None, tenant: str = "default") -> Ledger:
    """A stock ledger; its tables are created or migrated.

    Args:
        url: `memory:` for this process only, or `sqlite:///stock.db` (`sqlite:////absolute/path.db`) for one machine:
            any number of threads and processes; `postgresql://user@host/name` or `redis://host:6379/0` for any number
            of machines.
        clock: What decides when reservations expire; the system's clock by default.
        tenant: A namespace: keys, SKUs and levels of two tenants never meet. `memory:` is a namespace of its own.
    Raises:
        ConfigurationError: The URL's scheme is unknown, the database cannot be opened, or an extra is missing.
    """
    return _opener(url, clock, tenant)()


def open_ledger_async(url: str, *, clock: ClockLike | None = None, tenant: str = "default") -> AsyncLedger:
    """`open_ledger` with awaited verbs, for one event loop; the database is opened by the first verb.

    Concurrent calls are put together into batches. Arguments and errors as for `open_ledger`; a wrong URL is refused
    at once.
    """
    from orderhub.stores.stock_async import StockLedgerAsync

    return StockLedgerAsync(_opener(url, clock, tenant))


def _opener(url: str, clock: ClockLike | None, tenant: str) -> Callable[[], Ledger]:
    scheme = url.partition(":")[0].partition("+")[0] if isinstance(url, str) and ":" in url else ""
    if scheme not in _SCHEMES:
        raise ConfigurationError(
            f"A stock ledger cannot be opened with the scheme {scheme!r}: use memory:, sqlite:///path.db, "
            "postgresql://user@host/name or redis://host:6379/0",
            field="url",
        )
    if not isinstance(tenant, str) or not 0 < len(tenant) <= 100 or not tenant.isprintable():
        raise ConfigurationError("tenant must be printable text of 1 to 100 characters", field="tenant")
    return partial(_SCHEMES[scheme], url, clock, tenant)


def _open_memory(url: str, clock: ClockLike | None, tenant: str) -> Ledger:
    from orderhub.stores.stock_memory import MemoryLedger

    if url not in {"memory:", "memory://"}:
        raise ConfigurationError("The ledger in memory has no name: write memory:", field="url")
    return MemoryLedger(clock=clock)


def _open_sql(url: str, clock: ClockLike | None, tenant: str) -> Ledger:
    try:
        from orderhub.stores.stock_sql import SqlLedger
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise ConfigurationError("SQL databases need SQLAlchemy: pip install orderhub[sql]", field="url") from error
    named = f"postgresql{url.removeprefix('postgres')}" if url.startswith("postgres:") else url
    return SqlLedger(named, clock=clock, tenant=tenant)


def _open_redis(url: str, clock: ClockLike | None, tenant: str) -> Ledger:
    try:
        from orderhub.stores.stock_redis import RedisLedger
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "redis":
            raise
        raise ConfigurationError("redis:// needs redis-py: pip install orderhub[redis]", field="url") from error
    return RedisLedger(url, clock=clock, tenant=tenant)


_SCHEMES: dict[str, Callable[[str, ClockLike | None, str], Ledger]] = {
    "memory": _open_memory,
    "sqlite": _open_sql,
    "postgresql": _open_sql,
    "postgres": _open_sql,
    "redis": _open_redis,
    "rediss": _open_redis,
}
