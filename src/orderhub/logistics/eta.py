"""When a parcel should arrive, from the merchant's own parcels before it; nothing where there are too few. Pure.

Imports `models`. Whole minutes and nearest-rank quantiles, so that the same journeys give the same answer anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from orderhub.logistics.provinces import province_of
from orderhub.logistics.tracking import ParcelTrack
from orderhub.models import Address
from orderhub.models.base import Instant, Model

__all__ = ["JOURNEYS_MAX", "Eta", "Lane", "estimate", "journey_of", "kept", "lane_of", "quantile"]

JOURNEYS_MAX = 400
"""Journeys kept of one lane: the latest ones, for carriers change."""
_EARLY, _MIDDLE, _LATE = 10, 50, 90


class Lane(Model):
    """Carrier, province of the warehouse, province of the receiver; provinces in their short form."""

    carrier: str
    origin: str
    destination: str

    @property
    def key(self) -> str:
        """Names the lane."""
        return f"{self.carrier}:{self.origin}:{self.destination}"


class Eta(Model):
    """When a parcel should arrive. Instants UTC.

    Attributes:
        early, likely, late: A tenth, half and nine tenths of the comparable parcels had arrived by then.
        samples: How many those were.
        latest: When the last of them had.
    """

    lane: Lane
    early: Instant
    likely: Instant
    late: Instant
    latest: Instant
    samples: int


def lane_of(carrier: str, origin: Address, destination: Address) -> Lane | None:
    """The lane between two addresses; None where a province is not known."""
    sides = province_of(origin), province_of(destination)
    return Lane(carrier=carrier, origin=sides[0], destination=sides[1]) if sides[0] and sides[1] else None


def journey_of(track: ParcelTrack) -> int | None:
    """Minutes from the courier's pick-up to delivery; None while either is unknown, or when the parcel went back."""
    began, ended = track.picked_up_at, track.delivered_at
    if began is None or ended is None or ended <= began or track.furthest.value != "delivered":
        return None
    return int((ended - began) / timedelta(minutes=1))


def kept(journeys: Mapping[str, tuple[str, int]], most: int = JOURNEYS_MAX) -> dict[str, tuple[str, int]]:
    """The latest journeys of a lane: waybill number -> (when it arrived, as ISO text in UTC; minutes)."""
    latest = sorted(journeys.items(), key=lambda item: (item[1][0], item[0]))[-most:]
    return dict(sorted(latest))


def quantile(minutes: Sequence[int], percent: int) -> int:
    """The nearest-rank quantile of sorted minutes: the smallest that so many percent do not exceed."""
    return minutes[max(0, -(-len(minutes) * percent // 100) - 1)]


def estimate(lane: Lane, began: datetime, at: datetime, journeys: Iterable[int], samples_min: int) -> Eta | None:
    """When a parcel that was picked up at `began` and has not arrived by `at` should arrive.

    Only journeys that took longer than it has already been under way are comparable.

    Returns:
        None when fewer than `samples_min` are: no evidence, no estimate.
    """
    under_way = max(0, int((at - began) / timedelta(minutes=1)))
    comparable = sorted(each for each in journeys if each > under_way)
    if len(comparable) < samples_min:
        return None
    early, likely, late = (
        began + timedelta(minutes=quantile(comparable, percent)) for percent in (_EARLY, _MIDDLE, _LATE)
    )
    latest = began + timedelta(minutes=comparable[-1])
    return Eta(lane=lane, early=early, likely=likely, late=late, latest=latest, samples=len(comparable))
