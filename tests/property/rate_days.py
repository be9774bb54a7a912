"""R7: a virtual day of one busy caller under every rate that a platform documents, judged by a second counting of it.

Also a day at Amazon's emulator, which enforces its own buckets from its own reading of the documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orderhub
from orderhub.drivers.limiter import Limiter
from orderhub.models import Rate
from orderhub.plugins import CARRIERS, find, names
from orderhub.sandbox import World

BASE, DAY_S = datetime(2026, 3, 1, tzinfo=UTC), 86_400.0
WARM_UP_S = 120.0


@dataclass
class Used:
    """What a day came to: calls that passed, the share of what is allowed, refusals after the first two minutes."""

    calls: int
    share: float
    refused: int


def rates() -> Iterator[tuple[str, Rate]]:
    """Every documented rate once, with the first place that has it."""
    seen: set[Rate] = set()
    for one in [*orderhub.connectors().values(), *(find(name, CARRIERS) for name in names(CARRIERS))]:
        for operation, found in one.spec.rates.items():
            for rate in found:
                if rate not in seen:
                    seen.add(rate)
                    yield f"{one.name} {operation} per {rate.per}", rate


def judge(rate: Rate) -> Callable[[float], bool]:
    """Whether the platform lets a call at this second pass: a bucket, or so many in each span of its clock."""
    burst = float(rate.burst or 0)
    left, at, number = burst, 0.0, 0

    def bucket(now: float) -> bool:
        nonlocal left, at
        left, at = min(burst, left + (now - at) * rate.per_s), now
        passes = left >= 1 - 1e-4
        left -= passes
        return passes

    def span(now: float) -> bool:
        nonlocal left, number
        left, number = (left + 1, number) if number == now // rate.seconds else (1.0, now // rate.seconds)
        return left <= rate.calls

    return span if rate.burst is None else bucket


def day_of(rate: Rate, calls_max: int | None = None) -> Used:
    """A whole day, or as much of it as so many calls take, but no less than three spans of the rate."""
    limiter, passes = Limiter({"op": (rate,)}), judge(rate)
    length = DAY_S if calls_max is None else min(DAY_S, max(3 * rate.seconds, calls_max / rate.per_s))
    length = max(length, 3 * rate.seconds)
    now, sent, refused = 0.0, 0, 0
    while True:
        now += limiter.reserve("op", 1.0, BASE + timedelta(seconds=now))
        if now >= length:
            return Used(sent, sent / (rate.per_s * length + (rate.burst or 0)), refused)
        sent += 1
        refused += not passes(now)


def amazon_day(hours: float) -> Used:
    """One shop that asks for an order as fast as it may, at an emulator that counts for itself."""
    world = World(
        seed=5, platforms=["amazon"], carriers=[], shops_per_platform=1, orders=3, start=BASE, tick=lambda: 0.0
    )
    [account] = world.shops()
    shop = orderhub.connect(**account, clock=world.clock, transport=world.transport())
    order_id = world.control("GET", "/_sandbox/amazon/orders", {}, None)[1][0]["order_id"]
    counted: Counter[str] = Counter()
    shop.get_order(order_id)
    operation = world.log(1)[0]["operation"]
    handle, start = world.handle, world.now()

    def counting(request: Any) -> Any:
        reply = handle(request)
        if world.log(1)[0]["operation"] == operation:
            late = (world.now() - start).total_seconds() > WARM_UP_S
            counted["refused" if reply.status == 429 and late else "early" if reply.status == 429 else "ok"] += 1
        return reply

    world.handle = counting  # type: ignore[method-assign]
    while (elapsed := (world.now() - start).total_seconds()) < hours * 3600:
        shop.get_order(order_id)
    [rate] = shop.connector.spec.rates["orders.getOrder"]
    allowed = rate.per_s * elapsed + (rate.burst or 0)
    return Used(counted["ok"], counted["ok"] / allowed, counted["refused"])
