"""Warehouses, parcels, quotes, waybills, tracking, fulfilment orders. Imports `models`.

Weights in grams, lengths in millimetres, amounts in `currency`, instants UTC.
"""

from __future__ import annotations

from pydantic import Field

from orderhub.models.base import Amount, Instant, Model, Word
from orderhub.models.person import Address, Recipient

__all__ = [
    "Charge", "FulfilmentOrder", "FulfilmentOrderStatus", "Parcel", "Quote", "TrackingCode", "TrackingEvent",
    "TrackingStatus", "Warehouse", "WarehouseKind", "Waybill",
]  # fmt: skip


class WarehouseKind(Word):
    """Who runs a warehouse."""

    OWN = "own"
    THIRD_PARTY = "third_party"
    SUPPLIER = "supplier"
    PLATFORM = "platform"
    VIRTUAL = "virtual"


class Warehouse(Model):
    """A place that stock is kept and shipped from; smaller `priority` is preferred on equal cost."""

    code: str
    name: str | None = None
    kind: WarehouseKind = WarehouseKind.OWN
    address: Address = Address()
    phone: str | None = None
    priority: int = 0


class Parcel(Model):
    """One box to be sent: `lines` are (line_id, quantity)."""

    parcel_id: str
    order_key: str
    warehouse: str
    recipient: Recipient
    lines: tuple[tuple[str, int], ...] = ()
    weight_g: int = Field(default=1000, ge=0)
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    declared_value: Amount | None = None
    cod_amount: Amount | None = None
    goods_class: str = "general"


class Charge(Model):
    """One item of a price: freight, or a surcharge by name."""

    name: str
    amount: Amount


class Quote(Model):
    """The price of one parcel with one carrier product, surcharges itemised; `promised_hours` door to door."""

    carrier: str
    product: str
    currency: str
    total: Amount
    charges: tuple[Charge, ...] = ()
    billed_weight_g: int = 0
    promised_hours: int | None = None


class Waybill(Model):
    """A carrier's number for one parcel; `reference` is our parcel id, the same key gives the same waybill."""

    carrier: str
    waybill_no: str
    reference: str
    product: str | None = None
    created_at: Instant | None = None
    print_payload: str | None = None


class TrackingStatus(Word):
    """Where a parcel is."""

    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    AT_HUB = "at_hub"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    RETURNING = "returning"
    RETURNED = "returned"
    EXCEPTION = "exception"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class TrackingCode(Word):
    """What a step was, finer than a status.

    The vocabulary is that of the Open Logistics Tracking Standard (data under CC BY 4.0).
    """

    ORDER_CREATED = "order_created"
    ORDER_CANCELLED = "order_cancelled"
    LABEL_PRINTED = "label_printed"
    PICKUP_SCHEDULED = "pickup_scheduled"
    PICKED_UP = "picked_up"
    PICKUP_FAILED = "pickup_failed"
    ARRIVED_AT_HUB = "arrived_at_hub"
    DEPARTED_FROM_HUB = "departed_from_hub"
    IN_TRANSIT = "in_transit"
    TRANSFERRED_TO_CARRIER = "transferred_to_carrier"
    ARRIVED_AT_DESTINATION = "arrived_at_destination"
    CUSTOMS_DECLARED = "customs_declared"
    CUSTOMS_HELD = "customs_held"
    CUSTOMS_INSPECTION = "customs_inspection"
    CUSTOMS_RELEASED = "customs_released"
    CUSTOMS_DUTY_PAID = "customs_duty_paid"
    CLEARANCE_COMPLETED = "clearance_completed"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    DELIVERED = "delivered"
    DELIVERY_TO_LOCKER = "delivery_to_locker"
    AWAITING_PICKUP = "awaiting_pickup"
    SIGNED_BY_THIRD_PARTY = "signed_by_third_party"
    EXCEPTION = "exception"
    DAMAGED = "damaged"
    LOST = "lost"
    ADDRESS_ISSUE = "address_issue"
    RECIPIENT_UNAVAILABLE = "recipient_unavailable"
    REFUSED = "refused"
    RETURN_INITIATED = "return_initiated"
    IN_RETURN_TRANSIT = "in_return_transit"
    RETURNED_TO_SENDER = "returned_to_sender"


class TrackingEvent(Model):
    """One step of a parcel; raw code and text kept, `code` where the carrier tells more than a status."""

    waybill_no: str
    status: TrackingStatus
    at: Instant
    place: str | None = None
    text: str = ""
    raw_code: str | None = None
    code: TrackingCode | None = None


class FulfilmentOrderStatus(Word):
    """How far one warehouse's share of an order has come."""

    OPEN = "open"
    RESERVED = "reserved"
    LABELLED = "labelled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    ON_HOLD = "on_hold"


class FulfilmentOrder(Model):
    """The part of an order that one warehouse ships; `lines` are (line_id, sku, quantity)."""

    fulfilment_id: str
    order_key: str
    warehouse: str
    status: FulfilmentOrderStatus = FulfilmentOrderStatus.OPEN
    lines: tuple[tuple[str, str, int], ...] = ()
    reservation: str | None = None
    carrier: str | None = None
    waybill_no: str | None = None
