"""The retry budget of one (platform, app): policy, quota, jitter. Imports `flow`, `errors`; curves by tenacity."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast

from orderhub.errors import OrderHubError
from orderhub.flow.retry import RetryPolicy

__all__ = ["RetryBudget", "default_policy"]

QUOTA_MAX = 500.0


def _curve(base_s: float, cap_s: float) -> Callable[[int], float]:
    """tenacity's exponential strategy as plain numbers: attempt 1 waits up to `base_s`."""

    def wait(attempt: int) -> float:
        from tenacity.wait import wait_exponential  # loaded when first needed

        state = cast(Any, SimpleNamespace(attempt_number=attempt))
        return float(wait_exponential(multiplier=base_s, max=cap_s, exp_base=2)(state))

    return wait


def default_policy() -> RetryPolicy:
    """Three tries; full jitter over 0.05 s (transient) or 1 s (throttled) doubling up to 20 s."""
    return RetryPolicy(transient=_curve(0.05, 20.0), throttled=_curve(1.0, 20.0))


class RetryBudget:
    """Decides about retries and keeps the quota, so that a dead platform is not hammered."""

    def __init__(self, policy: RetryPolicy | None = None, random: Callable[[], float] = lambda: 1.0) -> None:
        self.policy = policy or default_policy()
        self._random, self._quota, self._lock = random, QUOTA_MAX, Lock()

    def decide(self, error: OrderHubError, attempt: int, elapsed_s: float) -> float | None:
        """Seconds to wait, or None to give up; a granted retry is charged."""
        with self._lock:
            wait = self.policy.decide(error, attempt, elapsed_s, self._quota, self._random())
            if wait is not None:
                self._quota -= self.policy.cost(error)
            return wait

    def succeeded(self) -> None:
        """A success earns one token back."""
        with self._lock:
            self._quota = min(QUOTA_MAX, self._quota + 1)
