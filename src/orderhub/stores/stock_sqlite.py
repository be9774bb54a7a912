"""How the stock ledger's batches are read and written on SQLite: set-wise, in one transaction. Imports `inventory`.

A database server gets a module of its own with the same functions: `engine`, `load`, `save`, `has_due`, `is_busy`.
Statements are SQL text with positional parameters: compiling a Core expression per row costs more than SQLite does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from orderhub.errors import ConfigurationError
from orderhub.inventory.canonical import Payload, Place, decode_lines, encode_lines, to_us
from orderhub.inventory.state import Reduction, Row, State
from orderhub.models.stock import Shortage, StockCommand, StockOutcome

__all__ = ["engine", "has_due", "is_busy", "load", "save"]

BUSY_TIMEOUT_S = 60
SQLITE_BUSY, SQLITE_LOCKED = 5, 6
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=8000", "cache_size=-65536")
"""A commit is on the disk when it is acknowledged; pages move from the log to the file every 32 MB."""


def engine(url: URL) -> Engine:
    """Connections that wait up to 60 s for a lock; a transaction marked `stock_write` takes the write lock at once."""
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("SQLite without a file has nothing to share; write memory: or sqlite:///stock.db")
    if url.query:
        raise ConfigurationError("The URL of a stock database takes no options after the path", field="url")
    folder = Path(url.database).parent
    if not folder.is_dir():
        raise ConfigurationError(f"The folder of the stock database does not exist: create {str(folder)!r}")
    made = create_engine(
        url,
        hide_parameters=True,
        pool_size=4,
        max_overflow=-1,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "cached_statements": 64},
    )
    event.listen(made, "connect", _set_up)
    event.listen(made, "begin", _begin)
    return made


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    kind = "IMMEDIATE" if connection.get_execution_options().get("stock_write") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")


def is_busy(error: DBAPIError) -> bool:
    """Whether somebody else holds the lock, so that the same transaction may succeed later."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in {SQLITE_BUSY, SQLITE_LOCKED}


