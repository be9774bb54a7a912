"""A batch of stock commands while it is decided: the state, the movements, the refusals that many share. No I/O.

Imports `models`, this room.
"""

from __future__ import annotations

from datetime import datetime
from heapq import heappop

from orderhub.inventory.canonical import Lines, Place, to_us
from orderhub.inventory.places import SERIAL
from orderhub.inventory.reach import LIVE
from orderhub.inventory.state import Held, Reduction, Row, State
from orderhub.models.stock import ReservationStatus, Shortage, StockOutcome, StockReason

__all__ = ["Batch", "excess", "not_live"]


class Batch:
    """A state being changed at one instant, and what was changed so far."""

    __slots__ = ("entries", "now", "now_us", "result", "rows", "state")

    def __init__(self, state: State, now: datetime) -> None:
        self.state, self.now, self.now_us, self.result = state, now, to_us(now), Reduction()
        self.rows, self.entries = state.rows, self.result.entries

    def post(self, key: str, kind: str, place: Place, on_hand: int, reserved: int, reason: str | None = None) -> None:
        """Write one movement and change the level with it."""
        row = self.rows.get(place)
        if row is None:
            row = self.rows[place] = Row()
        row.on_hand += on_hand
        row.reserved += reserved
        assert 0 <= row.reserved <= row.on_hand, place
        row.version += 1
        self.state.seq = seq = self.state.seq + 1
        self.entries.append((seq, key, kind, place, on_hand, reserved, self.now, reason, row.last))
        row.last = seq

    def post_each(self, key: str, kind: str, lines: Lines, on_hand: int, reserved: int) -> None:
        """`post` for all of `lines`: their units times `on_hand`, and times `reserved`. Straight on, for speed."""
        rows, append, now, state = self.rows, self.entries.append, self.now, self.state
        seq = state.seq
        for place, units in lines:
            row = rows[place]
            here, held = units * on_hand, units * reserved
            row.on_hand = stock = row.on_hand + here
            row.reserved = taken = row.reserved + held
            assert 0 <= taken <= stock, place
            row.version += 1
            seq += 1
            append((seq, key, kind, place, here, held, now, None, row.last))
            row.last = seq
        state.seq = seq

    def available(self, place: Place) -> int:
        """Units on hand and not reserved."""
        row = self.rows.get(place)
        return 0 if row is None else row.on_hand - row.reserved

    def short(self, key: str, demand: Lines) -> StockOutcome | None:
        """The refusal that names every place with fewer units available than `demand` asks for, if there is one."""
        told = ((place, units, self.available(place)) for place, units in demand)
        shortages = tuple(Shortage(*place, units, available) for place, units, available in told if units > available)
        return StockOutcome(False, key, "insufficient_stock", shortages) if shortages else None

    def doubled(self, key: str, change: Lines) -> StockOutcome | None:
        """The refusal of a change after which a single unit would be there twice."""
        for place, units in change:
            if units > 0 and place[1].startswith(SERIAL):
                row = self.rows.get(place)
                if units + (0 if row is None else row.on_hand) > 1:
                    told = f"{place[0]} in {place[1]}: a unit with a serial number is there once at most."
                    return StockOutcome(False, key, "invalid", (), told)
        return None

    def settle(self, reservation: str, held: Held, status: ReservationStatus) -> None:
        """Keep what became of a reservation."""
        self.state.reservations[reservation] = (held[0], held[1], status)
        self.result.touched.add(reservation)

    def give_back(self, key: str, lines: Lines, kind: str) -> None:
        """Every unit of `lines` is available again."""
        self.post_each(key, kind, lines, 0, -1)

    def expire_due(self) -> None:
        """Resolve each open reservation whose expiry is not after now; its movements carry the reservation's key."""
        deadlines = self.state.deadlines
        while deadlines and deadlines[0][0] <= self.now_us:
            _, key = heappop(deadlines)
            held = self.state.held(key)
            if held is not None and held[2] == "open":
                self.give_back(key, held[0], "expired")
                self.settle(key, held, "expired")


def not_live(key: str, held: Held | None, wanted: ReservationStatus) -> StockOutcome:
    """Why a reservation, back-order or transfer that is not `wanted` cannot be resolved by this command."""
    if held is None:
        return StockOutcome(False, key, "unknown_reservation", (), "No command with this key succeeded here.")
    if held[2] in LIVE:
        return StockOutcome(False, key, "invalid", (), f"It is {held[2]}; this command needs one that is {wanted}.")
    reason: StockReason = "expired" if held[2] == "expired" else "already_resolved"
    return StockOutcome(False, key, reason, (), f"The reservation is {held[2]}.")


def excess(key: str, shipped: Lines, held: Lines) -> StockOutcome | None:
    """The refusal of a commit that ships more than is held. The state decides here, so the key is used up."""
    holds = dict(held)
    for place, units in shipped:
        if units > (most := holds.get(place, 0)):
            told = f"{place[0]} in {place[1]}: {units} to commit, the reservation holds {most}."
            return StockOutcome(False, key, "invalid", (), told)
    return None
