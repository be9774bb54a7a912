"""Seen ids, claims and the outbox in memory. Imports `ports`."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orderhub.stores.base import SEEN_FOR, Now

__all__ = ["MemoryOnce", "Queued"]


@dataclass(slots=True)
class Queued:
    """One row of the outbox; without a body it was delivered."""

    body: str | None
    version: int
    queued_at: datetime
    taken: bool = False


class MemoryOnce:
    """`SeenIds`, `Claims`, `Outbox`."""

    def __init__(self, clock: Now, lock: threading.RLock) -> None:
        self._clock, self._lock = clock, lock
        self._seen: dict[tuple[str, str], datetime] = {}
        self._claims: dict[str, str | None] = {}
        self._outbox: dict[str, dict[str, Queued]] = {}

    def first_seen(self, scope: str, ids: Sequence[str], at: datetime) -> list[bool]:
        """Record; True for each id that is new in `scope`. Ids older than `SEEN_FOR` are forgotten."""
        with self._lock:
            self._seen = {name: seen for name, seen in self._seen.items() if seen >= at - SEEN_FOR}
            return [self._see((scope, name), at) for name in ids]

    def is_seen(self, scope: str, ids: Sequence[str]) -> list[bool]:
        """Whether each id was recorded in `scope`; records nothing."""
        with self._lock:
            return [(scope, name) in self._seen for name in ids]

    def claim(self, keys: Sequence[str], at: datetime) -> list[tuple[bool, str | None]]:
        """(True, None) for a key that is ours now, (False, result or None) for one claimed before."""
        with self._lock:
            return [self._claim(key) for key in keys]

    def resolve(self, results: Mapping[str, str]) -> None:
        """Record results, also of an effect that nobody claimed."""
        with self._lock:
            self._claims.update(results)

    def abandon(self, keys: Sequence[str]) -> None:
        """Give back claims whose call provably did not happen; a resolved one stays."""
        with self._lock:
            for key in keys:
                if self._claims.get(key) is None:
                    self._claims.pop(key, None)

    def put_outbox(self, topic: str, rows: Mapping[str, str], version: int = 0) -> None:
        """Queue `rows` (key -> JSON); an older version never replaces a newer one, even one that was delivered."""
        now = self._clock.now()
        with self._lock:
            queue = self._outbox.setdefault(topic, {})
            for key, body in rows.items():
                held = queue.setdefault(key, Queued(body, version, now))
                if (version, body != held.body) > (held.version, False):
                    queue[key] = Queued(body, version, held.queued_at)

    def take_outbox(self, topic: str, limit: int = 100) -> list[tuple[str, str, int]]:
        """(key, JSON, version) of what waits, oldest first; it waits on until it is done."""
        with self._lock:
            queue = sorted(self._outbox.get(topic, {}).items(), key=lambda item: (item[1].queued_at, item[0]))
            found = [(key, row.body, row) for key, row in queue if row.body is not None][:limit]
            for _, _, row in found:
                row.taken = True
        return [(key, body, row.version) for key, body, row in found]

    def peek_outbox(self, topic: str, limit: int | None = None) -> list[tuple[str, str, int]]:
        """All that waits, or the oldest `limit`, as `take_outbox` tells it; looking takes nothing."""
        with self._lock:
            queue = sorted(self._outbox.get(topic, {}).items(), key=lambda item: (item[1].queued_at, item[0]))
            return [(key, row.body, row.version) for key, row in queue if row.body is not None][:limit]

    def done_outbox(self, topic: str, rows: Sequence[tuple[str, int]]) -> None:
        """Forget rows that were delivered in that version and not replaced since they were taken.

        A row with a version leaves its number behind, so that an older figure that comes late is not sent after it.
        """
        with self._lock:
            queue = self._outbox.get(topic, {})
            for key, version in rows:
                held = queue.get(key)
                if held is not None and held.version == version and held.taken:
                    held.body = None
                    if version == 0:
                        del queue[key]

    def _see(self, name: tuple[str, str], at: datetime) -> bool:
        known = name in self._seen
        self._seen.setdefault(name, at)
        return not known

    def _claim(self, key: str) -> tuple[bool, str | None]:
        if key in self._claims:
            return False, self._claims[key]
        self._claims[key] = None
        return True, None
