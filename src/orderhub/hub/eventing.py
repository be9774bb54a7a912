"""How a hub tells its host: subscriptions, delivery, what was given up. Imports `flow`, `ports`, `models`.

Events wait in the outbox, one queue a hook, written in the transaction of what they tell of. One process at a time
delivers to a hook, see `event_rounds`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.collect.feed import ORDERS
from orderhub.collect.health import LATE
from orderhub.collect.report import SyncReport
from orderhub.collect.sync import watermark_of
from orderhub.errors import NotFound
from orderhub.flow.steps import Operation, ask, now
from orderhub.hub.command import command
from orderhub.hub.event_rounds import AGAIN, AGAIN_MAX, PARKED, Delivery, Row, deliver, paused_until
from orderhub.hub.hooks import EventPolicy, Hook, HookBox, hook_name
from orderhub.hub.rehearsing import rehearse
from orderhub.models import Finding
from orderhub.models.events import FindingRaised, HubEvent, SyncLate
from orderhub.stores.telling import topic_of

__all__ = ["Delivery", "EventingCommands", "EventingOperations", "HookState", "ParkedEvent"]

LIMIT = 500


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
            found.append((yield from deliver(name, self.event_policy, limit)))
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
            paused = yield from paused_until(name)
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
                row = Row.of(key, body)
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
                "outbox", "put_outbox", topic_of(hook), {key: Row.of(key, body).body for key, body, _ in rows}
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
