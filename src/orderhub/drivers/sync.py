"""The sync world: performs one step at a time. Imports `drivers`, `flow`."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from orderhub.drivers.services import Services
from orderhub.drivers.traces import bared
from orderhub.errors import AuthError, OrderHubError
from orderhub.flow.steps import Ask, Call, Emit, Gather, Now, Operation, Pause, Random, Secret, Step, Take
from orderhub.models.channel import Credentials
from orderhub.ports import Transport

__all__ = ["SyncWorld"]

T = TypeVar("T")


class SyncWorld:
    """Performs steps for one shop; usable from several threads."""

    def __init__(self, services: Services, transport: Transport) -> None:
        self.services, self.transport = services, transport
        self._refreshing = Lock()

    def run(self, operation: Operation[T]) -> T:
        """Drive an operation to its result; every failure goes back in first, and it is always closed."""
        stream = self.stream(operation)
        while True:
            try:
                next(stream)
            except StopIteration as end:
                return cast(T, end.value)
            except OrderHubError as error:
                raise bared(error)  # noqa: B904  # the same error

    def stream(self, operation: Operation[T]) -> Generator[tuple[Any, ...], None, T]:
        """Drive an operation, handing out each batch that it emits."""
        if (observer := self.services.observer) is not None:
            operation = observer.steps(self.services.subject, operation)
        resume: partial[Step] = partial(next, operation)
        try:
            while True:
                try:
                    step = resume()
                except StopIteration as end:
                    return cast(T, end.value)
                try:
                    if isinstance(step, Emit):
                        yield step.batch
                        resume = partial(operation.send, None)
                    else:
                        resume = partial(operation.send, self.perform(step))
                except OrderHubError as error:
                    resume = partial(operation.throw, error)
        finally:
            operation.close()
            del resume  # it may hold the error, which holds this frame

    def perform(self, step: Step) -> Any:
        """The answer of one step."""
        match step:
            case Call(request):
                self.services.guard.check(request)
                return self.transport.send(request)
            case Ask(port, method, arguments, named):
                return getattr(self.services.port(port), method)(*arguments, **named)
            case Now():
                return self.services.clock.now()
            case Pause(seconds):
                return self.services.clock.sleep(seconds)
            case Random():
                return self.services.randomness.random()
            case Take(name, cost):
                wait = self.services.limiter.reserve(name, cost, self.services.clock.now())
                return self.services.clock.sleep(wait) if wait else None
            case Secret(stale):
                return self._credentials(stale)
            case Gather(operations):
                return [self._attempt(make()) for make in operations]
            case _:
                raise TypeError(f"not a step: {type(step).__name__}")

    def _attempt(self, operation: Operation[Any]) -> Any:
        try:
            return self.run(operation)
        except OrderHubError as error:
            return error

    def _credentials(self, stale: int | None) -> Credentials:
        """Current credentials; one refresh however many threads ask."""
        box = self.services.box
        if box is None:
            raise AuthError("this shop has no credentials")
        if not box.needs_refresh(stale, self.services.clock.now()):
            return box.current
        with self._refreshing:
            box.reload()
            now = self.services.clock.now()
            if box.needs_refresh(stale, now) and self.services.refresh is not None:
                try:
                    box.save(self.run(self.services.refresh(box.refresh_token(now))))
                except OrderHubError as error:
                    box.refuse(error, now)
                    if stale is not None:  # refreshing ahead of time may fail while the old token still works
                        raise
            return box.current
