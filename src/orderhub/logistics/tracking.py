"""Tracking events of any carrier: joined without doubles, in order, and what they say together. Imports `models`.

Feeds repeat, overlap and arrive out of order; nothing here depends on the order of the input.
Source of the ranks: docs/platforms/carriers.md#tracking-statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["LATE", "PLAIN", "RANKS", "SIDE", "ParcelTrack", "joined", "reached", "status_of", "step", "unknown_codes"]

RANKS: Mapping[TrackingStatus, int] = MappingProxyType({
    TrackingStatus.UNKNOWN: -1, TrackingStatus.CREATED: 0, TrackingStatus.PICKED_UP: 10,
    TrackingStatus.IN_TRANSIT: 20, TrackingStatus.AT_HUB: 20, TrackingStatus.OUT_FOR_DELIVERY: 40,
    TrackingStatus.READY_FOR_PICKUP: 45, TrackingStatus.DELIVERY_FAILED: 46, TrackingStatus.EXCEPTION: 47,
    TrackingStatus.CANCELLED: 80, TrackingStatus.DELIVERED: 90, TrackingStatus.RETURNING: 95,
    TrackingStatus.RETURNED: 99,
})  # fmt: skip
"""How far along a status is. A parcel that arrives although its order was cancelled has arrived."""

SIDE = frozenset({TrackingStatus.DELIVERY_FAILED, TrackingStatus.EXCEPTION})
"""States that a parcel leaves again, back to the ordinary course."""

LATE = frozenset(
    {TrackingStatus.CANCELLED, TrackingStatus.DELIVERED, TrackingStatus.RETURNING, TrackingStatus.RETURNED}
)
"""States that no ordinary step and no trouble takes back: only one of higher rank follows."""

PLAIN: Mapping[TrackingStatus, TrackingCode] = MappingProxyType({
    TrackingStatus.CREATED: TrackingCode.ORDER_CREATED, TrackingStatus.PICKED_UP: TrackingCode.PICKED_UP,
    TrackingStatus.IN_TRANSIT: TrackingCode.IN_TRANSIT, TrackingStatus.AT_HUB: TrackingCode.ARRIVED_AT_HUB,
    TrackingStatus.OUT_FOR_DELIVERY: TrackingCode.OUT_FOR_DELIVERY,
    TrackingStatus.READY_FOR_PICKUP: TrackingCode.AWAITING_PICKUP,
    TrackingStatus.DELIVERED: TrackingCode.DELIVERED, TrackingStatus.DELIVERY_FAILED: TrackingCode.DELIVERY_ATTEMPTED,
    TrackingStatus.RETURNING: TrackingCode.IN_RETURN_TRANSIT,
    TrackingStatus.RETURNED: TrackingCode.RETURNED_TO_SENDER, TrackingStatus.EXCEPTION: TrackingCode.EXCEPTION,
    TrackingStatus.CANCELLED: TrackingCode.ORDER_CANCELLED,
})  # fmt: skip
"""The fine code of a status about which a carrier tells nothing finer; an unknown status has none."""

EVENTS_MAX = 500
"""Steps kept of one parcel, the newest ones; real journeys have some dozens."""


def step(status: TrackingStatus, code: TrackingCode | None = None) -> dict[str, Any]:
    """Both words of an event, as field tables want them: `code` where the carrier's raw code is finer."""
    return {"status": status, "code": code or PLAIN.get(status)}


def _name(event: TrackingEvent) -> tuple[str, datetime, str, str]:
    """What makes two events one: waybill, instant, code (the text where there is no code), place."""
    return event.waybill_no, event.at, event.raw_code or f" {event.text}", event.place or ""


def _fullest(event: TrackingEvent) -> tuple[Any, ...]:
    return RANKS[event.status], len(event.text), event.text, event.code or "", event.status.value


def _order(event: TrackingEvent) -> tuple[Any, ...]:
    return (event.at, RANKS[event.status], *_name(event)[2:], event.waybill_no, event.text)


