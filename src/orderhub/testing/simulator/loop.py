"""An event loop in virtual time whose order of turns follows from a seed: async code as it is, under a scheduler.

Imports the standard library only. `run_seeded(seed, main)` runs a coroutine to its end: whatever is ready takes its
turn in a drawn order, sleeping takes no time, and work for threads is done at once, in its turn, by the loop itself.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["SeededLoop", "run_seeded"]

T = TypeVar("T")


class SeededLoop(asyncio.SelectorEventLoop):
    """See the module; `time()` is virtual and begins at 0 s."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._at = 0.0
        self._random = random.Random(f"loop:{seed}")  # noqa: S311  # a history, not a secret

    def time(self) -> float:
        """Virtual seconds."""
        return self._at

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """Done by the loop in a turn of its own: what a thread would do, at a moment that the seed chooses."""
        answer = self.create_future()

        def act() -> None:
            if answer.cancelled():
                return
            try:
                answer.set_result(func(*args))
            except Exception as error:
                answer.set_exception(error)

        self.call_soon(act)
        return answer

    def _run_once(self) -> None:
        loop: Any = self
        if not loop._ready and loop._scheduled:
            self._at = max(self._at, loop._scheduled[0].when())
        ready = list(loop._ready)
        self._random.shuffle(ready)
        loop._ready.clear()
        loop._ready.extend(ready)
        super()._run_once()  # type: ignore[misc]


def run_seeded(seed: int, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main()` in a loop of its own and answer what it returns."""
    loop = SeededLoop(seed)
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()
