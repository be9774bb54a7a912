"""What makes an order personal, when it may be forgotten, and the order without it. Pure; imports `models`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from orderhub.models import Address, Buyer, Extra, Invoice, Order, OrderStatus, Privacy, PrivacyKind, Recipient, Refund

__all__ = ["PURGE_DAYS", "closed_at", "identifiers", "redact", "redact_refund"]

PURGE_DAYS: Mapping[str, int] = MappingProxyType({"amazon": 30})
"""Days after delivery at which a platform's terms want personal data gone; docs/platforms/amazon.md."""

_CLOSED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED, OrderStatus.CANCELLED})


def closed_at(order: Order) -> datetime | None:
    """When the order needed its receiver last: delivery, else completion, else its last change; None while open."""
    if order.status not in _CLOSED:
        return None
    delivered = [parcel.delivered_at for parcel in order.shipments if parcel.delivered_at is not None]
    return max(delivered) if delivered else order.completed_at or order.updated_at or order.created_at


def redact(order: Order) -> Order:
    """The order without anything that tells who bought or where it went, beyond country and province.

    Amounts, goods, states, times and waybill numbers stay, so that figures and settlements stay true. Notes, unmapped
    fields and the untouched document go as a whole: anything may stand in them.
    """
    place = order.recipient.address
    return order.model_copy(
        update={
            "buyer": Buyer(),
            "recipient": Recipient(
                address=Address(country=place.country, province=place.province),
                privacy=Privacy(kind=PrivacyKind.ABSENT),
            ),
            "lines": tuple(line.model_copy(update={"extra": Extra()}) for line in order.lines),
            "invoice": _bare(order.invoice),
            "buyer_note": None, "seller_note": None, "extra": Extra(), "raw": None,
        }
    )  # fmt: skip


def _bare(invoice: Invoice | None) -> Invoice | None:
    return invoice and Invoice(wanted=invoice.wanted, kind=invoice.kind, amount=invoice.amount)


def redact_refund(refund: Refund) -> Refund:
    """The case without its free text and without the untouched document."""
    return refund.model_copy(update={"reason": None, "extra": Extra(), "raw": None})


def identifiers(order: Order) -> frozenset[str]:
    """Texts that name this buyer wherever they stand: phone number and mail addresses."""
    invoice = order.invoice.email if order.invoice else None
    return frozenset(text for text in (order.recipient.phone, order.buyer.email, invoice) if text and "*" not in text)
