"""Shares in memory. Imports `ports`, `logistics.shares`."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from orderhub.logistics.shares import grant
from orderhub.ports.shares import HeldShare, Share, ShareAsk
from orderhub.stores.base import SHARES_FOR, Now

__all__ = ["MemoryShares"]

_TIDY = timedelta(hours=1)


class MemoryShares:
    """`Shares`."""

    def __init__(self, clock: Now, lock: threading.RLock) -> None:
        self._clock, self._lock = clock, lock
        self._shares: dict[str, tuple[HeldShare, datetime | None, datetime]] = {}
        self._drawn: dict[str, tuple[int, datetime]] = {}
        self._due: list[tuple[datetime, str]] = []
        self._tidied: datetime | None = None

    def take_shares(self, asks: Sequence[ShareAsk]) -> list[Share]:
        """See `Shares.take_shares`; shares and counts of long ago are forgotten."""
        now = self._clock.now()
        with self._lock:
            self._share_sweep(now)
            keys = {ask.key for ask in asks}
            counts = {counter: count for counter, (count, _) in self._drawn.items()}
            found = grant(asks, {key: held for key, (held, _, _) in self._shares.items() if key in keys}, counts)
            for ask, share in zip(asks, found.shares, strict=True):
                self._share_hold(ask, share, found.held[ask.key], now)
            for counter, count in found.counts.items():
                if counts.get(counter) != count:
                    self._drawn[counter] = count, now
        return found.shares

    def keep_shares(self, keys: Sequence[str]) -> list[bool]:
        """See `Shares.keep_shares`."""
        with self._lock:
            self._share_sweep(self._clock.now())
            there = [key in self._shares for key in keys]
            for key, known in zip(keys, there, strict=True):
                if known:
                    held, _, at = self._shares[key]
                    self._shares[key] = held, None, at
        return there

    def drop_shares(self, keys: Sequence[str]) -> None:
        """Give shares back; a key without one is fine."""
        with self._lock:
            for key in keys:
                self._share_drop(key)

    def shares_of(self, keys: Sequence[str]) -> Mapping[str, HeldShare]:
        """The shares of those keys that have one."""
        with self._lock:
            self._share_sweep(self._clock.now())
            return {key: self._shares[key][0] for key in keys if key in self._shares}

    def share_counts(self, counters: Sequence[str]) -> Mapping[str, int]:
        """How much was drawn from each."""
        with self._lock:
            self._share_sweep(self._clock.now())
            return {counter: self._drawn.get(counter, (0, None))[0] for counter in counters}

    def _share_hold(self, ask: ShareAsk, share: Share, held: HeldShare | None, now: datetime) -> None:
        before = self._shares.get(ask.key)
        if held is None:
            self._shares.pop(ask.key, None)
        elif before is None or before[0] != held or before[1] is not None:
            until = now + timedelta(seconds=ask.hold_s)
            self._shares[ask.key] = held, until, before[2] if before and before[0] == held else now
            heapq.heappush(self._due, (until, ask.key))

    def _share_sweep(self, now: datetime) -> None:
        while self._due and self._due[0][0] <= now:
            until, key = heapq.heappop(self._due)
            if key in self._shares and self._shares[key][1] == until:
                self._share_drop(key)
        if self._tidied is None or now - self._tidied >= _TIDY:
            self._tidied = now
            self._share_tidy(now - SHARES_FOR)

    def _share_tidy(self, old: datetime) -> None:
        for key in [key for key, (_, _, at) in self._shares.items() if at < old]:
            del self._shares[key]
        for counter in [counter for counter, (_, at) in self._drawn.items() if at < old]:
            del self._drawn[counter]

    def _share_drop(self, key: str) -> None:
        if (gone := self._shares.pop(key, None)) is not None:
            for counter in gone[0].counters:
                count, at = self._drawn.get(counter, (0, gone[2]))
                if count:
                    self._drawn[counter] = count - 1, at
