"""Tracking events of any carrier: joined without doubles, in order, and what they say together. Imports `models`.

Feeds repeat, overlap and arrive out of order; nothing here depends on the order of the input.
Source of the ranks: docs/platforms/carriers.md#tracking-statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from orderhub.models.logistics import TrackingEvent, TrackingStatus

__all__ = ["RANKS", "SIDE", "joined", "status_of"]

RANKS: Mapping[TrackingStatus, int] = MappingProxyType({
    TrackingStatus.UNKNOWN: -1, TrackingStatus.CREATED: 0, TrackingStatus.PICKED_UP: 10,
    TrackingStatus.IN_TRANSIT: 20, TrackingStatus.AT_HUB: 20, TrackingStatus.OUT_FOR_DELIVERY: 40,
    TrackingStatus.READY_FOR_PICKUP: 45, TrackingStatus.DELIVERY_FAILED: 46, TrackingStatus.EXCEPTION: 47,
    TrackingStatus.DELIVERED: 90, TrackingStatus.RETURNING: 95, TrackingStatus.CANCELLED: 98,
    TrackingStatus.RETURNED: 99,
})  # fmt: skip
"""How far along a status is; breaks ties between events of one instant."""

SIDE = frozenset({TrackingStatus.DELIVERY_FAILED, TrackingStatus.EXCEPTION})
"""States that a parcel leaves again, back to the ordinary course."""

_AFTER: Mapping[TrackingStatus, frozenset[TrackingStatus]] = MappingProxyType({
    TrackingStatus.DELIVERED: frozenset({TrackingStatus.RETURNING, TrackingStatus.RETURNED}),
    TrackingStatus.RETURNING: frozenset({TrackingStatus.RETURNED}),
    TrackingStatus.RETURNED: frozenset(),
    TrackingStatus.CANCELLED: frozenset(),
})  # fmt: skip
"""What may still follow a late state; everything may follow the others."""


def _order(event: TrackingEvent) -> tuple[object, ...]:
    return event.at, RANKS[event.status], event.waybill_no, event.raw_code or "", event.text, event.place or ""


def joined(*feeds: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """All events of the feeds once each, oldest first; equal means same waybill, instant, code, text and place."""
    found = {_order(event): event for feed in feeds for event in feed}
    return [found[key] for key in sorted(found)]


def status_of(events: Iterable[TrackingEvent]) -> TrackingStatus:
    """Where one parcel is. A late or repeated event never takes it back.

    An unknown code changes nothing; delivery is undone only by a return.
    """
    current = TrackingStatus.UNKNOWN
    for event in joined(events):
        late = _AFTER.get(current)
        if event.status is not TrackingStatus.UNKNOWN and (late is None or event.status in late):
            current = event.status
    return current
