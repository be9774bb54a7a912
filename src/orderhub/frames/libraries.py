"""The flat tables in Arrow, polars and pandas, and back. Imports `models`, siblings; each library lazily.

All go through Arrow, so that a column has one type everywhere: pandas columns are Arrow-backed, decimals stay decimals.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.frames.build import FlatTables, columns_of
from orderhub.frames.restore import restored
from orderhub.models import Order, Refund
from orderhub.models.tables import AMOUNT_DIGITS, AMOUNT_PLACES, TABLES, TableColumn

__all__ = ["from_arrow", "from_pandas", "from_polars", "schema_of", "to_arrow", "to_pandas", "to_polars"]


def to_arrow(orders: Iterable[Order], refunds: Iterable[Refund] = (), *, raw: bool = False) -> FlatTables[Any]:
    """Four `pyarrow.Table`s; with `raw` the untouched documents too.

    Raises:
        ConfigurationError: pyarrow is missing, or an amount has more than ten decimal places.
    """
    pa = _library("pyarrow", "arrow")
    columns = columns_of(orders, refunds, raw=raw)
    return FlatTables(*(_table(pa, name, found) for name, found in columns._asdict().items()))


def from_arrow(tables: FlatTables[Any]) -> tuple[list[Order], list[Refund]]:
    """The models of `to_arrow`'s tables; columns that are not ours are passed over, derived ones not needed.

    Raises:
        ConfigurationError: A column is missing or has a type that does not fit.
    """
    pa = _library("pyarrow", "arrow")
    rows = {name: _cast(pa, name, table).to_pylist() for name, table in tables._asdict().items()}
    return restored(rows)


def to_polars(orders: Iterable[Order], refunds: Iterable[Refund] = (), *, raw: bool = False) -> FlatTables[Any]:
    """Four `polars.DataFrame`s; see `to_arrow`."""
    pl = _library("polars", "polars")
    return FlatTables(*(pl.from_arrow(table) for table in to_arrow(orders, refunds, raw=raw)))


def from_polars(frames: FlatTables[Any]) -> tuple[list[Order], list[Refund]]:
    """The models of `to_polars`' frames; see `from_arrow`."""
    return from_arrow(FlatTables(*(frame.to_arrow() for frame in frames)))


def to_pandas(orders: Iterable[Order], refunds: Iterable[Refund] = (), *, raw: bool = False) -> FlatTables[Any]:
    """Four `pandas.DataFrame`s with Arrow-backed columns; see `to_arrow`."""
    pd = _library("pandas", "pandas")
    tables = to_arrow(orders, refunds, raw=raw)
    return FlatTables(*(table.to_pandas(types_mapper=pd.ArrowDtype) for table in tables))


def from_pandas(frames: FlatTables[Any]) -> tuple[list[Order], list[Refund]]:
    """The models of `to_pandas`' frames; see `from_arrow`."""
    pa = _library("pyarrow", "arrow")
    return from_arrow(FlatTables(*(pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)))


def schema_of(name: str) -> Any:
    """The `pyarrow.Schema` of one of `orderhub.models.tables.TABLES`."""
    pa = _library("pyarrow", "arrow")
    return pa.schema([(column.name, _type(pa, column)) for column in TABLES[name]])


def _type(pa: Any, column: TableColumn) -> Any:
    return {
        "text": pa.string, "words": lambda: pa.list_(pa.string()), "int": pa.int64, "bool": pa.bool_,
        "amount": lambda: pa.decimal128(AMOUNT_DIGITS, AMOUNT_PLACES), "instant": lambda: pa.timestamp("us", tz="UTC"),
        "json": pa.string, "bytes": pa.binary,
    }[column.kind]()  # fmt: skip


def _table(pa: Any, name: str, columns: dict[str, list[Any]]) -> Any:
    arrays = [_array(pa, name, column, columns[column.name]) for column in TABLES[name]]
    return pa.Table.from_arrays(arrays, schema=schema_of(name))


def _array(pa: Any, name: str, column: TableColumn, values: list[Any]) -> Any:
    try:
        return pa.array(values, type=_type(pa, column))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        raise ConfigurationError(
            f"table {name}, column {column.name}: a value does not fit {_type(pa, column)}", field=column.name
        ) from None


def _cast(pa: Any, name: str, table: Any) -> Any:
    """Our columns of a table that came from anywhere, in our types."""
    wanted = [column for column in TABLES[name] if (column.path and not column.derived) or column.name in _NEEDED]
    arrays = []
    for column in wanted:
        if column.name not in table.column_names:
            raise ConfigurationError(f"table {name} has no column {column.name}", field=column.name)
        try:
            arrays.append(table.column(column.name).cast(_type(pa, column)))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise ConfigurationError(
                f"table {name}, column {column.name}: {table.column(column.name).type} does not fit "
                f"{_type(pa, column)}",
                field=column.name,
            ) from None
    return pa.Table.from_arrays(arrays, names=[column.name for column in wanted])


_NEEDED = frozenset({"order_key", "position"})


def _library(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module:
            raise
        raise ConfigurationError(f'this needs {module}, which is missing: pip install "orderhub[{extra}]"') from error
