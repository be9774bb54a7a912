"""How tags and timelines grow, one implementation for every store. Pure; imports `ports`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from orderhub.ports import Event

__all__ = ["TagChange", "new_events", "tag_changes", "tagged_events"]


class TagChange(NamedTuple):
    """What one order gains and loses."""

    key: str
    came: tuple[str, ...]
    gone: tuple[str, ...]


def tag_changes(
    held: Mapping[str, Sequence[str]], keys: Iterable[str], add: Sequence[str], remove: Sequence[str]
) -> list[TagChange]:
    """What really changes; a tag that is both added and removed is added."""
    found = []
    for key in sorted(keys):
        before = frozenset(held.get(key, ()))
        came, gone = set(add) - before, (set(remove) - set(add)) & before
        if came or gone:
            found.append(TagChange(key, tuple(sorted(came)), tuple(sorted(gone))))
    return found


def tagged_events(changes: Iterable[TagChange], who: str) -> list[Event]:
    """The timeline's entries of tag changes."""
    return [
        Event(change.key, what, who, {"tags": ", ".join(tags)})
        for change in changes
        for what, tags in (("tagged", change.came), ("untagged", change.gone))
        if tags
    ]


def new_events(newest: Mapping[str, Event], events: Iterable[Event]) -> list[Event]:
    """Events that say something new about their order, in order."""
    last, found = {key: _said(event) for key, event in newest.items()}, []
    for event in events:
        if last.get(event.key) != _said(event):
            found.append(event)
            last[event.key] = _said(event)
    return found


def _said(event: Event) -> tuple[str, str, dict[str, str]]:
    return event.who, event.what, dict(event.detail)
