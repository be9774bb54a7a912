"""Finding orders and refunds in SQL. Imports `stores`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, tuple_

from orderhub.models import Order, Refund
from orderhub.ports import OrderQuery
from orderhub.stores import sql_schema as schema
from orderhub.stores.codec import decode
from orderhub.stores.law import UNDATED, micros
from orderhub.stores.refusals import no_such_order
from orderhub.stores.sql_base import CHUNK, SqlBase
from orderhub.stores.terms import search_terms, term

__all__ = ["SqlQueries"]

_T: Final = schema.orders


class SqlQueries(SqlBase):
    """The reading half of `OrderStore`."""

    def get_order(self, key: str) -> Order:
        """Raises `NotFound`."""
        with self._reading() as connection:
            row = connection.execute(select(_T.c.body, _T.c.raw).where(self._mine(_T), _T.c.key == key)).one_or_none()
        if row is None:
            raise no_such_order(key)
        return decode(Order, row.body, row.raw)

    def find_orders(self, query: OrderQuery) -> list[Order]:
        """Orders of `query`, oldest update first; undated ones come before all."""
        wanted = select(_T.c.body, _T.c.raw, _T.c.updated_us, _T.c.key).order_by(_T.c.updated_us, _T.c.key)
        rows: list[Any] = []
        with self._reading() as connection:
            for conditions in self._conditions(query):
                rows += connection.execute(wanted.where(*conditions).limit(query.limit)).all()
        if len(query.keys) > CHUNK:
            rows = sorted(rows, key=lambda row: (row.updated_us, row.key))[: query.limit]
        return [decode(Order, row.body, row.raw) for row in rows]

    def count_orders(self, query: OrderQuery) -> int:
        """How many orders match, ignoring `limit`."""
        wanted = select(func.count()).select_from(_T)
        with self._reading() as connection:
            return sum(connection.execute(wanted.where(*some)).scalar_one() for some in self._conditions(query))

    def search_orders(self, text: str, *, limit: int = 100) -> list[Order]:
        """See `Stores.search_orders`."""
        wanted = (
            select(_T.c.body, _T.c.raw)
            .where(self._mine(_T), self._named(*search_terms(text)))
            .order_by(_T.c.updated_us, _T.c.key)
            .limit(limit)
        )
        with self._reading() as connection:
            return [decode(Order, row.body, row.raw) for row in connection.execute(wanted)]

    def find_refunds(self, *, platform: str | None = None, shop_id: str | None = None) -> list[Refund]:
        """Refunds, oldest update first."""
        table = schema.refunds
        wanted = select(table.c.body, table.c.raw).where(self._mine(table)).order_by(table.c.updated_us, table.c.key)
        if platform is not None:
            wanted = wanted.where(table.c.platform == platform)
        if shop_id is not None:
            wanted = wanted.where(table.c.shop_id == shop_id)
        with self._reading() as connection:
            return [decode(Refund, row.body, row.raw) for row in connection.execute(wanted)]

    def _named(self, *words: str) -> Any:
        found = select(schema.terms.c.key).where(self._mine(schema.terms), schema.terms.c.term.in_(words))
        return _T.c.key.in_(found)

    def _conditions(self, query: OrderQuery) -> list[list[Any]]:
        """The conditions of the query, once for every `CHUNK` of its keys."""
        shared = [self._mine(_T), *self._exact(query), *_spans(query)]
        if not query.keys:
            return [shared]
        keys = sorted(set(query.keys))
        return [[*shared, _T.c.key.in_(keys[i : i + CHUNK])] for i in range(0, len(keys), CHUNK)]

    def _exact(self, query: OrderQuery) -> list[Any]:
        columns = ((_T.c.platform, query.platform), (_T.c.shop_id, query.shop_id))
        named = (("hold", query.hold), ("label", query.label), ("waybill", query.waybill_no))
        found = [column == value for column, value in columns if value is not None]
        found += [self._named(term(kind, text)) for kind, text in named if text is not None]
        return found + ([_T.c.status.in_(query.status)] if query.status else [])


def _spans(query: OrderQuery) -> list[Any]:
    """Both ends included; an undated order is in no span of update times."""
    spans = (
        (_T.c.updated_us, query.updated_from, query.updated_to),
        (_T.c.created_us, query.created_from, query.created_to),
    )
    found = [condition for column, start, end in spans for condition in _span(column, start, end)]
    if query.after is not None:
        found.append(tuple_(_T.c.updated_us, _T.c.key) > tuple_(micros(query.after[0]), query.after[1]))
    return found


def _span(column: Any, start: datetime | None, end: datetime | None) -> list[Any]:
    found = [] if start is None and end is None else [column > UNDATED]
    found += [] if start is None else [column >= micros(start)]
    return found + ([] if end is None else [column <= micros(end)])
