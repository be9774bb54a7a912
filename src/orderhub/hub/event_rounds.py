"""One round of telling one hook its events: a turn is taken, failures come again, what fails too often is parked.

Imports `flow`, `ports`, `models`, `stores.telling`. A turn lapses by itself; one that lapses early costs a repeat,
never an event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.hub.hooks import EventPolicy
from orderhub.models.events import read_event
from orderhub.ports import Cursor
from orderhub.stores.telling import topic_of

__all__ = ["AGAIN", "AGAIN_MAX", "PARKED", "PAUSE", "Delivery", "Row", "deliver", "paused_until"]

AGAIN, PARKED = "again", "parked"
TAKE = 20
"""Events between two entries of what is done: so many may be repeated after a crash."""
AGAIN_MAX = 1_000
"""Failures that are read at once."""
TURN = timedelta(seconds=60)
FAILS_IN_A_ROW = 3
"""So many failures without a success between them are a hook that is down: it is left alone for a while."""
PAUSE, PAUSE_MAX = timedelta(seconds=30), timedelta(minutes=10)


@dataclass
class Delivery:
    """What one round came to for one hook.

    Attributes:
        delivered, failed, parked: Events; a failed one is tried again, a parked one waits for `replay_events`.
        reason: `busy` (another process delivers to it now) or `paused` (it failed again and again) when nothing was
            tried.
    """

    hook: str
    delivered: int = 0
    failed: int = 0
    parked: int = 0
    reason: str | None = None


@dataclass(slots=True)
class _Turn:
    """The right to deliver to one hook, for a while."""

    cursor: Cursor
    until: datetime
    pauses: int
    in_a_row: int = 0
    tried: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the hook is down."""
        return self.in_a_row >= FAILS_IN_A_ROW


@dataclass(frozen=True, slots=True)
class Row:
    """One event of a queue; `body` is its JSON, `attempts` tries failed so far."""

    key: str
    body: str
    attempts: int = 0
    due: datetime | None = None
    error: str = ""

    @classmethod
    def of(cls, key: str, body: str) -> Row:
        """A row of the lanes of failures."""
        told = json.loads(body)
        return cls(key, told["event"], told["attempts"], datetime.fromisoformat(told["due"]), told["error"])

    def text(self) -> str:
        """As stored."""
        due = self.due.isoformat() if self.due else ""
        return json.dumps({"event": self.body, "attempts": self.attempts, "due": due, "error": self.error})


def deliver(name: str, policy: EventPolicy, limit: int) -> Operation[Delivery]:
    """One round for one hook."""
    report = Delivery(name)
    if not (yield from _anything(name)):
        return report
    turn = yield from _take_turn(name, report)
    if turn is None:
        return report
    try:
        yield from _retry(name, policy, turn, report, limit)
        yield from _first(name, policy, turn, report, limit)
    except StaleVersion:  # somebody else took over when the turn had lapsed
        return report
    except OrderHubError:
        yield from _end_turn(turn)
        raise
    yield from _end_turn(turn)
    return report


def _anything(name: str) -> Operation[bool]:
    for lane in ("", AGAIN):
        if (yield from ask("outbox", "peek_outbox", topic_of(name, lane), 1)):
            return True
    return False


def _retry(name: str, policy: EventPolicy, turn: _Turn, report: Delivery, limit: int) -> Operation[None]:
    """Events that failed before and are due."""
    at = yield from now()
    taken = yield from ask("outbox", "take_outbox", topic_of(name, AGAIN), AGAIN_MAX)
    rows = [Row.of(key, body) for key, body, _ in taken]
    for row in [row for row in rows if row.due is not None and row.due <= at][:limit]:
        if turn.is_over:
            return
        if (yield from _tried(name, policy, turn, report, row)):
            yield from ask("outbox", "done_outbox", topic_of(name, AGAIN), [(row.key, 0)])


