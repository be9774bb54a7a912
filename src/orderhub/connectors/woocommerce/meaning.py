"""What a WooCommerce order means in canonical words: statuses, payment, holds, people. Pure; imports `kit`, `models`.

Source: docs/platforms/woocommerce.md#status, #money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orderhub.connectors.woocommerce.money import ZERO, refund_total
from orderhub.connectors.woocommerce.parcels import left_of, meta_of, parcels_of, sent_units, shipments_of
from orderhub.connectors.woocommerce.refund_lines import Returned, returned_by_line
from orderhub.connectors.woocommerce.spec import STATUS, STATUS_HOLDS
from orderhub.kit.convert import text
from orderhub.kit.table import read
from orderhub.models.status import (
    AftersaleStatus,
    FulfilmentStatus,
    Hold,
    OrderStatus,
    PaymentStatus,
    PrivacyKind,
)

__all__ = ["DEFAULT", "Reading", "people", "settle"]

Document = Mapping[str, Any]
Found = dict[str, Any]
_TO_SHIP = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})


@dataclass(frozen=True)
class Reading:
    """The switches of a shop that decide what its orders mean."""

    words: Mapping[str, str] = field(default_factory=dict)
    cod: tuple[str, ...] = ("cod",)
    unpaid_processing: str = "unknown"
    parcels_key: str = "orderhub_parcels"
    memo_key: str = "orderhub_memo"
    item_key: str = "_refunded_item_id"

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Reading:
        """Taken from the shop's settings."""
        methods = settings["cod_methods"]
        return cls(
            _own_words(settings), (methods,) if isinstance(methods, str) else tuple(methods),
            settings["unpaid_processing"], str(settings["parcels_key"]), str(settings["memo_key"]),
            str(settings["refunded_item_key"]),
        )  # fmt: skip

    def word(self, raw: str) -> OrderStatus:
        """The canonical word of a status, a plugin's among them."""
        return OrderStatus(self.words[raw]) if raw in self.words else STATUS(raw)


DEFAULT = Reading()


def _own_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Statuses of plugins, those among them that we write ourselves; lines decide about an order sent in part."""
    ours = {settings["shipped_status"]: "shipped", settings["part_shipped_status"]: "awaiting_shipment"}
    told = {str(raw): word for raw, word in ours.items() if raw and not STATUS.knows(str(raw))}
    return told | dict(settings["status_map"])


def settle(document: Document, found: Found, reading: Reading = DEFAULT) -> Found:
    """Everything that depends on status, payment, refunds and parcels together."""
    raw, lines = found["raw_status"], found.get("lines", ())
    returned = returned_by_line(document, lines, reading.item_key)
    money = _payment(document, found, reading)
    parcels = parcels_of(document, reading.parcels_key)
    word = _closed(raw, found, reading.word(raw))
    if raw == "on-hold" and money["payment_status"] is PaymentStatus.PAID and word is OrderStatus.PENDING_PAYMENT:
        word = OrderStatus.AWAITING_SHIPMENT
    for line in lines:
        line |= _refunded(line, returned, money)
        line |= _line(line, word, sent_units(parcels), left_of([line], parcels)[line["line_id"]])
    status = _summary(word, lines)
    memo = meta_of(document, reading.memo_key)
    return {
        **money, "status": status, "fulfilment_status": _fulfilment(status), "shipments": shipments_of(parcels),
        "holds": frozenset(_holds(raw, status, returned)), "seller_note": memo if isinstance(memo, str) else None,
        "shipped_at": _shipped_at(found, status, parcels),
        "completed_at": found.get("_completed_at") if status is OrderStatus.COMPLETED else None,
    }  # fmt: skip


def _closed(raw: str, found: Found, word: OrderStatus) -> OrderStatus:
    """Money that went back after the goods had left does not take the goods back."""
    return OrderStatus.COMPLETED if raw == "refunded" and found.get("_completed_at") else word


def _payment(document: Document, found: Found, reading: Reading) -> Found:
    """What was paid and refunded up to now, the payment and the after-sale axis."""
    raw, total, refunded = found["raw_status"], found.get("total"), refund_total(document)
    method = read(document, "payment_method", text)
    cod = method in reading.cod
    paid, status = _paid(raw, total, found.get("paid_at") is not None, cod=cod, reading=reading)
    if raw == "refunded" and not refunded:
        refunded = None
    whole = raw == "refunded" or bool(refunded and total is not None and refunded >= total)
    after = AftersaleStatus.NONE
    if whole or refunded:
        status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
        after = AftersaleStatus.REFUNDED if whole else AftersaleStatus.PARTIALLY_REFUNDED
        paid = None if paid is not None and refunded is not None and paid < refunded else paid
    return {"paid": paid, "refunded": refunded, "payment_status": status, "aftersale_status": after, "is_cod": cod}


_UNPAID = frozenset({"pending", "on-hold", "failed", "cancelled", "trash"})


def _paid(
    raw: str, total: Decimal | None, dated: bool, *, cod: bool, reading: Reading
) -> tuple[Decimal | None, PaymentStatus]:
    if dated:
        return total, PaymentStatus.PAID
    if raw in _UNPAID or (raw == "processing" and (cod or reading.unpaid_processing == "unpaid")):
        return ZERO, PaymentStatus.UNPAID
    return None, PaymentStatus.UNKNOWN


def _refunded(line: Found, returned: Returned | None, money: Found) -> Found:
    """What went back of one line; a refund without lines belongs to no line."""
    if money["aftersale_status"] is AftersaleStatus.NONE:
        none = None if money["refunded"] is None else ZERO
        return {"refunded": none, "refunded_quantity": 0, "aftersale_status": AftersaleStatus.NONE}
    if money["aftersale_status"] is AftersaleStatus.REFUNDED:
        return {"refunded": line.get("total"), "refunded_quantity": line["quantity"],
                "aftersale_status": AftersaleStatus.REFUNDED}  # fmt: skip
    if returned is None:
        return {"refunded": None, "refunded_quantity": None, "aftersale_status": AftersaleStatus.UNKNOWN}
    units, amount = returned.lines.get(line["line_id"], (0, ZERO))
    units = min(units, line["quantity"])
    whole = bool(units) and units >= line["quantity"]
    word = AftersaleStatus.REFUNDED if whole else AftersaleStatus.PARTIALLY_REFUNDED
    return {
        "refunded": None if returned.unassigned and amount is not None else amount, "refunded_quantity": units,
        "aftersale_status": word if units or amount else AftersaleStatus.NONE,
    }  # fmt: skip


def _line(line: Found, word: OrderStatus, sent: Mapping[str, int], left: int) -> Found:
    """Status and sent units of one line."""
    gone = sent.get(line["line_id"], 0)
    if word is OrderStatus.UNKNOWN:
        return {"status": word, "shipped_quantity": None}
    if word in _GONE:
        whole = line["aftersale_status"] is AftersaleStatus.REFUNDED  # everything went back, after it had left
        kept = line["quantity"] - (0 if whole else line["refunded_quantity"] or 0)
        return {"status": word, "shipped_quantity": max(gone, kept)}
    if word not in _TO_SHIP:
        return {"status": word, "shipped_quantity": gone}
    if gone:
        return {"status": OrderStatus.PARTIALLY_SHIPPED if left else OrderStatus.SHIPPED, "shipped_quantity": gone}
    return {"status": word if left or not line["quantity"] else OrderStatus.CANCELLED, "shipped_quantity": 0}


def _summary(word: OrderStatus, lines: tuple[Found, ...]) -> OrderStatus:
    """The order's own word, unless its lines are further."""
    if word not in _TO_SHIP or not lines:
        return word
    states = {line["status"] for line in lines} - {OrderStatus.CANCELLED}
    if not states:
        return OrderStatus.CANCELLED
    if states == {OrderStatus.SHIPPED}:
        return OrderStatus.SHIPPED
    return OrderStatus.PARTIALLY_SHIPPED if states & {OrderStatus.SHIPPED, OrderStatus.PARTIALLY_SHIPPED} else word


