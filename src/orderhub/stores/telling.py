"""What a store tells its host: events of what a write changed, and their queues. Imports `ports`, `models`.

One implementation for every store. Events are queued in the transaction of the write itself, so that whoever is told
of something finds it stored, and what was rolled back is never told.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from orderhub.errors import ConfigurationError
from orderhub.models import Order, Refund
from orderhub.models.events import (
    EVENT_TYPES,
    CaseChanged,
    CaseOpened,
    DocumentQuarantined,
    FieldChange,
    HubEvent,
    OrderChanged,
    OrderNoted,
    OrderShipped,
    OrderStored,
    RunFailed,
    RunFinished,
    is_wanted,
)
from orderhub.ports import Event, QuarantinedOrder, Run
from orderhub.stores.changes import read_changes
from orderhub.stores.law import Entry, instant, micros

__all__ = [
    "HOOKS", "Hooks", "Queueing", "Waiting", "case_events", "check_kinds", "events_of_run", "note_events",
    "order_events", "quarantine_events", "queued", "read_hooks", "stored_events", "topic_of", "write_hooks",
]  # fmt: skip

HOOKS = "event_hooks"
"""The cursor that lists subscriptions, so that every process queues for every hook."""
Hooks = Mapping[str, tuple[str, ...]]
"""Name of a hook -> the kinds it wants."""
Queueing = Callable[[], Iterable[HubEvent]]
"""Events are made only when somebody wants any."""
_NUMBERS, _PROCESS = count(), secrets.token_hex(6)
_LEFT = frozenset({"shipped", "partially_shipped"})
_FAMILIES = tuple(dict.fromkeys(each.family for each in EVENT_TYPES))


class Waiting(NamedTuple):
    """One event for one hook."""

    topic: str
    key: str
    body: str


def topic_of(hook: str, lane: str = "") -> str:
    """The hook's queue in the outbox; `again` holds what failed and `parked` what was given up."""
    return f"events:{hook}{':' + lane if lane else ''}"


def check_kinds(kinds: Sequence[str]) -> None:
    """Raises `ConfigurationError` for a subscription that no event could ever meet."""
    for kind in kinds:
        family, dot, _ = kind.partition(".")
        if kind != "*" and not (dot and family in _FAMILIES):
            families = ", ".join(f"{name}.*" for name in _FAMILIES)
            raise ConfigurationError(f"no event is called {kind!r}; there are *, {families}", field="kinds")
    if not kinds:
        raise ConfigurationError("a hook wants at least one kind of event", field="kinds")


def read_hooks(position: str | None) -> dict[str, tuple[str, ...]]:
    """The subscriptions of a cursor."""
    return {name: tuple(kinds) for name, kinds in json.loads(position).items()} if position else {}


def write_hooks(hooks: Hooks) -> str:
    """As stored."""
    return json.dumps({name: list(hooks[name]) for name in sorted(hooks)}, ensure_ascii=False)


def queued(hooks: Hooks, events: Iterable[HubEvent]) -> list[Waiting]:
    """One row per event and hook that wants it."""
    return [
        Waiting(topic_of(name), event.event_id, body)
        for event in events
        if (takers := [name for name, kinds in hooks.items() if is_wanted(kinds, event.kind)])
        for body in [event.model_dump_json()]
        for name in takers
    ]


def _ids(at: datetime) -> Iterator[str]:
    """Names that sort in the order of their making, even while a clock stands still; kept with the event."""
    start, process = f"{micros(at):016x}", f"{_PROCESS}{os.getpid():x}"  # a forked child counts on from here
    return (f"{start}-{number:08x}-{process}" for number in _NUMBERS)


def order_events(entries: Sequence[Entry], words: Sequence[str], told: Sequence[str], at: datetime) -> list[HubEvent]:
    """What a batch of orders came to; `told` are the changes as stored text."""
    ids, found = _ids(at), list[HubEvent]()
    for entry, word, text in zip(entries, words, told, strict=True):
        about: dict[str, Any] = {"at": at, "order_key": entry.key, "status": str(entry.document.status)}
        if word == "inserted":
            found.append(OrderStored(event_id=next(ids), kind="order.stored", **about))
        elif word == "updated":
            changes = tuple(FieldChange(*change) for change in read_changes(text))
            found.append(OrderChanged(event_id=next(ids), kind="order.changed", changes=changes, **about))
            if any(change.path == "status" and change.after in _LEFT for change in changes):
                found.append(OrderShipped(event_id=next(ids), kind="order.shipped", **about))
    return found


def case_events(entries: Sequence[Entry], words: Sequence[str], at: datetime) -> list[HubEvent]:
    """What a batch of after-sale cases came to."""
    ids, found = _ids(at), list[HubEvent]()
    for entry, word in zip(entries, words, strict=True):
        if word in _CASES and isinstance(entry.document, Refund):
            kind, made = _CASES[word]
            found.append(made(event_id=next(ids), kind=kind, at=at, case_key=entry.key, **_case(entry.document)))
    return found


_CASES: Mapping[str, tuple[str, Any]] = {
    "inserted": ("case.opened", CaseOpened), "updated": ("case.changed", CaseChanged),
}  # fmt: skip


def _case(case: Refund) -> dict[str, Any]:
    order_key = f"{case.platform}:{case.shop_id}:{case.order_id}"
    return {"order_key": order_key, "status": str(case.status), "case_kind": str(case.kind)}


def note_events(events: Iterable[Event], at: datetime) -> list[HubEvent]:
    """New entries of timelines."""
    ids = _ids(at)
    return [
        OrderNoted(event_id=next(ids), kind=f"note.{one.what}", at=at, order_key=one.key, what=one.what, who=one.who,
                   detail=dict(one.detail))
        for one in events
    ]  # fmt: skip


def quarantine_events(items: Iterable[QuarantinedOrder], held: Mapping[str, str], at: datetime) -> list[HubEvent]:
    """Documents that are new in quarantine, or wait for another reason than before; `held` is key -> reason."""
    ids = _ids(at)
    return [
        DocumentQuarantined(
            event_id=next(ids), kind="document.quarantined", at=at, document_key=item.key,
            shop_key=f"{item.platform}:{item.shop_id}", order_id=item.order_id, reason=item.reason,
        )
        for item in items if held.get(item.key) != item.reason
    ]  # fmt: skip


def events_of_run(run: Run, at: datetime) -> list[HubEvent]:
    """The end of a run; one that still runs is no event."""
    about: dict[str, Any] = {"at": at, "shop_key": run.shop_key, "run": run.kind, "counts": dict(run.counts)}
    if run.error is not None:
        return [RunFailed(event_id=next(_ids(at)), kind="run.failed", error=run.error, **about)]
    if run.finished_at is not None:
        return [RunFinished(event_id=next(_ids(at)), kind="run.finished", **about)]
    return []


def stored_events(
    kind: type, entries: Sequence[Entry], words: Sequence[str], told: Sequence[str], at_us: int
) -> list[HubEvent]:
    """Events of a put, by what was put."""
    at = instant(at_us)
    return order_events(entries, words, told, at) if kind is Order else case_events(entries, words, at)
