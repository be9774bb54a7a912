"""Quotas in a Redis-protocol server: the same steps as `flow.bucket`, taken by the server in one go. Needs redis-py.

The script is a second writing of that arithmetic, because only the server can take a step nobody else sees half done;
a test holds both against each other over random histories.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.flow.bucket import REGAIN_S
from orderhub.stores.base import StoreUnavailable
from orderhub.stores.quota_base import Want

__all__ = ["RedisQuotas"]

_KEPT_S = 7 * 86_400
"""A bucket that nobody used for so long is full again and forgotten."""

_SCRIPT = """
local names = {'rate', 'ceiling', 'size', 'tokens', 'at_us', 'closed_us'}
local act, now, number = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local regain, kept = tonumber(ARGV[4]), tonumber(ARGV[5])

local function load(key, rate, size)
  local kept_values = redis.call('HMGET', key, unpack(names))
  if not kept_values[1] then
    return {rate = rate, ceiling = rate, size = size, tokens = size, at_us = now, closed_us = 0}
  end
  local bucket = {}
  for i, name in ipairs(names) do bucket[name] = tonumber(kept_values[i]) end
  return bucket
end

local function save(key, bucket)
  local fields = {}
  for _, name in ipairs(names) do
    fields[#fields + 1] = name
    fields[#fields + 1] = string.format('%.17g', bucket[name])
  end
  redis.call('HSET', key, unpack(fields))
  redis.call('EXPIRE', key, kept)
end

local function grow(b)
  local elapsed = math.max(0, now - b.at_us) / 1e6
  b.tokens = math.min(b.size, b.tokens + elapsed * b.rate)
  b.rate = math.min(b.ceiling, b.rate + b.ceiling * elapsed / regain)
  b.at_us = math.max(b.at_us, now)
end

local function take(b)
  local shut = math.max(0, b.closed_us - now)
  if b.ceiling == 0 then return shut end
  grow(b)
  b.tokens = b.tokens - number
  if b.tokens < 0 then shut = shut + math.ceil(-b.tokens / b.rate * 1e6) end
  return shut
end

local function refuse(b)
  local first = now >= b.closed_us
  grow(b)
  b.closed_us = math.max(b.closed_us, number)
  b.at_us = math.max(b.at_us, b.closed_us)
  if first then
    b.rate = math.max(b.rate / 2, math.min(b.rate, 0.01))
    b.tokens = math.min(b.tokens, 0)
  end
end

local function tell(b, rate, size)
  if b.ceiling == rate and b.size == size then return end
  if b.ceiling == 0 then
    b.tokens, b.at_us = size, math.max(now, b.closed_us)
  else
    grow(b)
    b.tokens = math.min(b.tokens, size)
  end
  b.rate, b.ceiling, b.size = rate, rate, size
end

local wait = 0
for i, key in ipairs(KEYS) do
  local rate, size = tonumber(ARGV[4 + 2 * i]), tonumber(ARGV[5 + 2 * i])
  local bucket = load(key, rate, size)
  if act == 'take' then wait = math.max(wait, take(bucket))
  elseif act == 'refuse' then refuse(bucket)
  else tell(bucket, rate, size) end
  save(key, bucket)
end
return string.format('%.0f', wait)
"""


@contextmanager
def _translated() -> Iterator[None]:
    """The server's errors as `StoreUnavailable`, told without the address: it may hold a password."""
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as error:
        raise StoreUnavailable(f"the server that keeps quotas refused: {type(error).__name__}") from None


class RedisQuotas:
    """Buckets as hashes below `orderhub:quota:`."""

    blocks = True

    def __init__(self, url: str) -> None:
        import redis

        try:
            self._server = redis.Redis.from_url(url, socket_timeout=10, health_check_interval=30)
        except ValueError:
            raise ConfigurationError("the address of quotas cannot be read: write redis://host:6379/0") from None
        self._script = self._server.register_script(_SCRIPT)
        with _translated():
            self._server.ping()

    def take(self, wants: Sequence[Want], cost: float, now_us: int) -> int:
        """See `Quotas.take`."""
        return self._run("take", wants, now_us, cost)

    def refuse(self, want: Want, until_us: int, now_us: int) -> None:
        """See `Quotas.refuse`."""
        self._run("refuse", [want], now_us, until_us)

    def tell(self, want: Want, now_us: int) -> None:
        """See `Quotas.tell`."""
        self._run("tell", [want], now_us, 0)

    def _run(self, act: str, wants: Sequence[Want], now_us: int, number: float) -> int:
        keys = [f"orderhub:quota:{want.key}" for want in wants]
        paces: list[Any] = [value for want in wants for value in (want.pace.rate, want.pace.size)]
        with _translated():
            return int(self._script(keys=keys, args=[act, now_us, number, REGAIN_S, _KEPT_S, *paces]))

    def close(self) -> None:
        """Release connections."""
        self._server.close()