SELECT_SEQ = "SELECT seq FROM stock_tenants WHERE id = ?"
SELECT_DUE = (
    "SELECT key, payload, refusal, status, lines, expires_at FROM stock_commands"
    " WHERE tenant = ? AND status = 'open' AND expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?"
)
SELECT_ANY_DUE = (
    "SELECT 1 FROM stock_commands"
    " WHERE tenant = ? AND status = 'open' AND expires_at IS NOT NULL AND expires_at <= ? LIMIT 1"
)
SELECT_COMMANDS = (
    "SELECT key, payload, refusal, status, lines, expires_at FROM stock_commands"
    " WHERE tenant = ? AND key IN (SELECT value FROM json_each(?))"
)
SELECT_LEVELS = (
    "SELECT s.sku, s.warehouse, s.on_hand, s.reserved, s.version, s.last FROM json_each(?) a"
    " CROSS JOIN json_each(a.value) b"
    " CROSS JOIN stock_levels s ON s.tenant = ? AND s.sku = a.key AND s.warehouse = b.value"
)
INSERT_COMMAND = (
    "INSERT INTO stock_commands (tenant, key, payload, refusal, status, lines, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_STATUS = "UPDATE stock_commands SET status = ? WHERE tenant = ? AND key = ?"
UPDATE_LINES = "UPDATE stock_commands SET lines = ? WHERE tenant = ? AND key = ?"
INSERT_LEVEL = (
    "INSERT INTO stock_levels (on_hand, reserved, version, last, tenant, sku, warehouse) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_LEVEL = (
    "UPDATE stock_levels SET on_hand = ?, reserved = ?, version = ?, last = ?"
    " WHERE tenant = ? AND sku = ? AND warehouse = ?"
)
INSERT_MOVEMENT = (
    "INSERT INTO stock_movements (tenant, seq, key, kind, sku, warehouse, on_hand_delta, reserved_delta, at, reason,"
    " previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_SEQ = "UPDATE stock_tenants SET seq = ? WHERE id = ?"


def has_due(connection: Connection, tenant: int, now_us: int) -> bool:
    """Whether an open reservation's time has come."""
    return connection.exec_driver_sql(SELECT_ANY_DUE, (tenant, now_us)).first() is not None


def load(
    connection: Connection,
    tenant: int,
    commands: Sequence[StockCommand],
    payloads: Sequence[Payload | StockOutcome],
    now_us: int,
    due_max: int,
) -> State:
    """Everything that `commands` may meet, and at most `due_max` due reservations, oldest first."""
    state = State(seq=connection.exec_driver_sql(SELECT_SEQ, (tenant,)).scalar_one())
    due = connection.exec_driver_sql(SELECT_DUE, (tenant, now_us, due_max)).all()
    state.deadlines.extend((row[5], row[0]) for row in due)
    _remember(state, due)
    if names := _names(commands, payloads):
        _remember(state, connection.exec_driver_sql(SELECT_COMMANDS, (tenant, json.dumps(names))).all())
    if places := _places(state, payloads):
        found = connection.exec_driver_sql(SELECT_LEVELS, (json.dumps(_by_sku(places)), tenant)).all()
        state.rows.update({(sku, warehouse): Row(*units) for sku, warehouse, *units in found})
    return state


def _names(commands: Sequence[StockCommand], payloads: Sequence[Payload | StockOutcome]) -> list[str]:
    """Keys and reservations that the batch speaks of, sorted so that the tree is read in its order."""
    names = set()
    for command, payload in zip(commands, payloads, strict=True):
        if type(payload) is tuple:
            names.add(command.key)
            names.add(payload[2])
    names.discard("")
    return sorted(names)


def _places(state: State, payloads: Sequence[Payload | StockOutcome]) -> list[Place]:
    lines = {payload[1] for payload in payloads if type(payload) is tuple}
    lines.update(held[0] for held in state.reservations.values() if held[2] == "open")
    return sorted({place for each in lines for place, _ in each})


def _by_sku(places: Sequence[Place]) -> dict[str, list[str]]:
    warehouses: dict[str, list[str]] = {}
    for sku, warehouse in places:
        warehouses.setdefault(sku, []).append(warehouse)
    return warehouses


def _remember(state: State, rows: Sequence[Any]) -> None:
    held = [row for row in rows if row[3] is not None]
    for row, lines in zip(held, decode_lines([row[4] for row in held]), strict=True):
        state.reservations[row[0]] = (lines, row[5], row[3])
    for key, payload, refusal, *_ in rows:
        state.seen[key] = payload
        if refusal is not None:
            state.refused[key] = _refusal(key, refusal)


def _refusal(key: str, text: str) -> StockOutcome:
    reason, shortages, message = json.loads(text)
    return StockOutcome(False, key, reason, tuple(Shortage(*shortage) for shortage in shortages), message)


def _refusal_text(outcome: StockOutcome) -> str:
    shortages = [(short.sku, short.warehouse, short.requested, short.available) for short in outcome.shortages]
    return json.dumps((outcome.reason, shortages, outcome.message), separators=(",", ":"))


def save(connection: Connection, tenant: int, state: State, result: Reduction) -> None:
    """Write what the reducer changed, each table by one statement for many rows."""
    fresh, reservations = result.fresh, state.reservations
    _each(connection, INSERT_COMMAND, [_command(tenant, state, key) for key in sorted(fresh)])
    changed = sorted(result.touched.difference(fresh))
    resolved = [(reservations[key][2], tenant, key) for key in changed if reservations[key][2] != "open"]
    _each(connection, UPDATE_STATUS, resolved)
    moved = [(encode_lines(reservations[key][0]), tenant, key) for key in changed if key in result.moved]
    _each(connection, UPDATE_LINES, moved)
    if result.entries:
        _save_entries(connection, tenant, state, result)


def _command(tenant: int, state: State, key: str) -> tuple[Any, ...]:
    held = state.reservations.get(key)
    if held is not None:
        return tenant, key, state.seen[key], None, held[2], encode_lines(held[0]), held[1]
    refusal = state.refused.get(key)
    return tenant, key, state.seen[key], None if refusal is None else _refusal_text(refusal), None, None, None


def _save_entries(connection: Connection, tenant: int, state: State, result: Reduction) -> None:
    at = to_us(result.entries[0][6])
    entries = [
        (tenant, seq, key, kind, *place, on_hand, reserved, at, reason, previous)
        for seq, key, kind, place, on_hand, reserved, _, reason, previous in result.entries
    ]
    _each(connection, INSERT_MOVEMENT, entries)
    first = {entry[3] for entry in result.entries if not entry[8]}
    levels = [
        (row.on_hand, row.reserved, row.version, row.last, tenant, *place)
        for place, row in ((place, state.rows[place]) for place in sorted({entry[3] for entry in result.entries}))
    ]
    _each(connection, INSERT_LEVEL, [level for level in levels if level[5:] in first])
    _each(connection, UPDATE_LEVEL, [level for level in levels if level[5:] not in first])
    connection.exec_driver_sql(UPDATE_SEQ, (state.seq, tenant))


def _each(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, rows)
