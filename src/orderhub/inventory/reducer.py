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
from datetime import datetime
from heapq import heappush
from typing import Any, TypeAlias, cast

from orderhub.inventory.batch import Batch, excess, not_live
from orderhub.inventory.canonical import Lines, Payload, Place, check_all
from orderhub.inventory.decide_waits import back_order, fill_back_order, withdraw
from orderhub.inventory.decide_ways import transfer_cancel, transfer_receive, transfer_ship, transfer_write_off
from orderhub.inventory.places import DEFECTIVE
from orderhub.inventory.reach import aside_of
from orderhub.inventory.state import Reduction, State
from orderhub.models.stock import Shortage, StockCommand, StockOutcome

__all__ = ["reduce", "reduce_checked"]


def reduce(state: State, commands: Sequence[StockCommand], now: datetime) -> Reduction:
    """Apply `commands` in order to `state`, in place; `now` is the store's clock, aware UTC."""
    payloads = check_all(commands)
    return reduce_checked(state, commands, payloads, payloads, now)


def reduce_checked(
    state: State,
    commands: Sequence[StockCommand],
    payloads: Sequence[Payload | StockOutcome],
    marks: Sequence[object],
    now: datetime,
) -> Reduction:
    """`reduce` for commands that went through `check`. Reservations whose time has come expire first.

    Reserves without expiry that find their units, and commits of all that is held, are nearly every command there is:
    they are decided here, straight on, in two thirds of the time; `_DECIDE` would do the same (a law in the tests).
    That is why this is one long function.

    Args:
        state: Changed in place.
        commands, payloads: The commands and what `check` says of each.
        marks: What tells payloads apart, one each: the payload itself, or its digest where the store keeps digests.
        now: Aware, UTC.
    """
    batch = Batch(state, now)
    batch.expire_due()
    result, rows, reservations, seq = batch.result, state.rows, state.reservations, state.seq
    find = state.held
    seen, outcomes, fresh = state.seen, result.outcomes.append, result.fresh.append
    write, touched = result.entries.append, result.touched.add
    for command, payload, mark in zip(commands, payloads, marks, strict=True):
        if isinstance(payload, StockOutcome):
            outcomes(payload)
            continue
        key: str = command.key
        refusal: Any = None
        kind, lines, reservation, expires_us, _ = payload
        if key in seen:
            refusal = state.refused.get(key) if seen[key] == mark else _conflict(key)
        else:
            if kind == "reserve" and expires_us is None:
                for place, units in lines:
                    row = rows.get(place)
                    if row is None or row.on_hand - row.reserved < units:
                        refusal = state.refused[key] = cast(StockOutcome, batch.short(key, lines))
                        break
                else:
                    for place, units in lines:
                        row = rows[place]
                        row.reserved += units
                        row.version += 1
                        seq += 1
                        write((seq, key, "reserved", place, 0, units, now, None, row.last))
                        row.last = seq
                    reservations[key] = (lines, None, "open")
                    touched(key)
            elif (
                kind == "commit"
                and not lines
                and (held := reservations.get(reservation) or find(reservation))
                and held[2] == "open"
            ):
                for place, units in held[0]:
                    row = rows[place]
                    row.on_hand -= units
                    row.reserved -= units
                    assert 0 <= row.reserved <= row.on_hand, place
                    row.version += 1
                    seq += 1
                    write((seq, key, "committed", place, -units, -units, now, None, row.last))
                    row.last = seq
                reservations[reservation] = (held[0], held[1], "committed")
                touched(reservation)
            else:
                state.seq = seq
                refusal = _DECIDE[kind](batch, key, payload)
                seq = state.seq
                if refusal is not None:
                    state.refused[key] = refusal
            seen[key] = mark
            fresh(key)
        if refusal is None:
            # `StockOutcome(True, key)` in a third of the time: a frozen dataclass sets each field through its guard
            refusal = _Unfrozen()
            refusal.ok, refusal.key, refusal.reason, refusal.shortages, refusal.message = True, key, None, (), None
            refusal.__class__ = StockOutcome
        outcomes(refusal)
    state.seq = seq
    return result


class _Unfrozen:
    """`StockOutcome` while it is being made: the same slots, no guard before them."""

    __slots__ = ("key", "message", "ok", "reason", "shortages")


def _conflict(key: str) -> StockOutcome:
    return StockOutcome(
        False, key, "key_conflict", (), "This key was used before with another payload; give each command its own key."
    )


