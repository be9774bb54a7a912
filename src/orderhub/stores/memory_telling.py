"""Subscriptions and queued events in memory. Imports `ports`, `models`."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from orderhub.models.events import HubEvent
from orderhub.stores.base import Now
from orderhub.stores.memory_once import Queued
from orderhub.stores.telling import Queueing, check_kinds, queued, topic_of

__all__ = ["MemoryTelling"]


class MemoryTelling:
    """The half of `Outbox` that is about events; its writers hold the lock of the store."""

    _clock: Now
    _lock: threading.RLock
    _outbox: dict[str, dict[str, Queued]]
    _hooked: dict[str, tuple[str, ...]]

    def put_hook(self, name: str, kinds: Sequence[str]) -> None:
        """See `Outbox.put_hook`."""
        check_kinds(kinds)
        with self._lock:
            self._hooked[name] = tuple(sorted(set(kinds)))

    def drop_hook(self, name: str) -> None:
        """See `Outbox.drop_hook`."""
        with self._lock:
            self._hooked.pop(name, None)
            for lane in ("", "again", "parked"):
                self._outbox.pop(topic_of(name, lane), None)

    def hooks(self) -> dict[str, tuple[str, ...]]:
        """See `Outbox.hooks`."""
        with self._lock:
            return dict(sorted(self._hooked.items()))

    def tell_events(self, events: Sequence[HubEvent]) -> None:
        """See `Outbox.tell_events`."""
        with self._lock:
            self._tell(lambda: events)

    def _tell(self, made: Queueing) -> None:
        if not self._hooked:
            return
        now = self._clock.now()
        for topic, key, body in queued(self._hooked, made()):
            self._outbox.setdefault(topic, {}).setdefault(key, Queued(body, 0, now))
