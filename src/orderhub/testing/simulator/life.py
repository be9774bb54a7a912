"""What people do meanwhile: order, pay, think better of it, move house. Imports `flow`, this package."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from orderhub.flow.steps import Operation, ask, pause

if TYPE_CHECKING:
    from orderhub.sandbox import World

__all__ = ["ACTIONS", "Outside", "life"]

ACTIONS = ("pay", "refund", "cancel", "change_address", "receive")
"""What may happen to an order from outside; a platform that does not know one is left alone."""


class Outside:
    """The tester's hand in the world, as a port."""

    def __init__(self, world: World, platforms: Iterable[str]) -> None:
        self._world, self.platforms = world, tuple(platforms)
        self.made = self.changed = 0

    def order(self, platform: str, *, unpaid: bool = False, count: int = 1) -> None:
        """Somebody orders in every shop of the platform."""
        body: dict[str, Any] = {"count": count, **({"unpaid": True} if unpaid else {})}
        status, rows = self._world.control("POST", f"/_sandbox/{platform}/orders", {}, body)
        if status >= 300:  # a platform without unpaid orders
            status, rows = self._world.control("POST", f"/_sandbox/{platform}/orders", {}, {"count": count})
        assert status < 300, rows
        self.made += len(rows)

    def act(self, platform: str, pick: int, action: str) -> None:
        """Something happens to one order, if it can."""
        if action not in getattr(self._world.emulators[platform], "actions", ACTIONS):
            return
        rows = self._world.control("GET", f"/_sandbox/{platform}/orders", {}, None)[1]
        if rows:
            name = rows[pick % len(rows)]["order_id"]
            status, _ = self._world.control("PATCH", f"/_sandbox/{platform}/orders/{name}", {}, {"action": action})
            self.changed += status < 300


def life(seed: int, platforms: tuple[str, ...]) -> Operation[None]:
    """Something every few seconds or minutes, for ever."""
    rng = random.Random(f"life:{seed}")  # noqa: S311  # a history, not a secret
    while True:
        yield from pause(rng.choice((0.5, 3, 20, 90, 300)))
        platform = rng.choice(platforms)
        if rng.random() < 0.55:
            yield from ask("outside", "order", platform, unpaid=rng.random() < 0.2)
        else:
            yield from ask("outside", "act", platform, rng.randrange(1000), rng.choice(ACTIONS))
