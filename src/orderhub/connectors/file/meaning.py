"""What a row of an own channel means in canonical words: statuses, money, people. Pure; imports `kit`, `normalise`.

Nothing is made up: an amount that no column tells is None, a status word that nobody listed is unknown.
Source: docs/platforms/file.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.kit.carriers import carrier_of
from orderhub.kit.money import CENT, apportion, total_of
from orderhub.models.person import Address, Buyer, Privacy, Recipient
from orderhub.models.status import FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PaymentStatus, PrivacyKind
from orderhub.normalise.address import CERTAIN, locate, parse_address
from orderhub.normalise.phone import PhoneKind, parse_phone

__all__ = ["HANDED_OVER", "line_money", "money", "people", "shipments", "statuses"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
HANDED_OVER = "handed_over:"
"""Label of an order whose goods left over a counter, with the code of the warehouse."""

_FULFILMENT: Mapping[OrderStatus, FulfilmentStatus] = {
    OrderStatus.PENDING_PAYMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.AWAITING_SHIPMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED,
    OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
}
_SENT = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_NOT_SENT = frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.AWAITING_SHIPMENT, OrderStatus.CANCELLED})
_PARTS = ("country", "province", "city", "district", "town", "street", "postal_code")
_HIDDEN: Mapping[PhoneKind, PrivacyKind] = {
    PhoneKind.MASKED: PrivacyKind.MASKED, PhoneKind.ENCRYPTED: PrivacyKind.ENCRYPTED,
}  # fmt: skip


def statuses(document: Document, found: Found) -> Found:
    """The summary word and its axes; lines follow the order."""
    status: OrderStatus = document["word"]
    lines = tuple(
        {**line, "status": status, "shipped_quantity": _sent(status, line)} for line in found.get("lines", ())
    )
    return {
        "status": status, "payment_status": _payment(status, document), "lines": lines,
        "fulfilment_status": _FULFILMENT.get(status, FulfilmentStatus.UNKNOWN), "fulfilled_by": FulfilledBy.MERCHANT,
        "holds": frozenset([Hold.UNDER_REVIEW] if document.get("review") else [])
        | frozenset([Hold.UNKNOWN_VALUE] if status is OrderStatus.UNKNOWN else []),
    }  # fmt: skip


def _sent(status: OrderStatus, line: Found) -> int | None:
    return line["quantity"] if status in _SENT else 0 if status in _NOT_SENT else None


def _payment(status: OrderStatus, document: Document) -> PaymentStatus:
    """By the amounts where both are told, else by what the word says: what waits for shipment is paid, or paid at the
    door."""
    paid, total = document.get("paid"), document.get("total")
    if paid is not None and total is not None:
        if paid >= total:
            return PaymentStatus.PAID
        return PaymentStatus.PARTIALLY_PAID if paid else PaymentStatus.UNPAID
    if status is OrderStatus.PENDING_PAYMENT:
        return PaymentStatus.UNPAID
    if status in (OrderStatus.UNKNOWN, OrderStatus.CANCELLED):
        return PaymentStatus.UNKNOWN
    if document.get("is_cod"):
        return PaymentStatus.PAID if status is OrderStatus.COMPLETED else PaymentStatus.UNPAID
    return PaymentStatus.PAID


def line_money(document: Document, found: Found) -> Found:
    """Gross, discount and net of a line from those of them that the table has."""
    price, off, net = found.get("unit_price"), document.get("discount"), document.get("line_total")
    gross = document.get("subtotal")
    units = found["quantity"]
    if gross is None and price is not None:
        gross = price * units
    if gross is None and net is not None and off is not None:
        gross = net + off
    if off is None and gross is not None and net is not None:
        off = gross - net
    if net is None and gross is not None:
        off = off if off is not None else ZERO
        net = gross - off
    if price is None and gross is not None and units:
        price = (gross / units).quantize(CENT)
    return {"subtotal": gross, "discount": off, "total": net, "unit_price": price}


def money(document: Document, found: Found) -> Found:
    """Sums over the lines; a discount of the whole order is apportioned to them to the cent."""
    lines = [dict(line) for line in found.get("lines", ())]
    whole_off = document.get("discount_total")
    if whole_off:
        _apportioned(lines, whole_off)
    items = total_of(line.get("subtotal") for line in lines) if lines else None
    off = total_of(line.get("discount") for line in lines) if lines else None
    total = document.get("total")
    if total is None and items is not None and off is not None and document.get("shipping_fee") is not None:
        total = items - off + sum(document.get(name) or ZERO for name in ("shipping_fee", "fees_total", "tax_total"))
    residual = None
    if total is not None and items is not None:
        plus = sum((document.get(name) or ZERO for name in ("shipping_fee", "fees_total", "tax_total")), items)
        residual = total - (plus - (off or ZERO))
    return {"items_total": items, "discount_total": off, "total": total, "residual": residual, "lines": tuple(lines)}


def _apportioned(lines: list[Found], whole_off: Decimal) -> None:
    nets = [line.get("total") for line in lines]
    if not nets or None in nets or not sum(nets):  # type: ignore[arg-type]
        return  # nothing to go by: it stays unexplained and shows in the residual
    for line, share in zip(lines, apportion(whole_off, nets), strict=True):  # type: ignore[arg-type]
        line["discount"], line["total"] = (line.get("discount") or ZERO) + share, line["total"] - share


def people(document: Document, found: Found) -> Found:
    """Receiver and buyer; divisions by name and code where the address tells them beyond doubt."""
    phone = parse_phone(document.get("phone"))
    address = _address(document)
    is_there = any((document.get("name"), document.get("phone"), address.street, address.province))
    kind = _HIDDEN.get(phone.kind, PrivacyKind.CLEAR) if is_there else PrivacyKind.ABSENT
    number = phone.number if phone.extension else document.get("phone")
    buyer = Buyer(buyer_id=document.get("buyer_id"), nickname=document.get("buyer_nickname"),
                  email=document.get("buyer_email"))  # fmt: skip
    return {
        "buyer": buyer,
        "recipient": Recipient(
            name=document.get("name"), phone=number or document.get("phone"), phone_extension=phone.extension,
            address=address, privacy=Privacy(kind=kind),
        ),
    }  # fmt: skip


def _address(document: Document) -> Address:
    given = Address(**{name: document.get(name) for name in _PARTS})
    if document.get("address"):
        found = parse_address(document["address"])
        if not found.is_certain:
            return given.model_copy(update={"street": given.street or document["address"]})
        parts = found.address.model_dump(exclude_none=True)
        return Address(**{**parts, **given.model_dump(exclude_none=True)})
    found = locate(given)
    code = found.address.division_code if found.confidence >= CERTAIN else None
    return given.model_copy(update={"division_code": code})


def shipments(document: Document, found: Found) -> Found:
    """The parcel, if the table tells one, and where goods went over the counter."""
    place = document.get("handed_over_at")
    labels = (f"{HANDED_OVER}{place}",) if place else ()
    if not document.get("waybill_no"):
        return {"shipments": (), "labels": labels}
    name = document.get("carrier")
    parcel = {"carrier": carrier_of(name), "carrier_name": name, "waybill_no": document["waybill_no"],
              "shipped_at": found.get("shipped_at")}  # fmt: skip
    return {"shipments": (parcel,), "labels": labels}
