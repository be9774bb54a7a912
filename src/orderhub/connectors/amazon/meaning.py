"""Statuses, holds and people of an Amazon order, alike for both wire profiles. Pure; imports `kit`, `models`.

Source: docs/platforms/amazon.md#status, #personal-data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderhub.connectors.amazon.spec import PERSONAL_DATA_KEPT, STATUS_HOLDS
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus, PrivacyKind

__all__ = ["Facts", "line_status", "people", "statuses"]

Found = dict[str, Any]
_BEFORE_SHIPPING = frozenset(
    {OrderStatus.PENDING_PAYMENT, OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.UNKNOWN}
)
_PAID_FOR = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED})
_FULFILMENT = {
    OrderStatus.PENDING_PAYMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.AWAITING_SHIPMENT: FulfilmentStatus.UNFULFILLED,
    OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
    OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN,
}
_PHONE_MAX = 100
"""Characters; no number is longer, and looking for its extension takes the square of them."""
_EXTENSION = re.compile(r"^(.*?)[\s,;]*(?:ext\.?|extension|x)\s*(\d{1,10})$", re.I)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one wire profile read of an order's state.

    Attributes:
        word: What its status means.
        parcel: Where its parcels are, when it tells: an order's own status never says delivered.
        carried_by_amazon: Amazon collects the parcels (Easy Ship), so that its word moves the order on.
        handed_over_otherwise: No parcel of ours is confirmed for it: Easy Ship, collection in a store.
        strange: A word that no document lists stands somewhere.
    """

    word: OrderStatus
    fulfilled_by: FulfilledBy
    parcel: FulfilmentStatus | None = None
    carried_by_amazon: bool = False
    handed_over_otherwise: bool = False
    strange: bool = False


def statuses(found: Found, facts: Facts) -> Found:
    """The summary word, the axes, the holds; each line gets its own word."""
    status, fulfilment = facts.word, _FULFILMENT[facts.word]
    movable = _PAID_FOR if facts.carried_by_amazon else {OrderStatus.SHIPPED}
    if status in movable and facts.parcel in (FulfilmentStatus.SHIPPED, FulfilmentStatus.RETURNED):
        status, fulfilment = OrderStatus.SHIPPED, facts.parcel
    elif status in movable and facts.parcel is FulfilmentStatus.DELIVERED:
        status, fulfilment = OrderStatus.DELIVERED, FulfilmentStatus.DELIVERED
    lines: Sequence[Found] = found.get("lines", ())
    for line in lines:
        line["status"] = line_status(status, line)
    return {
        "status": status,
        "fulfilment_status": fulfilment,
        "aftersale_status": AftersaleStatus.NONE,
        "fulfilled_by": facts.fulfilled_by,
        "holds": frozenset(_holds(found["raw_status"], status, lines, facts)),
    }


def line_status(order: OrderStatus, line: Found) -> OrderStatus:
    """The word of one line from its quantities, where they are told."""
    sent, count = line.get("shipped_quantity"), line["quantity"]
    if order in (OrderStatus.UNKNOWN, OrderStatus.CANCELLED, OrderStatus.PENDING_PAYMENT):
        return order
    if (line.get("_cancelled") or count == 0) and not sent:
        return OrderStatus.CANCELLED
    if order in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        return order
    if sent is None:  # part of the order went out, and the line does not say whether it did
        return order if order is OrderStatus.AWAITING_SHIPMENT else OrderStatus.UNKNOWN
    if sent >= count:
        return OrderStatus.SHIPPED
    return OrderStatus.PARTIALLY_SHIPPED if sent else OrderStatus.AWAITING_SHIPMENT


def _holds(raw: str, status: OrderStatus, lines: Sequence[Found], facts: Facts) -> Iterable[Hold]:
    """Holds matter until the goods have left; an unknown word anywhere is a hold of its own."""
    if facts.strange or status is OrderStatus.UNKNOWN:
        yield Hold.UNKNOWN_VALUE
    if status not in _BEFORE_SHIPPING:
        return
    if raw in STATUS_HOLDS:
        yield STATUS_HOLDS[raw]
    if any(line.get("_cancel_requested") and _waits(line) for line in lines):
        yield Hold.BUYER_CANCEL_REQUESTED
    if facts.handed_over_otherwise or not lines:
        yield Hold.OTHER


def _waits(line: Found) -> bool:
    return line["status"] is not OrderStatus.CANCELLED and (line.get("shipped_quantity") or 0) < line["quantity"]


def people(
    *, buyer: Found, name: str | None, phone: str | None, address: Found, street: Iterable[str | None],
    deliver_by: datetime | None, updated_at: datetime | None,
) -> Found:  # fmt: skip
    """Buyer and recipient. Amazon shows a person in the clear or not at all.

    What is shown may be kept for thirty days after delivery: counted from the last promised delivery instant, or from
    the last change where nothing was promised, since no order tells when it was delivered.
    """
    detail = ", ".join(part for part in street if part) or None
    shown = any((name, phone, detail, *buyer.values()))
    since = deliver_by or updated_at
    number, extension = _phone(phone)
    return {
        "buyer": buyer,
        "recipient": {
            "name": name, "phone": number, "phone_extension": extension, "address": {**address, "street": detail},
            "privacy": {
                "kind": PrivacyKind.CLEAR if any((name, phone, detail)) else PrivacyKind.ABSENT,
                "expires_at": since + PERSONAL_DATA_KEPT if shown and since else None,
            },
        },
    }  # fmt: skip


def _phone(number: str | None) -> tuple[str | None, str | None]:
    found = _EXTENSION.match(number) if number and len(number) <= _PHONE_MAX else None
    return (found[1].strip() or None, found[2]) if found else (number or None, None)
