"""What one simulated history came to. Imports nothing of the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from orderhub.testing.simulator.scenario import Scenario

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """See `run`.

    Attributes:
        seed, scenario: What it follows from, together with the code.
        steps: Steps of processes that were performed under faults.
        virtual_s: Seconds that passed in the simulated world.
        faults: Step number -> fault that struck.
        lives: How many processes were started, the first ones too.
        orders, shipped: How many exist and how many of them left.
        findings: Each way in which a law was broken; empty where all hold.
        trace: Fingerprint of everything that was performed.
    """

    seed: int
    scenario: Scenario
    steps: int
    virtual_s: float
    faults: Mapping[int, str]
    lives: int
    orders: int
    shipped: int
    findings: tuple[str, ...]
    trace: str

    @property
    def ok(self) -> bool:
        """Whether every law holds."""
        return not self.findings

    @property
    def counts(self) -> Counter[str]:
        """How often each fault struck."""
        return Counter(self.faults.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "seed": self.seed, "ok": self.ok, "steps": self.steps, "virtual_s": round(self.virtual_s, 3),
            "faults": {str(number): name for number, name in sorted(self.faults.items())}, "lives": self.lives,
            "orders": self.orders, "shipped": self.shipped, "findings": list(self.findings), "trace": self.trace,
            "scenario": asdict(self.scenario),
        }  # fmt: skip

    def __str__(self) -> str:
        struck = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items())) or "no faults"
        told = (
            f"seed={self.seed}: {self.orders} orders on {'+'.join(self.scenario.platforms)}, {self.shipped} shipped, "
        )
        told += f"{self.steps} steps in {self.virtual_s:.0f} virtual s, {self.lives} lives, {struck}"
        return "\n  ".join([told, *(self.findings or ["every law holds"])])
