"""The semantics of stock, once, for every store: commands in, outcomes and movements out. No I/O, no clock.

Laws: all lines of a command or none; a key acts once and keeps its first outcome, also a refusal; a reservation
resolves at most once; 0 <= reserved <= on hand in every place; the movements of a place sum up to its level.
A malformed command (`invalid` from `check`) has no effect and does not use up its key. A stock-take that would leave
less on hand than is reserved is refused with `insufficient_stock`: release or move reservations first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import TypeAlias, cast

from orderhub.inventory.canonical import Checked, Lines, Payload, Place, check, to_us
from orderhub.inventory.state import Held, Reduction, Row, State
from orderhub.models.stock import Shortage, StockCommand, StockOutcome, StockReason

__all__ = ["reduce", "reduce_checked"]


def reduce(state: State, commands: Iterable[StockCommand], now: datetime) -> Reduction:
    """Apply `commands` in order to `state`, in place; `now` is the store's clock, aware UTC."""
    return reduce_checked(state, [check(command) for command in commands], now)


def reduce_checked(state: State, commands: Sequence[Checked], now: datetime) -> Reduction:
    """`reduce` for commands that went through `check`. Reservations whose time has come expire first."""
    batch = _Batch(state, now)
    batch.expire_due()
    seen, result = state.seen, batch.result
    outcomes, fresh = result.outcomes.append, result.fresh.append
    for key, payload, mark in commands:
        if payload is None:
            outcome = cast(StockOutcome, mark)
        elif (first := seen.get(key)) is not None:
            outcome = first[1] if first[0] == mark else _conflict(key)
        else:
            outcome = _DECIDE[payload[0]](batch, key, payload)
            seen[key] = mark, outcome
            fresh(key)
        outcomes(outcome)
    return result


class _Batch:
    """A state being changed at one instant, and what was changed so far."""

    __slots__ = ("now", "now_us", "result", "state")

    def __init__(self, state: State, now: datetime) -> None:
        self.state, self.now, self.now_us, self.result = state, now, to_us(now), Reduction()

    def post(self, key: str, kind: str, place: Place, on_hand: int, reserved: int, reason: str | None = None) -> None:
        """Write one movement and change the level with it."""
        state = self.state
        row = state.rows.get(place)
        if row is None:
            row = state.rows[place] = Row()
        row.on_hand += on_hand
        row.reserved += reserved
        row.version += 1
        state.seq += 1
        assert 0 <= row.reserved <= row.on_hand, place
        self.result.entries.append(
            (state.seq, key, kind, place[0], place[1], on_hand, reserved, self.now, reason, row.version)
        )

    def shortages(self, demand: Lines) -> tuple[Shortage, ...]:
        """Every place that has fewer units available than `demand` asks for."""
        rows = self.state.rows
        return tuple(
            Shortage(*place, units, _available(rows.get(place)))
            for place, units in demand
            if units > _available(rows.get(place))
        )

    def resolve(self, key: str, held: Held, kind: str) -> None:
        """Give back every unit that `held` holds."""
        for place, units in held.lines:
            self.post(key, kind, place, 0, -units)

    def expire_due(self) -> None:
        """Resolve each open reservation whose expiry is not after now; its movements carry the reservation's key."""
        deadlines, reservations = self.state.deadlines, self.state.reservations
        while deadlines and deadlines[0][0] <= self.now_us:
            _, key = heappop(deadlines)
            held = reservations.get(key)
            if held is not None and held.status == "open":
                held.status = "expired"
                self.resolve(key, held, "expired")
                self.result.touched[key] = held


def _available(row: Row | None) -> int:
    return 0 if row is None else row.on_hand - row.reserved


def _conflict(key: str) -> StockOutcome:
    return StockOutcome(
        False, key, "key_conflict", (), "This key was used before with another payload; give each command its own key."
    )


def _short(key: str, shortages: tuple[Shortage, ...]) -> StockOutcome:
    return StockOutcome(False, key, "insufficient_stock", shortages)


