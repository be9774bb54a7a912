"""The async world: the same steps, awaited. Imports `drivers`, `flow`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

from orderhub.drivers.services import INLINE, LIVE, Services
from orderhub.drivers.traces import bared
from orderhub.errors import AuthError, OrderHubError
from orderhub.flow.steps import Ask, Call, Emit, Gather, Now, Operation, Pause, Random, Secret, Step, Take
from orderhub.models.channel import Credentials
from orderhub.ports import AsyncTransport

__all__ = ["AsyncWorld", "run_in_pool"]

T = TypeVar("T")
_pool = ThreadPoolExecutor(8, thread_name_prefix="orderhub-store")


async def run_in_pool(act: partial[T]) -> T:
    """Run what blocks in the bounded pool that stores run in."""
    return await asyncio.get_running_loop().run_in_executor(_pool, act)


class _Batch:
    """What a driven operation came to: a batch to hand out, or its result."""

    __slots__ = ("batch", "is_result", "value")

    def __init__(self, batch: tuple[Any, ...] = (), *, is_result: bool = False, value: Any = None) -> None:
        self.batch, self.is_result, self.value = batch, is_result, value


class AsyncWorld:
    """Performs steps for one shop in one event loop."""

    def __init__(self, services: Services, transport: AsyncTransport) -> None:
        self.services, self.transport = services, transport
        self._refreshing: asyncio.Task[Any] | None = None

    async def run(self, operation: Operation[T]) -> T:
        """Drive an operation to its result; what it emits has no reader here."""
        operation = self._watched(operation)
        answer: Any = None
        failure: OrderHubError | None = None
        try:
            while True:
                try:
                    step = operation.send(answer) if failure is None else operation.throw(failure)
                except StopIteration as end:
                    return cast(T, end.value)
                answer = failure = None
                try:
                    answer = None if type(step) is Emit else await self.perform(step)
                except OrderHubError as error:
                    failure = error
        except OrderHubError as error:
            raise bared(error)  # noqa: B904  # the same error
        finally:
            operation.close()
            del failure  # it holds this frame

    def _watched(self, operation: Operation[T]) -> Operation[T]:
        observer = self.services.observer
        return operation if observer is None else observer.steps(self.services.subject, operation)

    async def stream(self, operation: Operation[Any]) -> AsyncGenerator[_Batch, None]:
        """Drive an operation, handing out each batch that it emits, then its result."""
        operation = self._watched(operation)
        answer: Any = None
        failure: OrderHubError | None = None
        try:
            while True:
                try:
                    step = operation.send(answer) if failure is None else operation.throw(failure)
                except StopIteration as end:
                    yield _Batch(is_result=True, value=end.value)
                    return
                answer = failure = None
                try:
                    if type(step) is Emit:
                        yield _Batch(step.batch)
                    else:
                        answer = await self.perform(step)
                except OrderHubError as error:
                    failure = error
        finally:
            operation.close()
            del failure  # it holds this frame

    async def perform(self, step: Step) -> Any:
        """The answer of one step."""
        match step:
            case Call(request):
                self.services.guard.check(request)
                return await self.transport.send(request)
            case Ask(port, method, arguments, named):
                target = self.services.port(port)
                act = partial(getattr(target, method), *arguments, **named)
                if (port in INLINE and not getattr(target, "blocks", False)) or port.startswith(LIVE):
                    found = act()
                    return await found if hasattr(found, "__await__") else found
                return await self._in_thread(act)
            case Now():
                return self.services.clock.now()
            case Pause(seconds):
                return await self._sleep(seconds)
            case Random():
                return self.services.randomness.random()
            case Take(name, cost):
                return await self._take(name, cost)
            case Secret(stale):
                return await self._credentials(stale)
            case Gather(operations, limit):
                return await self._gather(operations, limit)
            case _:
                raise TypeError(f"not a step: {type(step).__name__}")

    async def _take(self, operation: str, cost: float) -> None:
        limiter = self.services.limiter
        reserve = partial(limiter.reserve, operation, cost, self.services.clock.now())
        if wait := (await self._in_thread(reserve) if limiter.blocks else reserve()):
            await self._sleep(wait)

    async def _in_thread(self, act: partial[Any]) -> Any:
        return await run_in_pool(act)

    async def _sleep(self, seconds: float) -> None:
        """A virtual clock sleeps by itself; the machine's clock sleeps in the loop."""
        pause = getattr(self.services.clock, "sleep_async", None)
        await (pause(seconds) if pause else asyncio.sleep(seconds))

    async def _gather(self, operations: tuple[Any, ...], limit: int) -> list[Any]:
        slots = asyncio.Semaphore(limit)

        async def one(make: Any) -> Any:
            async with slots:
                try:
                    return await self.run(make())
                except OrderHubError as error:
                    return error

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(make)) for make in operations]
        return [task.result() for task in tasks]

    async def _credentials(self, stale: int | None) -> Credentials:
        """Current credentials; one refresh however many tasks ask, in a task that cancelling cannot break."""
        box = self.services.box
        if box is None:
            raise AuthError("this shop has no credentials")
        if box.needs_refresh(stale, self.services.clock.now()):
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.get_running_loop().create_task(self._refresh(stale))
            await asyncio.shield(self._refreshing)
        return box.current

    async def _refresh(self, stale: int | None) -> None:
        box, clock = self.services.box, self.services.clock
        if box is None or self.services.refresh is None:
            return
        await self._in_thread(partial(box.reload))
        now = clock.now()
        if not box.needs_refresh(stale, now):
            return
        try:
            token = await self.run(self.services.refresh(box.refresh_token(now)))
        except OrderHubError as error:
            box.refuse(error, now)
            if stale is not None:  # refreshing ahead of time may fail while the old token still works
                raise
            return
        await self._in_thread(partial(box.save, token))
