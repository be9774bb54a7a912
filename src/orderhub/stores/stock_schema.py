"""The tables of the stock ledger as SQLAlchemy Core, and their versions. Imports `stock_schema_steps`, SQLAlchemy.

A reserve command's row in `stock_commands` is also its reservation: one key, one row. Instants are whole microseconds
since 1970 UTC. Movements are numbered within their tenant and only ever appended; those of a place are a chain from
its level's `last` over `previous`, so that a write touches no index by place. The number also fences: two writers
cannot both write the same one. On PostgreSQL the movements of a batch are one row of `stock_journal`, and
`stock_movements` is a view of them, one row each.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
    update,
)

from orderhub.errors import ConfigurationError
from orderhub.stores.stock_schema_steps import create_journal, movements_by_batch

__all__ = ["COMMANDS", "LEVELS", "METADATA", "MOVEMENTS", "TENANTS", "VERSION", "migrate"]

METADATA = MetaData()
NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte, as Python sorts text: every writer takes rows in the same order."""
VERSION = 2

SCHEMA = Table("stock_schema", METADATA, Column("version", Integer, nullable=False))

TENANTS = Table(
    "stock_tenants",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("seq", BigInteger, nullable=False, server_default="0"),
)

COMMANDS = Table(
    "stock_commands",
    METADATA,
    Column("tenant", Integer, primary_key=True),
    Column("key", NAME, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("refusal", Text),
    Column("status", Text),
    Column("lines", Text),
    Column("expires_at", BigInteger),
    Column("due_at", BigInteger),
    sqlite_with_rowid=False,
    postgresql_with={"fillfactor": 50},
)
"""`payload` is its digest, `refusal` the outcome as JSON (NULL = ok); the rest only for successful reserves.

`due_at` is `expires_at` while the reservation is open, on PostgreSQL only: there a row is updated in place when no
indexed column changes, and so reservations without expiry are resolved at half the cost.
"""

_OPEN_WITH_DEADLINE = text("status = 'open' AND expires_at IS NOT NULL")
Index("stock_commands_due", COMMANDS.c.tenant, COMMANDS.c.expires_at, sqlite_where=_OPEN_WITH_DEADLINE).ddl_if(
    dialect="sqlite"
)
Index(
    "stock_commands_due_at", COMMANDS.c.tenant, COMMANDS.c.due_at, postgresql_where=COMMANDS.c.due_at.is_not(None)
).ddl_if(dialect="postgresql")

LEVELS = Table(
    "stock_levels",
    METADATA,
    Column("tenant", Integer, primary_key=True),
    Column("sku", NAME, primary_key=True),
    Column("warehouse", NAME, primary_key=True),
    Column("on_hand", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("first", BigInteger),
    CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="stock_levels_not_oversold"),
    sqlite_with_rowid=False,
    postgresql_with={"fillfactor": 50},
)
"""`last` and `first` are numbers of movements; by its first one the journal names a place, on PostgreSQL only."""

MOVEMENTS = Table(
    "stock_movements",
    METADATA,
    Column("tenant", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("previous", BigInteger, nullable=False),
    Column("key", NAME, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sku", NAME, nullable=False),
    Column("warehouse", NAME, nullable=False),
    Column("on_hand_delta", BigInteger, nullable=False),
    Column("reserved_delta", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text),
    sqlite_with_rowid=False,
)
"""`previous` is the number of the place's movement before this one, 0 for its first. A table on SQLite only."""

ADVISORY_LOCK = 0x6F72646572687562
"""Held on PostgreSQL while tables are made or upgraded: of many workers that start at once, one does it."""

UPGRADES: dict[int, Callable[[Connection], None]] = {1: movements_by_batch}
"""Version -> what brings a database of that version to the next one."""


def migrate(connection: Connection, tenant: str) -> int:
    """Create or upgrade the tables and register `tenant`, in the caller's writing transaction; answers its id.

    Raises:
        ConfigurationError: The tables were made by a newer version of this library.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    if not inspect(connection).has_table(SCHEMA.name):
        _create(connection)
        connection.execute(insert(SCHEMA).values(version=VERSION))
    _upgrade(connection, connection.execute(select(SCHEMA.c.version)).scalar_one())
    found = connection.execute(select(TENANTS.c.id).where(TENANTS.c.name == tenant)).scalar_one_or_none()
    if found is not None:
        return int(found)
    return int(connection.execute(insert(TENANTS).values(name=tenant).returning(TENANTS.c.id)).scalar_one())


def _create(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        METADATA.create_all(connection)
        return
    METADATA.create_all(connection, [table for table in METADATA.sorted_tables if table is not MOVEMENTS])
    create_journal(connection)


def _upgrade(connection: Connection, version: int) -> None:
    if version > VERSION:
        raise ConfigurationError(
            f"The stock tables have version {version}, this library knows {VERSION}: upgrade orderhub on this machine"
        )
    for step in range(version, VERSION):
        UPGRADES[step](connection)
        connection.execute(update(SCHEMA).values(version=step + 1))
