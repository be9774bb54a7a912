"""Tags, kept queries, timelines and forgetting people in memory. Imports `ports`, `models`, `stores`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from orderhub.models import Order, Outcome
from orderhub.orders.privacy import closed_at, identifiers
from orderhub.ports import Event, OrderQuery, QuarantinedOrder
from orderhub.stores.base import Now
from orderhub.stores.law import Entry, forgotten
from orderhub.stores.marks import new_events, tag_changes, tagged_events
from orderhub.stores.memory_once import Queued
from orderhub.stores.memory_papers import MemoryPapers
from orderhub.stores.memory_telling import MemoryTelling
from orderhub.stores.refusals import not_stored
from orderhub.stores.telling import note_events
from orderhub.stores.terms import terms_of

__all__ = ["MemoryMarks"]


class MemoryMarks(MemoryPapers, MemoryTelling):
    """`Marks`, `Privacies`."""

    _quarantine: dict[str, QuarantinedOrder]
    _outbox: dict[str, dict[str, Queued]]

    def __init__(self, clock: Now, lock: threading.RLock, keep_raw: bool) -> None:
        self._clock, self._lock, self._keep_raw = clock, lock, keep_raw
        self._orders: dict[str, Entry] = {}
        self._refunds: dict[str, Entry] = {}
        self._terms: dict[str, set[str]] = {}
        self._redacted: set[str] = set()
        self._tags: dict[str, tuple[str, ...]] = {}
        self._filters: dict[str, OrderQuery] = {}
        self._events: dict[str, list[Event]] = {}

    def tag_orders(
        self, keys: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), who: str = "hub"
    ) -> list[Outcome[None]]:
        """See `Marks.tag_orders`."""
        with self._lock:
            stored = {key for key in keys if key in self._orders}
            changes = tag_changes(self._tags, stored, add, remove)
            for key, came, gone in changes:
                self._tags[key] = tuple(sorted({*self._tags.get(key, ()), *came} - set(gone)))
            self._append(tagged_events(changes, who))
        return [Outcome(True, key) if key in stored else not_stored(key) for key in keys]

    def tags_of(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Sorted tags of the orders that have any."""
        with self._lock:
            return {key: tags for key in keys if (tags := self._tags.get(key))}

    def put_filter(self, name: str, query: OrderQuery) -> None:
        """Keep a query under a name."""
        with self._lock:
            self._filters[name] = query

    def filters(self) -> dict[str, OrderQuery]:
        """Kept queries by name, sorted."""
        with self._lock:
            return dict(sorted(self._filters.items()))

    def drop_filter(self, name: str) -> None:
        """Forget a kept query."""
        with self._lock:
            self._filters.pop(name, None)

    def put_events(self, events: Sequence[Event]) -> None:
        """See `Marks.put_events`."""
        with self._lock:
            newest = {event.key: self._events[event.key][-1] for event in events if self._events.get(event.key)}
            self._append(new_events(newest, events))

    def events_of(self, key: str) -> list[Event]:
        """Events of one order, oldest first."""
        with self._lock:
            return sorted(self._events.get(key, ()), key=lambda event: event.at or self._clock.now())

    def redact_orders(self, keys: Sequence[str], *, what: str, who: str = "hub") -> list[Outcome[str]]:
        """See `Privacies.redact_orders`."""
        with self._lock:
            words = {
                key: "already_redacted" if key in self._redacted else "redacted" for key in keys if key in self._orders
            }
            fresh = [self._orders[key] for key, word in words.items() if word == "redacted"]
            self._redacted |= {entry.key for entry in fresh}
            for entry in fresh:
                self._keep(self._orders, forgotten(entry))
            self._forget_around(words, fresh)
            self._append([Event(entry.key, what, who) for entry in fresh])
        return [Outcome(True, key, value=words[key]) if key in words else not_stored(key) for key in keys]

    def lapsed_orders(self, closed_before: Mapping[str, datetime], now: datetime, limit: int = 500) -> list[str]:
        """See `Privacies.lapsed_orders`; longest closed first."""
        found = []
        with self._lock:
            for key, entry in self._orders.items():
                order = entry.document
                if key in self._redacted or not isinstance(order, Order) or (closed := closed_at(order)) is None:
                    continue
                due, lapses = closed_before.get(order.platform), order.recipient.privacy.expires_at
                if (due is not None and closed < due) or (lapses is not None and lapses <= now):
                    found.append((closed, key))
        return [key for _, key in sorted(found)[:limit]]

    def _forget_around(self, keys: Iterable[str], fresh: Sequence[Entry]) -> None:
        wanted = frozenset(keys)
        for entry in list(self._refunds.values()):
            refund = entry.document
            if f"{refund.platform}:{refund.shop_id}:{refund.order_id}" in wanted:
                self._keep(self._refunds, forgotten(entry))
        for key in wanted:
            self._quarantine.pop(key, None)
        self._forget_papers(wanted)
        named = [identifiers(entry.document) for entry in fresh if isinstance(entry.document, Order)]
        self._drop_outbox(frozenset[str]().union(*named))

    def _append(self, events: Iterable[Event]) -> None:
        now, new = self._clock.now(), list(events)
        for event in new:
            self._events.setdefault(event.key, []).append(replace(event, at=event.at or now))
        self._tell(lambda: note_events(new, now))

    def _keep(self, held: dict[str, Entry], entry: Entry) -> None:
        before = held.get(entry.key)
        held[entry.key] = entry if self._keep_raw else _without_raw(entry)
        if before is not None and isinstance(before.document, Order):
            for word in terms_of(before.document):
                self._terms[word].discard(entry.key)
        if isinstance(entry.document, Order):
            for word in terms_of(entry.document):
                self._terms.setdefault(word, set()).add(entry.key)

    def _drop_outbox(self, named: frozenset[str]) -> None:
        """Waiting messages that name somebody go unsent."""
        for queue in self._outbox.values():
            for key in [k for k, row in queue.items() if any(name in (row.body or "") for name in named)]:
                del queue[key]


def _without_raw(entry: Entry) -> Entry:
    return replace(entry, document=entry.document.model_copy(update={"raw": None}))
