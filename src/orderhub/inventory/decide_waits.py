"""What back-orders do to stock: nothing while they wait, a reservation once they are filled. Pure. Imports `models`.

A back-order is kept like a reservation that is `waiting`; its movements change no figure and say that it was there.
"""

from __future__ import annotations

from heapq import heappush

from orderhub.inventory.batch import Batch, not_live
from orderhub.inventory.canonical import Payload
from orderhub.inventory.state import Held
from orderhub.models.stock import StockOutcome

__all__ = ["back_order", "fill_back_order", "withdraw"]


def back_order(batch: Batch, key: str, payload: Payload) -> None:
    """Note what is waited for."""
    for place, units in payload[1]:
        batch.post(key, "back_ordered", place, 0, 0, str(units))
    batch.settle(key, (payload[1], None, "waiting"), "waiting")


def fill_back_order(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """Reserve all that is waited for, if it is there."""
    _, _, wish, expires_us, _ = payload
    held = batch.state.held(wish)
    if held is None or held[2] != "waiting":
        return not_live(key, held, "waiting")
    if expires_us is not None and expires_us <= batch.now_us:
        return StockOutcome(False, key, "expired", (), "expires_at is not in the future of the store's clock.")
    if short := batch.short(key, held[0]):
        return short
    for place, units in held[0]:
        batch.post(key, "reserved", place, 0, units)
    batch.settle(wish, held, "filled")
    batch.settle(key, (held[0], expires_us, "open"), "open")
    if expires_us is not None:
        heappush(batch.state.deadlines, (expires_us, key))
    return None


def withdraw(batch: Batch, key: str, wish: str, held: Held | None) -> StockOutcome | None:
    """Release what is no open reservation: a back-order that waits is given up, the rest cannot be released."""
    if held is None or held[2] != "waiting":
        return not_live(key, held, "open")
    for place, units in held[0]:
        batch.post(key, "back_order_released", place, 0, 0, str(units))
    batch.settle(wish, held, "released")
    return None
