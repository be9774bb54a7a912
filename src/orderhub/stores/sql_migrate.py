"""Schema versions of the SQL stores: created or brought up to date while other workers go on. Imports `stores`.

A step only adds: tables, nullable columns, indexes. Workers of the release before go on reading and writing; what they
write is recognised by `codec` and brought into form by the next rewrite. The structure changes in one transaction
under a lock; rows are rewritten afterwards, a few hundred a transaction, by whoever opens the database until it is
done. An older release refuses to open a database that a newer one has brought further.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Index, inspect, select, update
from sqlalchemy.schema import CreateColumn, CreateIndex

from orderhub.errors import ConfigurationError
from orderhub.stores import sql_schema as schema
from orderhub.stores.sql_dialect import insert, lock, reading, upsert, writing

__all__ = ["STEPS", "Step", "migrate"]


@dataclass(frozen=True)
class Step:
    """What one schema version adds to the one before; new tables need no mention."""

    columns: tuple[Column[Any], ...] = ()
    indexes: tuple[Index, ...] = ()
    rewrites: bool = False


STEPS: Final = MappingProxyType({
    2: Step(
        columns=(
            schema.orders.c.packed, schema.orders.c.closed_us, schema.orders.c.expires_us, schema.orders.c.redacted_us,
            schema.refunds.c.packed, schema.refunds.c.order_key, schema.versions.c.changes,
        ),
        indexes=(schema.orders_closed, schema.refunds_order),
        rewrites=True,
    ),
    3: Step(columns=(schema.orders.c.read_us, schema.refunds.c.read_us)),
})  # fmt: skip
"""Version -> step. Version 1 is the first that there was."""


def migrate(engine: Engine, now_us: Callable[[], int], rewrite: Callable[[str], object]) -> None:
    """Create the tables, or bring older ones to this release's schema.

    Args:
        rewrite: Brings the rows of one tenant into today's form; may be interrupted and called again.
    Raises:
        ConfigurationError: The schema is newer than this release.
    """
    with writing(engine) as connection:
        lock(connection, ["schema"])
        found = _found(connection)
        _refuse_newer(found)
        schema.metadata.create_all(connection)
        for version in range(found + 1 if found else schema.SCHEMA_VERSION, schema.SCHEMA_VERSION + 1):
            _take(connection, STEPS[version] if found else Step(), version, now_us())
        written = {"name": "schema", "value": str(schema.SCHEMA_VERSION)}
        connection.execute(upsert(connection, schema.meta), [written])
    _rewrite(engine, now_us, rewrite)


def _found(connection: Connection) -> int:
    """The version of the database; 0 when it is empty."""
    if not inspect(connection).has_table(schema.meta.name):
        return 0
    value = connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == "schema")).scalar()
    return int(value) if value else 0


def _refuse_newer(found: int) -> None:
    if found > schema.SCHEMA_VERSION:
        raise ConfigurationError(
            f"the database has schema {found}, this release knows {schema.SCHEMA_VERSION}: upgrade orderhub"
        )


def _take(connection: Connection, step: Step, version: int, now_us: int) -> None:
    for column in step.columns:
        spec = CreateColumn(column).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {spec}")
    for index in step.indexes:
        connection.execute(CreateIndex(index))
    row = {"version": version, "started_us": now_us, "finished_us": None if step.rewrites else now_us}
    connection.execute(insert(connection, schema.migrations), [row])


def _rewrite(engine: Engine, now_us: Callable[[], int], rewrite: Callable[[str], object]) -> None:
    """Finish what a step has left to do; two workers at it do no harm."""
    table = schema.migrations
    with reading(engine) as connection:
        left = connection.execute(select(table.c.version).where(table.c.finished_us.is_(None))).scalars().all()
        everyone = select(schema.orders.c.tenant).union(select(schema.refunds.c.tenant))
        tenants = connection.execute(everyone).scalars().all() if left else []
    for tenant in tenants:
        rewrite(tenant)
    if left:
        with writing(engine) as connection:
            connection.execute(update(table).where(table.c.version.in_(left)).values(finished_us=now_us()))
