"""What a keeper of call quotas does, and how one is opened by URL. Imports `flow`; each keeper lazily."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from orderhub.errors import ConfigurationError
from orderhub.flow.bucket import Pace

__all__ = ["Quotas", "Want", "open_quotas"]

_SCHEMES = '"memory:", "sqlite:///quotas.db", "postgresql://user@host/name" and "redis://host:6379/0" work'


@dataclass(frozen=True, slots=True)
class Want:
    """One bucket that a call draws from, and how it fills as long as the platform told nothing else."""

    key: str
    pace: Pace = field(default_factory=Pace)


class Quotas(Protocol):
    """Token buckets by key. Whoever opens the same place shares them, threads and processes alike."""

    blocks: bool
    """Whether calls may wait for a disk or a network, so that an event loop leaves them to a thread."""

    def take(self, wants: Sequence[Want], cost: float, now_us: int) -> int:
        """Draw from every bucket at once; answers the microseconds to wait before the call may go."""
        ...

    def refuse(self, want: Want, until_us: int, now_us: int) -> None:
        """The platform said "too many": closed until then, and slower for everybody afterwards."""
        ...

    def tell(self, want: Want, now_us: int) -> None:
        """The platform told its rate: `want.pace`."""
        ...

    def close(self) -> None:
        """Release connections; what is kept stays kept."""
        ...


def open_quotas(url: str) -> Quotas:
    """Buckets that every process shares which opens the same `url`.

    Raises:
        ConfigurationError: The scheme is unknown or a package is missing.
        StoreUnavailable: The database does not answer.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        from orderhub.stores.quota_memory import MemoryQuotas

        return MemoryQuotas()
    if scheme == "sqlite" and (path := rest.removeprefix("///")) not in {rest, "", ":memory:"}:
        return _part("quota_sql", "sql", "sqlalchemy").open_sqlite_quotas(Path(path))  # type: ignore[no-any-return]
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        sql = _part("quota_sql", "sql", "sqlalchemy", "psycopg")
        return sql.open_postgres_quotas(f"postgresql:{rest}")  # type: ignore[no-any-return]
    if scheme in {"redis", "rediss", "unix"}:
        return _part("quota_redis", "redis", "redis").RedisQuotas(url)  # type: ignore[no-any-return]
    raise ConfigurationError(f"no keeper of quotas for the scheme {scheme!r}: {_SCHEMES}", field="quotas")


def _part(module: str, extra: str, *packages: str) -> Any:
    try:
        for package in packages:
            importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f'shared quotas here need the package {error.name}: pip install "orderhub[{extra}]"', field="quotas"
        ) from None
    return importlib.import_module(f"orderhub.stores.{module}")
