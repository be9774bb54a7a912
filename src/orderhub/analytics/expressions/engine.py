"""Figures on DuckDB in memory, fed piece by piece; no personal data. Imports siblings, `inventory`, ibis, pyarrow."""

from __future__ import annotations

import hashlib
import hmac
import importlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Self

from orderhub.analytics.expressions.catalogue import figure
from orderhub.analytics.expressions.scope import BEIJING, Scope
from orderhub.analytics.expressions.tables import COLUMNS, Tables
from orderhub.errors import ConfigurationError
from orderhub.inventory.compartments import STORED
from orderhub.inventory.places import parse_place
from orderhub.models.stock import Movement

__all__ = ["Analytics"]


class Analytics:
    """A snapshot of orders to ask figures of.

    Args:
        at: The instant it speaks for unless a question names another, aware.
        customer_key: Secret of the customers' hashes: the same key gives a buyer the same hash, no key can be
            read back. At least sixteen bytes.
        zone, zones: By which zone days are cut; `zones` maps `platform:shop_id` to a shop's own.
    Raises:
        ConfigurationError: The extra `analytics` is missing, or the key is short.
    """

    def __init__(
        self, *, at: datetime, customer_key: bytes, zone: tzinfo = BEIJING, zones: Mapping[str, tzinfo] | None = None
    ) -> None:
        if len(customer_key) < 16:
            raise ConfigurationError("customer_key must have at least sixteen bytes", field="customer_key")
        self.at, self._key, self._zone, self._zones = at, customer_key, zone, dict(zones or {})
        self._engine = _library("ibis").duckdb.connect(":memory:")
        self._engine.raw_sql("SET TimeZone = 'UTC'")
        for name, columns in COLUMNS.items():
            self._engine.create_table(name, schema=_library("ibis").schema(dict(columns)))
        self.tables = Tables(**{name: self._engine.table(name) for name in COLUMNS})

    def add(self, orders: Any, lines: Any, shipments: Any, refunds: Any) -> None:
        """Take in Arrow tables of `orderhub.frames`; an order or case that came before is replaced."""
        found = {"orders": orders, "lines": lines, "shipments": shipments, "refunds": refunds}
        slim = {name: _slim(name, table, self._key) for name, table in found.items()}
        self._forget("orders", slim["orders"], {"orders": "key", "lines": "order_key", "shipments": "order_key"})
        self._forget("refunds", slim["refunds"], {"refunds": "key"})
        for name, table in slim.items():
            self._with(table, f"INSERT INTO {name} SELECT * FROM incoming")  # noqa: S608 # nosec B608 - names of our own table

    def add_movements(self, movements: Iterable[Movement]) -> None:
        """Take in rows of the stock ledger; one that came before is not counted again.

        Lots and single units count for their warehouse; goods on their way or defective are left out.
        """
        rows = [(row, place) for row in movements if (place := parse_place(row.warehouse)).kind in STORED]
        schema = _library("ibis").schema(dict(COLUMNS["movements"])).to_pyarrow()
        told: dict[str, list[Any]] = {field.name: [getattr(row, field.name) for row, _ in rows] for field in schema}
        told["warehouse"] = [place.warehouse for _, place in rows]
        told["at"] = [row.at.astimezone(UTC).replace(tzinfo=None) for row, _ in rows]
        table = _library("pyarrow").table(told, schema=schema)
        self._with(table, "INSERT INTO movements SELECT * FROM incoming ANTI JOIN movements USING (seq)")

    def customer(self, platform: str, buyer_id: str) -> str:
        """The hash by which a buyer is told here."""
        return _hash(self._key, platform, buyer_id)

    def _forget(self, name: str, table: Any, keys: Mapping[str, str]) -> None:
        if self._with(table, f"SELECT count(*) FROM {name} SEMI JOIN incoming USING (key)")[0][0]:  # noqa: S608 # nosec B608
            for child, column in keys.items():
                self._with(table, f"DELETE FROM {child} WHERE {column} IN (SELECT key FROM incoming)")  # noqa: S608 # nosec B608

    def _with(self, table: Any, statement: str) -> Any:
        connection = self._engine.con
        connection.register("incoming", table)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.unregister("incoming")

    def expression(self, name: str, **question: Any) -> Any:
        """The figure as an ibis table, to go on from; `question` are fields of `Scope`."""
        given = {"at": self.at, "zone": self._zone, "zones": self._zones, **question}
        return figure(name, Scope(tables=self.tables, **given))

    def figure(self, name: str, **question: Any) -> Any:
        """The figure as a `pyarrow.Table`; its columns and types are those of `FIGURES`, also without rows.

        Raises:
            ConfigurationError: There is no such figure, or the question cannot be asked so.
        """
        return self.expression(name, **question).to_pyarrow()

    def records(self, name: str, **question: Any) -> list[dict[str, Any]]:
        """The figure's rows as dictionaries; amounts are `Decimal`."""
        return self.figure(name, **question).to_pylist()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Let go of the tables."""
        self._engine.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _slim(name: str, table: Any, key: bytes) -> Any:
    """The columns that figures read; a buyer becomes a hash here, and nothing else of a person passes."""
    pa, rows = _library("pyarrow"), table.num_rows
    made: dict[str, Any] = {}
    if name == "orders":
        buyers = zip(table["platform"].to_pylist(), table["buyer_buyer_id"].to_pylist(), strict=True)
        made = {
            "customer": pa.array([_hash(key, *buyer) if buyer[1] else None for buyer in buyers], pa.string()),
            "held": pa.array([bool(holds) for holds in table["holds"].to_pylist()], pa.bool_()),
            "country": table["recipient_country"], "division_code": table["recipient_division_code"],
        }  # fmt: skip
    if name == "refunds":
        ids = (table[column].to_pylist() for column in ("platform", "shop_id", "order_id"))
        made = {"order_key": pa.array([":".join(map(str, parts)) for parts in zip(*ids, strict=True)], pa.string())}
    wanted = _library("ibis").schema(dict(COLUMNS[name])).to_pyarrow()
    columns = [_column(made, table, field, rows) for field in wanted]
    return pa.Table.from_arrays(columns, schema=wanted)


def _column(made: Mapping[str, Any], table: Any, field: Any, rows: int) -> Any:
    return (made[field.name] if field.name in made else table[field.name]).cast(field.type)


def _hash(key: bytes, platform: str, buyer: str) -> str:
    return hmac.new(key, f"{platform}:{buyer}".encode(), hashlib.sha256).hexdigest()[:32]


def _library(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module:
            raise
        raise ConfigurationError(f'this needs {module}, which is missing: pip install "orderhub[analytics]"') from error
