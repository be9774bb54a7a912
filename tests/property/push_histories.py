"""R9: the same orders by push and by poll, in any interleaving. One seed, one history; see `test_push_laws`."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from collect_model import check_cursor, check_end, plan, steps
from test_push_laws import Bench, advance, deliver

from orderhub.collect.refetch import refetch
from orderhub.collect.sync import sync_orders

ROUNDS = 25


def play(seed: int) -> int:
    """Messages late, doubled, out of order; polls and reads that stop, die or go on. Answers how many were sent."""
    rng, bench = random.Random(seed), Bench()
    sent: list[bytes] = []
    running: list[Any] = []
    for _ in range(rng.randint(5, ROUNDS)):
        _one(rng, bench, sent, running)
        check_cursor(bench.platform, bench.stores)
    for driven in list(running):
        advance(running, driven, 10_000)
    bench.platform.now += timedelta(minutes=20)
    assert bench.run(sync_orders(bench.channel, plan())).ok
    check_end(bench.platform, bench.stores)
    return len(sent)


def _one(rng: random.Random, bench: Bench, sent: list[bytes], running: list[Any]) -> None:
    chance = rng.random()
    if chance < 0.3:
        name = str(rng.randint(1, 3))
        bench.platform.change(name, rng.choice((0, 0, 5, 59)))
        sent.append(bench.body(name))
    elif chance < 0.45:
        bench.platform.now += timedelta(seconds=rng.choice((0.3, 1, 30, 200, 400)))
    elif chance < 0.65 and sent:
        deliver(bench, rng.choice(sent))
    elif chance < 0.85:
        job = sync_orders(bench.channel, plan()) if rng.random() < 0.5 else refetch(bench.channel, plan())
        running.append(steps(job, bench.ports, bench.clock))
        advance(running, running[-1], rng.randint(1, 60))
    elif running:
        driven = rng.choice(running)
        if rng.random() < 0.2:
            driven.close()
            running.remove(driven)
        else:
            advance(running, driven, rng.randint(1, 40))
