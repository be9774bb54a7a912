"""One operation, stepped: it stops before every step it asks for, within operations inside operations too.

Imports `flow`, `errors`. The worlds of a simulated hub do not run operations, they answer `Pending`; the
task takes that up as a frame of its own, so that no step anywhere in a hub is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, Step

__all__ = ["Pending", "SimWorld", "Task"]


class SimWorld:
    """What a shop, a carrier and a hub have instead of a sync or async world."""

    def __init__(self, services: Any, transport: Any) -> None:
        self.services, self.transport = services, transport
        self.refreshing: Task | None = None

    def run(self, operation: Operation[Any]) -> Pending:
        """Answer what is to be run; the scheduler runs it step by step."""
        return Pending(operation, self)


@dataclass(slots=True)
class Pending:
    """An operation and the world whose ports it asks."""

    operation: Operation[Any]
    world: SimWorld


@dataclass(eq=False)
class Task:
    """An operation under way.

    Attributes:
        owner: The worker whose process it lives in; None for what happens outside.
        step: What it asks for and has not got yet; None once it is done.
        ready_at: Not before this instant, aware UTC.
        is_blocked: It waits for other tasks; they will set `collect`.
        collect: The step is done, its answer comes once the task is ready.
        on_end: Called when it is done.
    """

    name: str
    frames: list[Pending]
    ready_at: datetime
    owner: Any = None
    step: Step | None = None
    is_done: bool = False
    result: Any = None
    error: Exception | None = None
    is_blocked: bool = False
    collect: Callable[[], Any] | None = None
    on_end: list[Callable[[Task], None]] = field(default_factory=list)

    @property
    def world(self) -> SimWorld:
        """Of the operation that asks at present."""
        return self.frames[-1].world

    def start(self) -> None:
        """Up to the first step."""
        self._go_on(lambda operation: operation.send(None))

    def answer(self, value: Any) -> None:
        """Hand in what the step came to; an operation is begun instead, as a frame above this one."""
        self.step = None
        if isinstance(value, Pending):
            self.frames.append(value)
            self.start()
        else:
            self._go_on(lambda operation: operation.send(value))

    def fail(self, error: Exception) -> None:
        """Hand in a failure; the operation decides."""
        self.step = None
        self._go_on(lambda operation: operation.throw(error))

    def wake(self, collect: Callable[[], Any]) -> None:
        """What it waited for is there."""
        self.is_blocked, self.collect = False, collect

    def close(self) -> None:
        """The process is gone: the innermost operation first, none of them may ask for anything any more."""
        self.is_done = True
        while self.frames:
            self.frames.pop().operation.close()

    def _go_on(self, resume: Callable[[Operation[Any]], Step]) -> None:
        while True:
            operation = self.frames[-1].operation
            try:
                self.step = resume(operation)
                return
            except StopIteration as end:
                outcome: tuple[Any, Exception | None] = end.value, None
            except Exception as error:
                outcome = None, error
            self.frames.pop()
            value, failure = outcome
            if not self.frames or (failure is not None and not isinstance(failure, OrderHubError)):
                self.result, self.error = value, failure
                self.close()
                return
            resume = _handing(value, failure)


def _handing(value: Any, failure: Exception | None) -> Callable[[Operation[Any]], Step]:
    if failure is not None:
        return lambda operation: operation.throw(failure)
    return lambda operation: operation.send(value)
