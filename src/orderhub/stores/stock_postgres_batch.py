"""Batches of the stock ledger on PostgreSQL: set-wise, in three round trips. Imports `inventory`, `models`.

One transaction a batch. Before the ledger's turn: the rows that the batch names are locked by key, then its new keys
are inserted by key, each as it will be if nothing is refused. Then the tenant's row is locked, which is the turn to
write: levels are read, the reducer decides, and what it decided is written with the commit in one go. Every writer
takes these locks in this order, so no two ever wait for each other, and what takes long is done while others have the
turn. A key that is not new shows when it is inserted: then the batch starts anew and reads all its keys first.
Statements are SQL text, each for any number of rows: one array a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from orderhub.inventory.canonical import Payload, Place, encode_lines, to_us
from orderhub.inventory.state import Held, Reduction, Row, State
from orderhub.models.stock import StockOutcome
from orderhub.stores.stock_common import Batch, LevelCache
from orderhub.stores.stock_postgres_arrays import digests, numbers, once, texts
from orderhub.stores.stock_rows import Again, names_of, places_of, refusal_text, remember

__all__ = ["load", "save"]

New: TypeAlias = dict[str, tuple[bytes, Payload]]
"""Keys of a batch's commands -> digest and payload, each key's first."""

HOLDS_AT_ONCE = {"reserve": "open", "back_order": "waiting"}
"""Kinds of commands that hold their own lines when they are accepted -> the state of what they hold then."""
RESOLVES = {"commit": "committed", "release": "released"}
"""Kinds of commands that resolve an open reservation when they are accepted -> what becomes of it."""


@dataclass(slots=True)
class Claimed(State):
    """A state while this writer has its turn.

    Attributes:
        row_ids: Where locked rows of reservations are in their table; nobody can change that meanwhile.
        level_ids: The same of levels.
        firsts: place -> number of its first movement, which is the place's name in the journal.
        written: Keys whose rows were written ahead of the turn -> what was written there of the reservation.
    """

    row_ids: dict[str, str] = field(default_factory=dict)
    level_ids: dict[Place, str] = field(default_factory=dict)
    firsts: dict[Place, int] = field(default_factory=dict)
    written: dict[str, Held | None] = field(default_factory=dict)


LOCK_COMMANDS = """
WITH due AS (SELECT key FROM stock_commands WHERE tenant = {t} AND due_at <= %s ORDER BY due_at LIMIT %s),
named AS (SELECT key COLLATE "C" FROM unnest(%s::text[]) AS n(key) UNION SELECT key FROM due)
SELECT c.key, c.payload, c.refusal, c.status, c.lines, c.expires_at, c.id
FROM (SELECT key FROM named ORDER BY key) AS n
CROSS JOIN LATERAL (
    SELECT ctid::text AS id, * FROM stock_commands AS a WHERE a.tenant = {t} AND a.key = n.key FOR UPDATE) AS c
"""
INSERT_COMMANDS = """
INSERT INTO stock_commands (tenant, key, payload, status, lines, expires_at, due_at)
SELECT {t}, u.*, u.expires_at
FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::int8[]) AS u(key, payload, status, lines, expires_at)
ON CONFLICT DO NOTHING
"""
TAKE_TURN = "SELECT seq FROM stock_tenants WHERE id = {t} FOR UPDATE"
SELECT_LEVELS = """
SELECT u.n - 1, s.on_hand, s.reserved, s.version, s.last, s.first, s.id
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS u(sku, warehouse, n) CROSS JOIN LATERAL (
    SELECT ctid AS id, on_hand, reserved, version, last, first FROM stock_levels AS a
    WHERE a.tenant = {t} AND a.sku = u.sku COLLATE "C" AND a.warehouse = u.warehouse COLLATE "C" OFFSET 0) AS s
"""
UPDATE_AHEAD = """
UPDATE stock_commands AS c
SET refusal = u.refusal, status = u.status, lines = u.lines, expires_at = u.expires_at,
    due_at = CASE WHEN u.status = 'open' THEN u.expires_at END
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int8[]) AS u(key, refusal, status, lines, expires_at)
CROSS JOIN LATERAL (
    SELECT ctid AS id FROM stock_commands AS a WHERE a.tenant = {t} AND a.key = u.key COLLATE "C" OFFSET 0) AS f
