"""Tokens, quarantine and the run log in memory. Imports `ports`, `models`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from orderhub.models import Token
from orderhub.ports import QuarantinedOrder, Run
from orderhub.stores.base import Now
from orderhub.stores.memory_telling import MemoryTelling
from orderhub.stores.refusals import stale_token
from orderhub.stores.telling import events_of_run, quarantine_events

__all__ = ["MemoryDesk"]


class MemoryDesk(MemoryTelling):
    """`TokenStore`, `Quarantine`, `RunLog`."""

    def __init__(self, clock: Now, lock: threading.RLock) -> None:
        self._clock, self._lock = clock, lock
        self._tokens: dict[str, tuple[Token, int]] = {}
        self._quarantine: dict[str, QuarantinedOrder] = {}
        self._runs: dict[str, Run] = {}

    def get_token(self, shop_key: str) -> tuple[Token, int] | None:
        """Token and version, None if there is none."""
        return self._tokens.get(shop_key)

    def put_token(self, shop_key: str, token: Token, version: int) -> int:
        """Replace version `version` (0 = none yet); answers the new version; raises `StaleVersion`."""
        with self._lock:
            held = self._tokens.get(shop_key)
            if (held[1] if held else 0) != version:
                raise stale_token(shop_key, version)
            self._tokens[shop_key] = token, version + 1
        return version + 1

    def delete_token(self, shop_key: str) -> None:
        """Forget a shop's tokens."""
        with self._lock:
            self._tokens.pop(shop_key, None)

    def put_quarantined(self, items: Sequence[QuarantinedOrder]) -> None:
        """Keep them; the same key again counts one more attempt and keeps its first instant."""
        now = self._clock.now()
        with self._lock:
            reasons = {item.key: self._quarantine[item.key].reason for item in items if item.key in self._quarantine}
            self._tell(lambda: quarantine_events(items, reasons, now))
            for item in items:
                held = self._quarantine.get(item.key)
                first = (held or item).first_seen_at or now
                attempts = held.attempts + 1 if held else max(1, item.attempts)
                self._quarantine[item.key] = replace(item, first_seen_at=first, attempts=attempts)

    def quarantined(self, *, platform: str | None = None, shop_id: str | None = None) -> list[QuarantinedOrder]:
        """What is kept, oldest first."""
        with self._lock:
            held = sorted(
                self._quarantine.values(), key=lambda item: (item.first_seen_at or self._clock.now(), item.key)
            )
        return [item for item in held if platform in {None, item.platform} and shop_id in {None, item.shop_id}]

    def release_quarantined(self, keys: Sequence[str]) -> None:
        """Forget what has become an order."""
        with self._lock:
            for key in keys:
                self._quarantine.pop(key, None)

    def put_run(self, run: Run) -> None:
        """Insert or replace by `run_id`."""
        with self._lock:
            self._runs[run.run_id] = replace(run, counts=dict(run.counts))
            self._tell(lambda: events_of_run(run, self._clock.now()))

    def runs(self, *, shop_key: str | None = None, limit: int = 100) -> list[Run]:
        """Newest first."""
        with self._lock:
            held = sorted(self._runs.values(), key=lambda run: (run.started_at, run.run_id), reverse=True)
        return [run for run in held if shop_key in {None, run.shop_key}][:limit]
