"""Real servers, started once a session and only when a test asks for them; each test has a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings

from orderhub.testing import servers

# The same examples in every run, so that a red run says something about the change; new ones on request.
# Forty-five examples a law keep the run below six minutes on two cores; exploring tries three hundred.
settings.register_profile("steady", derandomize=True, max_examples=45)
settings.register_profile("exploring", derandomize=False, max_examples=300)
settings.load_profile("exploring" if os.environ.get("ORDERHUB_EXPLORE") else "steady")

_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server's maintenance database."""
    with servers.postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database."""
    with servers.fresh_database(postgres_server, f"orderhub_{next(_NUMBERS)}") as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """URL of a Redis-protocol server."""
    with servers.redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """URL of an empty Redis-protocol database."""
    import redis

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
