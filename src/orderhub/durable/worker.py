"""A worker: one slot of a fleet in a process of its own. Imports `durable`, `hub`; needs the extra `durable`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from orderhub.durable.runs import VERSION, DurableRuns, executor_id
from orderhub.durable.settings import WorkerSettings, beside
from orderhub.errors import ConfigurationError
from orderhub.hub.core import Hub
from orderhub.hub.settings import HubSettings, load_settings

__all__ = ["serve"]

_SCHEMA = "orderhub_runs"
_log = logging.getLogger("orderhub.durable")


def serve(
    configs: Sequence[str | Path],
    slot: int,
    stop: threading.Event | None = None,
    *,
    on_ready: Callable[[DurableRuns], None] | None = None,
    leave: Callable[[], None] | None = None,
    **hub_options: Any,
) -> None:
    """Run one slot until `stop` is set; runs that a former worker of the slot left behind come first.

    Args:
        configs: Configuration files, one for each tenant; the first one's `[worker]` table holds for the fleet.
        slot: From 0 to the number of slots less one. Two processes must not share a slot.
        on_ready: Called once the worker takes runs.
        leave: Called when runs outlast the time they are given to finish: whoever owns the process may end it here,
            because the slot's successor takes them over. Without it they are cut off from their hubs.
        hub_options: Passed to every `Hub`: clock, transport, notifier, plan.
    Raises:
        ConfigurationError: A file is wrong, the slot is out of range, or orders would live in memory.
    """
    files = [load_settings(path) for path in configs]
    if not files:
        raise ConfigurationError("a worker needs a configuration")
    settings = WorkerSettings.of(files[0].worker, files[0].database)
    if not 0 <= slot < settings.slots:
        raise ConfigurationError(f"slot {slot} is not one of {settings.slots}: raise slots in [worker]", field="slots")
    with ExitStack() as opened:
        hubs = [opened.enter_context(_hub(file, hub_options)) for file in files]
        runs = DurableRuns(hubs, settings, owns_executors=True)
        _run(runs, slot, stop or threading.Event(), on_ready)
        if runs.busy:
            _log.warning("runs are left to the slot's successor", extra={"slot": slot, "runs": runs.busy})
            if leave is not None:
                leave()


def _hub(file: HubSettings, options: dict[str, Any]) -> Hub:
    """A hub whose call quotas hold for the whole fleet, wherever the file does not say otherwise."""
    shared = replace(file, quotas=file.quotas or beside(file.database, "quotas"))
    return Hub(**{name: getattr(shared, name) for name in shared.__dataclass_fields__}, **options)


def _run(runs: DurableRuns, slot: int, stop: threading.Event, on_ready: Callable[[DurableRuns], None] | None) -> None:
    DBOS(config=_config(runs.settings, slot))
    try:
        DBOS.launch()
        runs.begin()
        _log.info("worker ready", extra={"slot": slot})
        if on_ready is not None:
            on_ready(runs)
        stop.wait()
    finally:
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=runs.settings.grace_s)


def _config(settings: WorkerSettings, slot: int) -> DBOSConfig:
    return {
        "name": "orderhub",
        "system_database_url": settings.runs,
        "dbos_system_schema": _SCHEMA,
        "executor_id": executor_id(slot),
        "application_version": VERSION,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "enable_otlp": False,
    }
