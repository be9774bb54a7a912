"""Order stores in this process's memory: the same laws as SQL, gone with the process. Imports `ports`, `models`.

Every write works out all of its effects before the first one, so that a refused batch leaves nothing behind.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from orderhub.models import Order, OrderRef, Outcome, Refund
from orderhub.ports import Cursor
from orderhub.stores.base import Now, StoredVersion
from orderhub.stores.changes import read_changes
from orderhub.stores.law import (
    Entry,
    Version,
    forgotten,
    instant,
    micros,
    outcomes,
    prepare,
    read_after,
    settle,
    told_changes,
)  # fmt: skip
from orderhub.stores.memory_desk import MemoryDesk
from orderhub.stores.memory_marks import MemoryMarks
from orderhub.stores.memory_once import MemoryOnce
from orderhub.stores.memory_purchases import MemoryPurchases
from orderhub.stores.memory_query import MemoryQueries
from orderhub.stores.memory_shares import MemoryShares
from orderhub.stores.refusals import stale_cursor
from orderhub.stores.telling import stored_events

__all__ = ["MemoryStores"]


class MemoryStores(MemoryMarks, MemoryQueries, MemoryDesk, MemoryOnce, MemoryShares, MemoryPurchases):
    """`Stores` in memory; threads may share it, processes cannot. Each one is empty, so tenants never meet."""

    def __init__(self, *, clock: Now, keep_raw: bool = True) -> None:
        self._lock = threading.RLock()
        MemoryDesk.__init__(self, clock, self._lock)
        MemoryOnce.__init__(self, clock, self._lock)
        MemoryShares.__init__(self, clock, self._lock)
        MemoryMarks.__init__(self, clock, self._lock, keep_raw)
        self._cursors: dict[str, Cursor] = {}
        self._hooked = {}
        self._history: dict[str, dict[Version, StoredVersion]] = {}

    def close(self) -> None:
        """Nothing to release."""

    def reseal(self, *, dry_run: bool = False) -> int:
        """Nothing is at rest here."""
        return 0

    def get_cursor(self, name: str) -> Cursor:
        """The cursor, or a fresh one of version 0."""
        return self._cursors.get(name, Cursor(name))

    def get_cursors(self, names: Sequence[str]) -> list[Cursor]:
        """`get_cursor` of many, in order."""
        return [self.get_cursor(name) for name in names]

    def put_cursor(self, cursor: Cursor, position: str) -> Cursor:
        """Move it; raises `StaleVersion` when somebody else moved it first."""
        with self._lock:
            self._check(cursor)
            return self._move(cursor, position)

    def put_orders(
        self, orders: Sequence[Order], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> list[Outcome[str]]:  # fmt: skip
        """See `OrderStore.put_orders`; with a cursor its version grows by one, without a position it stays in place."""
        return self._put(self._orders, orders, cursor, position, read_at)

    def put_refunds(
        self, refunds: Sequence[Refund], *, cursor: Cursor | None = None, position: str | None = None,
        read_at: datetime | None = None,
    ) -> list[Outcome[str]]:  # fmt: skip
        """Upsert refunds under the same law."""
        return self._put(self._refunds, refunds, cursor, position, read_at)

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
        self, held: dict[str, Entry], documents: Sequence[Order | Refund], cursor: Cursor | None, position: str | None,
        read_at: datetime | None,
    ) -> list[Outcome[str]]:  # fmt: skip
        read_us = None if read_at is None else micros(read_at)
        entries, refused = prepare(documents, read_us)
        now = self._clock.now()
        with self._lock:
            if cursor is not None:
                self._check(cursor)
                self._move(cursor, cursor.position if position is None else position)
            stored = {entry.key: held[entry.key] for entry in entries if entry.key in held}
            versions = {key: entry.version for key, entry in stored.items()}
            read_later = read_after(((key, entry.read_us) for key, entry in stored.items()), read_us)
            verdict = settle(versions, ((entry.key, entry.version) for entry in entries), read_later)
            kept = [forgotten(entry) if self._is_redacted(entry) else entry for entry in entries]
            told = told_changes({key: entry.body for key, entry in stored.items()}, kept, verdict.words)
            for index in verdict.winners.values():
                self._keep(held, kept[index])
            if held is self._orders:
                self._note(kept, verdict.words, told, micros(now))
            kind = Order if held is self._orders else Refund
            self._tell(lambda: stored_events(kind, kept, verdict.words, told, micros(now)))
        return outcomes(entries, verdict.words, refused)

    def _is_redacted(self, entry: Entry) -> bool:
        document = entry.document
        return f"{document.platform}:{document.shop_id}:{document.order_id}" in self._redacted

    def _note(self, entries: Sequence[Entry], words: Sequence[str], told: Sequence[str], now_us: int) -> None:
        for entry, word, text in zip(entries, words, told, strict=True):
            if word != "unchanged":
                status, at = entry.document.status.value, entry.document.updated_at
                row = StoredVersion(entry.key, at, instant(now_us), status, word, read_changes(text))
                self._history.setdefault(entry.key, {}).setdefault(entry.version, row)
