"""Order stores in this process's memory: the same laws as SQL, gone with the process. Imports `ports`, `models`.

Every write works out all of its effects before the first one, so that a refused batch leaves nothing behind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime

from orderhub.models import Order, OrderRef, Outcome, Refund
from orderhub.ports import Cursor, OrderQuery
from orderhub.stores.base import Now, StoredVersion
from orderhub.stores.law import Entry, Verdict, Version, instant, micros, outcomes, prepare, settle
from orderhub.stores.memory_desk import MemoryDesk
from orderhub.stores.memory_once import MemoryOnce
from orderhub.stores.refusals import no_such_order, stale_cursor
from orderhub.stores.terms import search_terms, term, terms_of

__all__ = ["MemoryStores"]


class MemoryStores(MemoryDesk, MemoryOnce):
    """`Stores` in memory; threads may share it, processes cannot. Each one is empty, so tenants never meet."""

    def __init__(self, *, clock: Now) -> None:
        self._lock = threading.RLock()
        MemoryDesk.__init__(self, clock, self._lock)
        MemoryOnce.__init__(self, clock, self._lock)
        self._cursors: dict[str, Cursor] = {}
        self._orders: dict[str, Entry] = {}
        self._refunds: dict[str, Entry] = {}
        self._terms: dict[str, set[str]] = {}
        self._history: dict[str, dict[Version, StoredVersion]] = {}

    def close(self) -> None:
        """Nothing to release."""

    def get_cursor(self, name: str) -> Cursor:
        """The cursor, or a fresh one of version 0."""
        return self._cursors.get(name, Cursor(name))

    def put_cursor(self, cursor: Cursor, position: str) -> Cursor:
        """Move it; raises `StaleVersion` when somebody else moved it first."""
        with self._lock:
            self._check(cursor)
            return self._move(cursor, position)

    def put_orders(
        self, orders: Sequence[Order], *, cursor: Cursor | None = None, position: str | None = None
    ) -> list[Outcome[str]]:
        """See `OrderStore.put_orders`; with a cursor its version grows by one, without a position it stays in place."""
        return self._put(self._orders, orders, cursor, position)

    def put_refunds(
        self, refunds: Sequence[Refund], *, cursor: Cursor | None = None, position: str | None = None
    ) -> list[Outcome[str]]:
        """Upsert refunds under the same law."""
        return self._put(self._refunds, refunds, cursor, position)

    def get_order(self, key: str) -> Order:
        """Raises `NotFound`."""
        entry = self._orders.get(key)
        if entry is None:
            raise no_such_order(key)
        return _order(entry)

    def find_orders(self, query: OrderQuery) -> list[Order]:
        """Orders of `query`, oldest update first; undated ones come before all."""
        return _sorted(self._matching(query))[: query.limit]

    def count_orders(self, query: OrderQuery) -> int:
        """How many orders match, ignoring `limit`."""
        return len(self._matching(query))

    def search_orders(self, text: str, *, limit: int = 100) -> list[Order]:
        """See `Stores.search_orders`."""
        with self._lock:
            keys = {key for word in search_terms(text) for key in self._terms.get(word, ())}
            return _sorted(self._orders[key] for key in keys)[:limit]

    def find_refunds(self, *, platform: str | None = None, shop_id: str | None = None) -> list[Refund]:
        """Refunds, oldest update first."""
        with self._lock:
            held = sorted(self._refunds.values(), key=_position)
        refunds = [entry.document for entry in held if isinstance(entry.document, Refund)]
        return [r for r in refunds if platform in {None, r.platform} and shop_id in {None, r.shop_id}]

    def known_versions(self, platform: str, shop_id: str, refs: Sequence[OrderRef]) -> frozenset[str]:
        """Order ids among `refs` that are stored in that version or a newer one; an undated ref is never known."""
        dated = [(f"{platform}:{shop_id}:{ref.order_id}", ref.order_id, ref.updated_at) for ref in refs]
        return frozenset(
            order_id for key, order_id, at in dated
            if at is not None and key in self._orders and self._orders[key].version.updated_us >= micros(at)
        )  # fmt: skip

    def order_history(self, key: str) -> list[StoredVersion]:
        """Every version of an order that arrived, in order of arrival."""
        found = self._history.get(key, {}).items()
        return [row for _, row in sorted(found, key=lambda item: (item[1].stored_at, item[0].updated_us))]

    def _check(self, cursor: Cursor) -> None:
        if self.get_cursor(cursor.name).version != cursor.version:
            raise stale_cursor(cursor)

    def _move(self, cursor: Cursor, position: str | None) -> Cursor:
        moved = Cursor(cursor.name, position, cursor.version + 1)
        self._cursors[cursor.name] = moved
        return moved

    def _put(
        self, held: dict[str, Entry], documents: Sequence[Order | Refund], cursor: Cursor | None, position: str | None
    ) -> list[Outcome[str]]:
        entries, refused = prepare(documents)
        now = self._clock.now()
        with self._lock:
            if cursor is not None:
                self._check(cursor)
                self._move(cursor, cursor.position if position is None else position)
            stored = {entry.key: held[entry.key].version for entry in entries if entry.key in held}
            verdict = settle(stored, ((entry.key, entry.version) for entry in entries))
            for index in verdict.winners.values():
                self._keep(held, entries[index])
            if held is self._orders:
                self._note(entries, verdict, micros(now))
        return outcomes(entries, verdict.words, refused)

    def _keep(self, held: dict[str, Entry], entry: Entry) -> None:
        before = held.get(entry.key)
        held[entry.key] = entry
        if before is not None and isinstance(before.document, Order):
            for word in terms_of(before.document):
                self._terms[word].discard(entry.key)
        if isinstance(entry.document, Order):
            for word in terms_of(entry.document):
                self._terms.setdefault(word, set()).add(entry.key)

    def _note(self, entries: Sequence[Entry], verdict: Verdict, now_us: int) -> None:
        for entry, word in zip(entries, verdict.words, strict=True):
            if word != "unchanged":
                status, at = entry.document.status.value, entry.document.updated_at
                row = StoredVersion(entry.key, at, instant(now_us), status, word)
                self._history.setdefault(entry.key, {}).setdefault(entry.version, row)

    def _matching(self, query: OrderQuery) -> list[Entry]:
        with self._lock:
            held = [self._orders[key] for key in set(query.keys) if key in self._orders] if query.keys else None
            if held is None:
                held = list(self._orders.values())
        named = (("hold", query.hold), ("label", query.label), ("waybill", query.waybill_no))
        words = frozenset(term(kind, text) for kind, text in named if text is not None)
        return [entry for entry in held if _matches(entry, query, words)]


def _matches(entry: Entry, query: OrderQuery, words: frozenset[str]) -> bool:
    order = _order(entry)
    return (
        query.platform in {None, order.platform}
        and query.shop_id in {None, order.shop_id}
        and (not query.status or order.status in query.status)
        and _within(order.updated_at, query.updated_from, query.updated_to)
        and _within(order.created_at, query.created_from, query.created_to)
        and (query.after is None or _position(entry) > (micros(query.after[0]), query.after[1]))
        and (not words or words.issubset(terms_of(order)))
    )


def _within(at: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    """Both ends included; what has no date is in no span."""
    if start is None and end is None:
        return True
    return at is not None and (start is None or start <= at) and (end is None or at <= end)


def _position(entry: Entry) -> tuple[int, str]:
    return entry.version.updated_us, entry.key


def _order(entry: Entry) -> Order:
    assert isinstance(entry.document, Order)
    return entry.document


def _sorted(entries: Iterable[Entry]) -> list[Order]:
    return [_order(entry) for entry in sorted(entries, key=_position)]
