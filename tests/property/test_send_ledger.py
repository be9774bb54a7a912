"""At most one message per (order, event, channel), whatever is lost and wherever the process dies."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from test_courier import PHONE, Desk, order_of, shipped

from orderhub.errors import ConnectFailed, OutcomeUnknown
from orderhub.notify import Courier


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """A store, or a vendor, whose process dies before or after the n-th call of anything."""

    def __init__(self, inner: Any, deaths: list[int], late: bool) -> None:
        self._inner, self._deaths, self._late = inner, deaths, late

    def __getattr__(self, name: str) -> Any:
        return self._wrapped(getattr(self._inner, name))

    def __call__(self, *given: Any) -> Any:
        return self._wrapped(self._inner)(*given)

    def _wrapped(self, act: Any) -> Any:
        def acted(*given: Any, **named: Any) -> Any:
            self._deaths[0] -= 1
            if self._deaths[0] == 0 and not self._late:
                raise Killed
            answer = act(*given, **named)
            if self._deaths[0] == 0:
                raise Killed
            return answer

        return acted


def mortal(desk: Desk, step: int, late: bool) -> Courier:
    """A courier that dies at that step."""
    from dataclasses import replace

    deaths = [step]
    channels = [replace(one, send=Mortal(one.send, deaths, late)) for one in desk.channels]
    store: Any = Mortal(desk.store, deaths, late)
    return Courier(channels, desk.courier.policy, store=store, clock=desk.clock)  # type: ignore[arg-type]


@pytest.mark.fault(64)
def test_a_process_that_dies_at_any_step_never_leads_to_a_second_text() -> None:
    order, points = order_of(), 0
    for night in (False, True):
        for late in (False, True):
            for step in range(1, 60):
                desk = Desk(order)
                desk.clock.at += timedelta(hours=11) if night else timedelta()
                try:
                    mortal(desk, step, late).send([shipped(order)])
                except Killed:
                    points += 1
                else:
                    break
                told = desk.send(shipped(order))
                desk.clock.at += timedelta(hours=12 if night else 0)
                desk.courier.deliver_due()
                told += desk.send(shipped(order))
                assert len(desk.sms.taken) <= 1, (step, late, night, told)
                if "outcome_unknown" not in told:
                    assert len(desk.sms.taken) == 1, (step, late, night, told)
    assert points > 20, "there were places to die at"


class Telling(RuleBasedStateMachine):
    """Messages, failures, deaths, nights and wishes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.orders = [order_of(str(number)) for number in range(3)]
        self.desk = Desk(*self.orders, per_day=2)
        self.doubtful = Counter[str]()
        self.seen = 0
        self.is_out = False
        self.by_day = Counter[Any]()

    @rule(which=st.integers(0, 2))
    def sends(self, which: int) -> None:
        self.desk.sms.fails = None
        self.desk.send(shipped(self.orders[which]))

    @rule(which=st.integers(0, 2), failure=st.sampled_from([ConnectFailed("x"), OutcomeUnknown("x"), TimeoutError()]))
    def fails(self, which: int, failure: Exception) -> None:
        self.desk.sms.fails = failure
        self.desk.send(shipped(self.orders[which]))

    @rule(which=st.integers(0, 2), step=st.integers(1, 25), late=st.booleans())
    def dies(self, which: int, step: int, late: bool) -> None:
        self.desk.sms.fails = None
        try:
            mortal(self.desk, step, late).send([shipped(self.orders[which])])
        except Killed:
            return

    @rule(step=st.integers(1, 25), late=st.booleans())
    def dies_in_the_morning(self, step: int, late: bool) -> None:
        try:
            mortal(self.desk, step, late).deliver_due()
        except Killed:
            return

    @rule()
    def delivers(self) -> None:
        self.desk.sms.fails = None
        self.desk.courier.deliver_due()

    @rule(hours=st.integers(1, 13))
    def waits(self, hours: int) -> None:
        self.desk.clock.at += timedelta(hours=hours)

    @rule(out=st.booleans())
    def wishes(self, out: bool) -> None:
        (self.desk.courier.opt_out if out else self.desk.courier.opt_in)(PHONE)
        self.is_out = out

    @invariant()
    def once_by_day_and_never_against_a_wish(self) -> None:
        taken = self.desk.sms.taken
        assert max(Counter(said.key for _, said in taken).values(), default=0) <= 1
        local = self.desk.clock.at + timedelta(hours=8)
        for _ in taken[self.seen :]:
            assert 8 <= local.hour < 22 and not self.is_out
            self.by_day[local.date()] += 1
        assert max(self.by_day.values(), default=0) <= 2
        self.seen = len(taken)


TestTelling = Telling.TestCase
TestTelling.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
