"""A simulated process: a hub of its own over shared stores, and what it does all day. Imports `hub`, this package.

It dies whole, with everything in its memory, and comes back after a while as a new hub over what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from orderhub.drivers.budget import RetryBudget
from orderhub.drivers.clock import Randomness
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import Services
from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask, pause, random
from orderhub.hub.core import Hub
from orderhub.testing.simulator.engine import Engine, SimClock
from orderhub.testing.simulator.task import Pending, SimWorld

__all__ = ["BACK", "JOBS", "Process", "SharedHub", "SkewedClock", "simulated"]

BACK = "comes back"
BACK_AFTER_S = (1.0, 120.0)


class SkewedClock:
    """The one clock as a process reads it, ahead or behind by so much."""

    def __init__(self, clock: SimClock, skew_s: float = 0.0) -> None:
        self._clock, self._skew = clock, timedelta(seconds=skew_s)

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._clock.now() + self._skew

    def sleep(self, seconds: float) -> None:
        """Let time pass; tasks never do, their pauses are the scheduler's."""
        self._clock.advance(seconds)


class SharedHub(Hub):
    """A hub over stores that outlive it."""

    def __init__(self, stores: Any, stock: Any, quotas: Any, **given: Any) -> None:
        self._lent = stores, stock, quotas
        super().__init__(**given)

    def _open(self, *given: Any) -> None:
        super()._open(*given)  # in memory, and never used
        self.stores, self.stock, self.quotas = self._lent

    def close(self) -> None:
        """The stores stay open: others use them."""
        for face in (*self.shops.values(), *self.carriers.values()):
            face.close()


def simulated(hub: Hub, seed: str) -> Hub:
    """The same hub, whose operations wait for a scheduler; its randomness follows from `seed`."""
    holders: list[Any] = [hub, *hub.shops.values(), *hub.carriers.values()]
    for number, holder in enumerate(holders):
        services = holder.world.services
        services.randomness = Randomness(_number(f"{seed}:{number}"))
        services.ports["retry"] = RetryBudget(random=services.randomness.random)
        holder.world = SimWorld(services, holder.world.transport)
    return hub


def _number(text: str) -> int:
    return int.from_bytes(text.encode(), "big")


# --- what a process does ---------------------------------------------------------------------------------------------


def _pull() -> Operation[None]:
    yield from ask("hub", "sync", details_max=None)


def _ship() -> Operation[Any]:
    return (yield from ask("hub", "fulfil"))


def _stop() -> Operation[None]:
    """What was cancelled is never shipped."""
    for order in (yield from ask("hub", "orders", status="cancelled")):
        yield from ask("hub", "cancel", order.key)


def _push() -> Operation[None]:
    yield from ask("hub", "push_stock")


def _heal() -> Operation[None]:
    """Whatever stopped half way goes on."""
    yield from ask("hub", "reconcile", heal=True)


JOBS: Mapping[str, Callable[[], Operation[Any]]] = {
    "pull": _pull,
    "stop": _stop,
    "ship": _ship,
    "heal": _heal,
    "push": _push,
}
"""What a process can do over the port `hub`, in the order of a day."""


def _day(jobs: tuple[str, ...], *, once: bool) -> Operation[None]:
    """One job after the other, a pause, and again; a job that fails is tried again in its turn."""
    while True:
        for name in jobs:
            with suppress(OrderHubError):
                yield from JOBS[name]()
        if once:
            return
        share = yield from random()
        yield from pause(5 + 55 * share)


class Process:
    """See the module.

    Args:
        jobs: Threads of the process: each a tuple of names of `JOBS`.
        open_hub: A new hub for the process's clock and life number.
    """

    def __init__(
        self, name: str, engine: Engine, jobs: tuple[tuple[str, ...], ...],
        open_hub: Callable[[SkewedClock], Hub], *, skew_s: float = 0.0, once: bool = False, seed: int = 0,
    ) -> None:  # fmt: skip
        self.name, self._engine, self._jobs, self._open, self._once = name, engine, jobs, open_hub, once
        self._seed, self.lives = seed, 0
        self.clock = SkewedClock(engine.clock, skew_s)
        self.is_wanted = True
        self.hub: Hub | None = None

    def start(self) -> None:
        """A new life; nothing when it is not wanted any more."""
        if not self.is_wanted or self.hub is not None:
            return
        self.lives += 1
        self.hub = simulated(self._open(self.clock), f"{self._seed}:{self.name}:{self.lives}")
        services = Services(HostGuard(()), clock=self.clock, ports={"hub": self.hub})
        services.randomness = Randomness(_number(f"{self._seed}:{self.name}:{self.lives}:day"))
        world = SimWorld(services, None)
        for number, jobs in enumerate(self._jobs):
            self._engine.spawn(f"{self.name}.{self.lives}.{number}", Pending(_day(jobs, once=self._once), world), self)

    def die(self, engine: Engine) -> None:
        """The hub is gone; a new one comes after a while."""
        if self.hub is None:
            return
        self.hub.close()
        self.hub = None
        share = Randomness(_number(f"{self._seed}:{self.name}:{self.lives}:back")).random()
        first, last = BACK_AFTER_S
        engine.later(f"{self.name} {BACK}", first + share * (last - first), self.start)