def _fulfilment(status: OrderStatus) -> FulfilmentStatus:
    """Completed is the shop's word for sent goods: whether they arrived nobody tells."""
    by_word = {
        OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN, OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
        OrderStatus.COMPLETED: FulfilmentStatus.SHIPPED, OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
        OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED,
        OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
    }  # fmt: skip
    return by_word.get(status, FulfilmentStatus.UNFULFILLED)


def _holds(raw: str, status: OrderStatus, returned: Returned | None) -> set[Hold]:
    holds = {Hold.UNKNOWN_VALUE} if status is OrderStatus.UNKNOWN else set()
    if raw in STATUS_HOLDS and status not in _GONE:
        holds.add(STATUS_HOLDS[raw])
    if returned is None and status in _TO_SHIP:
        holds.add(Hold.OTHER)  # part of the money went back, and for which goods is not told
    return holds


def _shipped_at(found: Found, status: OrderStatus, parcels: list[dict[str, Any]]) -> Any:
    times = [row["shipped_at"] for row in shipments_of(parcels) if row["shipped_at"]]
    if times:
        return min(times)
    return found.get("_completed_at") if status is OrderStatus.COMPLETED else None


_PARTS = ("first_name", "last_name", "address_1", "address_2", "city", "state", "postcode", "country")


def people(document: Document, found: Found) -> Found:
    """Buyer and recipient: the shipping address, or the billing one where no other was given."""
    billing, shipping = (_object(document, name) for name in ("billing", "shipping"))
    where = shipping if any(_text(shipping, name) for name in ("address_1", "city", "postcode")) else billing
    name = " ".join(part for part in (_text(where, "first_name"), _text(where, "last_name")) if part)
    street = ", ".join(part for part in (_text(where, "address_1"), _text(where, "address_2")) if part)
    address = {"country": "country", "province": "state", "city": "city", "postal_code": "postcode"}
    shown = any(_text(where, part) for part in _PARTS)
    customer = read(document, "customer_id", text)
    return {
        "buyer": {"buyer_id": None if customer == "0" else customer, "email": _text(billing, "email")},
        "recipient": {
            "name": name or None, "phone": _text(where, "phone") or _text(billing, "phone"),
            "address": {ours: _text(where, theirs) for ours, theirs in address.items()} | {"street": street or None},
            "privacy": {"kind": PrivacyKind.CLEAR if shown else PrivacyKind.ABSENT},
        },
    }  # fmt: skip


def _object(document: Document, name: str) -> Document:
    value = document.get(name)
    if value in (None, "", []):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is no object")
    return value


def _text(document: Document, name: str) -> str | None:
    return read(document, name, text)  # type: ignore[no-any-return]