def joined(*feeds: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """All events of the feeds once each, oldest first.

    Equal means same waybill, instant, code and place; of such the one that says most is kept.
    """
    found: dict[tuple[Any, ...], TrackingEvent] = {}
    for feed in feeds:
        for event in feed:
            there = found.get(name := _name(event))
            if there is None or _fullest(event) > _fullest(there):
                found[name] = event
    return sorted(found.values(), key=_order)


def _far(event: TrackingEvent) -> tuple[Any, ...]:
    return RANKS[event.status], event.at, event.status.value


def reached(events: Iterable[TrackingEvent]) -> TrackingStatus:
    """The furthest that a parcel has come, troubles left out; further events never take it back."""
    course = [event for event in events if event.status not in SIDE]
    return max(course, key=_far).status if course else TrackingStatus.UNKNOWN


def status_of(events: Iterable[TrackingEvent]) -> TrackingStatus:
    """Where one parcel is. A late or repeated event never takes it back.

    Trouble shows as long as nothing newer is known, and not once the parcel has arrived; then the parcel is where it
    had come before. An unknown code changes nothing.
    """
    known = [event for event in joined(events) if event.status is not TrackingStatus.UNKNOWN]
    furthest = reached(known)
    return known[-1].status if known and furthest not in LATE and known[-1].status in SIDE else furthest


_ARRIVED = frozenset({TrackingStatus.DELIVERED})
_LEFT = frozenset(
    set(TrackingStatus) - SIDE - {TrackingStatus.UNKNOWN, TrackingStatus.CREATED, TrackingStatus.CANCELLED}
)


def _first(events: Iterable[TrackingEvent], words: frozenset[TrackingStatus]) -> datetime | None:
    return min((event.at for event in events if event.status in words), default=None)


def _kept(events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """The newest events, with those that say how far it came and since when: the same however they came in."""
    if len(events) <= EVENTS_MAX:
        return tuple(events)
    marks = [max(events, key=_far)]
    for words in (_ARRIVED, _LEFT):
        marks += [event for event in events if event.status in words][:1]
    return tuple(joined(events[-EVENTS_MAX:], marks))


@dataclass(frozen=True, slots=True)
class ParcelTrack:
    """One parcel and everything its carrier told of it; `carrier` is the canonical code, instants are UTC."""

    carrier: str
    waybill_no: str
    events: tuple[TrackingEvent, ...] = ()

    @classmethod
    def of(cls, carrier: str, waybill_no: str, *feeds: Iterable[TrackingEvent]) -> ParcelTrack:
        """From feeds of this parcel in whatever order; events of other parcels are left out."""
        mine = [event for event in joined(*feeds) if event.waybill_no == waybill_no]
        return cls(carrier, waybill_no, _kept(mine))

    def with_events(self, events: Iterable[TrackingEvent]) -> ParcelTrack:
        """The same parcel with more events; what is known already changes nothing."""
        return ParcelTrack.of(self.carrier, self.waybill_no, self.events, events)

    @property
    def status(self) -> TrackingStatus:
        """Where it is; `created` while nothing is known but its number."""
        return status_of(self.events) if self.events else TrackingStatus.CREATED

    @property
    def furthest(self) -> TrackingStatus:
        """The furthest that it came, troubles left out."""
        return reached(self.events) if self.events else TrackingStatus.CREATED

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is awaited: it arrived, came back, or never leaves."""
        return self.furthest in LATE and self.furthest is not TrackingStatus.RETURNING

    @property
    def moved_at(self) -> datetime | None:
        """When anything was last told of it."""
        return self.events[-1].at if self.events else None

    @property
    def picked_up_at(self) -> datetime | None:
        """When it left: the first step that is more than an order."""
        return _first(self.events, _LEFT)

    @property
    def delivered_at(self) -> datetime | None:
        """When it was first said to be delivered; a parcel that goes back later was delivered all the same."""
        return _first(self.events, _ARRIVED)


def unknown_codes(carrier: str, events: Sequence[TrackingEvent]) -> list[Finding]:
    """A finding for each code that no document lists; the event is kept with its code."""
    codes = sorted({event.raw_code or "-" for event in events if event.status is TrackingStatus.UNKNOWN})
    return [
        Finding(code="tracking_code_unknown", severity=Severity.WARNING, platform=carrier, path="raw_code", value=code,
                message=f"{carrier} tells a step by a code that its documents do not list: {code}")
        for code in codes
    ]  # fmt: skip
