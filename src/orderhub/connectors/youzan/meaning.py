"""What a Youzan order means in canonical words: statuses, payment, holds, people, parcels. Imports `kit`, `models`.

Source: docs/platforms/youzan.md#status, #order. Parcels come from a call of their own and stand under `PARCELS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.connectors.youzan.money import ZERO, yuan_of
from orderhub.connectors.youzan.spec import CLOSE_REFUNDED, REFUND_STATE, STATUS, STATUS_HOLDS, TRANSIENT
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import beijing_time, rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import (
    AftersaleStatus,
    FulfilledBy,
    FulfilmentStatus,
    Hold,
    OrderStatus,
    PaymentStatus,
    PrivacyKind,
)

__all__ = ["PARCELS", "parcels_of", "people", "settle"]

Document = Mapping[str, Any]
Found = dict[str, Any]
PARCELS = "_parcels"
_TO_SHIP = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_UNPAID = frozenset({OrderStatus.PENDING_PAYMENT})


def _info(document: Document, name: str) -> str:
    block = document.get("order_info")
    value = block.get(name) if isinstance(block, Mapping) else None
    return "" if value is None or isinstance(value, bool) else str(value)


def parcels_of(document: Document) -> list[Found]:
    """The parcels that `youzan.logistics.order.query` told; empty when it was not asked."""
    found = []
    for row in rows_of(document.get(PARCELS)):
        number = text(row.get("out_sid")) if isinstance(row, Mapping) and row.get("out_sid") else None
        if number is None:
            continue
        name = read(row, "out_stype_name", text)
        found.append({
            "carrier": carrier_of(name) if name else None, "carrier_name": name, "waybill_no": number,
            "shipped_at": read(row, "consign_time", beijing_time),
            "oids": [part.strip() for part in str(row.get("oids") or "").split(",") if part.strip()],
        })  # fmt: skip
    return found


def settle(document: Document, found: Found) -> Found:
    """The summary word, the axes, holds, what was paid and went back, and the parcels."""
    raw, refund = found["raw_status"], REFUND_STATE(_info(document, "refund_state") or "0")
    lines, parcels = found.get("lines", ()), parcels_of(document)
    left = bool(_info(document, "consign_time"))
    word = STATUS(raw)
    if word is OrderStatus.CANCELLED and left:
        word = OrderStatus.SHIPPED  # closed after it had left: the money shows on its own axis
    sent = {oid for parcel in parcels for oid in parcel["oids"]} or (
        {line["line_id"] for line in lines} if parcels and left else set()
    )
    for line in lines:
        line |= _line(line, word, sent, refund)
    status = _summary(word, lines)
    money = _money(document, found, status, refund)
    return {
        "status": status, "fulfilment_status": _fulfilment(status), "aftersale_status": refund, **money,
        "holds": frozenset(_holds(document, raw, status, refund, lines)), "fulfilled_by": FulfilledBy.MERCHANT,
        "currency": "CNY", "shipments": _shipments(parcels, lines), "labels": _labels(document),
        "completed_at": found.get("_success_at") if status is OrderStatus.COMPLETED else None,
        "shipped_at": found.get("_consign_at") or min((at for p in parcels if (at := p["shipped_at"])), default=None),
    }  # fmt: skip


def _line(line: Found, word: OrderStatus, sent: set[str], refund: AftersaleStatus) -> Found:
    """Status, sent units and what went back of one line; orders tell refunds by one word for all lines."""
    gone = word in _GONE or line["line_id"] in sent
    status = OrderStatus.SHIPPED if word in _TO_SHIP and gone else word
    whole = refund is AftersaleStatus.REFUNDED
    told = whole or refund is AftersaleStatus.NONE
    return {
        "status": status, "shipped_quantity": None if word is OrderStatus.UNKNOWN else line["quantity"] if gone else 0,
        "aftersale_status": refund if told or refund is AftersaleStatus.IN_PROGRESS else AftersaleStatus.UNKNOWN,
        "refunded": line.get("total") if whole else ZERO if told else None,
        "refunded_quantity": line["quantity"] if whole else 0 if told else None,
    }  # fmt: skip


def _summary(word: OrderStatus, lines: tuple[Found, ...]) -> OrderStatus:
    if word is not OrderStatus.AWAITING_SHIPMENT or not lines:
        return word
    gone = sum(1 for line in lines if line["shipped_quantity"])
    return word if not gone else OrderStatus.SHIPPED if gone == len(lines) else OrderStatus.PARTIALLY_SHIPPED


def _fulfilment(status: OrderStatus) -> FulfilmentStatus:
    words = {
        OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN, OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
        OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
        OrderStatus.PARTIALLY_SHIPPED: FulfilmentStatus.PARTIALLY_SHIPPED,
        OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED, OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
    }  # fmt: skip
    return words.get(status, FulfilmentStatus.UNFULFILLED)


def _money(document: Document, found: Found, status: OrderStatus, refund: AftersaleStatus) -> Found:
    """Paid, refunded and the payment axis; the amount of a part refund is not told by orders."""
    total = found.get("total")
    if status is OrderStatus.UNKNOWN and not found.get("paid_at"):
        return {"paid": None, "refunded": None, "payment_status": PaymentStatus.UNKNOWN}
    if not found.get("paid_at"):
        return {"paid": ZERO, "refunded": ZERO, "payment_status": PaymentStatus.UNPAID}
    paid = _paid(document, total)
    closed = found["raw_status"] == "TRADE_CLOSED"
    if refund is AftersaleStatus.REFUNDED or (
        closed and _info(document, "close_type") in CLOSE_REFUNDED and refund is AftersaleStatus.NONE
    ):
        return {"paid": paid, "refunded": paid, "payment_status": PaymentStatus.REFUNDED}
    if refund is AftersaleStatus.PARTIALLY_REFUNDED:
        return {"paid": paid, "refunded": None, "payment_status": PaymentStatus.PARTIALLY_REFUNDED}
    known = refund in (AftersaleStatus.NONE, AftersaleStatus.IN_PROGRESS)
    return {
        "paid": paid,
        "refunded": ZERO if known else None,
        "payment_status": PaymentStatus.PAID if known else PaymentStatus.UNKNOWN,
    }


def _paid(document: Document, total: Decimal | None) -> Decimal | None:
    """Stored value that paid a part counts as money of the buyer's."""
    real = yuan_of(document, "pay_info", "real_payment")
    return total if total is not None else real


