"""Names of early holds, and how the pipeline gets what they hold. Imports `flow`, `models`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orderhub.flow.steps import Operation, ask
from orderhub.models import Release
from orderhub.models.stock import Reservation

__all__ = ["PREFIX", "TRIES", "giving_way", "hold_key", "holds_of", "let_go", "order_of"]

PREFIX = "hold:"
TRIES = 3
"""How often a hold that others outran is tried, each time under another key: a refused key stays refused."""


def hold_key(order_key: str, number: int) -> str:
    """The key of an order's hold."""
    return f"{PREFIX}{order_key}:{number}"


def order_of(key: str) -> str:
    """The order that a hold is for."""
    return key.removeprefix(PREFIX).rpartition(":")[0]


def holds_of(order_keys: Iterable[str]) -> Operation[list[Reservation]]:
    """Holds of these orders that still hold something."""
    names = [hold_key(key, number) for key in dict.fromkeys(order_keys) for number in range(TRIES)]
    return (yield from ask("stock", "reservations", keys=names)) if names else []


def giving_way(holds: Sequence[Reservation]) -> list[Release]:
    """What frees them; to be applied in one call with what takes their units."""
    return [Release(f"release:{hold.key}", hold.key) for hold in holds]


def let_go(order_keys: Sequence[str]) -> Operation[None]:
    """Free what is held for these orders; nothing where nothing is."""
    holds = yield from holds_of(order_keys)
    if holds:
        yield from ask("stock", "apply", giving_way(holds))
