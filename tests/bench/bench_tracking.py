"""Tracking: a carrier's reply to events in canonical words, against parsing the same bytes, every carrier.

One call of `track` for one parcel that has its whole journey behind it, the carrier's recorded reply given from memory:
building and signing the request, opening the envelope, reading every event. Control: msgspec making plain objects of
the reply. Processor time, alternating, medians. Outside the measured region: the sandbox.
Run: `python tests/bench/bench_tracking.py [calls] [rounds]`.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from statistics import median
from time import process_time
from typing import Any

import msgspec

import orderhub
from orderhub.flow.message import Reply, Request
from orderhub.plugins import CARRIERS, names
from orderhub.testing.conformance.carrier_bench import TAIL, CarrierBench


class Tape:
    """First records what the sandbox answers, then answers the same again."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.kept = inner, list[Reply]()
        self.again: Callable[[], Reply] | None = None

    def send(self, request: Request) -> Reply:
        if self.again is not None:
            return self.again()
        reply: Reply = self.inner.send(request)
        self.kept.append(reply)
        return reply

    def close(self) -> None:
        """Nothing is open."""


def journey(bench: CarrierBench) -> tuple[Callable[[], Any], list[bytes], int]:
    """One call of `track`, the bytes that answer it, and the events in it."""
    world = bench.world(limits=False)
    tape = Tape(world.transport())
    numbers = bench.on_the_way(world, bench.face(world), 1)
    for number in numbers:
        for action in ("pick_up", "deliver", "sign"):
            with suppress(Exception):
                bench.change(world, number, action=action)
        world.advance(5 * 86_400)
    face = orderhub.carrier(
        bench.name, connector=bench.connector, transport=tape, clock=world.clock, rates={"*": 0}, **bench.account(world)
    )
    tails = dict.fromkeys(numbers, TAIL)

    def act() -> Any:
        return face.track(list(numbers), phone_tails=tails, carriers=numbers)

    act()
    tape.kept.clear()
    events = len(act())
    tape.again = cycle(tape.kept).__next__
    return act, [reply.body for reply in tape.kept], events


def timed(act: Callable[[], Any], calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        act()
    return calls / (process_time() - start)


def measure(name: str, calls: int, rounds: int) -> tuple[float, float] | None:
    """(parcels a second, share of parsing alone)."""
    bench = CarrierBench.of(name)
    if not bench.capability("track").available:
        return None
    act, bodies, events = journey(bench)
    gc.collect()
    gc.freeze()
    parse = msgspec.json.Decoder().decode

    def bare() -> None:
        for body in bodies:
            parse(body)

    try:
        bare()
    except msgspec.DecodeError:
        print(f"{name:10} does not speak JSON; left out")
        return None
    rates = [(timed(act, calls), timed(bare, calls)) for _ in range(rounds)]
    rate, ratio = median(a for a, _ in rates), median(a / b for a, b in rates)
    size = sum(map(len, bodies))
    print(f"{name:10} {rate:8,.0f} parcels/s of {events} events, {size:,} bytes; ratio {ratio:.3f}", flush=True)
    return rate, ratio


def main(calls: int = 400, rounds: int = 5) -> None:
    found = [told for name in sorted(names(CARRIERS)) if (told := measure(name, calls, rounds))]
    rate, ratio = median(rate for rate, _ in found), median(ratio for _, ratio in found)
    print(f"all: median {rate:,.0f} parcels/s, median ratio {ratio:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
