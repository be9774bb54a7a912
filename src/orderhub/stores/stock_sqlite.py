"""How the stock ledger's batches are read and written on SQLite: set-wise, in one transaction. Imports `inventory`.

`stock_postgres` has the same functions: `engine`, `faces`, `load`, `save`, `movements`, `has_due`, `is_busy`,
`pause_s`, `told`.
Statements are SQL text with positional parameters: compiling a Core expression per row costs more than SQLite does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Select, bindparam, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from orderhub.errors import ConfigurationError
from orderhub.inventory.canonical import Place, encode_lines, to_us
from orderhub.inventory.state import Reduction, Row, State
from orderhub.stores.sql_sqlite import create_private
from orderhub.stores.stock_common import Batch, LevelCache
from orderhub.stores.stock_rows import names_of, places_of, refusal_text, remember
from orderhub.stores.stock_schema import LEVELS, MOVEMENTS

__all__ = ["engine", "faces", "has_due", "is_busy", "load", "movements", "pause_s", "save", "told"]

BUSY_TIMEOUT_S = 60
BUSY_ATTEMPTS = 3
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
    create_private(Path(url.database))  # a hub may keep its orders in the same file
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


def faces(made: Engine) -> tuple[Engine, Engine]:
    """The engine for writing transactions, and the one for reading."""
    return made.execution_options(stock_write=True), made


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


def pause_s(error: DBAPIError, attempt: int) -> float | None:
    """Seconds before attempt number `attempt` + 1, None when there is no use in one."""
    return 0.0 if is_busy(error) and attempt < BUSY_ATTEMPTS else None


def told(error: DBAPIError) -> str:
    """The database's words; they quote no row."""
    return str(error.orig)