def _receive(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    kind = "received" if payload[0] == "receive" else "restocked"
    for place, units in payload[1]:
        batch.post(key, kind, place, units, 0, payload[4])
    return StockOutcome(True, key)


def _restock_defective(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    for place, units in payload[1]:
        told = f"{units} defective" + (f": {payload[4]}" if payload[4] else "")
        batch.post(key, "restocked_defective", place, 0, 0, told)
    return StockOutcome(True, key)


def _adjust(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    if shortages := batch.shortages(tuple((place, -units) for place, units in payload[1] if units < 0)):
        return _short(key, shortages)
    for place, units in payload[1]:
        if units:
            batch.post(key, "adjusted", place, units, 0, payload[4])
    return StockOutcome(True, key)


def _reserve(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    _, lines, _, expires_us, _ = payload
    state = batch.state
    if expires_us is not None and expires_us <= batch.now_us:
        return StockOutcome(False, key, "expired", (), "expires_at is not in the future of the store's clock.")
    for place, units in lines:
        row = state.rows.get(place)
        if row is None or row.on_hand - row.reserved < units:
            return _short(key, batch.shortages(lines))
    for place, units in lines:
        batch.post(key, "reserved", place, 0, units)
    state.reservations[key] = batch.result.touched[key] = Held(lines, expires_us)
    if expires_us is not None:
        heappush(state.deadlines, (expires_us, key))
    return StockOutcome(True, key)


def _live(batch: _Batch, key: str, reservation: str) -> tuple[Held | None, StockOutcome]:
    """The open reservation, or the outcome that says why there is none."""
    held = batch.state.reservations.get(reservation)
    if held is None:
        return None, StockOutcome(
            False, key, "unknown_reservation", (), "No reserve command with this key succeeded here."
        )
    if held.status == "open":
        return held, StockOutcome(True, key)
    reason: StockReason = "expired" if held.status == "expired" else "already_resolved"
    return None, StockOutcome(False, key, reason, (), f"The reservation is {held.status}.")


def _commit(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    _, lines, reservation, _, _ = payload
    held, outcome = _live(batch, key, reservation)
    if held is None:
        return outcome
    shipped = dict(lines) if lines else None
    if shipped is not None and (excess := _excess(shipped, held.lines)):
        return StockOutcome(False, key, "invalid", (), excess)
    for place, units in held.lines:
        taken = units if shipped is None else shipped.get(place, 0)
        if taken:
            batch.post(key, "committed", place, -taken, -taken)
        if taken < units:
            batch.post(key, "released", place, 0, taken - units)
    held.status = "committed"
    batch.result.touched[reservation] = held
    return outcome


def _excess(shipped: dict[Place, int], held: Lines) -> str | None:
    """Why `shipped` is more than a reservation holds. State decides here, so the key is used up."""
    holds = dict(held)
    for place, units in shipped.items():
        if units > holds.get(place, 0):
            return f"{place[0]} in {place[1]}: {units} to commit, the reservation holds {holds.get(place, 0)}."
    return None


def _release(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    held, outcome = _live(batch, key, payload[2])
    if held is not None:
        batch.resolve(key, held, "released")
        held.status = "released"
        batch.result.touched[payload[2]] = held
    return outcome


def _move(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    held, outcome = _live(batch, key, payload[2])
    if held is None:
        return outcome
    change = dict(payload[1])
    for place, units in held.lines:
        change[place] = change.get(place, 0) - units
    net = tuple(sorted((place, units) for place, units in change.items() if units))
    if shortages := batch.shortages(tuple(line for line in net if line[1] > 0)):
        return _short(key, shortages)
    for place, units in net:
        batch.post(key, "moved", place, 0, units)
    held.lines = payload[1]
    batch.result.touched[payload[2]] = held
    return outcome


def _expire(batch: _Batch, key: str, payload: Payload) -> StockOutcome:
    """Due reservations have expired before the first command; the command is a wish that was granted."""
    return StockOutcome(True, key)


Decide: TypeAlias = Callable[[_Batch, str, Payload], StockOutcome]
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
