"""Driving an operation while looking at it: its steps pass through unchanged. Pure; imports `flow`.

A watch sees each step before it is performed and each answer after. Whatever the watch keeps current (a span) is
current while code of the operation runs and while a step is performed, and never while a page is with the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol, TypeVar

from orderhub.flow.steps import Emit, Operation

__all__ = ["Watch", "watched"]

T = TypeVar("T")


class Watch(Protocol):
    """What looks on; none of its methods raises."""

    def current(self) -> AbstractContextManager[Any]:
        """Makes its span current for a while."""
        ...

    def performing(self, step: Any) -> AbstractContextManager[Any]:
        """Around the performing of one step."""
        ...

    def answered(self, step: Any, answer: Any) -> None:
        """The step was performed."""
        ...

    def failed(self, step: Any, error: BaseException) -> None:
        """The step was not."""
        ...

    def ended(self, result: Any) -> None:
        """The operation returned."""
        ...

    def broke(self, error: BaseException) -> None:
        """The operation raised, or was closed early (`GeneratorExit`)."""
        ...


def watched(operation: Operation[T], watch: Watch) -> Operation[T]:
    """The same operation, looked at by `watch`."""
    resume: Callable[[], Any] = partial(next, operation)
    try:
        while True:
            try:
                with watch.current():
                    step = resume()
            except StopIteration as end:
                watch.ended(end.value)
                return end.value  # type: ignore[no-any-return]
            try:
                if isinstance(step, Emit):
                    answer = yield step
                else:
                    with watch.current(), watch.performing(step):
                        answer = yield step
            except Exception as error:
                watch.failed(step, error)
                resume = partial(operation.throw, error)
            else:
                watch.answered(step, answer)
                resume = partial(operation.send, answer)
    except BaseException as error:
        watch.broke(error)
        raise
    finally:
        operation.close()
        del resume