def _first(name: str, policy: EventPolicy, turn: _Turn, report: Delivery, limit: int) -> Operation[None]:
    """Events that nobody tried yet; what a hook causes meanwhile is told in the same round."""
    topic = topic_of(name)
    while turn.tried < limit and not turn.is_over:
        taken = yield from ask("outbox", "take_outbox", topic, min(TAKE, limit - turn.tried))
        if not taken:
            return
        done: list[tuple[str, int]] = []
        for key, body, version in taken:
            if turn.is_over:
                break
            yield from _tried(name, policy, turn, report, Row(key, body))
            done.append((key, version))
        yield from ask("outbox", "done_outbox", topic, done)


def _tried(name: str, policy: EventPolicy, turn: _Turn, report: Delivery, row: Row) -> Operation[bool]:
    """Call the hook with one event; whether its row may go from the lane of failures."""
    yield from _keep_turn(turn)
    turn.tried += 1
    error = yield from _called(name, row.body)
    if error is None:
        report.delivered += 1
        turn.in_a_row = turn.pauses = 0
        return True
    report.failed += 1
    turn.in_a_row += 1
    at, attempts = (yield from now()), row.attempts + 1
    again = Row(row.key, row.body, attempts, at + policy.wait(attempts), type(error).__name__)
    is_given_up = attempts >= policy.attempts_max or isinstance(error, ValidationError)
    report.parked += is_given_up
    yield from ask("outbox", "put_outbox", topic_of(name, PARKED if is_given_up else AGAIN), {row.key: again.text()})
    return is_given_up


def _called(name: str, body: str) -> Operation[Exception | None]:
    try:
        event = read_event(body)
    except ValidationError as error:  # written by a newer version than this one: kept, not lost
        return error
    return (yield from ask("hooks", "call", name, event))  # type: ignore[no-any-return]


def _take_turn(name: str, report: Delivery) -> Operation[_Turn | None]:
    cursor, at = (yield from _cursor(name)), (yield from now())
    state = _state(cursor)
    until, paused = _instant(state.get("until")), _instant(state.get("paused"))
    if (paused is not None and paused > at) or (until is not None and until > at):
        report.reason = "paused" if paused is not None and paused > at else "busy"
        return None
    turn = _Turn(cursor, at + TURN, int(state.get("pauses", 0)))
    try:
        yield from _write(turn, turn.until)
    except StaleVersion:
        report.reason = "busy"
        return None
    return turn


def _keep_turn(turn: _Turn) -> Operation[None]:
    """Longer, once half of it is over; raises `StaleVersion` when somebody else has it."""
    at = yield from now()
    if turn.until - at < TURN / 2:
        turn.until = at + TURN
        yield from _write(turn, turn.until)


def _end_turn(turn: _Turn) -> Operation[None]:
    at, paused = (yield from now()), None
    if turn.is_over:
        paused, turn.pauses = at + min(PAUSE_MAX, PAUSE * 2 ** min(turn.pauses, 10)), turn.pauses + 1
    try:
        yield from _write(turn, None, paused)
    except StaleVersion:
        return  # it had lapsed, and another process goes on


def _write(turn: _Turn, until: datetime | None, paused: datetime | None = None) -> Operation[None]:
    told = {"until": until and until.isoformat(), "paused": paused and paused.isoformat(), "pauses": turn.pauses}
    turn.cursor = yield from ask("orders", "put_cursor", turn.cursor, json.dumps(told))


def _cursor(name: str) -> Operation[Cursor]:
    return (yield from ask("orders", "get_cursor", f"events:{name}"))  # type: ignore[no-any-return]


def paused_until(name: str) -> Operation[datetime | None]:
    """Until when a hook that failed again and again is left alone; may lie in the past."""
    return _instant(_state((yield from _cursor(name))).get("paused"))


def _state(cursor: Cursor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cursor.position) if cursor.position else {}
    return found


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
