"""Processes that begin together, and how long they took: what several workers manage at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier


def together(work: Callable[[int, Barrier], None], workers: int) -> float:
    """Seconds from the moment when all are ready until all are done.

    Args:
        work: What a worker does, given its number and the gate; it waits at the gate when ready and when done.
    """
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(workers + 1)
    team = [context.Process(target=work, args=(number, gate)) for number in range(workers)]
    for process in team:
        process.start()
    gate.wait()
    started = time.perf_counter()
    gate.wait()
    took = time.perf_counter() - started
    for process in team:
        process.join()
        assert process.exitcode == 0
    return took
