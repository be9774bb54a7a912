"""The scheduler: one step of one task at a time, in virtual time, with what the plan says happening to it.

Imports `flow`, `errors`, this package. It knows neither platforms nor hubs: tasks, processes that own them, a clock.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Ask, Call, Emit, Gather, Operation, Pause, Secret, Step, Take
from orderhub.testing.simulator.faults import FaultPlan
from orderhub.testing.simulator.groups import Group, credentials
from orderhub.testing.simulator.steps import done, spoilt, unstored
from orderhub.testing.simulator.task import Pending, SimWorld, Task

__all__ = ["Engine", "Owner", "SimClock"]

SLOW_MAX_S = 90.0
LATE_MAX_S = 60.0


class SimClock(Protocol):
    """A clock that the scheduler moves; a sandbox's `VirtualClock` is one."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Owner(Protocol):
    """A process: it dies whole, and somebody starts it again."""

    def die(self, engine: Engine) -> None:
        """Forget everything that is in memory; called once its tasks are gone."""
        ...


class Engine:
    """See the module.

    Args:
        is_store: Whether a port stands for a database: its answers may be lost, and it may refuse.
        blackout: What to do when power fails; None where nothing can be lost.
    Attributes:
        steps: How many steps of processes were performed.
        bugs: Bare errors, with the task that they came out of.
        doubled: Bodies of requests that arrived twice.
    """

    def __init__(
        self, clock: SimClock, plan: FaultPlan, seed: int, *, is_store: Callable[[Any], bool] = lambda port: False,
        blackout: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self.clock, self.plan = clock, plan
        self.tasks: list[Task] = []
        self.steps = 0
        self.bugs: list[str] = []
        self.doubled: list[bytes] = []
        self._is_store, self._blackout = is_store, blackout
        self._random = random.Random(f"schedule:{seed}")  # noqa: S311  # a history, not a secret
        self._trace = hashlib.sha256()

    @property
    def trace(self) -> str:
        """Fingerprint of everything that was performed: equal histories have equal ones."""
        return self._trace.hexdigest()[:16]

    def spawn(self, name: str, pending: Pending, owner: Owner | None = None, *, after_s: float = 0.0) -> Task:
        """Begin an operation; its first step is due after so many seconds."""
        task = Task(name, [pending], self.clock.now() + timedelta(seconds=after_s), owner)
        self.tasks.append(task)
        task.start()
        self.settle(task)
        return task

    def later(self, name: str, seconds: float, act: Callable[[], Any]) -> None:
        """Something that happens by itself after a while."""

        def once() -> Operation[None]:
            yield Pause(seconds)
            act()

        self.spawn(name, Pending(once(), SimWorld(None, None)))

    def run(self, steps_max: int, until: Callable[[], bool] = lambda: False) -> None:
        """Perform so many steps of processes, or until nothing is left, or until `until` says so."""
        last = self.steps + steps_max
        while self.steps < last and not until():
            task = self._next()
            if task is None:
                return
            if task.collect is not None:
                collect, task.collect = task.collect, None
                self._answer(task, collect)
            else:
                self._one(task)

    def kill(self, owner: Owner) -> None:
        """The process dies: its tasks are gone where they stand."""
        gone = [task for task in self.tasks if task.owner is owner]
        self.tasks = [task for task in self.tasks if task.owner is not owner]
        for task in reversed(gone):
            task.close()
        owner.die(self)

    def settle(self, task: Task) -> None:
        """Take a task that is done from the list and tell whoever waits for it."""
        if not task.is_done or task not in self.tasks:
            return
        self.tasks.remove(task)
        if task.error is not None and not isinstance(task.error, OrderHubError):
            self.bugs.append(f"{task.name}: {type(task.error).__name__}: {task.error}")
        for tell in task.on_end:
            tell(task)

    # --- whose turn it is ---------------------------------------------------------------------------------------------

    def _next(self) -> Task | None:
        able = [task for task in self.tasks if not task.is_blocked]
        if not able:
            return None
        at = self.clock.now()
        ready = [task for task in able if task.ready_at <= at]
        if not ready:
            first = min(task.ready_at for task in able)
            self.clock.advance((first - at).total_seconds())
            ready = [task for task in able if task.ready_at <= first]
        return ready[self._random.randrange(len(ready))]

    def _answer(self, task: Task, act: Callable[[], Any]) -> None:
        """Hand in what `act` answers or raises; what is no error of the library ends the task."""
        try:
            value = act()
        except OrderHubError as error:
            task.fail(error)
        except Exception as error:
            task.error = error
            task.close()
        else:
            task.answer(value)
        self.settle(task)

    # --- one step -----------------------------------------------------------------------------------------------------

    def _one(self, task: Task) -> None:
        step = task.step
        assert step is not None
        fault = None
        if task.owner is not None:
            self.steps += 1
            fault = self.plan.fate(self.steps, step, is_store=self._is_stored(task, step))
            self._note(task, step, fault)
        if fault is None:
            self._perform(task, step)
        elif fault == "power":
            assert self._blackout is not None, "power fails only where the stores lie on a disk"
            self._blackout()
        elif fault.startswith("crash"):
            self._crash(task, step, fault)
        else:
            self._strike(task, step, fault)

    def _is_stored(self, task: Task, step: Step) -> bool:
        return isinstance(step, Ask) and self._is_store(task.world.services.ports.get(step.port))

    def _note(self, task: Task, step: Step, fault: str | None) -> None:
        what = f"{getattr(step, 'port', '')}.{getattr(step, 'method', '')}" if isinstance(step, Ask) else ""
        told = f"{self.steps} {self.clock.now():%d %H:%M:%S.%f} {task.name} {type(step).__name__} {what} {fault or ''}"
        self._trace.update(told.encode())

    def _crash(self, task: Task, step: Step, fault: str) -> None:
        if fault == "crash_after" and isinstance(step, Call | Ask):
            try:
                value = done(task.world, step)
            except Exception:
                value = None
            if isinstance(value, Pending):
                value.operation.close()
        assert task.owner is not None
        self.kill(task.owner)

    def _strike(self, task: Task, step: Step, fault: str) -> None:
        world, number = task.world, self.steps
        if fault == "slow":
            self._delay(task, step, self.plan.seconds(number, SLOW_MAX_S))
        elif isinstance(step, Call):
            if fault == "late_request":
                send, request = world.transport.send, step.request
                self.later("late request", self.plan.seconds(number, LATE_MAX_S), lambda: _ignored(send, request))
            if fault == "twice":
                self.doubled.append(step.request.body)
            self._answer(task, lambda: spoilt(world, step.request, fault))
        else:
            self._answer(task, lambda: unstored(world, step, fault))

    def _delay(self, task: Task, step: Step, seconds: float) -> None:
        """Done now, heard of later; what does nothing outside is done later."""
        if not isinstance(step, Call | Ask):
            task.ready_at = self.clock.now() + timedelta(seconds=seconds)
            return
        try:
            value: Any = done(task.world, step)
        except Exception as error:
            value = error
        self._sleep(task, seconds, value)

    def _perform(self, task: Task, step: Step) -> None:
        world = task.world
        match step:
            case Pause(seconds):
                self._sleep(task, seconds, None)
            case Take(name, cost):
                services = world.services
                self._sleep(task, services.limiter.reserve(name, cost, services.clock.now()), None)
            case Secret(stale):
                credentials(self, task, stale)
            case Gather(operations, limit):
                Group(self, task, operations, limit).begin()
            case Emit():
                self._answer(task, lambda: None)
            case _:
                self._answer(task, lambda: done(world, step))

    def _sleep(self, task: Task, seconds: float, value: Any) -> None:
        """The answer comes after so many seconds."""
        task.ready_at = self.clock.now() + timedelta(seconds=max(0.0, seconds))
        task.wake(lambda: _told(value))


def _told(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def _ignored(send: Callable[[Any], Any], request: Any) -> None:
    """The request arrives, and nobody listens any more."""
    try:
        send(request)
    except OrderHubError:
        return
