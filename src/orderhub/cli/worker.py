"""`orderhub worker`: one slot of a fleet in this process. Imports `durable`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["run_worker"]


def run_worker(configs: Sequence[Path], slot: int, *, on_ready: Callable[[Any], None] | None = None) -> None:
    """Work until SIGTERM or SIGINT; what runs then is given the configured time to finish."""
    from orderhub.durable import serve

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(configs, slot, stop, on_ready=on_ready, leave=_leave)


def _leave() -> None:
    """End the process although runs are under way: nothing is lost, and nothing waits for them."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
