"""Runs that survive their process: scheduled pulls, fulfilment batches, jobs. Imports `hub`; extra `durable`.

A worker is a process of its own (`orderhub worker`, or `serve`): the engine replaces an event loop's default executor,
which a host's own loop would not survive. Plain embedding needs none of this: `hub.sync()` stays one call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderhub.durable.settings import JOBS, WorkerSettings
from orderhub.errors import ConfigurationError

if TYPE_CHECKING:
    from orderhub.durable.runs import VERSION, DurableRuns, executor_id
    from orderhub.durable.worker import serve

__all__ = ["JOBS", "VERSION", "DurableRuns", "WorkerSettings", "executor_id", "serve"]

_HOMES = {"VERSION": "runs", "DurableRuns": "runs", "executor_id": "runs", "serve": "worker"}


def __getattr__(name: str) -> Any:
    """What needs the engine is loaded when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        return getattr(import_module(f"orderhub.durable.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "dbos":
            raise
        raise ConfigurationError('durable runs need dbos: pip install "orderhub[durable]"') from None
