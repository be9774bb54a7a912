"""Parcels that need somebody: stalled, failed, gone wrong, going back, never heard of. Pure. Imports `tracking`.

What an incident is follows from the events and the clock alone, so it has one name however often it is looked at; it is
over as soon as the parcel moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, ValidationError

from orderhub.errors import ConfigurationError
from orderhub.logistics.tracking import LATE, ParcelTrack
from orderhub.models import TrackingCode, TrackingEvent, TrackingStatus
from orderhub.models.base import Instant, Model, Word

__all__ = ["Incident", "IncidentKind", "TrackingPolicy", "incidents_of", "read_tracking_policy"]

Hours = Annotated[int, Field(ge=1, le=24 * 365)]


class IncidentKind(Word):
    """What is wrong with a parcel."""

    SILENT = "silent"
    STALLED = "stalled"
    DELIVERY_FAILED = "delivery_failed"
    EXCEPTION = "exception"
    RETURNING = "returning"
    CANCELLED = "cancelled"
    LATE = "late"


class TrackingPolicy(Model):
    """What is normal, in hours; and how much evidence an estimate needs.

    Attributes:
        stalled_h: Hours without news by the status that the parcel is in; a status that is left out never stalls.
        silent_h: Hours after shipping without any news at all: nothing was picked up, or nobody was asked properly.
        settled_h: Hours after arrival during which a parcel is still asked about; it may yet go back.
        samples_min: Journeys that an estimate needs.
        tell: Kinds of incidents that staff is told of.
        ask: Canonical carrier code -> which of the hub's carriers is asked about its parcels, such as an aggregator;
            `*` for all that the hub has no account with.
    """

    stalled_h: dict[TrackingStatus, Hours] = {
        TrackingStatus.CREATED: 24, TrackingStatus.PICKED_UP: 24, TrackingStatus.IN_TRANSIT: 72,
        TrackingStatus.AT_HUB: 48, TrackingStatus.OUT_FOR_DELIVERY: 24, TrackingStatus.READY_FOR_PICKUP: 72,
        TrackingStatus.DELIVERY_FAILED: 24, TrackingStatus.EXCEPTION: 24, TrackingStatus.RETURNING: 168,
        TrackingStatus.UNKNOWN: 48,
    }  # fmt: skip
    silent_h: Hours = 24
    settled_h: Hours = 72
    samples_min: Annotated[int, Field(ge=1)] = 10
    tell: frozenset[IncidentKind] = frozenset(IncidentKind)
    ask: dict[str, str] = {}


class Incident(Model):
    """One thing that is wrong.

    Attributes:
        since: When it began: the event that told it, or when patience ran out. UTC.
        status: Where the parcel was then.
        code, place: What the carrier told, and where.
    """

    kind: IncidentKind
    since: Instant
    status: TrackingStatus
    code: TrackingCode | None = None
    place: str | None = None

    @property
    def key(self) -> str:
        """Names the incident within its parcel."""
        return f"{self.kind.value}:{self.since.isoformat()}"


def read_tracking_policy(given: Mapping[str, Any] | TrackingPolicy) -> TrackingPolicy:
    """A policy out of a configuration; statuses that `stalled_h` does not name keep their hours.

    Raises:
        ConfigurationError: A field is unknown or out of range; the message names it.
    """
    if isinstance(given, TrackingPolicy):
        return given
    hours = {status.value: value for status, value in TrackingPolicy().stalled_h.items()}
    try:
        return TrackingPolicy.model_validate({**given, "stalled_h": {**hours, **dict(given.get("stalled_h", {}))}})
    except (ValidationError, TypeError) as error:
        first = error.errors(include_url=False, include_input=False)[0] if isinstance(error, ValidationError) else None
        where = ".".join(str(part) for part in first["loc"]) if first else "stalled_h"
        told = first["msg"] if first else "must be a table of statuses and hours"
        raise ConfigurationError(f"tracking: {where}: {told}", field=f"tracking.{where}") from None


def incidents_of(
    track: ParcelTrack, at: datetime, policy: TrackingPolicy, *, shipped_at: datetime | None = None,
    latest: datetime | None = None,
) -> tuple[Incident, ...]:  # fmt: skip
    """What is wrong with a parcel at an instant; nothing once it has arrived or is back.

    Args:
        at: Now, aware.
        shipped_at: When it was handed over, as the shop's platform knows it.
        latest: When parcels of its lane have practically all arrived; see `orderhub.logistics.eta`.
    """
    if track.is_settled and track.furthest is not TrackingStatus.CANCELLED:
        return ()
    found = [_told(track), _still(track, at, policy, shipped_at), _overdue(track, at, latest)]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.key))


_TOLD: Mapping[TrackingStatus, IncidentKind] = {
    TrackingStatus.DELIVERY_FAILED: IncidentKind.DELIVERY_FAILED, TrackingStatus.EXCEPTION: IncidentKind.EXCEPTION,
    TrackingStatus.RETURNING: IncidentKind.RETURNING, TrackingStatus.CANCELLED: IncidentKind.CANCELLED,
}  # fmt: skip


def _told(track: ParcelTrack) -> Incident | None:
    """Trouble that the carrier itself reports: since the first event of that status without anything in between."""
    kind = _TOLD.get(status := track.status)
    if kind is None:
        return None
    told = [event for event in track.events if event.status is status]
    first = told[0] if status in LATE else _run(track.events, status)
    return Incident(kind=kind, since=first.at, status=status, code=told[-1].code, place=told[-1].place)


def _run(events: tuple[TrackingEvent, ...], status: TrackingStatus) -> TrackingEvent:
    """The first event of the last unbroken run of `status`."""
    known = [event for event in events if event.status is not TrackingStatus.UNKNOWN]
    first = known[-1]
    for event in reversed(known):
        if event.status is not status:
            break
        first = event
    return first


def _still(
    track: ParcelTrack, at: datetime, policy: TrackingPolicy, shipped_at: datetime | None
) -> Incident | None:  # fmt: skip
    """No news for longer than is normal."""
    if track.moved_at is None:
        kind, since, hours = IncidentKind.SILENT, shipped_at, policy.silent_h
    else:
        hours = policy.stalled_h.get(track.status, 0)
        kind, since = IncidentKind.STALLED, track.moved_at if hours else None
    if since is None or track.is_settled or at < (due := since + timedelta(hours=hours)):
        return None
    place = track.events[-1].place if track.events else None
    return Incident(kind=kind, since=due, status=track.status, place=place)


def _overdue(track: ParcelTrack, at: datetime, latest: datetime | None) -> Incident | None:
    if latest is None or at < latest or track.furthest in LATE:
        return None
    return Incident(kind=IncidentKind.LATE, since=latest, status=track.status)