WHERE c.ctid = f.id
"""
UPDATE_STATUS = "UPDATE stock_commands SET status = %s, due_at = NULL WHERE ctid = ANY(%s::tid[])"
UPDATE_MOVED = """
UPDATE stock_commands AS c
SET status = u.status, lines = u.lines, due_at = CASE WHEN u.status = 'open' THEN c.due_at END
FROM unnest(%s::tid[], %s::text[], %s::text[]) AS u(id, status, lines) WHERE c.ctid = u.id
"""
INSERT_MOVEMENTS = """
INSERT INTO stock_journal (tenant, last, at, place, previous, key, kind, on_hand, reserved, reason)
VALUES ({t}, %s, %s, %s::int8[], %s::int8[], %s::text[], %s::text[], %s::int8[], %s::int8[], %s::text[])
"""
UPDATE_LEVELS = """
UPDATE stock_levels AS s SET on_hand = u.on_hand, reserved = u.reserved, version = u.version, last = u.last
FROM unnest(%s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::tid[]) AS u(on_hand, reserved, version, last, id)
WHERE s.ctid = u.id
"""
INSERT_LEVELS = """
INSERT INTO stock_levels (tenant, on_hand, reserved, version, last, sku, warehouse, first)
SELECT {t}, u.* FROM unnest(%s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::text[], %s::text[], %s::int8[]) AS u
"""
UPDATE_SEQ = "UPDATE stock_tenants SET seq = %s WHERE id = {t}"


@lru_cache(maxsize=1 << 10)
def _of(statement: str, tenant: int) -> str:
    return statement.replace("{t}", str(tenant))


@contextmanager
def _driver(connection: Connection) -> Iterator[Any]:
    """The driver's connection, for statements that are sent together; its errors in SQLAlchemy's form."""
    driver: Any = connection.connection.driver_connection
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield driver
    except base as error:
        if driver.closed or driver.pgconn.pipeline_status:  # nothing can be rolled back on it any more
            connection.invalidate(error)
        raise DBAPIError.instance("", None, error, base, hide_parameters=True) from error


class _Sender:
    """Statements for one tenant, sent without waiting; results are there when the pipeline ends."""

    def __init__(self, driver: Any, tenant: int) -> None:
        self.driver, self.tenant = driver, tenant

    def __call__(self, statement: str, *parameters: object) -> Any:
        return self.driver.cursor().execute(_of(statement, self.tenant), parameters)


def load(connection: Connection, tenant: int, batch: Batch, now_us: int, due_max: int, known: LevelCache) -> Claimed:
    """Write the batch's new keys, take the turn, and read what the batch may meet, with at most `due_max` due
    reservations, oldest first: when there are as many, none of the batch is written.

    Raises:
        Again: Another writer has used one of the keys meanwhile.
    """
    with _driver(connection) as driver:
        send = _Sender(driver, tenant)
        state = _claim(send, batch, now_us, due_max)
        if len(state.deadlines) >= due_max and batch[0]:
            driver.rollback()
            batch = (), (), ()
            state = _claim(send, batch, now_us, due_max)
            if len(state.deadlines) < due_max:
                raise Again
        _take_turn(send, state, batch[1], now_us)
    return state


def _claim(send: _Sender, batch: Batch, now_us: int, due_max: int) -> Claimed:
    """Lock the rows that the batch names and write its new keys: at first as if all of its keys were new."""
    commands, payloads, marks = batch
    new: New = {}
    for command, payload, mark in zip(commands, payloads, marks, strict=True):
        if not isinstance(payload, StockOutcome):
            new.setdefault(command.key, (mark, payload))  # type: ignore[arg-type]
    names = names_of(commands, payloads)
    with send.driver.pipeline():
        rows = send(LOCK_COMMANDS, now_us, due_max, texts([name for name in names if name not in new]))
        done = send(INSERT_COMMANDS, *_columns(new)) if new else None
    if done is not None and done.rowcount != len(new):
        send.driver.rollback()
        rows = send(LOCK_COMMANDS, now_us, due_max, texts(names))
        found = rows.fetchall()
        used = {row[0] for row in found}
        new = {key: told for key, told in new.items() if key not in used}
        if new and send(INSERT_COMMANDS, *_columns(new)).rowcount != len(new):
            raise Again
    else:
        found = rows.fetchall()
    state = Claimed(row_ids={row[0]: row[6] for row in found})
    remember(state, found)
    state.written = {key: _held_at_once(payload) for key, (_, payload) in new.items()}
    due = ((row[5], row[0]) for row in found if row[3] == "open" and row[5] is not None and row[5] <= now_us)
    state.deadlines.extend(sorted(due))
    return state


def _held_at_once(payload: Payload) -> Held | None:
    status = HOLDS_AT_ONCE.get(payload[0])
    return None if status is None else (payload[1], payload[3], status)  # type: ignore[return-value]


def _columns(new: New) -> tuple[str, ...]:
    keys = sorted(new)
    held = [_held_at_once(new[key][1]) for key in keys]
    return texts(keys), digests([new[key][0] for key in keys]), *_held_columns(held)


def _held_columns(held: Sequence[Held | None]) -> tuple[str, str, str]:
    """State, lines and expiry."""
    until = [each and each[1] for each in held]
    return (
        texts([each and each[2] for each in held]),
        texts([each and encode_lines(each[0]) for each in held]),
        numbers(until) if any(until) else "{}",
    )


def _take_turn(send: _Sender, state: Claimed, payloads: Sequence[Payload | StockOutcome], now_us: int) -> None:
    """Write what most likely becomes of reservations, wait until no other writer is between here and its commit, and
    read the levels."""
    places = places_of(state, payloads)
    with send.driver.pipeline():
        _resolve_ahead(send, state, payloads, now_us)
        turn = send(TAKE_TURN)
        if places:
            levels = send(SELECT_LEVELS, *_split(places))
    (state.seq,) = turn.fetchone()
    if places:
        rows, firsts, level_ids = state.rows, state.firsts, state.level_ids
        for at, on_hand, reserved, version, last, first, row_id in levels.fetchall():
            place = places[at]
            rows[place] = Row(on_hand, reserved, version, last)
            firsts[place], level_ids[place] = first, row_id


def _resolve_ahead(send: _Sender, state: Claimed, payloads: Sequence[Payload | StockOutcome], now_us: int) -> None:
    """Reservations that are open, in time, and named by a command that resolves them."""
    by_status: dict[str, list[str]] = {}
    for payload in payloads:
        if isinstance(payload, StockOutcome) or (became := RESOLVES.get(payload[0])) is None:
            continue
        key = payload[2]
        held = state.reservations.get(key)
        if held is None or held[2] != "open" or key in state.written or (held[1] is not None and held[1] <= now_us):
            continue
        state.written[key] = (held[0], held[1], became)  # type: ignore[assignment]
        by_status.setdefault(became, []).append(state.row_ids[key])
    for became, ids in by_status.items():
        send(UPDATE_STATUS, became, texts(ids))


def _split(places: Sequence[Place]) -> tuple[str, str]:
    return texts([sku for sku, _ in places]), texts([warehouse for _, warehouse in places])


def save(connection: Connection, tenant: int, state: Claimed, result: Reduction) -> None:
    """Write what the reducer decided and commit, in one round trip."""
    with _driver(connection) as driver, driver.pipeline():
        send = _Sender(driver, tenant)
        _save_ahead(send, state)
        _save_resolved(send, state, result)
        if result.entries:
            _save_entries(send, state, result)
        driver.commit()


def _save_ahead(send: _Sender, state: Claimed) -> None:
    """Rows that were written ahead and came out otherwise."""
    refused, held = state.refused, state.reservations
    keys = [key for key, ahead in state.written.items() if held.get(key) != ahead or key in refused]
    if keys:
        refusals = [refusal_text(refused[key]) if key in refused else None for key in keys]
        send(UPDATE_AHEAD, texts(keys), texts(refusals), *_held_columns([held.get(key) for key in keys]))


def _save_resolved(send: _Sender, state: Claimed, result: Reduction) -> None:
    """Reservations that were there before this batch: what became of them, and where moved ones lead."""
    by_status: dict[str, list[str]] = {}
    moved = []
    for key in result.touched:
        if key in state.written:
            continue
        lines, _, status = state.reservations[key]
        if key in result.moved:
            moved.append((state.row_ids[key], status, encode_lines(lines)))
        else:
            by_status.setdefault(status, []).append(state.row_ids[key])
    for became, ids in by_status.items():
        send(UPDATE_STATUS, became, texts(ids))
    if moved:
        send(UPDATE_MOVED, *(texts(column) for column in zip(*moved, strict=True)))


def _save_entries(send: _Sender, state: Claimed, result: Reduction) -> None:
    """Levels, all movements as one row of the journal, and the number that was reached.

    Levels go first: the server is at them while the longer row is made.
    """
    _, keys, kinds, places, on_hand, reserved, at, reasons, previous = zip(*result.entries, strict=True)
    new = {entry[3]: entry[0] for entry in result.entries if not entry[8]}
    if known := list(set(places).difference(new)):
        send(UPDATE_LEVELS, *_figures(state, known), texts([state.level_ids[place] for place in known]))
    if new:
        send(INSERT_LEVELS, *_figures(state, list(new)), *_split(list(new)), numbers(list(new.values())))
    firsts = {**state.firsts, **new}
    send(
        INSERT_MOVEMENTS,
        state.seq,
        to_us(at[0]),
        numbers([firsts[place] for place in places]),
        numbers(previous),
        texts(keys),
        texts(once(kinds)),
        numbers(once(on_hand)),
        numbers(once(reserved)),
        texts(reasons),
    )
    send(UPDATE_SEQ, state.seq)


def _figures(state: State, places: Sequence[Place]) -> tuple[str, ...]:
    rows = [state.rows[place] for place in places]
    return (
        numbers([row.on_hand for row in rows]),
        numbers([row.reserved for row in rows]),
        numbers([row.version for row in rows]),
        numbers([row.last for row in rows]),
    )
