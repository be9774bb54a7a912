"""The only place that reads the machine's clock and randomness for the drivers. Imports nothing of the library."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

__all__ = ["Randomness", "Skew", "SystemClock"]


class SystemClock:
    """Wall time and real sleep."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Randomness:
    """Floats in [0, 1); seeded for tests."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311  # jitter, not secrets

    def random(self) -> float:
        """One float in [0, 1)."""
        return self._random.random()


class Skew:
    """How far the platform's clock is ahead of ours, in seconds, learnt from its replies."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def offset_s(self) -> float:
        """Seconds to add to our clock."""
        return self._offset_s

    def learn(self, offset_s: float) -> None:
        """Replace the offset."""
        self._offset_s = offset_s
