"""Documented rates hold calls back, and what the server says is learnt. Imports `flow`, `models`, `stores`.

Taking answers how long to wait instead of sleeping, so that both worlds use the same limiter. The buckets themselves
are kept in `Quotas`: of this process alone, or in a place that several share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

from orderhub.flow.bucket import Pace, micros, pace_of
from orderhub.models.channel import Rate
from orderhub.stores.quota_base import Quotas, Want
from orderhub.stores.quota_memory import MemoryQuotas

__all__ = ["ANY", "Limiter", "account"]

ANY = "*"
"""Stands in tables of rates for every operation that is not listed."""
_HINT_S = 1.0
"""How long an operation is closed when the platform names no time, in seconds."""


def account(platform: str, app_key: str) -> str:
    """Names one app of one platform in keys of buckets; the app's key itself is kept nowhere."""
    return f"{platform}:{hashlib.sha256(app_key.encode()).hexdigest()[:16]}"


@dataclass
class Limiter:
    """The buckets of one shop, and those that it shares with the other shops of its app.

    Attributes:
        rates: operation -> what the platform allows; operations without a rate are not held back until told.
        quotas: Where the buckets are kept.
        app, shop: Whose calls these are.
    """

    rates: Mapping[str, Sequence[Rate]] = field(default_factory=dict)
    quotas: Quotas = field(default_factory=MemoryQuotas)
    app: str = ""
    shop: str = ""

    @property
    def blocks(self) -> bool:
        """Whether asking may wait for a disk or a network."""
        return self.quotas.blocks

    def reserve(self, operation: str, cost: float, now: datetime) -> float:
        """Take `cost` tokens, answer the seconds to wait before the call may go; callers queue as they ask."""
        wanted = [self._want(operation, rate) for rate in self._rates(operation)] or [self._named(operation)]
        return self.quotas.take(wanted, cost, micros(now)) / 1e6

    def throttled(self, operation: str, retry_after_s: float | None, now: datetime) -> None:
        """The platform said "too many": close the operation for its hint and halve what we allow ourselves.

        The cut rate grows back by itself. Where several rates hold, the narrowest one is taken to be exceeded.
        """
        at = micros(now)
        self.quotas.refuse(self._narrowest(operation), at + round((retry_after_s or _HINT_S) * 1e6), at)

    def learned(self, operation: str, rate_per_s: float, burst: float | None, now: datetime) -> None:
        """The platform told its rate; what was earned at the old one is kept. A rate that is none is not believed."""
        if not (isfinite(rate_per_s) and rate_per_s > 0):
            return
        told = Pace(rate_per_s, burst or max(1.0, rate_per_s))
        self.quotas.tell(Want(self._narrowest(operation).key, told), micros(now))

    def _rates(self, operation: str) -> Sequence[Rate]:
        return self.rates.get(operation, self.rates.get(ANY, ()))

    def _named(self, operation: str) -> Want:
        """The bucket of an operation without a rate, which refusals close and replies may fill."""
        return Want(f"{self.app}/{self.shop}/{operation}")

    def _want(self, operation: str, rate: Rate) -> Want:
        """The rate is part of the key: another figure in the table is another bucket, however long one was kept."""
        shop, name = self.shop if rate.per == "shop" else "", ANY if rate.together else operation
        return Want(f"{self.app}/{shop}/{name}/{rate.calls:g}:{rate.seconds:g}", pace_of(rate))

    def _narrowest(self, operation: str) -> Want:
        rates = sorted(self._rates(operation), key=lambda rate: rate.per == "app")
        return self._want(operation, rates[0]) if rates else self._named(operation)
