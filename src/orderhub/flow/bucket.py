"""Token buckets as plain numbers: one step of the arithmetic each. Pure; imports `models`.

Every keeper of quotas, in memory or shared between processes, takes these steps and no others. Times are whole
microseconds since 1970 UTC. A clock that runs behind earns nothing and breaks nothing: a bucket's time only goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from orderhub.models.channel import Rate

__all__ = ["REGAIN_S", "Bucket", "Pace", "full", "halved", "micros", "pace_of", "taken", "told"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOW_SHARE = 100
_EVEN = 0.999
_SLOWEST = 0.01

REGAIN_S = 1200.0
"""Seconds in which a rate that was cut to nothing would grow back to what the platform allows."""


def micros(instant: datetime) -> int:
    """Whole microseconds since 1970 UTC of an aware instant."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a bucket fills: tokens a second and how many it holds; a rate of 0 means that no rate is known."""

    rate: float = 0.0
    size: float = 1.0


def pace_of(rate: Rate) -> Pace:
    """The fastest bucket that never goes beyond `rate`.

    Where calls are counted in spans of time, whatever the bucket holds comes on top of what it earns: it holds a
    hundredth of the span's calls and earns the rest, or, for few calls, holds one and spaces them evenly, a little
    wider than needed, since two calls a microsecond too close could fall into one span.
    """
    if rate.burst is not None:
        return Pace(rate.per_s, float(rate.burst))
    held = rate.calls // _WINDOW_SHARE
    return Pace((rate.calls - held) / rate.seconds, held) if held else Pace(rate.per_s * _EVEN, 1.0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of one bucket.

    Attributes:
        rate: Tokens a second at present; below `ceiling` after a refusal.
        ceiling: What the platform allows, as documented or told; 0 where neither is known.
        size: Tokens it holds at most.
        tokens: What is there; below zero while callers wait their turn.
        at_us: Up to when tokens were earned.
        closed_us: No call before this instant.
    """

    rate: float
    ceiling: float
    size: float
    tokens: float
    at_us: int
    closed_us: int = 0


def full(pace: Pace, now_us: int) -> Bucket:
    """A bucket that nobody used yet."""
    return Bucket(pace.rate, pace.rate, pace.size, pace.size, now_us)


def taken(bucket: Bucket, cost: float, now_us: int) -> tuple[Bucket, int]:
    """Take `cost` tokens; answers how many microseconds to wait before the call may go. Callers queue as they ask."""
    shut = max(0, bucket.closed_us - now_us)
    if not bucket.ceiling:
        return bucket, shut
    grown = _grown(bucket, now_us)
    left = grown.tokens - cost
    owed = ceil(-left / grown.rate * 1e6) if left < 0 else 0
    return replace(grown, tokens=left), shut + owed


def _grown(bucket: Bucket, now_us: int) -> Bucket:
    """What was earned since, at the rate so far; a rate that had been cut grows back."""
    elapsed = max(0, now_us - bucket.at_us) / 1e6
    tokens = min(bucket.size, bucket.tokens + elapsed * bucket.rate)
    rate = min(bucket.ceiling, bucket.rate + bucket.ceiling * elapsed / REGAIN_S)
    return replace(bucket, rate=rate, tokens=tokens, at_us=max(bucket.at_us, now_us))


def halved(bucket: Bucket, until_us: int, now_us: int) -> Bucket:
    """The platform refused: closed until `until_us`, half the rate from then on.

    Refusals of calls that were under way while the bucket was closed belong to the first one and cut nothing more.
    """
    grown, closed = _grown(bucket, now_us), max(bucket.closed_us, until_us)
    if now_us < bucket.closed_us:
        return replace(grown, closed_us=closed, at_us=max(grown.at_us, closed))
    rate = max(grown.rate / 2, min(grown.rate, _SLOWEST))
    return replace(grown, rate=rate, tokens=min(grown.tokens, 0.0), closed_us=closed, at_us=max(grown.at_us, closed))


def told(bucket: Bucket, pace: Pace, now_us: int) -> Bucket:
    """The platform told its rate; what was earned at the old one is kept. What is known already changes nothing."""
    if (bucket.ceiling, bucket.size) == (pace.rate, pace.size):
        return bucket
    if not bucket.ceiling:
        return replace(full(pace, max(now_us, bucket.closed_us)), closed_us=bucket.closed_us)
    grown = _grown(bucket, now_us)
    return replace(
        grown, rate=pace.rate, ceiling=pace.rate, size=pace.size, tokens=min(grown.tokens, pace.size)
    )  # fmt: skip
