"""What a Pinduoduo order says about money. Pure; imports `kit`, `models`. Amounts in yuan.

Source: docs/platforms/pinduoduo.md#money. Goods are price times count less the seller's price change; discounts are
told for the whole order, by who bears them; `pay_amount` is what the buyer owes for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.connectors.pinduoduo.convert import yuan_number
from orderhub.connectors.pinduoduo.meaning import flag, step_of
from orderhub.kit.convert import rows_of
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, DiscountFunder, OrderStatus, PaymentStatus

__all__ = ["disagreements", "discounts", "goods", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
TOLERANCE = Decimal("0.01")
_PARTS = ("_platform_discount", "_seller_discount", "_capital_free_discount")
_FUNDERS: Mapping[str, tuple[str, DiscountFunder]] = {
    "_platform_discount": ("promotion", DiscountFunder.PLATFORM),
    "_seller_discount": ("promotion", DiscountFunder.SELLER),
    "_capital_free_discount": ("group_leader_free", DiscountFunder.UNKNOWN),
}


def goods(document: Document, found: Found) -> Found:
    """Gross, discount and total of each line, and their sums; what is told for the order is apportioned."""
    lines = found["lines"]
    for line in lines:
        price = line.get("unit_price")
        line["subtotal"] = None if price is None else price * line["quantity"]
    gross = total_of(line["subtotal"] for line in lines)
    change, reduced = _change(found, gross), _reduced(found)
    off = None if change is None or reduced is None else change + reduced
    note = _spread(lines, off)
    return {"items_total": gross, "discount_total": off, "tax_total": ZERO, "_change": change, "_notes": note}


def _change(found: Found, gross: Decimal | None) -> Decimal | None:
    """What the seller took off by hand; where it is not told, what the goods amount leaves of the gross."""
    if (told := found.get("_order_change_amount")) is not None:
        return Decimal(told)
    amount = found.get("_goods_amount")
    return None if amount is None or gross is None else gross - amount


def _reduced(found: Found) -> Decimal | None:
    """Every discount of the order; the sum of its parts where the whole is not told."""
    whole = found.get("_discount_amount")
    return whole if whole is not None else total_of(found.get(name) for name in _PARTS)


def _spread(lines: Sequence[Found], off: Decimal | None) -> tuple[str, ...]:
    """Shares by gross over the lines that cost something; gifts carry none."""
    carriers = [line for line in lines if not line.get("is_gift")]
    known = off is not None and all(line["subtotal"] is not None for line in carriers)
    for line in lines:
        line["discount"] = ZERO if known or line.get("is_gift") else None
    if known and off:
        weights = [line["subtotal"] for line in carriers]
        even = weights if any(weights) else [Decimal(1)] * len(carriers)
        for line, share in zip(carriers, apportion(off, even), strict=True):
            line["discount"] = share
    for line in lines:
        line["total"] = None if line["discount"] is None else line["subtotal"] - line["discount"]
    return ("discount_apportioned",) if known and off and len(carriers) > 1 else ()


def discounts(document: Document, found: Found) -> Found:
    """Reductions by who bears them; a seller's price change is an adjustment; what no part names is kind `other`."""
    rows = []
    for part, (kind, funder) in _FUNDERS.items():
        if amount := found.get(part):
            rows.append({"kind": kind, "name": part[1:], "amount": amount, "funded_by": funder})
    if change := found.get("_change"):
        rows.append({"kind": "adjustment", "amount": change, "funded_by": DiscountFunder.SELLER})
    rest = (found.get("discount_total") or ZERO) - sum((row["amount"] for row in rows), ZERO)
    if found.get("discount_total") is not None and rest > 0:
        rows.append({"kind": "other", "amount": rest})
    return {"discounts": tuple(rows)}


