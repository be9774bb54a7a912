"""What transfers do to stock: they ship, arrive, get lost or turn back. Pure. Imports `models`, this room.

A transfer is kept like a reservation, with the key of its `TransferShip`: it holds units at a place of transit, where
they are on hand and reserved. Its lines are what is still on its way.
"""

from __future__ import annotations

from orderhub.inventory.batch import Batch, excess, not_live
from orderhub.inventory.canonical import Lines, Payload
from orderhub.inventory.reach import ends_of
from orderhub.models.stock import ReservationStatus, StockOutcome

__all__ = ["transfer_cancel", "transfer_receive", "transfer_ship", "transfer_write_off"]


def transfer_ship(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """Units leave, out of a reservation or out of what is available."""
    _, lines, reservation, _, _ = payload
    leaving = tuple(sorted((ends_of(place)[0], units) for place, units in lines))
    refusal = _leave_held(batch, key, leaving, reservation) if reservation else _leave(batch, key, leaving)
    if refusal is not None:
        return refusal
    for place, units in lines:
        batch.post(key, "transfer_shipped", place, units, units)
    batch.settle(key, (lines, None, "in_transit"), "in_transit")
    return None


def _leave(batch: Batch, key: str, leaving: Lines) -> StockOutcome | None:
    if short := batch.short(key, leaving):
        return short
    for place, units in leaving:
        batch.post(key, "transfer_shipped", place, -units, 0)
    return None


def _leave_held(batch: Batch, key: str, leaving: Lines, reservation: str) -> StockOutcome | None:
    held = batch.state.held(reservation)
    if held is None or held[2] != "open":
        return not_live(key, held, "open")
    if refusal := excess(key, leaving, held[0]):
        return refusal
    gone = dict(leaving)
    for place, units in held[0]:
        taken = gone.get(place, 0)
        if taken:
            batch.post(key, "transfer_shipped", place, -taken, -taken)
        if taken < units:
            batch.post(key, "released", place, 0, taken - units)
    batch.settle(reservation, held, "committed")
    return None


def transfer_receive(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """All that is on its way, or some of it, is on hand at the target."""
    taken = _taken(batch, key, payload)
    if isinstance(taken, StockOutcome):
        return taken
    if refusal := batch.doubled(key, tuple((ends_of(place)[1], units) for place, units in taken)):
        return refusal
    for place, units in taken:
        batch.post(key, "transfer_received", place, -units, -units, payload[4])
        batch.post(key, "transfer_received", ends_of(place)[1], units, 0, payload[4])
    _shrink(batch, payload[2], taken, "received")
    return None


def transfer_write_off(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """All that is on its way, or some of it, is given up."""
    taken = _taken(batch, key, payload)
    if isinstance(taken, StockOutcome):
        return taken
    for place, units in taken:
        batch.post(key, "transfer_lost", place, -units, -units, payload[4])
    _shrink(batch, payload[2], taken, "received")
    return None


def transfer_cancel(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """All that is on its way is on hand again where it came from."""
    taken = _taken(batch, key, payload)
    if isinstance(taken, StockOutcome):
        return taken
    if refusal := batch.doubled(key, tuple((ends_of(place)[0], units) for place, units in taken)):
        return refusal
    for place, units in taken:
        batch.post(key, "transfer_cancelled", place, -units, -units, payload[4])
        batch.post(key, "transfer_cancelled", ends_of(place)[0], units, 0, payload[4])
    _shrink(batch, payload[2], taken, "cancelled")
    return None


def _taken(batch: Batch, key: str, payload: Payload) -> Lines | StockOutcome:
    """Units by place of transit: those that the command names by the target's places, or all."""
    held = batch.state.held(payload[2])
    if held is None or held[2] != "in_transit":
        return not_live(key, held, "in_transit")
    if not payload[1]:
        return held[0]
    ways = {ends_of(place)[1]: place for place, _ in held[0]}
    coming = tuple((ends_of(place)[1], units) for place, units in held[0])
    if refusal := excess(key, payload[1], coming):
        return refusal
    return tuple(sorted((ways[place], units) for place, units in payload[1]))


def _shrink(batch: Batch, transfer: str, taken: Lines, end: ReservationStatus) -> None:
    """Keep what is still on its way; without any the transfer is over."""
    held, gone = batch.state.held(transfer), dict(taken)
    assert held is not None
    left = tuple((place, units - gone.get(place, 0)) for place, units in held[0] if units > gone.get(place, 0))
    batch.settle(transfer, (left, None, held[2]), "in_transit" if left else end)
    batch.result.moved.add(transfer)
