"""The sandbox clock: wall time at the start, then as the tester wants it. The one module that reads the wall clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["VirtualClock", "wall_clock"]


def wall_clock() -> datetime:
    """The real instant, aware, UTC."""
    return datetime.now(UTC)  # the only reading of the wall clock in the sandbox


class VirtualClock:
    """Runs with `tick` from `start`; can be advanced, set and frozen.

    Args:
        start: First instant, aware; None means wall time.
        tick: Seconds of a monotonic source; tests pass a constant one.
    """

    def __init__(self, start: datetime | None = None, tick: Callable[[], float] = time.monotonic) -> None:
        self._start, self._tick = start, tick
        self.restart()

    def restart(self) -> None:
        """Back to the start, running."""
        self._base = (self._start or wall_clock()).astimezone(UTC)
        self._anchor, self.frozen = self._tick(), False

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._base if self.frozen else self._base + timedelta(seconds=self._tick() - self._anchor)

    def set(self, instant: datetime) -> None:
        """Jump to `instant`, aware; keeps running or frozen."""
        self._base, self._anchor = instant.astimezone(UTC), self._tick()

    def advance(self, seconds: float) -> None:
        """Jump by `seconds`."""
        self.set(self.now() + timedelta(seconds=seconds))

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass, so that the clock serves as a `ports.Clock` of hubs and shops too."""
        self.advance(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """`sleep`, awaited; others of the event loop run meanwhile."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def freeze(self, frozen: bool = True) -> None:
        """Stop, or run on from where it stands."""
        self.set(self.now())
        self.frozen = frozen
