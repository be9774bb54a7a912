"""How a hub tells its host: subscriptions, delivery, what was given up. Imports `flow`, `ports`, `models`.

Events wait in the outbox, one queue a hook, written in the transaction of what they tell of. One process at a time
delivers to a hook: it takes a turn that lapses by itself. A turn that lapses early costs a repeat, never an event.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from orderhub.collect.feed import ORDERS
from orderhub.collect.health import LATE
from orderhub.collect.report import SyncReport
from orderhub.collect.sync import watermark_of
from orderhub.errors import NotFound, OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.hub.command import command
from orderhub.hub.hooks import EventPolicy, Hook, HookBox, hook_name
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Finding
from orderhub.models.events import FindingRaised, HubEvent, SyncLate, read_event
from orderhub.ports import Cursor
from orderhub.stores.telling import topic_of

__all__ = ["Delivery", "EventingCommands", "EventingOperations", "HookState", "ParkedEvent"]

AGAIN, PARKED = "again", "parked"
TAKE = 20
"""Events between two entries of what is done: so many may be repeated after a crash."""
AGAIN_MAX = 1_000
LIMIT = 500
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


@dataclass(frozen=True, slots=True)
class HookState:
    """A subscription and its queue; `is_here` says whether this process has its callable; instants UTC."""

    name: str
    kinds: tuple[str, ...]
    is_here: bool
    waiting: int
    retrying: int
    parked: int
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that one hook could not take in many tries; `error` is the type of what it raised last."""

    hook: str
    event_id: str
    kind: str
    attempts: int
    error: str


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
class _Row:
    """One event of a queue; `body` is its JSON, `attempts` tries failed so far."""

    key: str
    body: str
    attempts: int = 0
    due: datetime | None = None
    error: str = ""

    @classmethod
    def of(cls, key: str, body: str) -> _Row:
        """A row of the lanes of failures."""
        told = json.loads(body)
        return cls(key, told["event"], told["attempts"], datetime.fromisoformat(told["due"]), told["error"])

    def text(self) -> str:
        """As stored."""
        due = self.due.isoformat() if self.due else ""
        return json.dumps({"event": self.body, "attempts": self.attempts, "due": due, "error": self.error})


