"""Connections to a Redis-protocol server: durability checked, failures told. Imports `errors`; needs redis-py."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError
from redis.retry import Retry

from orderhub.errors import ConfigurationError, InventoryError

__all__ = ["connect", "prefix", "retrying"]

T = TypeVar("T")

PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Waits between attempts while the server restarts or cannot be reached."""
PASSING = ("LOADING", "READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS")
"""First words of refusals that a later attempt may not meet."""
WANTED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
"""What a server needs that holds the only copy of a ledger."""
TIMEOUT_S = 30


def connect(url: str, *, is_ledger: bool = True) -> Redis:
    """A client whose failures are ours to repeat.

    Args:
        url: `redis://…`, `rediss://…` or `unix://…`; `?durability=trust` skips the check where CONFIG is forbidden.
        is_ledger: Whether the server holds the only copy, and so must sync its append-only file after every write.
    Raises:
        ConfigurationError: The URL is malformed, or the server may lose what it acknowledged.
        InventoryError: The server cannot be reached; retryable.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    durability = options.pop("durability", "check")
    if durability not in {"check", "trust"}:
        raise ConfigurationError("durability is check or trust", field="url")
    options = {"socket_timeout": str(TIMEOUT_S), "socket_connect_timeout": "10", **options}
    try:
        client = Redis.from_url(urlunsplit(parts._replace(query=urlencode(options))), retry=Retry(NoBackoff(), 0))
    except ValueError:
        raise ConfigurationError(
            "The URL of the Redis server cannot be read: write redis://host:6379/0", field="url"
        ) from None
    try:
        retrying(lambda: _check_durable(client) if is_ledger and durability == "check" else client.ping())
    except BaseException:
        client.close()
        raise
    return client


def prefix(kind: str, name: str) -> str:
    """The start of every key of one ledger or loan; the braces keep them on one node of a cluster."""
    return f"orderhub:{kind}:{{{quote(name, safe='')}}}"


def _check_durable(client: Redis) -> None:
    answers: dict[str, Any] = {}
    try:
        for setting in WANTED:
            answers[setting] = dict(client.config_get(setting)).get(setting)
    except ResponseError as error:
        if _first_word(error) in PASSING:
            raise
        raise ConfigurationError(
            "The Redis server does not tell its settings. If its append-only file is on and always synced, and it "
            "never evicts, add ?durability=trust to the URL",
            field="url",
        ) from None
    wrong = [f"{setting} {value}" for setting, value in WANTED.items() if answers.get(setting) != value]
    if wrong:
        raise ConfigurationError(
            f"This Redis server may lose what it acknowledged; a stock ledger needs: {', '.join(wrong)}", field="url"
        )


def _first_word(error: RedisError) -> str:
    return str(error).partition(" ")[0]


def _is_passing(error: RedisError) -> bool:
    return isinstance(error, ConnectionError | TimeoutError) or _first_word(error) in PASSING


def retrying(call: Callable[[], T]) -> T:
    """Repeat what failed for reasons of the moment. It may have been written before its reply was lost: `call` must
    be harmless to repeat.

    Raises:
        InventoryError: The server refused, or cannot be reached (retryable).
    """
    for pause in (*PAUSES_S, None):
        try:
            return call()
        except RedisError as error:
            told = f"{type(error).__name__} {_first_word(error) if isinstance(error, ResponseError) else ''}".strip()
            if not _is_passing(error):
                raise InventoryError(f"The Redis server refused: {told}") from None
            if pause is None:
                raise InventoryError(
                    f"The Redis server cannot be reached or is not ready ({told}); apply the same again",
                    retryable=True,
                ) from None
        time.sleep(pause)
    raise AssertionError("unreachable")