def _holds(
    document: Document, raw: str, status: OrderStatus, refund: AftersaleStatus, lines: tuple[Found, ...]
) -> set[Hold]:
    if status is OrderStatus.UNKNOWN or refund is AftersaleStatus.UNKNOWN:
        return {Hold.UNKNOWN_VALUE}
    if status not in _TO_SHIP and status not in _UNPAID:
        return set()
    holds = {STATUS_HOLDS[raw]} if raw in STATUS_HOLDS else set()
    if _info(document, "refund_state") in TRANSIENT:
        holds.add(Hold.REFUND_OPEN)
    if refund in (AftersaleStatus.PARTIALLY_REFUNDED, AftersaleStatus.REFUNDED):
        holds.add(Hold.OTHER)  # money went back, and for which goods orders do not tell
    return holds


def _shipments(parcels: list[Found], lines: tuple[Found, ...]) -> tuple[Found, ...]:
    units = {line["line_id"]: line["quantity"] for line in lines}
    return tuple(
        {**{name: value for name, value in parcel.items() if name != "oids"},
         "lines": tuple((oid, units[oid]) for oid in (parcel["oids"] or units) if oid in units)}
        for parcel in parcels
    )  # fmt: skip


def _labels(document: Document) -> tuple[str, ...]:
    kinds = {"1": "pick_up", "2": "same_city", "9": "no_delivery"}
    found = kinds.get(_info(document, "express_type"))
    return (found,) if found else ()


def _text(document: Document, block: str, name: str) -> str | None:
    inner = document.get(block)
    return read(inner, name, text) if isinstance(inner, Mapping) else None


def people(document: Document, found: Found) -> Found:
    """Buyer and recipient; `out_address_hash_code` of list rows says that receivers are the same."""
    address = {
        ours: _text(document, "address_info", f"delivery_{theirs}")
        for ours, theirs in (("province", "province"), ("city", "city"), ("district", "district"),
                             ("street", "address"),
                             ("postal_code", "postal_code"))
    }  # fmt: skip
    name, phone = (_text(document, "address_info", f"receiver_{part}") for part in ("name", "tel"))
    shown = [value for value in (name, phone, address["street"]) if value]
    kind = (
        PrivacyKind.MASKED
        if any("*" in value for value in shown)
        else PrivacyKind.CLEAR
        if shown
        else PrivacyKind.ABSENT
    )
    same = _text(document, "out_order_info", "out_address_hash_code")
    return {
        "buyer": {"buyer_id": _text(document, "buyer_info", "yz_open_id"),
                  "nickname": _text(document, "buyer_info", "fans_nickname")},
        "recipient": {"name": name, "phone": phone, "address": address,
                      "privacy": {"kind": kind, "merge_key": same}},
    }  # fmt: skip