class EventingOperations:
    """Commands over events."""

    event_policy: EventPolicy = EventPolicy()

    def deliver_events(
        self, hooks: Sequence[str] | None = None, *, limit: int = LIMIT, dry_run: bool = False
    ) -> Operation[list[Delivery]]:
        """Give waiting events to the hooks of this process, oldest first; safe in several processes at once.

        Args:
            hooks: Names; all that this process has when left out.
            limit: Most events per hook.
            dry_run: Tell how many would be delivered, call nothing.
        Raises:
            NotFound: This process has no hook of that name.
        """
        if dry_run:
            return (yield from rehearse(self.deliver_events(hooks, limit=limit)))
        here: tuple[str, ...] = yield from ask("hooks", "names")
        if strange := sorted(set(hooks or ()) - set(here)):
            raise NotFound(f"no hook {', '.join(strange)} in this process; subscribe it first")
        found = []
        for name in hooks if hooks is not None else here:
            found.append((yield from _deliver(name, self.event_policy, limit)))
        return found

    def event_hooks(self) -> Operation[list[HookState]]:
        """Every subscription, whichever process made it, with what waits for it."""
        here: tuple[str, ...] = yield from ask("hooks", "names")
        kinds: dict[str, tuple[str, ...]] = yield from ask("outbox", "hooks")
        found = []
        for name, wanted in kinds.items():
            lengths = []
            for lane in ("", AGAIN, PARKED):
                lengths.append(len((yield from ask("outbox", "peek_outbox", topic_of(name, lane)))))
            paused = _instant(_state((yield from _cursor(name))).get("paused"))
            at = yield from now()
            still = paused if paused is not None and paused > at else None
            waiting, retrying, parked = lengths
            found.append(HookState(name, wanted, name in here, waiting, retrying, parked, still))
        return found

    def parked_events(self, hook: str | None = None) -> Operation[list[ParkedEvent]]:
        """Events that were given up, of one hook or of all, oldest first."""
        names = [hook] if hook is not None else list((yield from ask("outbox", "hooks")))
        found = []
        for name in names:
            for key, body, _ in (yield from ask("outbox", "peek_outbox", topic_of(name, PARKED))):
                row = _Row.of(key, body)
                kind = str(json.loads(row.body).get("kind", ""))
                found.append(ParkedEvent(name, key, kind, row.attempts, row.error))
        return found

    def replay_events(self, hook: str, *, dry_run: bool = False) -> Operation[int]:
        """Queue the parked events of a hook again; answers how many.

        Args:
            dry_run: Count them, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.replay_events(hook)))
        count = 0
        while rows := (yield from ask("outbox", "take_outbox", topic_of(hook, PARKED), AGAIN_MAX)):
            yield from ask(
                "outbox", "put_outbox", topic_of(hook), {key: _Row.of(key, body).body for key, body, _ in rows}
            )
            yield from ask(
                "outbox", "done_outbox", topic_of(hook, PARKED), [(key, version) for key, _, version in rows]
            )
            count += len(rows)
        return count

    def tell_arrived(self, reports: Sequence[SyncReport]) -> Operation[None]:
        """Events of a pull that are no rows of the store: findings, and shops that lag. Each is told once a week."""
        if not (yield from ask("outbox", "hooks")):
            return
        at = yield from now()
        events: list[HubEvent] = [_finding(report.shop_key, one, at) for report in reports for one in report.findings]
        for shop in dict.fromkeys(report.shop_key for report in reports if report.resource == ORDERS.resource):
            mark = watermark_of((yield from ask("orders", "get_cursor", f"{shop}:{ORDERS.resource}")))
            if mark is not None and at - mark > LATE:
                events.append(_late(shop, mark, at))
        ids = [event.event_id for event in events]
        known: list[bool] = (yield from ask("seen", "is_seen", "events", ids)) if ids else []
        new = {event.event_id: event for event, is_known in zip(events, known, strict=True) if not is_known}
        if new:
            yield from ask("outbox", "tell_events", list(new.values()))
            yield from ask("seen", "first_seen", "events", list(new), at)


def _finding(shop: str, told: Finding, at: datetime) -> FindingRaised:
    said = "\n".join((shop, told.order_id or "", told.code, told.path or ""))
    name = hashlib.blake2b(said.encode(), digest_size=12).hexdigest()
    return FindingRaised(
        event_id=f"finding-{name}", kind=f"finding.{told.code}", at=at, shop_key=shop, order_id=told.order_id,
        code=told.code, severity=str(told.severity), path=told.path,
    )  # fmt: skip


def _late(shop: str, mark: datetime, at: datetime) -> SyncLate:
    name, lag = f"late-{shop}-{mark.isoformat()}", int((at - mark).total_seconds())
    return SyncLate(event_id=name, kind="sync.late", at=at, shop_key=shop, watermark=mark, lag_s=lag)


def _deliver(name: str, policy: EventPolicy, limit: int) -> Operation[Delivery]:
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
    rows = [_Row.of(key, body) for key, body, _ in taken]
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
            yield from _tried(name, policy, turn, report, _Row(key, body))
            done.append((key, version))
        yield from ask("outbox", "done_outbox", topic, done)


def _tried(name: str, policy: EventPolicy, turn: _Turn, report: Delivery, row: _Row) -> Operation[bool]:
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
    again = _Row(row.key, row.body, attempts, at + policy.wait(attempts), type(error).__name__)
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


def _state(cursor: Cursor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cursor.position) if cursor.position else {}
    return found


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@dataclass
class _Deferred:
    """`@hub.subscribe("order.*")`: the hook comes later."""

    take: Callable[[Hook], Hook] = field(repr=False)

    def __call__(self, hook: Hook) -> Hook:
        return self.take(hook)


class EventingCommands:
    """The same for hubs."""

    hooks: HookBox
    stores: Any

    deliver_events = command(EventingOperations.deliver_events)
    event_hooks = command(EventingOperations.event_hooks)
    parked_events = command(EventingOperations.parked_events)
    replay_events = command(EventingOperations.replay_events)

    def subscribe(self, kinds: str | Iterable[str], hook: Hook | None = None, *, name: str | None = None) -> Any:
        """Call `hook` with every event of these kinds from now on; without a hook it decorates one.

        Each hook has a queue of its own that outlives the process: subscribe again under the same name after a start,
        and what happened meanwhile is delivered. The store is written before this returns.

        Args:
            kinds: `order.changed`, a family such as `order.*`, `*`, or several of them.
            hook: Takes one `HubEvent`; an `AsyncHub` also takes coroutine functions. An event may come twice, with
                the same `event_id`.
            name: Where the callable's own name is not good enough: one queue per name.
        Returns:
            The hook.
        Raises:
            ConfigurationError: No event is of such a kind, or the hook has no name that would last.
        """
        wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        if hook is None:
            return _Deferred(lambda late: self._subscribe(wanted, late, name))
        return self._subscribe(wanted, hook, name)

    def _subscribe(self, kinds: tuple[str, ...], hook: Hook, name: str | None) -> Hook:
        own = hook_name(hook, name)
        self.hooks.add(own, hook)
        self.stores.put_hook(own, kinds)
        return hook

    def unsubscribe(self, name: str) -> None:
        """Tell a hook nothing more, in no process, and forget what waits for it."""
        self.hooks.remove(name)
        self.stores.drop_hook(name)
