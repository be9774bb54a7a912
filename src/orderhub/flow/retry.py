"""Retrying as a plain function over operations. Imports `flow`, `errors`.

The decision is one pure function, `RetryPolicy.decide`; curves of waits are given as functions of the attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from orderhub.errors import OrderHubError, RateLimited
from orderhub.flow.steps import Operation, ask, now, pause

__all__ = ["RetryPolicy", "retrying"]

T = TypeVar("T")
Curve = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again.

    Attributes:
        transient, throttled: Attempt number (from 1) to the longest wait in seconds; full jitter is applied here.
        attempts_max: Tries in all.
        deadline_s: No retry that cannot start within this many seconds of the first try.
        transient_cost, throttled_cost: What a retry takes from the quota.
        in_call_wait_max_s: A platform's ban longer than this is raised, not slept through.
    """

    transient: Curve
    throttled: Curve
    attempts_max: int = 3
    deadline_s: float = 120.0
    transient_cost: int = 14
    throttled_cost: int = 5
    in_call_wait_max_s: float = 60.0

    def cost(self, error: OrderHubError) -> int:
        """What retrying after `error` takes from the quota."""
        return self.throttled_cost if isinstance(error, RateLimited) else self.transient_cost

    def decide(self, error: OrderHubError, attempt: int, elapsed_s: float, quota: float, random: float) -> float | None:
        """Seconds to wait before the next try, or None to give up. The platform's own hint is never shortened."""
        if not error.retryable or attempt >= self.attempts_max or quota < self.cost(error):
            return None
        curve = self.throttled if isinstance(error, RateLimited) else self.transient
        hint = error.retry_after_s or 0.0
        wait = max(hint, curve(attempt) * random)
        return None if hint > self.in_call_wait_max_s or elapsed_s + wait > self.deadline_s else wait


def retrying(make: Callable[[], Operation[T]]) -> Operation[T]:
    """Run `make()` until it succeeds or the world's retry budget says stop; each try is signed afresh.

    Only for reads and keyed writes.
    """
    started, attempt = (yield from now()), 1
    while True:
        try:
            answer = yield from make()
        except OrderHubError as error:
            elapsed = ((yield from now()) - started).total_seconds()
            wait = yield from ask("retry", "decide", error, attempt, elapsed)
            if wait is None:
                raise
        else:
            yield from ask("retry", "succeeded")
            return answer
        yield from pause(wait)
        attempt += 1
