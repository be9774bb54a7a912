"""What tracking says about an order: parcels, then shipments, then the order's own words. Pure. Imports `tracking`.

Nothing ever goes back: each word is the further one of what the platform says and what its parcels say, so that neither
a late event nor a platform that knows less takes an order back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from orderhub.logistics.tracking import ParcelTrack
from orderhub.models import FulfilmentStatus, Order, OrderStatus, Shipment, TrackingStatus

__all__ = ["FULFILMENT", "ORDER", "project"]

ORDER: Mapping[OrderStatus, int] = MappingProxyType({
    OrderStatus.PENDING_PAYMENT: 0, OrderStatus.AWAITING_SHIPMENT: 1, OrderStatus.PARTIALLY_SHIPPED: 2,
    OrderStatus.SHIPPED: 3, OrderStatus.DELIVERED: 4, OrderStatus.COMPLETED: 5,
})  # fmt: skip
"""How far an order is. Cancelled and unknown orders are not tracking's to change."""

FULFILMENT: Mapping[FulfilmentStatus, int] = MappingProxyType({
    FulfilmentStatus.UNFULFILLED: 0, FulfilmentStatus.PARTIALLY_SHIPPED: 1, FulfilmentStatus.SHIPPED: 2,
    FulfilmentStatus.DELIVERED: 3, FulfilmentStatus.RETURNED: 4,
})  # fmt: skip
"""The same for the goods."""

_BACK = (TrackingStatus.RETURNING, TrackingStatus.RETURNED)


def project(order: Order, tracks: Iterable[ParcelTrack]) -> Order:
    """The order as its parcels have come to be; the same object when they say nothing new.

    A shipped order is delivered once every parcel is; parcels that are all on their way back make its fulfilment
    `returned` and leave its status. An order that is not wholly shipped stays what its platform says.
    """
    by_number = {track.waybill_no: track for track in tracks}
    found = tuple(by_number.get(shipment.waybill_no or "") for shipment in order.shipments)
    shipments = tuple(
        shipment if track is None else _told(shipment, track)
        for shipment, track in zip(order.shipments, found, strict=True)
    )
    changes: dict[str, object] = {} if shipments == order.shipments else {"shipments": shipments}
    if shipments and order.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED):
        changes |= _words(order, shipments, found)
    return order.model_copy(update=changes) if changes else order


def _told(shipment: Shipment, track: ParcelTrack) -> Shipment:
    """What the platform dated stays; what it left out is filled in."""
    dates = {"shipped_at": track.picked_up_at, "delivered_at": track.delivered_at}
    new = {name: at for name, at in dates.items() if at is not None and getattr(shipment, name) is None}
    return shipment.model_copy(update=new) if new else shipment


def _words(
    order: Order, shipments: tuple[Shipment, ...], tracks: tuple[ParcelTrack | None, ...]
) -> dict[str, object]:  # fmt: skip
    arrived = all(shipment.delivered_at is not None for shipment in shipments)
    is_back = all(track is not None and track.furthest in _BACK for track in tracks)
    goods = FulfilmentStatus.RETURNED if is_back else FulfilmentStatus.DELIVERED if arrived else order.fulfilment_status
    status = OrderStatus.DELIVERED if arrived else order.status
    changes: dict[str, object] = {}
    if ORDER[status] > ORDER[order.status]:
        changes["status"] = status
    if order.fulfilment_status in FULFILMENT and FULFILMENT[goods] > FULFILMENT[order.fulfilment_status]:
        changes["fulfilment_status"] = goods
    return changes
