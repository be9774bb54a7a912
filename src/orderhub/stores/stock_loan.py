"""Units lent by a stock ledger to a Redis server for a flash sale, and settled. Imports `inventory`, `models`.

The ledger reserves the units under one key, the loan's; Redis hands out only those; the drain turns what was taken into
reservations of the ledger, each under its own key. The ledger has the last word: what Redis forgets in a crash is a
sale lost, what it hands out twice is refused by the drain. Nothing is sold that the ledger does not hold.

Takes are numbered in order. A drain claims the next part of them, makes sure that they are on Redis' disk, and applies
the part as one batch whose keys and contents follow from the numbers: however often it is repeated, by whomever, the
effect is there once. In that batch the loan first shrinks by the part's units, so that exactly these are free for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from redis.exceptions import ResponseError

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory.canonical import Lines, check, decode_lines, digest, encode_lines
from orderhub.inventory.ledger import Ledger
from orderhub.models.stock import (
    Move,
    Release,
    Reserve,
    Shortage,
    StockLine,
    StockOutcome,
    StockReason,
)
from orderhub.stores.stock_redis_server import connect, prefix, retrying

__all__ = ["LoanReport", "StockLoan"]

PART_MAX = 500
"""Takes that one batch of a drain settles."""
SYNC_TIMEOUT_MS = 10_000
REMEMBER_S = 86_400
"""How long Redis answers repeated takes of a sale that has ended."""

LEND = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'state', 'open', 'rest', ARGV[2], 'claimed', 0, 'settled', 0)
for place, units in pairs(cjson.decode(ARGV[3])) do redis.call('HSET', KEYS[2], place, units) end
return 1
"""
"""KEYS: the loan, what is left by place, takes by key, takes in order. ARGV: run, lines, units by place."""

TAKE = """
local first = redis.call('HGET', KEYS[3], ARGV[1])
if first then
  local told = cjson.decode(first)
  if told.mark ~= ARGV[2] then return cjson.encode({state = 'conflict'}) end
  return first
end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'open' then return cjson.encode({state = state or 'absent'}) end
local wanted, short = cjson.decode(ARGV[3]), {}
for i = 1, #wanted, 2 do
  local left = tonumber(redis.call('HGET', KEYS[2], wanted[i]) or '0')
  if left < wanted[i + 1] then
    short[#short + 1] = wanted[i]
    short[#short + 1] = wanted[i + 1]
    short[#short + 1] = left
  end
end
local told
if #short > 0 then
  told = cjson.encode({state = 'short', mark = ARGV[2], short = short})
else
  for i = 1, #wanted, 2 do redis.call('HINCRBY', KEYS[2], wanted[i], -wanted[i + 1]) end
  local number = redis.call('RPUSH', KEYS[4], cjson.encode({ARGV[1], ARGV[4]}))
  told = cjson.encode({state = 'taken', mark = ARGV[2], number = number, wanted = ARGV[3]})
end
redis.call('HSET', KEYS[3], ARGV[1], told)
return told
"""
"""ARGV: key, mark of the payload, flat list of places and units, lines as the ledger writes them."""

GIVE_BACK = """
local first = redis.call('HGET', KEYS[3], ARGV[1])
if not first then return 'absent' end
local told = cjson.decode(first)
if told.state ~= 'taken' then return told.state end
if told.number <= tonumber(redis.call('HGET', KEYS[1], 'claimed')) then return 'drained' end
local wanted = cjson.decode(told.wanted)
for i = 1, #wanted, 2 do redis.call('HINCRBY', KEYS[2], wanted[i], wanted[i + 1]) end
redis.call('LSET', KEYS[4], told.number - 1, cjson.encode({ARGV[1], '[]'}))
redis.call('HSET', KEYS[3], ARGV[1], cjson.encode({state = 'given_back', mark = told.mark}))
return 'ok'
"""

