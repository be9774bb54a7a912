"""Token buckets per (platform, app, shop, operation) that learn from what the server says. Imports `models`.

Taking answers how long to wait instead of sleeping, so that both worlds use the same bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from orderhub.models.channel import Limits

__all__ = ["Limiter"]


@dataclass(slots=True)
class _Bucket:
    rate_per_s: float
    burst: float
    tokens: float
    at: datetime
    closed_until: datetime | None = None


@dataclass
class Limiter:
    """Buckets by operation name for one (platform, app, shop).

    Attributes:
        limits: operation -> what the platform allows; operations without a rate are not held back until told.
    """

    limits: Mapping[str, Limits] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _closed: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def reserve(self, operation: str, cost: float, now: datetime) -> float:
        """Take `cost` tokens, answer the seconds to wait before the call may go; callers queue as they ask."""
        with self._lock:
            wait = max(0.0, (self._closed.get(operation, now) - now).total_seconds())
            bucket = self._bucket(operation, now)
            if bucket is None:
                return wait
            elapsed = max(0.0, (now - bucket.at).total_seconds())
            bucket.tokens = min(bucket.burst, bucket.tokens + elapsed * bucket.rate_per_s) - cost
            bucket.at = now
            return max(wait, -bucket.tokens / bucket.rate_per_s if bucket.tokens < 0 else 0.0)

    def _bucket(self, operation: str, now: datetime) -> _Bucket | None:
        if operation not in self._buckets and (rate := self.limits.get(operation, Limits()).rate_per_s):
            burst = float(self.limits[operation].burst or 1)
            self._buckets[operation] = _Bucket(rate, burst, burst, now)
        return self._buckets.get(operation)

    def throttled(self, operation: str, retry_after_s: float | None, now: datetime) -> None:
        """The platform said "too many": close the operation for its hint and halve what we allow ourselves."""
        with self._lock:
            until = now + timedelta(seconds=retry_after_s or 1.0)
            self._closed[operation] = max(until, self._closed.get(operation, until))
            if bucket := self._bucket(operation, now):
                bucket.rate_per_s = max(bucket.rate_per_s / 2, min(bucket.rate_per_s, 0.01))
                bucket.tokens = min(bucket.tokens, 0.0)

    def learned(self, operation: str, rate_per_s: float, burst: float | None, now: datetime) -> None:
        """The platform told its rate; what was earned at the old one is kept."""
        with self._lock:
            size = burst or max(1.0, rate_per_s)
            kept = self._buckets.get(operation)
            tokens = kept.tokens + max(0.0, (now - kept.at).total_seconds()) * kept.rate_per_s if kept else size
            self._buckets[operation] = _Bucket(rate_per_s, size, min(tokens, size), now)