def payment(document: Document, found: Found) -> Found:
    """Fees, the residual, what was paid and refunded up to now, and the payment axis."""
    paid, status = _paid(document, found)
    told: Found = {"fees_total": _fees(document), "paid": paid}
    told["refunded"] = _refunded(document, found, paid)
    if flag(document, "refund_status") == "4":
        status = PaymentStatus.REFUNDED
    elif found["aftersale_status"] is AftersaleStatus.REFUNDED and status is PaymentStatus.PAID:
        status = PaymentStatus.UNKNOWN  # the case says money went back, the order does not say how much
    for line in found["lines"]:
        line |= _line_refund(line, found, told["refunded"])
    return told | {"payment_status": status, "residual": _residual({**found, **told})}


def _fees(document: Document) -> Decimal | None:
    rows = document.get("service_fee_detail")
    return None if rows in (None, "") else total_of(read(row, "service_fee", yuan_number) for row in rows_of(rows))


def _residual(found: Found) -> Decimal | None:
    if found.get("total") is None or found.get("items_total") is None:
        return None
    plus = [found.get(name) or ZERO for name in ("items_total", "shipping_fee", "fees_total", "tax_total")]
    return Decimal(found["total"] - (sum(plus, ZERO) - (found.get("discount_total") or ZERO)))


def _paid(document: Document, found: Found) -> tuple[Decimal | None, PaymentStatus]:
    """What the buyer gave; an order whose group failed may have its money back, which is not told."""
    total, status, step = found.get("total"), found["status"], step_of(document)
    if step == "0":
        return ZERO, PaymentStatus.UNPAID
    if step == "1":
        return read(document["step_order_info"], "advanced_paid_fee", yuan_number), PaymentStatus.PARTIALLY_PAID
    if step not in (None, "2") or (status is OrderStatus.UNKNOWN and found.get("paid_at") is None):
        return None, PaymentStatus.UNKNOWN
    if status is OrderStatus.PENDING_PAYMENT:
        return ZERO, PaymentStatus.UNPAID
    if status is OrderStatus.CANCELLED and flag(document, "refund_status") != "4":
        return (ZERO, PaymentStatus.UNPAID) if found.get("paid_at") is None else (total, PaymentStatus.UNKNOWN)
    return total, PaymentStatus.PAID


def _refunded(document: Document, found: Found, paid: Decimal | None) -> Decimal | None:
    """Orders tell refunds by status only: all of it before shipping; afterwards the amount is not told."""
    status, word = found["status"], found["aftersale_status"]
    if flag(document, "refund_status") == "4":
        return paid if status is OrderStatus.CANCELLED else None
    if word in (AftersaleStatus.REFUNDED, AftersaleStatus.UNKNOWN) or status is OrderStatus.UNKNOWN:
        return None
    return None if status is OrderStatus.CANCELLED and paid else ZERO


def _line_refund(line: Found, found: Found, refunded: Decimal | None) -> Found:
    """Nothing while nothing went back; all of it where the order was closed; else as silent as the order."""
    word = line["aftersale_status"]
    if word not in (AftersaleStatus.REFUNDED, AftersaleStatus.UNKNOWN) and refunded is not None:
        return {"refunded": ZERO, "refunded_quantity": 0}
    whole = word is AftersaleStatus.REFUNDED and found["status"] is OrderStatus.CANCELLED
    return {"refunded": line.get("total") if whole else None, "refunded_quantity": line["quantity"] if whole else None}


def disagreements(found: Found) -> list[tuple[str, Decimal]]:
    """(wire field, by how much) where the platform's own amounts contradict each other by more than a cent."""
    told = []
    gross, change, amount = (found.get(name) for name in ("items_total", "_change", "_goods_amount"))
    if None not in (gross, change, amount):
        told.append(("goods_amount", Decimal(gross - change - amount)))  # type: ignore[operator]
    whole, parts = found.get("_discount_amount"), total_of(found.get(name) for name in _PARTS)
    if whole is not None and parts is not None:
        told.append(("discount_amount", Decimal(whole - parts)))
    return [(path, off) for path, off in told if abs(off) > TOLERANCE]
