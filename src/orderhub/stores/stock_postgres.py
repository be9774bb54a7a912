"""Batches of the stock ledger on PostgreSQL: set-wise, by many writers at once. Imports `inventory`, `models`.

Every transaction takes its locks in one order, so that no two ever wait for each other: rows of commands and
reservations by key, rows of levels by place, then new keys by key, then the tenant's number, held for the last
statement only. What is absent cannot be locked; when somebody else put it there meanwhile, the insert finds out, and
the batch is decided again (`Again`). Movements are numbered from `PROVISIONAL` until the number is known.
Statements are SQL text, each for any number of rows: one array per column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from orderhub.errors import ConfigurationError
from orderhub.inventory.canonical import Payload, Place, encode_lines, to_us
from orderhub.inventory.state import Reduction, Row, State
from orderhub.models.stock import StockCommand, StockOutcome
from orderhub.stores.stock_common import LevelCache
from orderhub.stores.stock_rows import Again, names_of, places_of, refusal_text, remember

__all__ = ["engine", "faces", "has_due", "is_busy", "load", "pause_s", "save", "told"]

PROVISIONAL = 1 << 62
"""Numbers of movements whose real number is not known yet start here."""
LOCK_TIMEOUT_S = 30
PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Waits between attempts while the server restarts or cannot be reached."""
CONFLICTS_MAX = 10
"""Attempts after deadlocks and serialization failures, which our own locks exclude and other software may cause."""
CONFLICT_STATES = frozenset({"40001", "40P01"})
BUSY_STATES = frozenset({"55P03"})
LOST_STATES = ("08", "57P")
"""Classes of errors after which a new connection may succeed: connection failures, shutdown, start-up."""

SESSION = (
    f"SET lock_timeout = {LOCK_TIMEOUT_S * 1000}",
    "SET jit = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)
"""Plans are by index whatever the tables held when they were first made; a commit is on the disk when acknowledged."""


def engine(url: URL) -> Engine:
    """Connections to one database, checked before use; sessions wait `LOCK_TIMEOUT_S` for a lock at most.

    Raises:
        ConfigurationError: psycopg is missing.
    """
    try:
        made = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_size=4,
            max_overflow=12,
            pool_pre_ping=True,
            pool_recycle=1800,
        )
    except ModuleNotFoundError as error:
        raise ConfigurationError("postgresql:// needs psycopg: pip install orderhub[sql]", field="url") from error
    event.listen(made, "connect", _set_up)
    return made


def faces(made: Engine) -> tuple[Engine, Engine]:
    """The engine for writing transactions, which see what others committed, and the one for reading one instant."""
    reader = made.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return made.execution_options(isolation_level="READ COMMITTED"), reader


