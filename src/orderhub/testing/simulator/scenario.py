"""What is simulated, as data. Imports this package."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from orderhub.testing.simulator.faults import FAULTS

__all__ = ["PLATFORMS", "Scenario"]

PLATFORMS = ("taobao", "jd", "pinduoduo", "amazon", "suning")
"""Marketplaces that scenarios are drawn from."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A small business and its misfortunes.

    Attributes:
        platforms, carriers: Emulators of the sandbox, by name.
        shops: Shops of each platform.
        orders: Orders of each shop at the start.
        buyers: Whether people order, pay, cancel, return and move house meanwhile.
        workers: Processes; see `scene.DAYS` for what each of them does.
        units: Of each SKU in each of two warehouses at the start.
        rate: Share of steps that are hit by a fault.
        kinds: Names of `FAULTS` that may be drawn.
        disk: Stores in SQLite on a disk that loses what was not synced, instead of in memory.
        honest: Whether that disk does what it answers; one that only says that it syncs must be found out.
        skew_s: How far clocks of processes may be off, in seconds.
        once: Workers go through their work once and end, instead of again and again.
    """

    platforms: tuple[str, ...] = ("taobao",)
    carriers: tuple[str, ...] = ("sf", "yto", "sto", "zto", "yunda")
    shops: int = 1
    orders: int = 3
    buyers: bool = True
    workers: int = 2
    units: int = 500
    rate: float = 0.02
    kinds: tuple[str, ...] = tuple(name for name in FAULTS if name != "power")
    disk: bool = False
    honest: bool = True
    skew_s: float = 2.0
    once: bool = False

    @classmethod
    def drawn(cls, seed: int) -> Scenario:
        """The scenario of a seed: one platform or two, plenty of goods or few, calm days and wild ones."""
        rng = random.Random(f"scenario:{seed}")  # noqa: S311  # a history, not a secret
        found = cls(
            platforms=tuple(rng.sample(PLATFORMS, rng.choice((1, 1, 1, 2)))), orders=rng.randint(1, 4),
            workers=rng.randint(1, 3), units=rng.choice((500, 500, 3)), rate=rng.choice((0.005, 0.02, 0.05)),
            skew_s=rng.choice((0.0, 2.0, 20.0)),
        )  # fmt: skip
        return replace(found, kinds=tuple(rng.sample(found.kinds, 5))) if rng.random() < 0.5 else found
