"""Tasks that wait for tasks: several operations at once, and one refresh of a token for all who want it.

Imports `flow`, `errors`, this package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from orderhub.errors import AuthError, OrderHubError
from orderhub.flow.steps import Operation, now
from orderhub.models.channel import Credentials
from orderhub.testing.simulator.task import Pending, SimWorld, Task

if TYPE_CHECKING:
    from orderhub.testing.simulator.engine import Engine

__all__ = ["Group", "credentials"]


class Group:
    """The operations of one `Gather`: at most `limit` under way, answers in order, errors in their places."""

    def __init__(
        self, engine: Engine, parent: Task, operations: Sequence[Callable[[], Operation[Any]]], limit: int
    ) -> None:
        self._engine, self._parent, self._makes, self._limit = engine, parent, operations, limit
        self._world = parent.world
        self._answers: dict[int, Any] = {}
        self._begun = 0

    def begin(self) -> None:
        """Start the first ones."""
        self._parent.is_blocked = True
        for _ in range(min(self._limit, len(self._makes))):
            self._next()
        self._check()

    def _next(self) -> None:
        number, self._begun = self._begun, self._begun + 1
        pending = Pending(self._makes[number](), self._world)
        task = Task(f"{self._parent.name}/{number}", [pending], self._engine.clock.now(), self._parent.owner)
        task.on_end.append(partial(self._ended, number))
        self._engine.tasks.append(task)
        task.start()
        self._engine.settle(task)

    def _ended(self, number: int, task: Task) -> None:
        self._answers[number] = task.result if task.error is None else task.error
        if self._begun < len(self._makes):
            self._next()
        self._check()

    def _check(self) -> None:
        if self._parent.is_blocked and len(self._answers) == len(self._makes):
            self._parent.wake(self._collected)

    def _collected(self) -> list[Any]:
        for answer in self._answers.values():
            if isinstance(answer, Exception) and not isinstance(answer, OrderHubError):
                raise answer
        return [self._answers[number] for number in range(len(self._makes))]


def credentials(engine: Engine, task: Task, stale: int | None) -> None:
    """Current credentials; one refresh however many tasks of the process ask."""
    world = task.world
    box = world.services.box
    if box is None:
        task.wake(lambda: _refused(AuthError("this shop has no credentials")))
        return
    if not box.needs_refresh(stale, world.services.clock.now()):
        task.wake(lambda: box.current)
        return
    task.is_blocked = True
    running = world.refreshing
    if running is None or running.is_done:
        running = Task(f"{task.name}/token", [Pending(_refresh(world, stale), world)], engine.clock.now(), task.owner)
        world.refreshing = running
        engine.tasks.append(running)
        running.on_end.append(lambda done: task.wake(lambda: _current(box, done)))
        running.start()
        engine.settle(running)
        return
    running.on_end.append(lambda done: task.wake(lambda: _current(box, done)))


def _refused(error: Exception) -> Any:
    raise error


def _current(box: Any, refresh: Task) -> Credentials:
    if refresh.error is not None:
        raise refresh.error
    found: Credentials = box.current
    return found


def _refresh(world: SimWorld, stale: int | None) -> Operation[None]:
    """Take over what another process refreshed, else refresh."""
    box, services = world.services.box, world.services
    if services.refresh is None:
        return
    box.reload()
    at = yield from now()
    if not box.needs_refresh(stale, at):
        return
    try:
        token = yield from services.refresh(box.refresh_token(at))
    except OrderHubError as error:
        box.refuse(error, at)
        if stale is not None:  # refreshing ahead of time may fail while the old token still works
            raise
        return
    box.save(token)