CLAIM = """
local run, state = redis.call('HGET', KEYS[1], 'run'), redis.call('HGET', KEYS[1], 'state')
if not run or state == 'ended' then return {} end
local settled = tonumber(redis.call('HGET', KEYS[1], 'settled'))
local claimed = tonumber(redis.call('HGET', KEYS[1], 'claimed'))
if claimed == settled then
  claimed = math.min(redis.call('LLEN', KEYS[4]), settled + tonumber(ARGV[1]))
  redis.call('HSET', KEYS[1], 'claimed', claimed)
end
local takes = {}
if settled < claimed then takes = redis.call('LRANGE', KEYS[4], settled, claimed - 1) end
return {run, redis.call('HGET', KEYS[1], 'rest'), settled, claimed, takes}
"""
"""A part that was claimed and never confirmed is handed out again, the same part."""

CONFIRM = """
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 0 end
if tonumber(redis.call('HGET', KEYS[1], 'settled')) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'settled', ARGV[2], 'rest', ARGV[3])
end
return 1
"""
"""ARGV: run, takes that are settled by now, what the ledger still holds for the others."""

CLOSE = """
if redis.call('HGET', KEYS[1], 'state') == 'open' then redis.call('HSET', KEYS[1], 'state', 'closed') end
return 1
"""
END = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'state', 'ended') end
redis.call('DEL', KEYS[2], KEYS[4])
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[1])
return 1
"""
"""The loan is remembered as ended for a while, so that repeated takes get their first outcome."""

_WORDS: dict[str, tuple[StockReason, str]] = {
    "conflict": ("key_conflict", "This key was used before with another payload; give each take its own key."),
    "closed": ("invalid", "The sale is over: the loan is closed."),
    "ended": ("invalid", "The sale is over: the loan is settled."),
    "absent": ("unknown_reservation", "Redis knows no such loan or take: lend first, or the server has lost it."),
    "given_back": ("already_resolved", "The take was given back."),
    "drained": ("already_resolved", "The take is a reservation of the ledger by now: release that one."),
    "short": ("insufficient_stock", "Nothing was taken under this key."),
}
"""What Redis says -> reason and message of the outcome."""


@dataclass(frozen=True, slots=True)
class LoanReport:
    """What a drain did.

    Attributes:
        reserved: Keys of takes that are reservations of the ledger now, or were already.
        refused: Outcomes of takes that the ledger refused: sales to be cancelled.
        is_settled: Whether the loan is closed and everything it held is resolved.
    """

    reserved: tuple[str, ...]
    refused: tuple[StockOutcome, ...]
    is_settled: bool


class StockLoan:
    """One flash sale's units. Any number of processes may hold the same loan; safe to share between threads.

    Args:
        ledger: The one that lends, on SQL for any number of processes; it stays the host's to close.
        url: The Redis server; settling waits until its disk has what was taken.
        name: Names the loan in both places, once for each sale.
        tenant: A namespace on the Redis server; the ledger has its own.
    """

    def __init__(self, ledger: Ledger, url: str, name: str, *, tenant: str = "default") -> None:
        if not name or len(name) > 100 or not name.isprintable():
            raise ConfigurationError("A loan's name is printable text of 1 to 100 characters", field="name")
        self._ledger, self.key = ledger, f"loan:{name}"
        self._client = connect(url, is_ledger=False)
        start = prefix("loan", f"{tenant}/{name}")
        self._keys = [start, f"{start}:left", f"{start}:keys", f"{start}:takes"]
        scripts = (LEND, TAKE, GIVE_BACK, CLAIM, CONFIRM, CLOSE, END)
        self._lend, self._take, self._give_back, self._claim, self._confirm, self._close, self._end = map(
            self._client.register_script, scripts
        )

    def _run(self, script: Any, *arguments: object) -> Any:
        return retrying(lambda: script(keys=self._keys, args=arguments))

    def lend(self, lines: Sequence[StockLine]) -> StockOutcome:
        """Reserve `lines` in the ledger and let Redis hand them out; again does no harm.

        After Redis has lost a loan, only what the ledger still holds for it is lent again.
        """
        outcome = self._ledger.apply([Reserve(self.key, tuple(lines))])[0]
        if not outcome.ok:
            return outcome
        held = self._held()
        if not held:
            return StockOutcome(False, self.key, "already_resolved", (), "The loan was settled; name each sale anew.")
        units = {_place(*place): number for place, number in held}
        self._run(self._lend, uuid4().hex, encode_lines(held), json.dumps(units))
        return outcome

    def _held(self) -> Lines:
        """What the ledger holds for the loan; nothing once it is settled."""
        found = self._ledger.reservations(keys=[self.key])
        lines = found[0].lines if found else ()
        return tuple(((line.sku, line.warehouse), line.quantity) for line in lines)

    def take(self, key: str, lines: Sequence[StockLine]) -> StockOutcome:
        """Hold `lines` for a buyer, all or none, without asking the ledger; the same key gives the first outcome.

        After the drain `key` is a reservation of the ledger.
        """
        payload = check(Reserve(key, tuple(lines)))
        if isinstance(payload, StockOutcome):
            return payload
        wanted = json.dumps([told for place, units in payload[1] for told in (_place(*place), units)])
        mark = digest(payload).hex()
        told = json.loads(self._run(self._take, key, mark, wanted, encode_lines(payload[1])))
        if told["state"] == "taken":
            return StockOutcome(True, key)
        return _refused(key, told["state"], told.get("short", ()))

    def give_back(self, key: str) -> StockOutcome:
        """Undo a take that was not drained yet."""
        word = bytes(self._run(self._give_back, key)).decode()
        return StockOutcome(True, key) if word == "ok" else _refused(key, word)

    def left(self) -> dict[tuple[str, str], int]:
        """Units that Redis may still hand out, by (sku, warehouse); empty when it knows no such loan."""
        found = retrying(lambda: self._client.hgetall(self._keys[1]))
        return {tuple(json.loads(place)): int(units) for place, units in found.items()}

    def drain(self) -> LoanReport:
        """Turn what was taken so far into reservations of the ledger; the sale goes on.

        Raises:
            InventoryError: A server cannot be reached (retryable), or Redis has gone back behind what was settled.
        """
        return self._drain(is_last=False)

    def settle(self) -> LoanReport:
        """End the sale: nothing more is taken, what was taken is reserved, what is left is free in the ledger.

        Raises:
            InventoryError: As for `drain`; also when Redis has lost a loan that the ledger still holds (`write_off`).
        """
        self._run(self._close)
        return self._drain(is_last=True)

    def write_off(self) -> StockOutcome:
        """Give back to the ledger's available units what a lost loan still holds; takes that Redis forgot are lost."""
        self._run(self._end, REMEMBER_S)
        return self._ledger.apply([Release(f"{self.key}:written-off", self.key)])[0]

    def close(self) -> None:
        """Close the connections to Redis; the loan stays."""
        self._client.close()

    def _drain(self, is_last: bool) -> LoanReport:
        reserved: list[str] = []
        refused: list[StockOutcome] = []
        while (part := self._claimed()) is not None and part.takes:
            self._on_disk()
            outcomes = self._settle(part)
            reserved += [outcome.key for outcome in outcomes if outcome.ok]
            refused += [outcome for outcome in outcomes if not outcome.ok]
        if part is not None and is_last:
            self._ledger.apply([Release(f"{self.key}:{part.run}:end", self.key)])
            self._run(self._end, REMEMBER_S)
        elif part is None and self._held():
            raise InventoryError("Redis has lost this loan: lend again, or write it off")
        return LoanReport(tuple(reserved), tuple(refused), part is None or is_last)

    def _claimed(self) -> _Part | None:
        """The next part to settle, perhaps an empty one; None when Redis knows no such loan, or an ended one."""
        if not (told := self._run(self._claim, PART_MAX)):
            return None
        run, rest, settled, claimed, takes = told
        rows = [json.loads(take) for take in takes]
        lines = decode_lines([rest.decode(), *(row[1] for row in rows)])
        keys = [row[0] for row in rows]
        return _Part(run.decode(), lines[0], int(settled), int(claimed), tuple(zip(keys, lines[1:], strict=True)))

    def _settle(self, part: _Part) -> list[StockOutcome]:
        """Shrink the loan by what was taken and reserve that, in one batch whose keys follow from the part."""
        rest = part.rest_after()
        if self._must_grow(rest) and (now := self._claimed()) is not None and now.settled < part.claimed:
            raise InventoryError("Redis has gone back behind what was settled; end this sale with write_off()")
        number = f"{self.key}:{part.run}:{part.claimed}"
        shrink = Move(number, self.key, _public(rest)) if rest else Release(number, self.key)
        buyers = [Reserve(key, _public(lines)) for key, lines in part.takes if lines]
        shrunk, *outcomes = self._ledger.apply([shrink, *buyers])
        if shrunk.reason == "key_conflict":
            raise InventoryError("Redis has gone back behind what was settled; end this sale with write_off()")
        self._run(self._confirm, part.run, part.claimed, encode_lines(rest))
        return outcomes

    def _must_grow(self, rest: Lines) -> bool:
        """Whether the ledger holds less for the loan than Redis thinks: then this part was settled before."""
        held = dict(self._held())
        return any(units > held.get(place, 0) for place, units in rest)

    def _on_disk(self) -> None:
        """Wait until the claimed takes are in Redis' synced append-only file: what was settled is never forgotten.

        Raises:
            InventoryError: The server does not sync, or cannot be reached.
        """
        answer = retrying(self._synced)
        if isinstance(answer, ResponseError):
            settings = retrying(lambda: {**self._client.config_get("append*")})
            is_synced = settings.get("appendonly") == "yes" and settings.get("appendfsync") == "always"
        else:
            is_synced = not isinstance(answer, Exception) and bool(answer[0])
        if not is_synced:
            raise InventoryError("The Redis server does not sync its append-only file; turn it on to drain a loan")

    def _synced(self) -> Any:
        """What the server says to a write and the wish to have it, and all before it, on the disk."""
        pipe: Any = self._client.pipeline(transaction=False)
        pipe.hset(self._keys[0], "synced", 1)
        pipe.execute_command("WAITAOF", 1, 0, SYNC_TIMEOUT_MS)
        return pipe.execute(raise_on_error=False)[1]


