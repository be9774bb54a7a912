"""The stage: a sandbox, stores that outlive processes, processes, and an end in which everything comes to rest.

Imports `hub`, `sandbox`, `stores`, `plugins`, this package.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orderhub
from orderhub.drivers.services import Services
from orderhub.hub.core import Hub
from orderhub.inventory import Receive, StockLine, open_ledger
from orderhub.notify.sinks import LocalSink
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.stores.open import open_stores
from orderhub.stores.quota_base import open_quotas
from orderhub.testing.simulator.engine import Engine
from orderhub.testing.simulator.faults import FaultPlan
from orderhub.testing.simulator.life import Outside, life
from orderhub.testing.simulator.process import BACK, JOBS, Process, SharedHub, SkewedClock, simulated
from orderhub.testing.simulator.scenario import Scenario
from orderhub.testing.simulator.task import Pending, SimWorld
from orderhub.testing.unsynced import UnsyncedDisk

__all__ = ["START", "Scene"]

START = datetime.fromisoformat("2026-11-11T08:00:00+08:00")
CARDS = Path(orderhub.__file__).parent / "cli" / "data" / "rate_cards.csv"
HOMES = (("sh", "上海市", "上海市"), ("gz", "广东省", "广州市"))
WAREHOUSES = tuple(
    {"code": code, "name": f"{code}仓", "phone": "02155550100",
     "address": {"province": province, "city": city, "street": "仓储路1号"}} for code, province, city in HOMES
)  # fmt: skip
DAYS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("pull", "stop", "ship"), ("push",)), (("pull", "ship", "heal"), ("push",)), (("pull",),),
)  # fmt: skip
"""What the processes do, one after the other, each in as many threads as it has rows."""
ROUNDS = 3
REST_S = 900.0
"""Between the rounds of the end: longer than any doubt or turn of the library lasts."""


class Scene:
    """One history on its way; use it as a context manager.

    Attributes:
        homes: How many warehouses there are.
        last: What each job answered at the end.
    """

    def __init__(self, seed: int, scenario: Scenario, plan: FaultPlan) -> None:
        self.seed, self.scenario, self.plan = seed, scenario, plan
        self.world = World(
            seed=seed, platforms=list(scenario.platforms), carriers=list(scenario.carriers), orders=0,
            shops_per_platform=scenario.shops, limits=False, start=START, tick=lambda: 0.0,
        )  # fmt: skip
        self.sink = LocalSink()
        self.outside = Outside(self.world, scenario.platforms)
        self.blackouts, self.homes = 0, len(HOMES)
        self.last: dict[str, Any] = {}
        self.engine = Engine(
            self.world.clock, plan, seed, is_store=_is_store, blackout=self._blackout if scenario.disk else None
        )
        self.processes: list[Process] = []
        self._home = Path(tempfile.mkdtemp(prefix="orderhub-simulated-")) if scenario.disk else None
        self._disk: UnsyncedDisk | None = None
        self._lent = None if scenario.disk else self._in_memory()

    def __enter__(self) -> Scene:
        self._mount()
        with self._hub_now() as hub:
            lines = tuple(StockLine(sku, code, self.scenario.units) for sku in GOODS for code, *_ in HOMES)
            hub.stock.apply([Receive("opening", lines)])
        if self.scenario.orders:
            for platform in self.scenario.platforms:
                self.outside.order(platform, count=self.scenario.orders)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        if self._disk is not None:
            self._disk.__exit__(None, None, None)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)

    # --- the history --------------------------------------------------------------------------------------------------

    def play(self, steps: int) -> None:
        """So many steps of processes, with faults and with people outside."""
        rng = random.Random(f"skew:{self.seed}")  # noqa: S311  # a history, not a secret
        for number in range(self.scenario.workers):
            jobs = (tuple(JOBS),) if self.scenario.once else DAYS[number % len(DAYS)]
            skew_s = rng.uniform(-self.scenario.skew_s, self.scenario.skew_s)
            process = Process(f"worker-{number}", self.engine, jobs, self._hub, skew_s=skew_s,
                              once=self.scenario.once, seed=self.seed)  # fmt: skip
            self.processes.append(process)
            process.start()
        if self.scenario.buyers:
            self._outside_lives()
        self.engine.run(steps, self._is_through)

    def _is_through(self) -> bool:
        """Whether no process is left and none is to come back."""
        return not any(task.owner is not None or task.name.endswith(BACK) for task in self.engine.tasks)

    def rest(self) -> Hub:
        """No more faults, nobody acts outside: what is under way arrives, and one hub works until all is settled."""
        self._end()
        hub = simulated(self._hub(SkewedClock(self.world.clock)), f"{self.seed}:rest")
        ports = {"hub": hub}
        world = SimWorld(Services(_no_guard(), clock=self.world.clock, ports=ports), None)
        for _ in range(ROUNDS):
            self.world.advance(REST_S)
            for name in (*JOBS, "pull"):
                self.last[name] = self._through(name, Pending(JOBS[name](), world))
        return hub

    def _through(self, name: str, pending: Pending) -> Any:
        task = self.engine.spawn(name, pending)
        self.engine.run(1, lambda: task.is_done)
        if task.error is not None:
            self.engine.bugs.append(f"at rest, {name}: {type(task.error).__name__}: {task.error}")
        return task.result

    def _end(self) -> None:
        self.plan.is_over = True
        for process in self.processes:
            process.is_wanted = False
            self.engine.kill(process)
        self.engine.tasks = [task for task in self.engine.tasks if task.name == "late request"]

    def _outside_lives(self) -> None:
        services = Services(_no_guard(), clock=self.world.clock, ports={"outside": self.outside})
        self.engine.spawn("outside", Pending(life(self.seed, self.scenario.platforms), SimWorld(services, None)))

    # --- hubs and what they stand on ----------------------------------------------------------------------------------

    def _hub(self, clock: SkewedClock) -> Hub:
        """A new process over what is stored."""
        shops = [{**find(row["platform"]).spec.samples(), **row} for row in self.world.shops()]
        given: dict[str, Any] = {
            "shops": shops, "warehouses": WAREHOUSES, "carriers": self.world.carrier_accounts(),
            "clock": clock, "notifier": self.sink,
            "transport": self.world.transport(), "rate_cards": [CARDS], "backfill": timedelta(hours=2),
        }  # fmt: skip
        if self._lent is not None:
            return SharedHub(*self._lent, **given)
        return Hub(**given, database=f"sqlite:///{self._folder()}/hub.db")

    @contextmanager
    def _hub_now(self) -> Iterator[Hub]:
        with self._hub(SkewedClock(self.world.clock)) as hub:
            yield hub

    def _in_memory(self) -> tuple[Any, Any, Any]:
        clock = self.world.clock
        return open_stores("memory:", clock=clock), open_ledger("memory:", clock=clock), open_quotas("memory:")

    def _folder(self) -> Path:
        assert self._home is not None
        return self._home / f"disk-{self.blackouts}"

    def _mount(self) -> None:
        if self._home is not None:
            self._folder().mkdir(exist_ok=True)
            self._disk = UnsyncedDisk(self._folder(), honest=self.scenario.honest)
            self._disk.__enter__()

    def _blackout(self) -> None:
        """Power fails: every process dies, and the disk keeps of what was not synced what it likes."""
        assert self._disk is not None and self._home is not None
        rng = random.Random(f"power:{self.seed}:{self.engine.steps}")  # noqa: S311  # a history, not a secret
        left = self._home / f"disk-{self.blackouts + 1}"
        self._disk.fail(left, rng)
        for process in self.processes:
            self.engine.kill(process)
        self._disk.__exit__(None, None, None)
        self.blackouts += 1
        self._mount()


def _is_store(port: Any) -> bool:
    return hasattr(port, "put_orders") or hasattr(port, "movements")


def _no_guard() -> Any:
    from orderhub.drivers.guard import HostGuard

    return HostGuard(())
