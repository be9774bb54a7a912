"""Warehouses, parcels, quotes, waybills and what prints them, tracking, fulfilment orders. Imports `models`.

Weights in grams, lengths in millimetres, amounts in `currency`, instants UTC.
"""

from __future__ import annotations

from pydantic import Field

from orderhub.models.base import Amount, Instant, Model, Word
from orderhub.models.person import Address, Recipient

__all__ = [
    "Charge", "FulfilmentOrder", "FulfilmentOrderStatus", "Parcel", "PrintDocument", "PrintKind", "PrintPayload",
    "Quote", "TrackingCode", "TrackingEvent", "TrackingStatus", "Warehouse", "WarehouseKind", "Waybill",
    "WaybillAccount", "WaybillRequest", "WaybillTemplate",
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
    """One box to be sent.

    Attributes:
        lines: (line_id, quantity).
        order_ids: Order ids of the platform whose goods are in it; those of one shop.
        contents: (name, units) of what is in it, for carriers that want to know.
    """

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
    order_ids: tuple[str, ...] = ()
    contents: tuple[tuple[str, int], ...] = ()


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


class PrintKind(Word):
    """What a printer gets: a finished page, a printer's own language, or data that a platform's client fills in."""

    CLOUD_PRINT = "cloud_print"
    PDF = "pdf"
    HTML = "html"
    ZPL = "zpl"
    DATA = "data"


class PrintDocument(Model):
    """One page to be printed. `data` is personal and never shown: sealed by the platform, or the page itself.

    Attributes:
        document_id: Its name towards a printer's client; printed twice under one name it is one document.
        data: Text of the page, or what a template is filled with.
        template_url: The platform's template that belongs to it.
    """

    document_id: str
    data: str = Field(repr=False)
    template_url: str | None = None


class PrintPayload(Model):
    """Everything a printer needs for one parcel.

    Attributes:
        kind: What it is.
        format: Whose data it is, e.g. `cainiao`, where `kind` alone does not tell.
        width_mm, height_mm: The medium, where it is known.
    """

    kind: PrintKind
    format: str = ""
    width_mm: int | None = None
    height_mm: int | None = None
    documents: tuple[PrintDocument, ...] = ()


class Waybill(Model):
    """A carrier's number for one parcel; `reference` is our parcel id, the same key gives the same waybill.

    Attributes:
        waybill_no: What the order is shipped with; of several packages the number that stands for all.
        package_nos: The numbers of the packages, where there are several.
        print_payload: The carrier's own label data as text.
        payload: What the platform's print client is given.
        order_ids: Orders of the platform that the number was made for.
    """

    carrier: str
    waybill_no: str
    reference: str
    product: str | None = None
    created_at: Instant | None = None
    print_payload: str | None = Field(default=None, repr=False)
    package_nos: tuple[str, ...] = ()
    payload: PrintPayload | None = None
    order_ids: tuple[str, ...] = ()


class WaybillAccount(Model):
    """A shop's agreement with one branch of a company, whose waybills its platform hands out.

    Attributes:
        carrier: Our code, None when the company is none that we know.
        code: The platform's code of the company; `provider_id` its number where it has one, too.
        branch_code, settlement_code: What names the agreement in calls; which one depends on the company.
        is_prepaid: Numbers are bought in advance: without any left no waybill is given.
        left: Numbers that are left, None where the platform does not tell or where they are not counted.
        senders: Addresses that parcels may be sent from, as the platform spells them.
        from_anywhere: Whether other addresses do, too.
    """

    carrier: str | None
    code: str
    name: str | None = None
    provider_id: str | None = None
    branch_code: str | None = None
    branch_name: str | None = None
    settlement_code: str | None = None
    is_prepaid: bool = False
    left: int | None = None
    senders: tuple[Address, ...] = ()
    from_anywhere: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether it can give a number now, as far as it tells."""
        return self.carrier is not None and not (self.is_prepaid and self.left == 0)


class WaybillTemplate(Model):
    """A label that a platform's print client knows; `is_own` one that the merchant made."""

    template_id: str
    name: str
    url: str
    carrier: str | None = None
    code: str | None = None
    kind: str | None = None
    is_own: bool = False


class WaybillRequest(Model):
    """One parcel for which a shop's platform is asked for a waybill.

    Attributes:
        carrier: Our code of the company; `platform` where the platform itself chooses who carries.
        parcel: Its receiver may be hidden: the platform's token travels on, and nothing is opened.
        sender: From where; it must stand for one of the addresses of the account.
        packages: Boxes of the parcel, each with a number of its own.
        known: Numbers of other parcels of the same orders, and those that were void.
        is_alone: Whether a number of these orders that is not in `known` can only be this parcel's.
        is_new: Whether it was surely never asked for; otherwise it is looked for first, where the platform can tell.
        beside: Parcel id and (line_id, units) of each other parcel of these orders that has no number yet.
    """

    carrier: str
    parcel: Parcel
    sender: Recipient
    product: str | None = None
    packages: int = Field(default=1, ge=1)
    known: tuple[str, ...] = ()
    is_alone: bool = False
    is_new: bool = False
    beside: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()

    @property
    def key(self) -> str:
        """The parcel's id."""
        return self.parcel.parcel_id


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