@dataclass(frozen=True, slots=True)
class _Part:
    """Takes `settled` to `claimed`, each its key and lines, and what the ledger holds for the loan before them."""

    run: str
    rest: Lines
    settled: int
    claimed: int
    takes: tuple[tuple[str, Lines], ...]

    def rest_after(self) -> Lines:
        """What the loan holds without these takes.

        Raises:
            InventoryError: They are more than was lent.
        """
        rest = Counter(dict(self.rest))
        for _, lines in self.takes:
            rest.subtract(dict(lines))
        if any(units < 0 for units in rest.values()):
            raise InventoryError("More was taken from the loan than was lent: the Redis data was changed by others")
        return tuple(sorted((place, units) for place, units in rest.items() if units))


def _public(lines: Lines) -> tuple[StockLine, ...]:
    return tuple(StockLine(sku, warehouse, units) for (sku, warehouse), units in lines)


def _place(sku: str, warehouse: str) -> str:
    return json.dumps([sku, warehouse], separators=(",", ":"))


def _refused(key: str, word: str, short: Sequence[Any] = ()) -> StockOutcome:
    reason, message = _WORDS[word]
    rows = zip(short[::3], short[1::3], short[2::3], strict=True)
    places = [(*json.loads(place), int(units), int(left)) for place, units, left in rows]
    return StockOutcome(False, key, reason, tuple(Shortage(*place) for place in places), message)
