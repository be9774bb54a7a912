"""Quotas of one process. Imports `flow`, `stores`."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from orderhub.flow.bucket import Bucket, full, halved, taken, told
from orderhub.stores.quota_base import Want

__all__ = ["MemoryQuotas"]


class MemoryQuotas:
    """Buckets in a dictionary; threads may share it."""

    blocks = False

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._lock = Lock()

    def _bucket(self, want: Want, now_us: int) -> Bucket:
        return self._buckets.get(want.key) or full(want.pace, now_us)

    def take(self, wants: Sequence[Want], cost: float, now_us: int) -> int:
        """See `Quotas.take`."""
        wait = 0
        with self._lock:
            for want in wants:
                self._buckets[want.key], asked = taken(self._bucket(want, now_us), cost, now_us)
                wait = max(wait, asked)
        return wait

    def refuse(self, want: Want, until_us: int, now_us: int) -> None:
        """See `Quotas.refuse`."""
        with self._lock:
            self._buckets[want.key] = halved(self._bucket(want, now_us), until_us, now_us)

    def tell(self, want: Want, now_us: int) -> None:
        """See `Quotas.tell`."""
        with self._lock:
            self._buckets[want.key] = told(self._bucket(want, now_us), want.pace, now_us)

    def close(self) -> None:
        """Nothing to release."""
