"""The workflows: ticks, pulls, fulfilment batches, jobs. Imports `durable`, `hub`; needs the extra `durable` (dbos).

The engine only ticks and queues. Who is due is asked of `collect.schedule`; what is done is in `work`; every step may
run twice and does the same the second time. Inputs and results are JSON: tenants, keys, names, counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from dbos import DBOS, SetEnqueueOptions, WorkflowSerializationFormat

from orderhub.durable import work
from orderhub.durable.settings import WorkerSettings
from orderhub.errors import ConfigurationError, OrderHubError
from orderhub.hub.core import Hub

__all__ = ["VERSION", "DurableRuns", "executor_id"]

VERSION = "orderhub-runs-1"
"""Version of the workflows, which changes when their steps do: runs that are under way survive every other upgrade."""
TICK = "orderhub.tick"
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_NAMES = [TICK, "orderhub.pull", "orderhub.fulfil", "orderhub.job"]
_TIDY_MAX = 1000

_log = logging.getLogger("orderhub.durable")
T = TypeVar("T")


class RunFailed(Exception):
    """A step failed; only the error's name is kept with the run, its text goes no further than the process's log."""


def executor_id(slot: int) -> str:
    """The name of the worker in a slot: whoever takes the slot next takes its runs over."""
    return f"orderhub-{slot}"


class DurableRuns:
    """The workflows of some hubs, registered with the engine of this process.

    Make it before `DBOS.launch()`, call `begin()` after it. `serve` does both in a process of its own; a host that
    runs DBOS already does them around its own launch.

    Args:
        hubs: One hub for each tenant.
        settings: How often and how many at once; the hub's own `[worker]` table when left out.
        owns_executors: Whether the engine's executors are workers of this fleet alone, so that runs of slots which no
            longer exist may be taken over.
    """

    def __init__(
        self, hubs: Sequence[Hub], settings: WorkerSettings | None = None, *, owns_executors: bool = False
    ) -> None:
        self.hubs = {hub.settings.tenant: hub for hub in hubs}
        if not hubs or len(self.hubs) != len(hubs):
            raise ConfigurationError("durable runs need hubs of different tenants", field="tenant")
        self.settings = settings or WorkerSettings.of(hubs[0].settings.worker, hubs[0].settings.database)
        self._owns_executors = owns_executors
        self._lock, self._busy = Lock(), 0
        portable = WorkflowSerializationFormat.PORTABLE
        self._tick = DBOS.workflow(name=TICK, serialization_type=portable)(self._make_tick())
        self._pull = DBOS.workflow(name="orderhub.pull", serialization_type=portable)(self._make_pull())
        self._fulfil = DBOS.workflow(name="orderhub.fulfil", serialization_type=portable)(self._make_fulfil())
        self._job = DBOS.workflow(name="orderhub.job", serialization_type=portable)(self._make_job())

    @property
    def busy(self) -> int:
        """How many steps are under way in this process."""
        return self._busy

    def begin(self) -> None:
        """Register queues and the tick; call it after the engine was launched."""
        platforms = {shop.partition(":")[0] for hub in self.hubs.values() for shop in hub.shops}
        most = {f"orderhub-{name}": self.settings.at_once(name) for name in platforms}
        most |= {f"orderhub-{name}": self.settings.at_once(name) for name in ("fulfil", "jobs")}
        for queue, at_once in sorted(most.items()):
            DBOS.register_queue(queue, global_concurrency=at_once, polling_interval_sec=self.settings.poll_s)
        DBOS.apply_schedules(
            [{"schedule_name": TICK, "workflow_fn": self._tick, "schedule": self.settings.cron, "context": None}]
        )

    def pull(self, shop: str, resource: str = "orders", *, tenant: str = "default") -> str:
        """Queue a pull of one shop; one that waits or runs already is not doubled. Answers the run's id."""
        self._hub(tenant)
        queue = f"orderhub-{shop.partition(':')[0]}"
        return self._enqueue(queue, f"{tenant}/{shop}/{resource}", self._pull, tenant, shop, resource)

    def fulfil(self, keys: Sequence[str] | None = None, *, tenant: str = "default") -> str:
        """Queue a batch of orders to fulfil, all that wait for shipment when left out. Answers the run's id."""
        self._hub(tenant)
        if keys is None:
            return self._enqueue("orderhub-fulfil", f"{tenant}/fulfil", self._fulfil, tenant, None)
        return str(DBOS.enqueue_workflow("orderhub-fulfil", self._fulfil, tenant, list(keys)).workflow_id)

    def job(self, name: str, *, tenant: str = "default") -> str:
        """Queue one of the hub's jobs, `push_stock` or `track`. Answers the run's id."""
        self._hub(tenant)
        return self._enqueue("orderhub-jobs", f"{tenant}/{name}", self._job, tenant, name)

    def _enqueue(self, queue: str, once: str, workflow: Callable[..., Any], *inputs: Any) -> str:
        with SetEnqueueOptions(deduplication_id=once, duplication_policy="return-existing"):
            return str(DBOS.enqueue_workflow(queue, workflow, *inputs).workflow_id)

    def _hub(self, tenant: str) -> Hub:
        try:
            return self.hubs[tenant]
        except KeyError:
            raise ConfigurationError(f"no tenant {tenant} here; there are {', '.join(self.hubs)}") from None

    def _make_tick(self) -> Callable[[datetime, Any], Any]:
        def tick(at: datetime, context: Any) -> Any:
            """Queue what is due, take over what nobody runs any more, forget what is long done."""
            runs = self._step("due", self._due)
            for tenant, shop, name in runs:
                self._queue(tenant, shop, name)
            adopted = self._step("adopt", self._adopt) if self._owns_executors else 0
            return {"queued": len(runs), "adopted": adopted, "forgotten": self._step("tidy", self._tidy)}

        return tick

    def _queue(self, tenant: str, shop: str, name: str) -> None:
        if shop != work.WHOLE:
            self.pull(shop, name, tenant=tenant)
        elif name == "fulfil":
            self.fulfil(tenant=tenant)
        else:
            self.job(name, tenant=tenant)

    def _make_pull(self) -> Callable[[str, str, str], work.Counts]:
        def pull(tenant: str, shop: str, resource: str) -> work.Counts:
            """One shop's run; interrupted anywhere it starts again from the shop's cursor."""
            return self._step("pull", lambda: work.pull(self._hub(tenant), shop, resource))

        return pull

    def _make_fulfil(self) -> Callable[[str, list[str] | None], work.Counts]:
        def fulfil(tenant: str, keys: list[str] | None) -> work.Counts:
            """A batch in steps of some orders each: interrupted, it goes on with the step it stood in."""
            began = datetime.fromisoformat(self._step("began", lambda: self._hub(tenant).clock.now().isoformat()))
            wanted = keys if keys is not None else self._step("waiting", lambda: work.waiting(self._hub(tenant)))
            total: dict[str, int] = {}
            for start in range(0, len(wanted), self.settings.fulfil_batch):
                part = wanted[start : start + self.settings.fulfil_batch]
                for name, n in self._step("fulfil", partial(work.fulfil, self._hub(tenant), part)).items():
                    total[name] = total.get(name, 0) + int(n)
            if keys is None:
                self._step("note", lambda: work.note_job(self._hub(tenant), "fulfil", began, total))
            return dict(total)

        return fulfil

    def _make_job(self) -> Callable[[str, str], work.Counts]:
        def job(tenant: str, name: str) -> work.Counts:
            """One job of a hub as a whole."""
            return self._step(name, lambda: work.job(self._hub(tenant), name))

        return job

    def _step(self, name: str, act: Callable[[], T]) -> T:
        """One step of a workflow, whose failure is kept by name only: texts of errors are not for a history."""

        def careful() -> T:
            self._count(1)
            try:
                return act()
            except Exception as error:
                told = str(error) if isinstance(error, OrderHubError) else ""
                _log.error("a step failed", extra={"step": name, "error": type(error).__name__, "told": told})
                raise RunFailed(type(error).__name__) from None
            finally:
                self._count(-1)

        return DBOS.run_step({"name": name}, careful)

    def _count(self, change: int) -> None:
        with self._lock:
            self._busy += change

    def _due(self) -> list[list[str]]:
        return [
            [tenant, shop, name]
            for tenant, hub in self.hubs.items()
            for shop, name in work.due_runs(hub, self.settings)
        ]  # fmt: skip

    def _adopt(self) -> int:
        """Runs of slots beyond the last one go back to their queues."""
        slots = {executor_id(slot) for slot in range(self.settings.slots)}
        stranded = [run for run in DBOS.list_workflows(status="PENDING", name=_NAMES, load_input=False)
                    if run.executor_id not in slots]  # fmt: skip
        for run in stranded:
            DBOS.resume_workflow(run.workflow_id, queue_name=run.queue_name)
        return len(stranded)

    def _tidy(self) -> int:
        """Finished runs older than they are kept for."""
        before = datetime.now().astimezone() - self.settings.keep
        old = DBOS.list_workflows(
            status=_FINISHED, name=_NAMES, end_time=before.isoformat(), limit=_TIDY_MAX, load_input=False,
            load_output=False,
        )  # fmt: skip
        if old:
            DBOS.delete_workflows([run.workflow_id for run in old])
        return len(old)