def _receive(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    if refusal := batch.doubled(key, payload[1]):
        return refusal
    kind = "received" if payload[0] == "receive" else "restocked"
    for place, units in payload[1]:
        batch.post(key, kind, place, units, 0, payload[4])
    return None


def _restock_defective(batch: Batch, key: str, payload: Payload) -> None:
    for place, units in payload[1]:
        told = f"{units} defective" + (f": {payload[4]}" if payload[4] else "")
        batch.post(key, "restocked_defective", place, 0, 0, told)
        batch.post(key, "restocked_defective", aside_of(place), units, units, payload[4])


def _adjust(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    return _correct(batch, key, "adjusted", tuple(line for line in payload[1] if line[1]), payload[4])


def _stock_take(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """A count against what the ledger says now."""
    rows = batch.rows
    change = tuple((place, units - (rows[place].on_hand if place in rows else 0)) for place, units in payload[1])
    return _correct(batch, key, "counted", change, payload[4])


def _stock_take_change(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    """A count that was compared when it was made."""
    return _correct(batch, key, "counted", payload[1], payload[4])


def _correct(batch: Batch, key: str, kind: str, change: Lines, reason: str | None) -> StockOutcome | None:
    """Change what is on hand. Defective units are reserved by nobody, and never available."""
    fewer = ((place, -units, _removable(batch, place)) for place, units in change if units < 0)
    if short := tuple(Shortage(*place, units, most) for place, units, most in fewer if units > most):
        return StockOutcome(False, key, "insufficient_stock", short)
    if refusal := batch.doubled(key, change):
        return refusal
    for place, units in change:
        batch.post(key, kind, place, units, units if place[1].startswith(DEFECTIVE) else 0, reason)
    return None


def _removable(batch: Batch, place: Place) -> int:
    row = batch.rows.get(place)
    if row is None:
        return 0
    return row.on_hand if place[1].startswith(DEFECTIVE) else row.on_hand - row.reserved


def _reserve(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    _, lines, _, expires_us, _ = payload
    if expires_us is not None and expires_us <= batch.now_us:
        return StockOutcome(False, key, "expired", (), "expires_at is not in the future of the store's clock.")
    rows = batch.rows
    for place, units in lines:
        row = rows.get(place)
        if row is None or row.on_hand - row.reserved < units:
            return batch.short(key, lines)
    batch.post_each(key, "reserved", lines, 0, 1)
    batch.state.reservations[key] = (lines, expires_us, "open")
    batch.result.touched.add(key)
    if expires_us is not None:
        heappush(batch.state.deadlines, (expires_us, key))
    return None


def _commit(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    _, lines, reservation, _, _ = payload
    held = batch.state.held(reservation)
    if held is None or held[2] != "open":
        return not_live(key, held, "open")
    if lines and lines != held[0]:
        if refusal := excess(key, lines, held[0]):
            return refusal
        _commit_part(batch, key, dict(lines), held[0])
    else:
        batch.post_each(key, "committed", held[0], -1, -1)
    batch.settle(reservation, held, "committed")
    return None


def _commit_part(batch: Batch, key: str, shipped: dict[Place, int], held: Lines) -> None:
    for place, units in held:
        taken = shipped.get(place, 0)
        if taken:
            batch.post(key, "committed", place, -taken, -taken)
        if taken < units:
            batch.post(key, "released", place, 0, taken - units)


def _release(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    held = batch.state.held(payload[2])
    if held is None or held[2] != "open":
        return withdraw(batch, key, payload[2], held)
    batch.give_back(key, held[0], "released")
    batch.settle(payload[2], held, "released")
    return None


def _move(batch: Batch, key: str, payload: Payload) -> StockOutcome | None:
    held = batch.state.held(payload[2])
    if held is None or held[2] != "open":
        return not_live(key, held, "open")
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


def _expire(batch: Batch, key: str, payload: Payload) -> None:
    """What is due has expired before the first command of the batch: the wish is granted."""


Decide: TypeAlias = Callable[[Batch, str, Payload], StockOutcome | None]
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
    "stock_take": _stock_take,
    "stock_take_change": _stock_take_change,
    "transfer_ship": transfer_ship,
    "transfer_receive": transfer_receive,
    "transfer_write_off": transfer_write_off,
    "transfer_cancel": transfer_cancel,
    "back_order": back_order,
    "fill_back_order": fill_back_order,
}
"""kind -> what it does: posts and answers None, or answers the refusal and leaves no trace."""
