"""No order of slow, lost, late, failing pushes and dying workers leaves an old figure in a shop.

tests/proof/channel_histories.py plays as many histories as one likes.
"""

from __future__ import annotations

import time

from channel_model import PUSHES, SKUS, Bench, History
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

BUDGET_S = 2.0
AT_LEAST, AT_MOST = 100, 5_000


def test_seeded_histories_end_with_every_listing_right() -> None:
    """Four workers at once over two shops and one ledger; versions never go back while nobody crashes or sleeps."""
    start, seed, sent = time.monotonic(), 0, 0
    while seed < AT_LEAST or (seed < AT_MOST and time.monotonic() - start < BUDGET_S):
        try:
            sent += History(seed).play().sent
        except AssertionError as broken:
            raise AssertionError(f"seed={seed}: {broken}") from broken
        seed += 1
    assert sent > 3 * seed, "the histories hardly push"


def finish(bench: Bench, pick: int) -> None:
    """Only the worker at this place goes on, until it is done."""
    left = len(bench.workers)
    while len(bench.workers) == left:
        bench.go(pick)


def test_a_figure_that_returns_while_another_is_on_its_way_is_not_overlooked() -> None:
    """For every step of one worker: the ledger returns there to what the shop still shows, and a second one looks."""
    for step in range(120):
        bench = Bench()
        bench.start()
        finish(bench, 0)
        bench.write("A", -1)
        bench.start()
        for _ in range(step):
            bench.go(0)
        if not bench.workers:
            break
        bench.write("A", 1)
        bench.start()
        finish(bench, 1)
        finish(bench, 0)
        bench.check()
    assert 20 < step < 119, "the run ended at another step than expected"


def test_one_that_sleeps_through_its_turn_finds_out_and_has_the_listings_told_again() -> None:
    """Its old figure arrives long after the new one; its next step notices, whoever pushes next puts it right."""
    bench = Bench()
    bench.start()
    while not (bench.workers[0].is_sending and "taobao" in str(bench.workers[0].step)):
        bench.go(0)
    bench.advance(130)
    asleep = bench.workers.pop()
    bench.write("A", -2)
    bench.start()
    finish(bench, 0)
    bench.check()
    bench.workers.append(asleep)
    finish(bench, 0)
    bench.check()


class Pushes(RuleBasedStateMachine):
    """The same bench with hypothesis at the wheel, which finds short ways to break it."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()

    @rule(sku=st.sampled_from(SKUS), units=st.sampled_from((-3, -1, 1, 2)))
    def goods_move(self, sku: str, units: int) -> None:
        self.bench.write(sku, units)

    @precondition(lambda self: len(self.bench.workers) < 3)
    @rule(refresh=st.booleans())
    def somebody_pushes(self, refresh: bool) -> None:
        self.bench.start(refresh=refresh)

    @precondition(lambda self: self.bench.workers)
    @rule(pick=st.integers(0, 2), how=st.sampled_from(sorted(set(PUSHES))), times=st.integers(1, 12))
    def somebody_goes_on(self, pick: int, how: str, times: int) -> None:
        for _ in range(times):
            self.bench.go(pick, how)

    @precondition(lambda self: self.bench.workers)
    @rule(pick=st.integers(0, 2), how=st.sampled_from(("lost", "gone")))
    def somebody_dies(self, pick: int, how: str) -> None:
        self.bench.crash(pick, how)

    @rule(seconds=st.sampled_from((1, 50, 121)))
    def time_passes(self, seconds: int) -> None:
        self.bench.advance(seconds)

    @rule(pick=st.integers(0, 5))
    def something_arrives_late(self, pick: int) -> None:
        self.bench.arrive(pick)

    def teardown(self) -> None:
        self.bench.settle()
        self.bench.check()


TestPushes = Pushes.TestCase
TestPushes.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
