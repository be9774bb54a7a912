"""The semantics of stock, once, for every store: commands in, outcomes and movements out. No I/O, no clock.

Laws: all lines of a command or none; a key acts once and keeps its first outcome, also a refusal; a reservation
resolves at most once; 0 <= reserved <= on hand in every place; the movements of a place sum up to its level.
A malformed command (`invalid` from `check`) has no effect and does not use up its key. A stock-take that would leave
less on hand than is reserved is refused with `insufficient_stock`: release or move reservations first.
Every command here was new to the ledger and well formed; a function of `_DECIDE` looks before it posts, so that a
refused command leaves no trace but its outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import TypeAlias, cast

from orderhub.inventory.canonical import Lines, Payload, Place, check, to_us
from orderhub.inventory.state import Held, Reduction, Row, State
from orderhub.models.stock import ReservationStatus, Shortage, StockCommand, StockOutcome, StockReason

__all__ = ["reduce", "reduce_checked"]


def reduce(state: State, commands: Sequence[StockCommand], now: datetime) -> Reduction:
    """Apply `commands` in order to `state`, in place; `now` is the store's clock, aware UTC."""
    payloads = [check(command) for command in commands]
    return reduce_checked(state, commands, payloads, payloads, now)


def reduce_checked(
    state: State,
    commands: Sequence[StockCommand],
    payloads: Sequence[Payload | StockOutcome],
    marks: Sequence[object],
    now: datetime,
) -> Reduction:
    """`reduce` for commands that went through `check`. Reservations whose time has come expire first.

    Args:
        state: Changed in place.
        commands, payloads: The commands and what `check` says of each.
        marks: What tells payloads apart, one each: the payload itself, or its digest where the store keeps digests.
        now: Aware, UTC.
    """
    batch = _Batch(state, now)
    batch.expire_due()
    seen, result = state.seen, batch.result
    outcomes, fresh = result.outcomes.append, result.fresh.append
    for command, payload, mark in zip(commands, payloads, marks, strict=True):
        if isinstance(payload, StockOutcome):
            outcomes(payload)
            continue
        key = command.key
        first = seen.get(key)
        if first is None:
            refusal = _DECIDE[payload[0]](batch, key, payload)
            seen[key] = mark
            fresh(key)
            if refusal is not None:
                state.refused[key] = refusal
        else:
            refusal = state.refused.get(key) if first == mark else _conflict(key)
        outcomes(_accepted(key) if refusal is None else refusal)
    return result


@dataclass(slots=True)
class _Unfrozen:
    """`StockOutcome` while it is being made."""

    ok: bool
    key: str
    reason: StockReason | None = None
    shortages: tuple[Shortage, ...] = ()
    message: str | None = None


def _accepted(key: str) -> StockOutcome:
    """`StockOutcome(True, key)` in a third of the time: a frozen dataclass sets each field through its guard."""
    outcome = _Unfrozen(True, key)
    outcome.__class__ = StockOutcome  # type: ignore[assignment]
    return cast(StockOutcome, outcome)


class _Batch:
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

    def available(self, place: Place) -> int:
        """Units on hand and not reserved."""
        row = self.rows.get(place)
        return 0 if row is None else row.on_hand - row.reserved

    def short(self, key: str, demand: Lines) -> StockOutcome | None:
        """The refusal that names every place with fewer units available than `demand` asks for, if there is one."""
        told = ((place, units, self.available(place)) for place, units in demand)
        shortages = tuple(Shortage(*place, units, available) for place, units, available in told if units > available)
        return StockOutcome(False, key, "insufficient_stock", shortages) if shortages else None

    def settle(self, reservation: str, held: Held, status: ReservationStatus) -> None:
        """Keep what became of a reservation."""
        self.state.reservations[reservation] = (held[0], held[1], status)
        self.result.touched.add(reservation)

    def give_back(self, key: str, lines: Lines, kind: str) -> None:
        """Every unit of `lines` is available again."""
        for place, units in lines:
            self.post(key, kind, place, 0, -units)

    def expire_due(self) -> None:
        """Resolve each open reservation whose expiry is not after now; its movements carry the reservation's key."""
        deadlines, reservations = self.state.deadlines, self.state.reservations
        while deadlines and deadlines[0][0] <= self.now_us:
            _, key = heappop(deadlines)
            held = reservations.get(key)
            if held is not None and held[2] == "open":
                self.give_back(key, held[0], "expired")
                self.settle(key, held, "expired")


def _conflict(key: str) -> StockOutcome:
    return StockOutcome(
        False, key, "key_conflict", (), "This key was used before with another payload; give each command its own key."
    )


def _receive(batch: _Batch, key: str, payload: Payload) -> None:
    kind = "received" if payload[0] == "receive" else "restocked"
    for place, units in payload[1]:
        batch.post(key, kind, place, units, 0, payload[4])


