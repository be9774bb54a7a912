"""Pulling many orders under call quotas, on a clock that only waiting moves: which share of the allowed rate is used.

A shop's own stream reads its orders again and again until so many have come; the sandbox answers in process (Amazon's
emulator keeps the documented buckets and refuses what is over them). A call costs no virtual time, so that the quota is
all there is to wait for: the share is calls made over calls allowed in the virtual time that passed, of the operation
that was waited for, after its first burst. Beside it: orders a second of processor time, emulator included.
Run: `python tests/bench/bench_pull.py [orders] [platform ...]`.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import process_time

import orderhub
from orderhub.models import Rate
from orderhub.plugins import find
from orderhub.sandbox import World

START = datetime(2026, 3, 1, tzinfo=UTC)
SHOWN = ("amazon", "shopee", "suning")
"""Platforms whose documentation tells the rate of the calls that lists are made of."""


class Hand:
    """The sandbox's clock as a shop's: waiting moves it."""

    def __init__(self, world: World) -> None:
        self.now, self.sleep = world.now, world.advance


def busiest(rates: dict[str, tuple[Rate, ...]], calls: Counter[str], elapsed: float) -> tuple[float, str]:
    """(share, operation) of the rate that was nearest to its limit."""
    shares = [
        (min(1.0, max(0.0, made - (rate.burst or rate.calls)) / (rate.per_s * elapsed)), name)
        for name, found in rates.items()
        for rate in found
        if (made := sum(calls.values()) if name == "*" else calls[name])
    ]
    return max(shares)


def pull(platform: str, amount: int) -> tuple[float, float]:
    """(share of the allowed rate in percent, orders a second of processor time)."""
    world = World(seed=3, platforms=[platform], carriers=[], shops_per_platform=1, orders=1000, start=START, tick=float)
    calls, waits = Counter[str](), Counter[str]()

    class Counted:
        """Which operations were called, and what was refused."""

        def __init__(self) -> None:
            self.inner = world.transport()

        def send(self, request: object) -> object:
            reply = self.inner.send(request)  # type: ignore[arg-type]
            waits["refused"] += reply.status == 429
            return reply

        def close(self) -> None:
            self.inner.close()

    shop = orderhub.connect(**world.shops()[0], transport=Counted(), clock=Hand(world))  # type: ignore[arg-type]
    limiter = shop.world.services.limiter
    reserve = limiter.reserve

    def counted(operation: str, *given: object) -> float:
        calls[operation] += 1
        return reserve(operation, *given)  # type: ignore[arg-type]

    limiter.reserve = counted  # type: ignore[method-assign,assignment]
    found, begun, work = 0, world.now(), process_time()
    while found < amount:
        for _ in shop.orders(updated_since=START - timedelta(days=30)):
            found += 1
            if found >= amount:
                break
    work, elapsed = process_time() - work, (world.now() - begun).total_seconds()
    share, name = busiest(dict(find(platform).spec.rates), calls, elapsed)
    print(
        f"{platform:10} {found:,} orders in {sum(calls.values()):,} calls and {elapsed:,.0f} virtual seconds; {name} used "
        f"{share:.1%} of its rate, {waits['refused']} refused; {found / work:,.0f} orders/s",
        flush=True,
    )
    return share * 100, found / work


def main(amount: int = 100_000, *chosen: str) -> None:
    """Each platform its part of the orders."""
    names = chosen or SHOWN
    told = [pull(name, amount // len(names)) for name in names]
    print(f"least share {min(share for share, _ in told):.1f}%")
    print(f"pull: {min(rate for _, rate in told):,.0f} orders/s at least")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, *sys.argv[2:])