_COMMAND = "key, payload, refusal, status, lines, expires_at"
_DUE = "tenant = {t} AND status = 'open' AND expires_at IS NOT NULL AND expires_at <= ?"
SELECT_SEQ = "SELECT seq FROM stock_tenants WHERE id = {t}"
SELECT_DUE = f"SELECT {_COMMAND} FROM stock_commands WHERE {_DUE} ORDER BY expires_at LIMIT ?"  # noqa: S608 # nosec B608
SELECT_ANY_DUE = f"SELECT 1 FROM stock_commands WHERE {_DUE} LIMIT 1"  # noqa: S608 # nosec B608
SELECT_COMMANDS = (
    f"SELECT {_COMMAND} FROM stock_commands WHERE tenant = {{t}} AND key IN (SELECT value FROM json_each(?))"  # noqa: S608 # nosec B608
)
SELECT_LEVELS = (
    "SELECT s.sku, s.warehouse, s.on_hand, s.reserved, s.version, s.last FROM json_each(?) a"
    " CROSS JOIN json_each(a.value) b"
    " CROSS JOIN stock_levels s ON s.tenant = {t} AND s.sku = a.key AND s.warehouse = b.value"
)
INSERT_DONE = "INSERT INTO stock_commands (tenant, key, payload) VALUES ({t}, ?, ?)"
INSERT_REFUSED = "INSERT INTO stock_commands (tenant, key, payload, refusal) VALUES ({t}, ?, ?, ?)"
INSERT_HELD = "INSERT INTO stock_commands (tenant, key, payload, status, lines, expires_at) VALUES ({t}, ?, ?, ?, ?, ?)"
UPDATE_STATUS = "UPDATE stock_commands SET status = ? WHERE tenant = {t} AND key = ?"
UPDATE_LINES = "UPDATE stock_commands SET lines = ? WHERE tenant = {t} AND key = ?"
INSERT_LEVEL = (
    "INSERT INTO stock_levels (on_hand, reserved, version, last, tenant, sku, warehouse) VALUES (?, ?, ?, ?, {t}, ?, ?)"
)
UPDATE_LEVEL = (
    "UPDATE stock_levels SET on_hand = ?, reserved = ?, version = ?, last = ?"
    " WHERE tenant = {t} AND sku = ? AND warehouse = ?"
)
INSERT_MOVEMENT = (
    "INSERT INTO stock_movements (tenant, at, seq, key, kind, sku, warehouse, on_hand_delta, reserved_delta, previous)"
    " VALUES ({t}, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_REASON = "UPDATE stock_movements SET reason = ? WHERE tenant = {t} AND seq = ?"
UPDATE_SEQ = "UPDATE stock_tenants SET seq = ? WHERE id = {t}"


@lru_cache(maxsize=1 << 10)
def _of(statement: str, tenant: int) -> str:
    """The statement for one tenant: its number is written in, since a parameter costs a tenth of a row's insert."""
    return statement.replace("{t}", str(tenant))


def _rows(connection: Connection, statement: str, tenant: int, *parameters: object) -> Sequence[Any]:
    return connection.exec_driver_sql(_of(statement, tenant), parameters).all()


def _each(connection: Connection, statement: str, tenant: int, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(_of(statement, tenant), rows)


def has_due(connection: Connection, tenant: int, now_us: int) -> bool:
    """Whether an open reservation's time has come."""
    return bool(_rows(connection, SELECT_ANY_DUE, tenant, now_us))


def load(connection: Connection, tenant: int, batch: Batch, now_us: int, due_max: int, known: LevelCache) -> State:
    """Everything that the batch may meet, and at most `due_max` due reservations, oldest first."""
    commands, payloads, _ = batch
    seq = _rows(connection, SELECT_SEQ, tenant)[0][0]
    state = State(seq=seq, rows=known.at(seq))
    due = _rows(connection, SELECT_DUE, tenant, now_us, due_max)
    state.deadlines.extend((row[5], row[0]) for row in due)
    remember(state, due)
    if names := names_of(commands, payloads):
        remember(state, _rows(connection, SELECT_COMMANDS, tenant, json.dumps(names)))
    if places := [place for place in places_of(state, payloads) if place not in state.rows]:
        for sku, warehouse, *units in _rows(connection, SELECT_LEVELS, tenant, json.dumps(_by_sku(places))):
            state.rows[sku, warehouse] = Row(*units)
    return state


def _by_sku(places: Sequence[Place]) -> dict[str, list[str]]:
    warehouses: dict[str, list[str]] = {}
    for sku, warehouse in places:
        warehouses.setdefault(sku, []).append(warehouse)
    return warehouses


def save(connection: Connection, tenant: int, state: State, result: Reduction) -> None:
    """Write what the reducer changed, each kind of row by one statement for many."""
    _save_commands(connection, tenant, state, sorted(result.fresh))
    reservations = state.reservations
    changed = sorted(result.touched.difference(result.fresh))
    resolved = [(reservations[key][2], key) for key in changed if reservations[key][2] != "open"]
    _each(connection, UPDATE_STATUS, tenant, resolved)
    moved = [(encode_lines(reservations[key][0]), key) for key in changed if key in result.moved]
    _each(connection, UPDATE_LINES, tenant, moved)
    if result.entries:
        _save_entries(connection, tenant, result)
        _save_levels(connection, tenant, state, result)
        connection.exec_driver_sql(_of(UPDATE_SEQ, tenant), (state.seq,))


def _save_commands(connection: Connection, tenant: int, state: State, keys: Sequence[str]) -> None:
    """New keys: reservations, refusals and the rest, each without the columns that it does not fill."""
    done, refused, held = [], [], []
    for key in keys:
        mark = state.seen[key]
        if (kept := state.reservations.get(key)) is not None:
            held.append((key, mark, kept[2], encode_lines(kept[0]), kept[1]))
        elif (refusal := state.refused.get(key)) is not None:
            refused.append((key, mark, refusal_text(refusal)))
        else:
            done.append((key, mark))
    _each(connection, INSERT_HELD, tenant, held)
    _each(connection, INSERT_REFUSED, tenant, refused)
    _each(connection, INSERT_DONE, tenant, done)


def _save_entries(connection: Connection, tenant: int, result: Reduction) -> None:
    at = to_us(result.entries[0][6])
    entries = [
        (at, seq, key, kind, *place, on_hand, reserved, previous)
        for seq, key, kind, place, on_hand, reserved, _, _, previous in result.entries
    ]
    _each(connection, INSERT_MOVEMENT, tenant, entries)
    _each(connection, UPDATE_REASON, tenant, [(entry[7], entry[0]) for entry in result.entries if entry[7] is not None])


def _save_levels(connection: Connection, tenant: int, state: State, result: Reduction) -> None:
    new = {entry[3] for entry in result.entries if not entry[8]}
    inserts: list[tuple[Any, ...]] = []
    updates: list[tuple[Any, ...]] = []
    for place in sorted({entry[3] for entry in result.entries}):
        row = state.rows[place]
        (inserts if place in new else updates).append((row.on_hand, row.reserved, row.version, row.last, *place))
    _each(connection, INSERT_LEVEL, tenant, inserts)
    _each(connection, UPDATE_LEVEL, tenant, updates)


def _chain() -> Select[Any]:
    """The movements of one place, oldest first: from its level's last one backwards."""
    level, movement = LEVELS.c, MOVEMENTS.c
    place = (
        level.tenant == bindparam("tenant"),
        level.sku == bindparam("sku"),
        level.warehouse == bindparam("warehouse"),
    )
    last = select(level.last).where(*place).scalar_subquery()
    own = movement.tenant == bindparam("tenant")
    chain = select(MOVEMENTS).where(own, movement.seq == last).cte("chain", recursive=True)
    chain = chain.union_all(select(MOVEMENTS).where(own, movement.seq == chain.c.previous))
    told = (chain.c.seq, chain.c.key, chain.c.kind, chain.c.on_hand_delta, chain.c.reserved_delta, chain.c.at)
    return select(*told, chain.c.reason).order_by(chain.c.seq)


_CHAIN = _chain()


def movements(connection: Connection, tenant: int, sku: str, warehouse: str) -> Sequence[Any]:
    """(seq, key, kind, on hand, reserved, at, reason) of every movement of one place, oldest first."""
    return connection.execute(_CHAIN, {"tenant": tenant, "sku": sku, "warehouse": warehouse}).all()
