"""What a hub does about parcels under way: ask, take pushes, list what is wrong, tell what orders have come to.

Imports `fulfil`, `logistics`. What one parcel is follows from its record alone; see `fulfil.tracking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.tracking import PROBLEM, PushedParcels, Tracked, known_parcels, receive_tracking, track_orders
from orderhub.hub.command import command
from orderhub.hub.rehearsing import rehearse
from orderhub.logistics.eta import Eta
from orderhub.logistics.incidents import Incident, TrackingPolicy
from orderhub.logistics.timeline import CustomerView, Locale, customer_view
from orderhub.logistics.tracking import ParcelTrack
from orderhub.logistics.tracking_orders import project
from orderhub.models import Order, TrackingStatus
from orderhub.ports import OrderQuery

__all__ = ["ParcelIncident", "TrackingCommands", "TrackingOperations"]


@dataclass(frozen=True, slots=True)
class ParcelIncident:
    """One row of the bucket of parcels that need somebody; where the parcel is by now may differ from then."""

    order_key: str
    carrier: str
    waybill_no: str
    status: TrackingStatus
    incident: Incident
    eta: Eta | None = None


class TrackingOperations:
    """Commands over parcels."""

    plan: FulfilPlan
    carriers: tuple[str, ...] = ()
    tracking_policy: TrackingPolicy = TrackingPolicy()

    def track(self, *, dry_run: bool = False) -> Operation[list[Tracked]]:
        """Ask carriers about every parcel under way; customers hear of milestones, staff of incidents, each once.

        Args:
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One row per parcel. A carrier that cannot be asked says so in its rows; the others go on.
        """
        if dry_run:
            return (yield from rehearse(self.track()))
        return (yield from track_orders(self.plan, self.tracking_policy, self._carriers()))

    def receive_tracking(
        self, carrier: str, headers: Mapping[str, str], body: bytes, *, dry_run: bool = False
    ) -> Operation[PushedParcels]:
        """Take one push of a carrier, whose raw bytes came to the host's own endpoint.

        Args:
            carrier: Code of the hub's carrier whose push it is.
            dry_run: Tell what would come of it, change nothing.
        Raises:
            SecurityError, DecodeError: It is forged, or no such message; nothing was written.
            UnsupportedOperation: The carrier's pushes are not documented.
        """
        if dry_run:
            return (yield from rehearse(self.receive_tracking(carrier, headers, body)))
        return (yield from receive_tracking(self.plan, self.tracking_policy, self._carriers(), carrier, headers, body))

    def _carriers(self) -> frozenset[str]:
        return frozenset(self.carriers) | {service.carrier for service in self.plan.services}

    def parcels(self, keys: Sequence[str]) -> Operation[list[Tracked]]:
        """The parcels of orders as they were last heard of; nobody is asked."""
        orders = yield from _orders(keys)
        return (yield from known_parcels(self.tracking_policy, orders))

    def incidents(self) -> Operation[list[ParcelIncident]]:
        """Parcels that need somebody, the oldest trouble first; their orders carry the tag `parcel_problem`."""
        orders: list[Order] = yield from ask("orders", "find_orders", OrderQuery(tag=PROBLEM))
        parcels = yield from known_parcels(self.tracking_policy, orders)
        rows = [
            ParcelIncident(parcel.order_key, parcel.carrier, parcel.waybill_no, parcel.status, incident, parcel.eta)
            for parcel in parcels for incident in parcel.incidents
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (row.incident.since, row.order_key, row.waybill_no, row.incident.key))

    def progress(self, keys: Sequence[str]) -> Operation[list[Order]]:
        """Orders as their parcels have come to be: never behind what the platform says, never taken back.

        What is stored stays what the platform told.
        """
        orders = yield from _orders(keys)
        parcels = yield from known_parcels(self.tracking_policy, orders)
        return [project(order, _tracks(order, parcels)) for order in orders]

    def customer_timeline(self, key: str, *, locale: Locale = "zh") -> Operation[CustomerView]:
        """One order as its customer may see it; raises `NotFound`. See `lookup` for people who are not known."""
        order: Order = yield from ask("orders", "get_order", key)
        return (yield from self._customer_view(order, locale))

    def _customer_view(self, order: Order, locale: Locale) -> Operation[CustomerView]:
        parcels = yield from known_parcels(self.tracking_policy, [order])
        etas = {parcel.waybill_no: parcel.eta for parcel in parcels if parcel.eta}
        return customer_view(order, _tracks(order, parcels), locale=locale, etas=etas)


def _orders(keys: Sequence[str]) -> Operation[list[Order]]:
    if not keys:
        return []
    return (yield from ask("orders", "find_orders", OrderQuery(keys=tuple(keys))))  # type: ignore[no-any-return]


def _tracks(order: Order, parcels: Sequence[Tracked]) -> list[ParcelTrack]:
    mine = (parcel for parcel in parcels if parcel.order_key == order.key and parcel.events)
    return [ParcelTrack(parcel.carrier, parcel.waybill_no, parcel.events) for parcel in mine]


class TrackingCommands:
    """The same for hubs."""

    track = command(TrackingOperations.track)
    receive_tracking = command(TrackingOperations.receive_tracking)
    parcels = command(TrackingOperations.parcels)
    incidents = command(TrackingOperations.incidents)
    progress = command(TrackingOperations.progress)
    customer_timeline = command(TrackingOperations.customer_timeline)