def _set_up(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        for statement in SESSION:
            cursor.execute(statement)
    connection.commit()


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _is_lost(error: DBAPIError) -> bool:
    """Whether the connection failed; a failure without a state comes from the network, or from a server in start-up."""
    state = _state(error)
    return state.startswith(LOST_STATES) if state else type(error.orig).__name__ == "OperationalError"


def is_busy(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed later."""
    return _is_lost(error) or _state(error) in CONFLICT_STATES | BUSY_STATES


def pause_s(error: DBAPIError, attempt: int) -> float | None:
    """Seconds before attempt number `attempt` + 1, None when there is no use in one."""
    if _is_lost(error):
        return PAUSES_S[attempt - 1] if attempt <= len(PAUSES_S) else None
    return 0.01 * attempt if _state(error) in CONFLICT_STATES and attempt < CONFLICTS_MAX else None


def told(error: DBAPIError) -> str:
    """Kind and state of an error; its text may quote rows."""
    return f"{type(error.orig).__name__}, SQLSTATE {_state(error) or 'none'}"


@dataclass(slots=True)
class Locked(State):
    """A state whose rows are locked; where they stand in the tables, which nobody can change meanwhile."""

    command_ids: dict[str, str] = field(default_factory=dict)
    level_ids: dict[Place, str] = field(default_factory=dict)


_COMMAND = "c.key, c.payload, c.refusal, c.status, c.lines, c.expires_at, c.id"
_DUE = "tenant = {t} AND due_at <= %s"
SELECT_ANY_DUE = f"SELECT 1 FROM stock_commands WHERE {_DUE} LIMIT 1"  # noqa: S608
LOCK_COMMANDS = f"""
WITH due AS (SELECT key FROM stock_commands WHERE {_DUE} ORDER BY due_at LIMIT %s),
named AS (SELECT key COLLATE "C" FROM unnest(%s::text[]) AS n(key) UNION SELECT key FROM due)
SELECT {_COMMAND} FROM (SELECT key FROM named ORDER BY key) AS n
CROSS JOIN LATERAL (
    SELECT ctid::text AS id, * FROM stock_commands AS a WHERE a.tenant = {{t}} AND a.key = n.key FOR UPDATE) AS c
"""  # noqa: S608
_PLACES = """
FROM (SELECT * FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS u(sku, warehouse, n) ORDER BY n) AS u
CROSS JOIN LATERAL (
    SELECT ctid::text AS id, * FROM stock_levels AS a
    WHERE a.tenant = {t} AND a.sku = u.sku COLLATE "C" AND a.warehouse = u.warehouse COLLATE "C" """
LOCK_LEVELS = f"SELECT s.sku, s.warehouse, s.on_hand, s.reserved, s.version, s.last, s.id {_PLACES} FOR UPDATE) AS s"
COUNT_LEVELS = f"SELECT count(*) {_PLACES}) AS s"
INSERT_COMMANDS = """
INSERT INTO stock_commands (tenant, key, payload, refusal, status, lines, expires_at, due_at)
SELECT {t}, u.*, CASE WHEN u.status = 'open' THEN u.expires_at END
FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::int8[])
    AS u(key, payload, refusal, status, lines, expires_at)
ON CONFLICT DO NOTHING
"""
UPDATE_STATUS = "UPDATE stock_commands SET status = %s, due_at = NULL WHERE ctid = ANY(%s::tid[])"
UPDATE_MOVED = """
UPDATE stock_commands AS c
SET status = u.status, lines = u.lines, due_at = CASE WHEN u.status = 'open' THEN c.due_at END
FROM unnest(%s::tid[], %s::text[], %s::text[]) AS u(id, status, lines) WHERE c.ctid = u.id
"""
_WRITE = """
WITH base AS (UPDATE stock_tenants SET seq = seq + %s WHERE id = {t} RETURNING seq - %s AS seq),
moved AS (
    INSERT INTO stock_movements
        (tenant, seq, previous, key, kind, sku, warehouse, on_hand_delta, reserved_delta, at, reason)
    SELECT {t}, base.seq + u.n, CASE WHEN u.previous < 0 THEN base.seq - u.previous ELSE u.previous END,
        u.key, u.kind, u.sku, u.warehouse, u.on_hand, u.reserved, %s, u.reason
    FROM base CROSS JOIN unnest(%s::int8[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int8[], %s::int8[],
        %s::text[]) WITH ORDINALITY AS u(previous, key, kind, sku, warehouse, on_hand, reserved, reason, n))
"""
UPDATE_LEVELS = """
UPDATE stock_levels AS s
SET on_hand = u.on_hand, reserved = u.reserved, version = u.version, last = base.seq + u.last
FROM base CROSS JOIN unnest(%s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::tid[])
    AS u(on_hand, reserved, version, last, id)
WHERE s.ctid = u.id
"""
INSERT_LEVELS = """
INSERT INTO stock_levels (tenant, sku, warehouse, on_hand, reserved, version, last)
SELECT {t}, u.sku, u.warehouse, u.on_hand, u.reserved, u.version, base.seq + u.last
FROM base CROSS JOIN unnest(%s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::text[], %s::text[])
    AS u(on_hand, reserved, version, last, sku, warehouse)
ON CONFLICT DO NOTHING
"""
WRITE_KNOWN = f"{_WRITE} {UPDATE_LEVELS}"
WRITE_NEW = f"{_WRITE}, known AS ({UPDATE_LEVELS}) {INSERT_LEVELS}"


@lru_cache(maxsize=1 << 10)
def _of(statement: str, tenant: int) -> str:
    return statement.replace("{t}", str(tenant))


def _run(connection: Connection, statement: str, tenant: int, *parameters: object) -> Any:
    return connection.exec_driver_sql(_of(statement, tenant), parameters)


def texts(values: Sequence[str | None]) -> str:
    """Text as the literal of an array; empty when all is NULL, since a short array counts as NULLs."""
    if None in values:
        if not any(value is not None for value in values):
            return "{}"
        return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"
    if not values:
        return "{}"
    joined = '","'.join(values)  # type: ignore[arg-type]
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return "{" + ",".join(map(_quoted, values)) + "}"  # type: ignore[arg-type]
    return f'{{"{joined}"}}'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def numbers(values: Iterable[int | None]) -> str:
    """Whole numbers as the literal of an array; NULL for None."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def digests(values: Sequence[bytes]) -> str:
    """Bytes as the literal of an array."""
    return '{"' + '","'.join("\\\\x" + value.hex() for value in values) + '"}' if values else "{}"


def has_due(connection: Connection, tenant: int, now_us: int) -> bool:
    """Whether an open reservation's time has come."""
    return bool(_run(connection, SELECT_ANY_DUE, tenant, now_us).all())


def load(
    connection: Connection,
    tenant: int,
    commands: Sequence[StockCommand],
    payloads: Sequence[Payload | StockOutcome],
    now_us: int,
    due_max: int,
    known: LevelCache,
) -> Locked:
    """Lock and read what `commands` may meet, and at most `due_max` due reservations, oldest first."""
    state = Locked(seq=PROVISIONAL)
    rows = _run(connection, LOCK_COMMANDS, tenant, now_us, due_max, texts(names_of(commands, payloads))).all()
    remember(state, rows)
    state.command_ids = {row[0]: row[6] for row in rows}
    due = ((row[5], row[0]) for row in rows if row[3] == "open" and row[5] is not None and row[5] <= now_us)
    state.deadlines.extend(sorted(due))
    if places := places_of(state, payloads):
        _load_levels(connection, tenant, state, places)
    return state


def _load_levels(connection: Connection, tenant: int, state: Locked, places: Sequence[Place]) -> None:
    """Lock the levels of `places`; one that appears while we wait for another's lock was made by a whole command."""
    skus, warehouses = zip(*places, strict=True)
    for sku, warehouse, *units, row_id in _run(connection, LOCK_LEVELS, tenant, texts(skus), texts(warehouses)):
        state.rows[sku, warehouse] = Row(*units)
        state.level_ids[sku, warehouse] = row_id
    if absent := [place for place in places if place not in state.rows]:
        skus, warehouses = zip(*absent, strict=True)
        if _run(connection, COUNT_LEVELS, tenant, texts(skus), texts(warehouses)).scalar_one():
            raise Again


def save(connection: Connection, tenant: int, state: Locked, result: Reduction) -> None:
    """Write what the reducer changed, each kind of row by one statement.

    Raises:
        Again: Another writer has used a key or made a level that was absent when this batch was decided.
    """
    if result.fresh:
        _save_commands(connection, tenant, state, sorted(result.fresh))
    if changed := sorted(result.touched.difference(result.fresh)):
        _save_resolved(connection, tenant, state, result, changed)
    if result.entries:
        _save_entries(connection, tenant, state, result)


def _save_resolved(
    connection: Connection, tenant: int, state: Locked, result: Reduction, changed: Sequence[str]
) -> None:
    """Reservations that were there before this batch: what became of them, and where moved ones lead."""
    by_status: dict[str, list[str]] = {}
    moved = []
    for key in changed:
        lines, _, status = state.reservations[key]
        if key in result.moved:
            moved.append((state.command_ids[key], status, encode_lines(lines)))
        else:
            by_status.setdefault(status, []).append(state.command_ids[key])
    for became, ids in by_status.items():
        _must(_run(connection, UPDATE_STATUS, tenant, became, texts(ids)), len(ids))
    if moved:
        _must(_run(connection, UPDATE_MOVED, tenant, *map(texts, zip(*moved, strict=True))), len(moved))


def _must(done: Any, rows: int) -> None:
    if done.rowcount != rows:
        raise Again


def _save_commands(connection: Connection, tenant: int, state: State, keys: Sequence[str]) -> None:
    refused, reservations, seen = state.refused, state.reservations, state.seen
    held = [reservations.get(key, (None, None, None)) for key in keys]
    refusals = [refusal_text(refused[key]) if key in refused else None for key in keys]
    until = [each[1] for each in held]
    columns = (
        texts(keys),
        digests([seen[key] for key in keys]),  # type: ignore[misc]
        texts(refusals),
        texts([each[2] for each in held]),
        texts([None if each[0] is None else encode_lines(each[0]) for each in held]),
        numbers(until) if any(until) else "{}",
    )
    _must(_run(connection, INSERT_COMMANDS, tenant, *columns), len(keys))


def _save_entries(connection: Connection, tenant: int, state: Locked, result: Reduction) -> None:
    """Movements and levels, numbered by the statement that takes the tenant's next numbers."""
    entries = result.entries
    _, keys, kinds, places, on_hand, reserved, _, reasons, previous = zip(*entries, strict=True)
    skus, warehouses = zip(*places, strict=True)
    moved = (
        numbers(PROVISIONAL - last if last >= PROVISIONAL else last for last in previous),
        *(texts(column) for column in (keys, kinds, skus, warehouses)),
        numbers(on_hand),
        numbers(reserved),
        texts(reasons),
    )
    new = sorted({entry[3] for entry in entries if not entry[8]})
    known = sorted(set(places).difference(new))
    head = (len(entries), len(entries), to_us(entries[0][6]), *moved)
    old = (*_figures(state, known), texts([state.level_ids[place] for place in known]))
    if new:
        made = (*_figures(state, new), texts([sku for sku, _ in new]), texts([warehouse for _, warehouse in new]))
        _must(_run(connection, WRITE_NEW, tenant, *head, *old, *made), len(new))
    else:
        _must(_run(connection, WRITE_KNOWN, tenant, *head, *old), len(known))


def _figures(state: State, places: Sequence[Place]) -> tuple[str, ...]:
    rows = [state.rows[place] for place in places]
    return (
        numbers(row.on_hand for row in rows),
        numbers(row.reserved for row in rows),
        numbers(row.version for row in rows),
        numbers(row.last - PROVISIONAL for row in rows),
    )
