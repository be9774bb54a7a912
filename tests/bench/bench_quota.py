"""Call quotas: a whole day of every documented rate on a virtual clock, and how fast each keeper answers.

Share: calls that went over calls that the platform allows, one busy caller a shop, judged by counting in fixed spans
(or by the platform's own bucket) at the same time; refusals are counted. Limit: 1.0. Keepers: answers a second of one
process drawing from one bucket; control: the same steps in memory. Fast rates are shortened to `CALLS` calls and say so.
Run: `python tests/bench/bench_quota.py [calls]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import orderhub
from orderhub.drivers.limiter import Limiter
from orderhub.flow.bucket import Pace, micros
from orderhub.models import Rate
from orderhub.plugins import CARRIERS, find, names
from orderhub.stores.quota_base import Quotas, Want, open_quotas
from orderhub.testing.servers import fresh_database, postgres, redis

START, DAY = datetime(2026, 3, 1, tzinfo=UTC), 86_400.0
CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000


def judge(rate: Rate) -> Callable[[float], bool]:
    """Whether the platform lets a call at this second pass: its own counting, written down a second time."""
    state = [float(rate.burst or 0), 0.0]

    def bucket(now: float) -> bool:
        left = min(float(rate.burst or 0), state[0] + (now - state[1]) * rate.per_s)
        state[:] = [left - 1 if left >= 1 - 1e-4 else left, now]
        return left >= 1 - 1e-4

    def span(now: float) -> bool:
        number = now // rate.seconds
        state[:] = [state[0] + 1 if state[1] == number else 1.0, number]
        return state[0] <= rate.calls

    return span if rate.burst is None else bucket


def day_of(rate: Rate) -> tuple[float, float, int]:
    """(seconds, share of what is allowed, refused) of one busy caller."""
    limiter, passes = Limiter({"op": (rate,)}), judge(rate)
    length = min(DAY, max(3 * rate.seconds, CALLS / rate.per_s))
    now, sent, refused = 0.0, 0, 0
    while True:
        now += limiter.reserve("op", 1.0, START + timedelta(seconds=now))
        if now >= length:
            return length, sent / (rate.per_s * length + (rate.burst or 0)), refused
        sent += 1
        refused += not passes(now)


def rates() -> Iterator[tuple[str, Rate]]:
    for connector in [*orderhub.connectors().values(), *(find(name, CARRIERS) for name in names(CARRIERS))]:
        for operation, found in connector.spec.rates.items():
            for rate in found:
                yield f"{connector.name} {operation} per {rate.per}", rate


def speed(quotas: Quotas, takes: int) -> float:
    """Answers a second, median of five rounds."""
    want, at, told = Want("bench", Pace(1e6, 10.0)), micros(START), []
    for _ in range(5):
        began = perf_counter()
        for number in range(takes):
            quotas.take([want], 1.0, at + number)
        told.append(takes / (perf_counter() - began))
    return median(told)


def main() -> None:
    worst = 1.0
    for name, rate in rates():
        length, share, refused = day_of(rate)
        worst = min(worst, share)
        print(f"{name:58} {rate.per_s:9.4f}/s  {length:7.0f} s  {share:6.1%}  {refused} refused")
    print(f"least share {worst:.1%}")
    with ExitStack() as opened, TemporaryDirectory() as folder:
        control = speed(open_quotas("memory:"), 20_000)
        print(f"memory      {control:9.0f}/s  1.0000")
        server = opened.enter_context(postgres())
        for name, url in (
            ("sqlite", f"sqlite:///{Path(folder)}/quotas.db"),
            ("postgresql", opened.enter_context(fresh_database(server, "quotas"))),
            ("redis", opened.enter_context(redis())),
        ):
            quotas = open_quotas(url)
            found = speed(quotas, 500)
            quotas.close()
            print(f"{name:11} {found:9.0f}/s  {found / control:.4f}")


if __name__ == "__main__":
    main()
