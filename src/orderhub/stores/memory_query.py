"""Finding orders and refunds in memory. Imports `ports`, `models`, `stores`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from orderhub.models import Order, Refund
from orderhub.ports import OrderQuery
from orderhub.stores.base import position_of
from orderhub.stores.law import UNDATED, Entry, micros
from orderhub.stores.refusals import no_such_order
from orderhub.stores.terms import query_terms

__all__ = ["MemoryQueries"]


class MemoryQueries:
    """The reading half of `OrderStore`."""

    _lock: threading.RLock
    _orders: dict[str, Entry]
    _refunds: dict[str, Entry]
    _terms: dict[str, set[str]]
    _tags: dict[str, tuple[str, ...]]

    def get_order(self, key: str) -> Order:
        """Raises `NotFound`."""
        entry = self._orders.get(key)
        if entry is None:
            raise no_such_order(key)
        return _order(entry)

    def find_orders(self, query: OrderQuery) -> list[Order]:
        """Orders of `query`, in its sort; those without that time come before all others."""
        found = sorted(self._matching(query), key=lambda order: _place(order, query), reverse=query.descending)
        return found[: query.limit]

    def count_orders(self, query: OrderQuery) -> int:
        """How many orders match, ignoring `limit`."""
        return len(self._matching(query))

    def search_orders(self, text: str, *, limit: int = 100) -> list[Order]:
        """See `Stores.search_orders`."""
        return self.find_orders(OrderQuery(text=text, limit=limit))

    def find_refunds(
        self, *, platform: str | None = None, shop_id: str | None = None, order_keys: Sequence[str] | None = None
    ) -> list[Refund]:
        """Refunds, oldest update first."""
        with self._lock:
            held = sorted(self._refunds.values(), key=lambda entry: (entry.version.updated_us, entry.key))
        refunds = [entry.document for entry in held if isinstance(entry.document, Refund)]
        wanted = None if order_keys is None else frozenset(order_keys)
        return [
            refund for refund in refunds
            if platform in {None, refund.platform} and shop_id in {None, refund.shop_id}
            and (wanted is None or f"{refund.platform}:{refund.shop_id}:{refund.order_id}" in wanted)
        ]  # fmt: skip

    def _matching(self, query: OrderQuery) -> list[Order]:
        words = [frozenset(some) for some in query_terms(query)]
        with self._lock:
            keys = set(query.keys) if query.keys else None
            for some in words:
                named = set[str]().union(*(self._terms.get(word, ()) for word in some))
                keys = named if keys is None else keys & named
            if keys is None:
                held = list(self._orders.values())
            else:
                held = [self._orders[key] for key in keys if key in self._orders]
            if query.tag is not None:
                held = [entry for entry in held if query.tag in self._tags.get(entry.key, ())]
        return [order for order in map(_order, held) if _matches(order, query)]


def _matches(order: Order, query: OrderQuery) -> bool:
    return (
        query.platform in {None, order.platform}
        and query.shop_id in {None, order.shop_id}
        and (not query.status or order.status in query.status)
        and _within(order.updated_at, query.updated_from, query.updated_to)
        and _within(order.created_at, query.created_from, query.created_to)
        and _behind(order, query)
    )


def _behind(order: Order, query: OrderQuery) -> bool:
    if query.after is None:
        return True
    at, key = query.after
    here, there = _place(order, query), (UNDATED if at is None else micros(at), key)
    return here < there if query.descending else here > there


def _place(order: Order, query: OrderQuery) -> tuple[int, str]:
    at, key = position_of(order, query)
    return UNDATED if at is None else micros(at), key


def _within(at: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    """Both ends included; what has no date is in no span."""
    if start is None and end is None:
        return True
    return at is not None and (start is None or start <= at) and (end is None or at <= end)


def _order(entry: Entry) -> Order:
    assert isinstance(entry.document, Order)
    return entry.document
