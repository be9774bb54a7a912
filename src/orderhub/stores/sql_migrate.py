"""Schema versions of the SQL stores: created or brought up to date while other workers go on. Imports `stores`."""

from __future__ import annotations

from sqlalchemy import Engine, select

from orderhub.errors import ConfigurationError
from orderhub.stores import sql_schema as schema
from orderhub.stores.sql_dialect import insert, lock, writing

__all__ = ["migrate"]


def migrate(engine: Engine) -> None:
    """Create the tables, or refuse a database that a newer release has written.

    Raises:
        ConfigurationError: The schema is newer than this release.
    """
    with writing(engine) as connection:
        lock(connection, ["schema"])
        schema.metadata.create_all(connection)
        written = {"name": "schema", "value": str(schema.SCHEMA_VERSION)}
        connection.execute(insert(connection, schema.meta).on_conflict_do_nothing(), written)
        found = int(connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == "schema")).scalar_one())
    if found > schema.SCHEMA_VERSION:
        raise ConfigurationError(
            f"the database has schema {found}, this release knows {schema.SCHEMA_VERSION}: upgrade orderhub"
        )
