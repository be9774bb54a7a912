"""How a fleet of workers runs: the table `[worker]` of a configuration as a value. Imports `collect`, `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orderhub.collect.schedule import INTERVAL, TICK
from orderhub.errors import ConfigurationError

__all__ = ["JOBS", "WorkerSettings", "beside"]

JOBS = ("fulfil", "push_stock", "track")
"""What a hub does as a whole, beside pulling its shops."""

_SPANS = {"every_minutes": ("every", 60.0), "tick_s": ("tick", 1.0), "keep_days": ("keep", 86_400.0)}
_NUMBERS = {"slots": int, "fulfil_batch": int, "poll_s": float, "grace_s": int}
_TABLES = ("shops", "jobs", "concurrency")


@dataclass(frozen=True)
class WorkerSettings:
    """What every worker of a fleet knows; the file is the same for all of them.

    Attributes:
        slots: How many workers there are; they are numbered from 0. Runs of slots beyond are taken over by the others.
        runs: Address of the database that keeps runs: one for the whole fleet.
        every: Time from pull to pull of a shop; `shops` names those that differ, by `platform:shop_id`.
        jobs: How often `fulfil`, `push_stock` and `track` run; those that are left out run only when asked for.
        concurrency: Runs of one platform at a time in the whole fleet; `default` for those that are not named.
        fulfil_batch: Orders in one step of a fulfilment run.
        tick: How often somebody looks who is due; whole seconds that divide a minute.
        poll_s: How often a worker looks for queued runs, in seconds.
        keep: How long finished runs are kept.
        grace_s: How long a worker that is told to stop lets its runs finish, in seconds.
    """

    runs: str = field(default="", repr=False)
    slots: int = 1
    every: timedelta = INTERVAL
    shops: Mapping[str, timedelta] = field(default_factory=dict)
    jobs: Mapping[str, timedelta] = field(default_factory=dict)
    concurrency: Mapping[str, int] = field(default_factory=dict)
    fulfil_batch: int = 50
    tick: timedelta = TICK
    poll_s: float = 1.0
    keep: timedelta = timedelta(days=7)
    grace_s: int = 30

    def __post_init__(self) -> None:
        seconds = self.tick.total_seconds()
        if seconds < 1 or 60 % seconds:
            raise ConfigurationError("worker: tick_s must be whole seconds that divide 60", field="tick_s")
        if self.slots < 1 or self.fulfil_batch < 1 or self.poll_s <= 0:
            raise ConfigurationError("worker: slots, fulfil_batch and poll_s must be above zero", field="worker")
        if strange := sorted(set(self.jobs) - set(JOBS)):
            raise ConfigurationError(f"worker: no job {', '.join(strange)}; there are {', '.join(JOBS)}", field="jobs")
        for name, span in {"every_minutes": self.every, **self.shops, **self.jobs}.items():
            if span < self.tick:
                raise ConfigurationError(f"worker: {name} must not be shorter than a tick", field=name)

    @classmethod
    def of(cls, table: Mapping[str, Any], database: str) -> WorkerSettings:
        """The settings of `[worker]`; runs are kept beside the hub's `database` unless `runs` says where.

        Raises:
            ConfigurationError: An unknown key, a value that is no number, or nowhere to keep runs.
        """
        known = {"runs", *_SPANS, *_NUMBERS, *_TABLES}
        if strange := sorted(set(table) - known):
            raise ConfigurationError(
                f"worker: unknown key {', '.join(strange)}; known: {', '.join(sorted(known))}", field="worker"
            )
        try:
            given = _read(table)
        except (TypeError, ValueError, AttributeError):
            raise ConfigurationError("worker: a number or a table of numbers was expected", field="worker") from None
        return cls(runs=str(table.get("runs") or beside(database, "runs")), **given)

    @property
    def cron(self) -> str:
        """The tick as a cron expression, with seconds where it is shorter than a minute."""
        seconds = int(self.tick.total_seconds())
        return "* * * * *" if seconds == 60 else f"*/{seconds} * * * * *"

    def interval(self, shop: str) -> timedelta:
        """Time from pull to pull of one shop."""
        return self.shops.get(shop, self.every)

    def at_once(self, platform: str) -> int:
        """How many runs of a platform may go at the same time."""
        return self.concurrency.get(platform, self.concurrency.get("default", 4))


def _read(table: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {name: kind(table[name]) for name, kind in _NUMBERS.items() if name in table}
    for name, (attribute, unit_s) in _SPANS.items():
        if name in table:
            given[attribute] = timedelta(seconds=float(table[name]) * unit_s)
    for name in ("shops", "jobs"):
        given[name] = {key: timedelta(minutes=float(minutes)) for key, minutes in table.get(name, {}).items()}
    given["concurrency"] = {name: int(most) for name, most in table.get("concurrency", {}).items()}
    return given


def beside(database: str, what: str) -> str:
    """Where something else is kept next to a hub's orders: a file beside its file, or the same server.

    Raises:
        ConfigurationError: The orders live in memory, where no other process finds them.
    """
    scheme, _, rest = database.partition(":")
    if scheme == "sqlite":
        stem, dot, suffix = rest.rpartition(".")
        return f"sqlite:{stem}-{what}.{suffix}" if dot and "/" not in suffix else f"sqlite:{rest}-{what}"
    if scheme.startswith("postgres"):
        return database
    raise ConfigurationError(
        "workers need a database that outlives them: sqlite:///hub.db on one machine, postgresql://… on several",
        field="database",
    )
