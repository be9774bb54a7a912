"""What may go wrong at a step, as a table, and the plan that says where it does. Imports `flow`.

A plan is drawn from a seed or given as {step number: fault}. Which step a fault hits is all that a history needs to
be played again, and leaving one out leaves the others where they are: that is how a failure is made smaller.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from orderhub.flow.steps import Ask, Call, Step

__all__ = ["FAULTS", "Fault", "FaultPlan", "Target"]

Target = Literal["call", "store", "any"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: what it does, which steps it can hit, how often it is drawn beside the others."""

    about: str
    hits: Target
    weight: int = 1


FAULTS: Mapping[str, Fault] = {
    "crash_before": Fault("the process dies; the step is not done", "any", 2),
    "crash_after": Fault("the step is done; the process dies before it hears of it", "any", 3),
    "slow": Fault("the answer comes up to a minute and a half later", "any", 2),
    "lost_request": Fault("never executed, no reply", "call", 2),
    "lost_reply": Fault("executed, the reply is lost", "call", 3),
    "late_request": Fault("no reply; the request arrives up to a minute later", "call", 2),
    "twice": Fault("the request arrives twice; the second reply is heard", "call"),
    "reset": Fault("executed, the connection breaks off in the middle of the reply", "call"),
    "unavailable": Fault("not executed, status 503", "call", 2),
    "html_page": Fault("not executed, a gateway's page with status 200", "call"),
    "no_connection": Fault("never sent", "call"),
    "store_refuses": Fault("the database refuses, nothing is written", "store", 2),
    "store_lost_reply": Fault("written, but the database's answer is lost", "store", 2),
    "power": Fault("all processes die, and the disk loses what was not synced", "any"),
}
"""`power` is drawn only where the stores lie on a disk that can lose something."""


def _fits(step: Step, is_store: bool, kind: Fault) -> bool:
    if kind.hits == "any":
        return True
    return isinstance(step, Call) if kind.hits == "call" else isinstance(step, Ask) and is_store


@dataclass
class FaultPlan:
    """Where faults strike.

    Attributes:
        rate: How likely a step is hit, 0 to 1; it draws nothing where `given` is set.
        kinds: Names of `FAULTS` to draw from.
        given: Step number -> fault, instead of drawing.
        struck: What has struck, by step number.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = tuple(name for name in FAULTS if name != "power")
    given: Mapping[int, str] | None = None
    struck: dict[int, str] = field(default_factory=dict)
    is_over: bool = False

    def __post_init__(self) -> None:
        self._random = random.Random(f"faults:{self.seed}")  # noqa: S311  # a history, not a secret

    def fate(self, number: int, step: Step, *, is_store: bool) -> str | None:
        """The fault of this step, None where nothing happens to it."""
        if self.is_over:
            return None
        name = self._drawn(step, is_store) if self.given is None else self.given.get(number)
        if name is None or not _fits(step, is_store, FAULTS[name]):
            return None
        self.struck[number] = name
        return name

    def _drawn(self, step: Step, is_store: bool) -> str | None:
        if self._random.random() >= self.rate:
            return None
        able = [name for name in self.kinds if _fits(step, is_store, FAULTS[name])]
        return self._random.choices(able, [FAULTS[name].weight for name in able])[0] if able else None

    def seconds(self, number: int, longest: float) -> float:
        """How long something of step `number` takes: the same however many other faults there are."""
        return random.Random(f"seconds:{self.seed}:{number}").uniform(0.5, longest)  # noqa: S311