def _restock_defective(batch: _Batch, key: str, payload: Payload) -> None:
    for place, units in payload[1]:
        told = f"{units} defective" + (f": {payload[4]}" if payload[4] else "")
        batch.post(key, "restocked_defective", place, 0, 0, told)


def _adjust(batch: _Batch, key: str, payload: Payload) -> StockOutcome | None:
    if short := batch.short(key, tuple((place, -units) for place, units in payload[1] if units < 0)):
        return short
    for place, units in payload[1]:
        if units:
            batch.post(key, "adjusted", place, units, 0, payload[4])
    return None


def _reserve(batch: _Batch, key: str, payload: Payload) -> StockOutcome | None:
    _, lines, _, expires_us, _ = payload
    if expires_us is not None and expires_us <= batch.now_us:
        return StockOutcome(False, key, "expired", (), "expires_at is not in the future of the store's clock.")
    rows = batch.rows
    for place, units in lines:
        row = rows.get(place)
        if row is None or row.on_hand - row.reserved < units:
            return batch.short(key, lines)
    for place, units in lines:
        batch.post(key, "reserved", place, 0, units)
    batch.state.reservations[key] = (lines, expires_us, "open")
    batch.result.touched.add(key)
    if expires_us is not None:
        heappush(batch.state.deadlines, (expires_us, key))
    return None


def _not_open(key: str, held: Held | None) -> StockOutcome:
    """Why a reservation can no longer be resolved."""
    if held is None:
        return StockOutcome(False, key, "unknown_reservation", (), "No reserve command with this key succeeded here.")
    reason: StockReason = "expired" if held[2] == "expired" else "already_resolved"
    return StockOutcome(False, key, reason, (), f"The reservation is {held[2]}.")


def _commit(batch: _Batch, key: str, payload: Payload) -> StockOutcome | None:
    _, lines, reservation, _, _ = payload
    held = batch.state.reservations.get(reservation)
    if held is None or held[2] != "open":
        return _not_open(key, held)
    if lines and lines != held[0]:
        if refusal := _excess(key, lines, held[0]):
            return refusal
        _commit_part(batch, key, dict(lines), held[0])
    else:
        for place, units in held[0]:
            batch.post(key, "committed", place, -units, -units)
    batch.settle(reservation, held, "committed")
    return None


def _commit_part(batch: _Batch, key: str, shipped: dict[Place, int], held: Lines) -> None:
    for place, units in held:
        taken = shipped.get(place, 0)
        if taken:
            batch.post(key, "committed", place, -taken, -taken)
        if taken < units:
            batch.post(key, "released", place, 0, taken - units)


def _excess(key: str, shipped: Lines, held: Lines) -> StockOutcome | None:
    """The refusal of a commit that ships more than is held. The state decides here, so the key is used up."""
    holds = dict(held)
    for place, units in shipped:
        if units > (most := holds.get(place, 0)):
            told = f"{place[0]} in {place[1]}: {units} to commit, the reservation holds {most}."
            return StockOutcome(False, key, "invalid", (), told)
    return None


def _release(batch: _Batch, key: str, payload: Payload) -> StockOutcome | None:
    held = batch.state.reservations.get(payload[2])
    if held is None or held[2] != "open":
        return _not_open(key, held)
    batch.give_back(key, held[0], "released")
    batch.settle(payload[2], held, "released")
    return None


def _move(batch: _Batch, key: str, payload: Payload) -> StockOutcome | None:
    held = batch.state.reservations.get(payload[2])
    if held is None or held[2] != "open":
        return _not_open(key, held)
    change = dict(payload[1])
    for place, units in held[0]:
        change[place] = change.get(place, 0) - units
    net = tuple(sorted((place, units) for place, units in change.items() if units))
    if short := batch.short(key, tuple(line for line in net if line[1] > 0)):
        return short
    for place, units in net:
        batch.post(key, "moved", place, 0, units)
    batch.settle(payload[2], (payload[1], held[1], "open"), "open")
    batch.result.moved.add(payload[2])
    return None


def _expire(batch: _Batch, key: str, payload: Payload) -> None:
    """What is due has expired before the first command of the batch: the wish is granted."""


Decide: TypeAlias = Callable[[_Batch, str, Payload], StockOutcome | None]
_DECIDE: dict[str, Decide] = {
    "receive": _receive,
    "restock": _receive,
    "restock_defective": _restock_defective,
    "adjust": _adjust,
    "reserve": _reserve,
    "commit": _commit,
    "release": _release,
    "move": _move,
    "expire": _expire,
}
"""kind -> what it does: posts and answers None, or answers the refusal and leaves no trace."""
