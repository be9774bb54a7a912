"""Finding orders and refunds in SQL. Imports `stores`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select, tuple_

from orderhub.models import Order, Refund
from orderhub.ports import OrderQuery
from orderhub.stores import sql_schema as schema
from orderhub.stores.law import UNDATED, micros
from orderhub.stores.refusals import no_such_order
from orderhub.stores.sql_base import CHUNK, chunks
from orderhub.stores.sql_rows import SqlRows
from orderhub.stores.terms import query_terms

__all__ = ["SqlQueries"]

_T: Final = schema.orders
_BODY: Final = (_T.c.key, _T.c.body, _T.c.raw, _T.c.packed, _T.c.digest)
_SORTS: Final = {"updated": "updated_us", "created": "created_us", "ship_by": "ship_by_us"}
_LOOKUPS: Final = ("text", "waybill_no", "sku", "buyer", "name", "phone", "phone_tail")
_COLUMNS: Final[Mapping[str, Any]] = {
    name: _T.c[name] for name in ("platform", "shop_id", "status", "updated_us", "created_us", "ship_by_us")
}
_QUIET: Final[Mapping[str, Any]] = {name: func.coalesce(column, column) for name, column in _COLUMNS.items()}
"""The same columns, out of the planner's sight: a lookup starts at the word, never at an index over every order."""


def _columns(query: OrderQuery) -> Mapping[str, Any]:
    is_lookup = any(getattr(query, name) is not None for name in _LOOKUPS)
    return _QUIET if is_lookup else _COLUMNS


class SqlQueries(SqlRows):
    """The reading half of `OrderStore`."""

    def get_order(self, key: str) -> Order:
        """Raises `NotFound`."""
        with self._reading() as connection:
            row = connection.execute(select(*_BODY).where(self._mine(_T), _T.c.key == key)).one_or_none()
        if row is None:
            raise no_such_order(key)
        return self._codec.read(Order, _T.name, row)

    def find_orders(self, query: OrderQuery) -> list[Order]:
        """Orders of `query`, in its sort; those without that time come before all others."""
        sort = _T.c[_SORTS[query.sort]]
        wanted = select(*_BODY, sort.label("sort")).order_by(*_order(query))
        rows: list[Any] = []
        with self._reading() as connection:
            for conditions in self._conditions(query):
                rows += connection.execute(wanted.where(*conditions).limit(query.limit)).all()
        if len(query.keys) > CHUNK:
            rows.sort(key=lambda row: (row.sort is not None, row.sort or 0, row.key), reverse=query.descending)
            rows = rows[: query.limit]
        return [self._codec.read(Order, _T.name, row) for row in rows]

    def count_orders(self, query: OrderQuery) -> int:
        """How many orders match, ignoring `limit`."""
        wanted = select(func.count()).select_from(_T)
        with self._reading() as connection:
            return sum(connection.execute(wanted.where(*some)).scalar_one() for some in self._conditions(query))

    def search_orders(self, text: str, *, limit: int = 100) -> list[Order]:
        """See `Stores.search_orders`."""
        return self.find_orders(OrderQuery(text=text, limit=limit))

    def find_refunds(
        self, *, platform: str | None = None, shop_id: str | None = None, order_keys: Sequence[str] | None = None
    ) -> list[Refund]:
        """Refunds, oldest update first."""
        table = schema.refunds
        given = ((table.c.platform, platform), (table.c.shop_id, shop_id))
        same = [column == value for column, value in given if value is not None]
        parts = [[]] if order_keys is None else [[table.c.order_key.in_(some)] for some in chunks(order_keys)]
        wanted = select(table.c.key, table.c.body, table.c.raw, table.c.packed, table.c.digest, table.c.updated_us)
        with self._reading() as connection:
            rows = [r for part in parts for r in connection.execute(wanted.where(self._mine(table), *same, *part))]
        rows.sort(key=lambda row: (row.updated_us, row.key))
        return [self._codec.read(Refund, table.name, row) for row in rows]

    def _named(self, words: Sequence[str]) -> Any:
        table = schema.terms
        found = select(table.c.key).where(self._mine(table), table.c.term.in_(self._vault.words(words)))
        return _T.c.key.in_(found)

    def _conditions(self, query: OrderQuery) -> list[list[Any]]:
        """The conditions of the query, once for every `CHUNK` of its keys."""
        shared = [self._mine(_T), *self._exact(query), *_spans(query)]
        if not query.keys:
            return [shared]
        keys = sorted(set(query.keys))
        return [[*shared, _T.c.key.in_(keys[i : i + CHUNK])] for i in range(0, len(keys), CHUNK)]

    def _exact(self, query: OrderQuery) -> list[Any]:
        c = _columns(query)
        given = ((c["platform"], query.platform), (c["shop_id"], query.shop_id))
        found = [column == value for column, value in given if value is not None]
        found += [self._named(words) for words in query_terms(query)]
        if query.tag is not None:
            tags = schema.tags
            found.append(_T.c.key.in_(select(tags.c.key).where(self._mine(tags), tags.c.tag == query.tag)))
        return found + ([c["status"].in_(query.status)] if query.status else [])


def _order(query: OrderQuery) -> tuple[Any, Any]:
    """NULL first in every database, so that what has no time stands at the old end."""
    sort = _columns(query)[_SORTS[query.sort]]
    key = _T.c.key.desc() if query.descending else _T.c.key.asc()
    if query.sort == "updated":
        return (sort.desc() if query.descending else sort.asc()), key
    return (sort.desc().nulls_last() if query.descending else sort.asc().nulls_first()), key


def _spans(query: OrderQuery) -> list[Any]:
    """Both ends included; an undated order is in no span of update times."""
    c = _columns(query)
    spans = (
        (c["updated_us"], query.updated_from, query.updated_to),
        (c["created_us"], query.created_from, query.created_to),
    )
    found = [condition for column, start, end in spans for condition in _span(column, start, end)]
    return found + ([] if query.after is None else [_after(query, *query.after)])


def _span(column: Any, start: datetime | None, end: datetime | None) -> list[Any]:
    found = [] if start is None and end is None else [column > UNDATED]
    found += [] if start is None else [column >= micros(start)]
    return found + ([] if end is None else [column <= micros(end)])


def _after(query: OrderQuery, at: datetime | None, key: str) -> Any:
    """What stands behind (at, key) in the sort."""
    sort, us = _columns(query)[_SORTS[query.sort]], UNDATED if at is None else micros(at)
    here, there = tuple_(sort, _T.c.key), tuple_(us, key)
    if query.sort == "updated":
        return here < there if query.descending else here > there
    if us == UNDATED:
        rest = _T.c.key < key if query.descending else _T.c.key > key
        return and_(sort.is_(None), rest) if query.descending else or_(and_(sort.is_(None), rest), sort.is_not(None))
    return or_(here < there, sort.is_(None)) if query.descending else here > there
