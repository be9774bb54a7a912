"""The stock ledger on a Redis-protocol server: read, decide, write if unchanged. Imports `inventory`, `models`.

The reducer decides here as everywhere. A batch reads what it may meet, reduces, and hands the changes to one script,
which compares everything that was read and then writes all or nothing; it knows no stock. Whoever was overtaken reads
again, and from then on asks for a turn first: the others hold back for it, for a moment at most. Turns save work;
what makes the ledger right is the comparison.

Keys of a tenant: `:meta` (version, number of the newest movement), `:levels` (place -> on hand, reserved, version),
`:commands` (key -> row), `:due` (reservations by expiry), `:open` and `:held` (keys of reservations), `:moves:PLACE`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Any, Self, TypeAlias
from uuid import uuid4

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory.canonical import Payload, Place, check_all, digest, encode_lines, from_us, to_us
from orderhub.inventory.ledger import ClockLike
from orderhub.inventory.reducer import reduce_checked
from orderhub.inventory.state import Reduction, Row, State
from orderhub.models.stock import (
    Level,
    Movement,
    Reservation,
    ReservationStatus,
    StockCommand,
    StockOutcome,
    StockSnapshot,
)
from orderhub.stores.coalesce import Coalescer
from orderhub.stores.stock_common import ForkGuard, clock_reader, reservation_of
from orderhub.stores.stock_redis_server import connect, prefix, retrying
from orderhub.stores.stock_rows import Again, names_of, places_of, refusal_text, remember

__all__ = ["RedisLedger"]

VERSION = 1
DUE_MAX = 2000
"""Expired reservations that one batch resolves; more are resolved by more batches."""
CROWDED = 64
"""Batches of a writer that was overtaken, before which it asks for a turn."""
OVERTAKEN_MAX = 200
TURN_MS = 2000
"""How long others hold back for a writer that asked for a turn and then died."""
WAIT_S = 0.002
NAMES_MAX = 2000
SCORE_MAX = 1 << 53
"""Scores are floats, whole up to here: an expiry after the year 2255 is kept exactly in its row only."""

SAVE = """
local meta, levels, commands, due, open, held, turn = unpack(KEYS, 1, 7)
local want, token = cjson.decode(ARGV[1]), ARGV[2]
local other = redis.call('GET', turn)
if other and other ~= token then return 0 end
local function differs(key, names, values)
  for i = 1, #names, 1000 do
    local last = math.min(i + 999, #names)
    local found = redis.call('HMGET', key, unpack(names, i, last))
    for j = i, last do
      if (found[j - i + 1] or '') ~= values[j] then return true end
    end
  end
  return false
end
if differs(commands, want.names, want.rows) or differs(levels, want.places, want.figures) then return 0 end
local function each(command, key, list)
  for i = 1, #list, 1000 do redis.call(command, key, unpack(list, i, math.min(i + 999, #list))) end
end
each('HSET', commands, want.put_rows)
each('HSET', levels, want.put_figures)
each('ZADD', due, want.add_due)
each('ZREM', due, want.drop)
each('SADD', open, want.add)
each('SADD', held, want.add)
each('SREM', open, want.drop)
local base = tonumber(redis.call('HGET', meta, 'seq') or '0')
for i, rows in ipairs(want.moves) do
  local list = {}
  for j = 1, #rows, 2 do list[#list + 1] = string.format('[%.0f%s', base + rows[j], rows[j + 1]) end
  each('RPUSH', KEYS[7 + i], list)
end
redis.call('HSET', meta, 'seq', string.format('%.0f', base + want.count))
if other then redis.call('DEL', turn) end
return 1
"""
"""KEYS: the tenant's seven, then one list a place. ARGV: what was read ('' = nothing) and what to write; a token."""

Batch: TypeAlias = tuple[Sequence[StockCommand], Sequence[Payload | StockOutcome], Sequence[object]]
NOTHING: Batch = ((), (), ())


@dataclass(slots=True)
class Read(State):
    """A state and the very text it was read from."""

    rows_read: dict[str, str] = field(default_factory=dict)
    figures_read: dict[Place, str] = field(default_factory=dict)


class RedisLedger:
    """`Ledger` on Redis or Valkey; concurrent callers of one process share a batch (see `Coalescer`)."""

    def __init__(self, url: str, *, clock: ClockLike | None = None, tenant: str = "default") -> None:
        self._now, self._fork = clock_reader(clock), ForkGuard()
        self._client = connect(url)
        self._prefix = prefix("stock", tenant)
        names = ("meta", "levels", "commands", "due", "open", "held", "turn")
        self._keys = [f"{self._prefix}:{name}" for name in names]
        self._meta, self._levels, self._commands, self._due, self._open, self._held, self._turn = self._keys
        self._save = self._client.register_script(SAVE)
        self._coalescer, self._crowd = Coalescer(self._write), 0
        try:
            retrying(self._check_version)
        except BaseException:
            self._client.close()
            raise

    def _check_version(self) -> None:
        self._client.hsetnx(self._meta, "version", VERSION)
        version = int(_told(self._client.hget(self._meta, "version")))
        if version > VERSION:
            raise ConfigurationError(
                f"This stock ledger has version {version}, this library knows {VERSION}: upgrade orderhub here"
            )

    def apply(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        """See `StockStore.apply`.

        Raises:
            InventoryError: The server refused or cannot be reached; apply the same keys again to know.
        """
        self._fork.check()
        return self._coalescer.apply(tuple(commands)) if commands else []

    def _write(self, commands: Sequence[StockCommand]) -> list[StockOutcome]:
        payloads = check_all(commands)
        marks = ["" if isinstance(payload, StockOutcome) else digest(payload).hex() for payload in payloads]
        token = uuid4().hex
        for _ in range(OVERTAKEN_MAX):
            if self._crowd:
                self._crowd -= 1
                self._take_turn(token)
            try:
                while (outcomes := retrying(lambda: self._transact((commands, payloads, marks), token))) is None:
                    pass
            except Again:
                self._crowd = CROWDED
            else:
                return outcomes
        raise InventoryError("Others were always faster; apply the same again", retryable=True)

    def _take_turn(self, token: str) -> None:
        """Ask the other writers to hold back, once they are done; go on without when nobody lets us."""
        deadline = time.monotonic() + TURN_MS / 1000
        while not retrying(lambda: self._client.set(self._turn, token, nx=True, px=TURN_MS)):
            if time.monotonic() > deadline or retrying(lambda: self._client.get(self._turn)) == token.encode():
                return
            time.sleep(random.uniform(0, 2 * WAIT_S))  # noqa: S311

    def _transact(self, batch: Batch, token: str) -> list[StockOutcome] | None:
        """One attempt; None when it was filled by expiring reservations and the commands are still to do."""
        now = self._now()
        state = self._load(batch[0], batch[1], to_us(now))
        is_full = len(state.deadlines) >= DUE_MAX
        result = reduce_checked(state, *(NOTHING if is_full else batch), now)
        if result.fresh or result.entries:
            document, places = _changes(state, result)
            lists = [self._moves(place) for place in places]
            if not self._save(keys=[*self._keys, *lists], args=[document, token]):
                raise Again
        elif self._crowd:
            self._client.delete(self._turn)
        return None if is_full else result.outcomes

    def _load(self, commands: Sequence[StockCommand], payloads: Sequence[Payload | StockOutcome], now_us: int) -> Read:
        state = Read()
        names = names_of(commands, payloads)
        pipe = self._client.pipeline(transaction=False)
        pipe.zrangebyscore(self._due, "-inf", now_us, 0, DUE_MAX)
        _hmget(pipe, self._commands, names)
        due, *found = pipe.execute()
        rows = dict(zip(names, _flat(found), strict=True))
        if late := [name for name in map(_told, due) if name not in rows]:
            rows.update(zip(late, self._rows(late), strict=True))
        state.rows_read = {name: "" if text is None else _told(text) for name, text in rows.items()}
        told = [(name, *json.loads(text)) for name, text in state.rows_read.items() if text]
        remember(state, told)
        overdue = ((row[5], row[0]) for row in told if row[3] == "open" and row[5] is not None and row[5] <= now_us)
        state.deadlines.extend(sorted(overdue))
        self._load_levels(state, places_of(state, payloads))
        return state

    def _load_levels(self, state: Read, places: Sequence[Place]) -> None:
        pipe = self._client.pipeline(transaction=False)
        _hmget(pipe, self._levels, [_field(*place) for place in places])
        for place, figures in zip(places, _flat(pipe.execute()), strict=True):
            state.figures_read[place] = "" if figures is None else _told(figures)
            if figures is not None:
                state.rows[place] = Row(*map(int, figures.split(b",")))

    def _rows(self, names: Sequence[str]) -> list[bytes | None]:
        pipe = self._client.pipeline(transaction=False)
        _hmget(pipe, self._commands, names)
        return _flat(pipe.execute())

    def _moves(self, place: Place) -> str:
        return f"{self._prefix}:moves:{_field(*place)}"

    def _read(self, ask: Callable[[Any], object]) -> list[Any]:
        """The answers to what `ask` puts into a pipeline, all of one instant in which nothing is overdue."""
        self._fork.check()
        while True:
            due, *answers = retrying(lambda: self._ask(ask))
            if not due:
                return answers
            self._coalescer.apply(())

    def _ask(self, ask: Callable[[Any], object]) -> list[Any]:
        pipe: Any = self._client.pipeline(transaction=True)
        pipe.zrangebyscore(self._due, "-inf", to_us(self._now()), 0, 1)
        ask(pipe)
        return list(pipe.execute())

    def level(self, sku: str, warehouse: str) -> Level:
        """See `StockStore.level`."""
        (figures,) = self._read(lambda pipe: pipe.hget(self._levels, _field(sku, warehouse)))
        return Level(sku, warehouse) if figures is None else Level(sku, warehouse, *map(int, figures.split(b",")))

    def levels(self, skus: Iterable[str] | None = None) -> list[Level]:
        """See `StockStore.levels`; sorted by SKU and warehouse."""
        return list(self.snapshot(skus).levels)

    def snapshot(self, skus: Iterable[str] | None = None) -> StockSnapshot:
        """See `Ledger.snapshot`."""
        wanted = None if skus is None else set(skus)
        seq, found = self._read(lambda pipe: (pipe.hget(self._meta, "seq"), pipe.hgetall(self._levels)))
        levels = []
        for place, figures in found.items():
            sku, warehouse = json.loads(place)
            if wanted is None or sku in wanted:
                levels.append(Level(sku, warehouse, *map(int, figures.split(b","))))
        return StockSnapshot(int(seq or 0), tuple(sorted(levels, key=lambda level: (level.sku, level.warehouse))))

    def movements(self, sku: str, warehouse: str) -> list[Movement]:
        """See `StockStore.movements`."""
        (rows,) = self._read(lambda pipe: pipe.lrange(self._moves((sku, warehouse)), 0, -1))
        return [
            Movement(seq, key, kind, sku, warehouse, on_hand, reserved, from_us(at), reason)
            for seq, key, kind, on_hand, reserved, at, reason in map(json.loads, rows)
        ]

    def reservations(
        self, open: bool = True, *, keys: Iterable[str] | None = None, status: ReservationStatus | None = None
    ) -> list[Reservation]:
        """See `Ledger.reservations`."""
        wanted = status or ("open" if open else None)
        (members,) = self._read(lambda pipe: pipe.smembers(self._open if wanted == "open" else self._held))
        names = sorted(map(_told, members)) if keys is None else sorted(set(keys))
        state = Read()
        rows = zip(names, retrying(lambda: self._rows(names)), strict=True)
        remember(state, [(name, *json.loads(text)) for name, text in rows if text is not None])
        return [reservation_of(key, *held) for key, held in state.reservations.items() if wanted in (None, held[2])]

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_json = json.JSONEncoder(separators=(",", ":")).encode
"""One encoder for all rows: making one costs more than encoding a row."""


@lru_cache(maxsize=1 << 16)
def _field(sku: str, warehouse: str) -> str:
    return _json((sku, warehouse))


def _told(value: Any) -> str:
    return str(value, "utf-8") if isinstance(value, bytes) else str(value)


def _hmget(pipe: Any, key: str, names: Sequence[str]) -> None:
    """Ask for many fields in bounded commands."""
    listed = [name.encode("utf-8", "surrogatepass") for name in names]
    for start in range(0, len(listed), NAMES_MAX):
        pipe.hmget(key, listed[start : start + NAMES_MAX])


def _flat(parts: Iterable[list[Any]]) -> list[Any]:
    return [value for part in parts for value in part]


def _changes(state: Read, result: Reduction) -> tuple[str, list[Place]]:
    """What the script compares and writes, as JSON, and the places whose lists of movements grow."""
    moves: dict[Place, list[Any]] = {}
    at_us = to_us(result.entries[0][6]) if result.entries else 0
    for seq, key, kind, place, on_hand, reserved, _, reason, _ in result.entries:
        row = _json((key, kind, on_hand, reserved, at_us, reason))
        moves.setdefault(place, []).extend((seq, f",{row[1:]}"))
    put = sorted(result.touched.union(result.fresh))
    reservations = state.reservations
    new = [key for key in sorted(result.touched) if not state.rows_read.get(key) and key in reservations]
    due = [(reservations[key][1], key) for key in new if reservations[key][2] == "open"]
    places = list(state.figures_read)
    document = {
        "names": list(state.rows_read),
        "rows": list(state.rows_read.values()),
        "places": [_field(*place) for place in places],
        "figures": list(state.figures_read.values()),
        "put_rows": [told for key in put for told in (key, _row(state, key))],
        "put_figures": [told for place in moves for told in (_field(*place), _figures(state.rows[place]))],
        "add_due": [told for until, key in due if until is not None for told in (min(until, SCORE_MAX), key)],
        "add": new,
        "drop": [key for key in sorted(result.touched) if reservations[key][2] != "open"],
        "moves": list(moves.values()),
        "count": len(result.entries),
    }
    return _json(document), list(moves)


def _row(state: Read, key: str) -> str:
    refusal, held = state.refused.get(key), state.reservations.get(key)
    lines, until, status = (None, None, None) if held is None else (encode_lines(held[0]), held[1], held[2])
    told = (state.seen[key], None if refusal is None else refusal_text(refusal), status, lines, until)
    return _json(told)


def _figures(row: Row) -> str:
    return f"{row.on_hand},{row.reserved},{row.version}"
