"""The closed set of things an operation may ask of the world. Imports only `flow.message`.

An operation is a generator: it yields a step, and the world's answer is sent back in. The typed helpers here are
the only places that yield, so that `answer = yield from call(request)` has the answer's type.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, cast

from orderhub.flow.message import Reply, Request

__all__ = [
    "Ask", "Call", "Emit", "Gather", "Now", "Operation", "Pause", "Random", "Secret", "Step", "Take",
    "ask", "call", "emit", "gather", "now", "pause", "random", "secret", "take",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Send `request`, answer its `Reply`; raises `TransportError`."""

    request: Request


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Now:
    """Answer the current instant, aware, UTC."""


@dataclass(frozen=True, slots=True)
class Random:
    """Answer a float in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Take:
    """Wait for `cost` tokens of the bucket of `operation`."""

    operation: str
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Secret:
    """Answer the shop's current credentials.

    `stale` names the version that the platform just refused: the world then refreshes once, however many ask.
    """

    stale: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Call `method` of the port named `port`, answer what it returns."""

    port: str
    method: str
    arguments: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gather:
    """Run the operations, at most `limit` at once; answer each result or its error, in order."""

    operations: tuple[Callable[[], Operation[Any]], ...]
    limit: int = 8


@dataclass(frozen=True, slots=True)
class Emit:
    """Hand one batch to whoever reads the stream."""

    batch: tuple[Any, ...]


Step: TypeAlias = Call | Pause | Now | Random | Take | Secret | Ask | Gather | Emit
Operation: TypeAlias = Generator[Step, Any, T]


def call(request: Request) -> Operation[Reply]:
    """Send one request; raises `TransportError`."""
    return cast(Reply, (yield Call(request)))


def pause(seconds: float) -> Operation[None]:
    """Wait `seconds`."""
    yield Pause(seconds)


def now() -> Operation[datetime]:
    """The current instant, aware, UTC."""
    return cast(datetime, (yield Now()))


def random() -> Operation[float]:
    """A float in [0, 1)."""
    return cast(float, (yield Random()))


def take(operation: str, cost: float = 1.0) -> Operation[None]:
    """Wait for the rate limit of `operation`."""
    yield Take(operation, cost)


def secret(stale: int | None = None) -> Operation[Any]:
    """The shop's current credentials; see `Secret`."""
    return (yield Secret(stale))


def ask(port: str, method: str, *arguments: Any, **named: Any) -> Operation[Any]:
    """Call a port; answers what it returns."""
    return (yield Ask(port, method, arguments, named))


def gather(operations: Sequence[Callable[[], Operation[T]]], limit: int = 8) -> Operation[list[T | Exception]]:
    """Results in the order given; a failed operation leaves its error in its place.

    Args:
        operations: Factories, because an operation can be started only once.
        limit: How many may run at the same time.
    """
    return cast("list[T | Exception]", (yield Gather(tuple(operations), limit)))


def emit(batch: Sequence[Any]) -> Operation[None]:
    """Hand a batch to the reader of the stream; empty batches are not sent."""
    if batch:
        yield Emit(tuple(batch))
