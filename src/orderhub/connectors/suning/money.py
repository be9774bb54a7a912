"""What a Suning order says about money. Pure; imports `kit`, `models`. Amounts in yuan.

Everything stands in the lines: `payAmount` is what was paid for one, freight included; `coupontotalMoney` and
`vouchertotalMoney` are what was taken off. The gross is their sum without the freight. An amount that comes as empty
text is zero, one that does not come at all is not known. Source: docs/platforms/suning.md#money.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.connectors.suning.coupons import CENT, coupon_rows, yuan
from orderhub.kit.money import total_of
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, DiscountFunder, OrderStatus, PaymentStatus

__all__ = ["amounts", "goods", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
_CLOSED = ("0", "40")


def _told(document: Document, name: str) -> Decimal | None:
    """Empty text is zero on this platform; a missing field says nothing."""
    return ZERO if document.get(name) == "" else read(document, name, yuan)


def amounts(document: Document, found: Found) -> Found:
    """Gross, discount and total of one line, and the notes that the order reads."""
    paid, freight = read(document, "payAmount", yuan), _told(document, "transportFee")
    coupon, voucher = _told(document, "coupontotalMoney"), _told(document, "vouchertotalMoney")
    net = paid - freight if paid is not None and freight is not None else None
    off = coupon + voucher if coupon is not None and voucher is not None else None
    named = coupon_rows(found.pop("_payments", []))
    notes = {"_pay": paid, "_freight": freight, "_coupon": coupon, "_voucher": voucher, "_named": named}
    return notes | _gross(found, net, off)


def _gross(found: Found, net: Decimal | None, off: Decimal | None) -> Found:
    """By the amounts where all are told; else by the unit price, which threshold promotions make unreliable."""
    price, units = found.get("unit_price"), found["quantity"]
    listed = price * units if price is not None else None
    if net is not None and off is not None:
        subtotal = net + off
        if units and listed != subtotal:
            price = (subtotal / units).quantize(CENT)
        return {"subtotal": subtotal, "discount": off, "total": net, "unit_price": price}
    if net is None:
        return {"subtotal": listed, "discount": None, "total": None}
    if listed is None or listed < net:
        return {"subtotal": None, "discount": None, "total": net}
    return {"subtotal": listed, "discount": listed - net, "total": net}


def goods(document: Document, found: Found) -> Found:
    """Sums over the lines, the reductions by name, what is owed for the whole order and what of it is unexplained."""
    lines = found.get("lines", ())
    items, off = (total_of(line.get(name) for line in lines) for name in ("subtotal", "discount"))
    freight, owed = total_of(line["_freight"] for line in lines), total_of(line["_pay"] for line in lines)
    total = found.get("total", owed)
    abroad = any(line.get("_overseas") == "01" for line in lines)
    told = {"items_total": items, "discount_total": off, "shipping_fee": freight, "total": total, "currency": "CNY",
            "fees_total": ZERO if owed is not None else None, "tax_total": None if abroad else ZERO}  # fmt: skip
    return told | {"residual": _residual(told), "discounts": tuple(row for line in lines for row in _reductions(line))}


def _residual(told: Found) -> Decimal | None:
    """What the total leaves unexplained; taxes of overseas goods end here, since nothing says where they stand."""
    if told["total"] is None or told["items_total"] is None:
        return None
    plus = [told[name] or ZERO for name in ("items_total", "shipping_fee", "fees_total", "tax_total")]
    return Decimal(told["total"] - (sum(plus, ZERO) - (told["discount_total"] or ZERO)))


def _reductions(line: Found) -> list[Found]:
    """The line's reductions by name; what no row of its payments names stays a coupon of unknown funder."""
    coupon, voucher, place = line["_coupon"], line["_voucher"], {"line_id": line["line_id"]}
    if coupon is None or voucher is None or line.get("discount") is None:
        rest = line.get("discount") or ZERO
        return [{"kind": "other", "amount": rest, **place}] if rest > 0 else []
    named = line["_named"]
    unnamed = coupon - sum((row["amount"] for row in named), ZERO)
    if unnamed < 0:  # the payments tell more than the line: they are no break-down of it
        named, unnamed = [], coupon
    rows = [*named, {"kind": "coupon", "amount": unnamed},
            {"kind": "voucher", "amount": voucher, "funded_by": DiscountFunder.SELLER}]  # fmt: skip
    return [{**row, **place} for row in rows if row["amount"] > 0]


def payment(document: Document, found: Found) -> Found:
    """What was paid and refunded up to now, and the payment axis."""
    lines = found.get("lines", ())
    paid, status = _paid(found, lines)
    refunded, status = _refunded(found, lines, paid, status)
    for line in lines:
        line |= _line_refund(line, unpaid=status is PaymentStatus.UNPAID)
    unpaid = status in (PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID)
    return {"paid": paid, "refunded": refunded, "payment_status": status,
            "paid_at": None if unpaid else found.get("paid_at")}  # fmt: skip


def _deposit(lines: tuple[Found, ...], *stages: str) -> Decimal | None:
    """The deposits of presale lines in one of `stages`; None when there are none or one is not told."""
    rows = [line for line in lines if line.get("_reserve") in stages]
    return total_of(line.get("_deposit") for line in rows) if rows else None


def _stages(lines: tuple[Found, ...]) -> set[str]:
    return {stage for line in lines if (stage := line.get("_reserve"))}


def _paid(found: Found, lines: tuple[Found, ...]) -> tuple[Decimal | None, PaymentStatus]:
    raw, total = found["raw_status"], found.get("total")
    returned = any(line["aftersale_status"] is AftersaleStatus.REFUNDED for line in lines)
    if found["status"] is OrderStatus.UNKNOWN:
        return (total, PaymentStatus.PAID) if found.get("paid_at") else (None, PaymentStatus.UNKNOWN)
    if raw == "5" or (raw == "0" and not returned):
        if _stages(lines) & {"M", "P", "R"}:
            return _deposit(lines, "M", "P", "R"), PaymentStatus.PARTIALLY_PAID
        return ZERO, PaymentStatus.UNPAID
    if raw == "40" and not returned and not found.get("paid_at"):
        return ZERO, PaymentStatus.UNPAID
    return total, PaymentStatus.PAID


def _refunded(
    found: Found, lines: tuple[Found, ...], paid: Decimal | None, status: PaymentStatus
) -> tuple[Decimal | None, PaymentStatus]:
    """Orders tell refunds by flags only: the amount follows where a flagged line is closed, else it is not told."""
    if found["status"] is OrderStatus.UNKNOWN:
        return None, status
    if status is PaymentStatus.PARTIALLY_PAID:
        return _deposits_back(found, lines, paid)
    if status is not PaymentStatus.PAID:
        return ZERO, status
    back = [line for line in lines if line["aftersale_status"] is AftersaleStatus.REFUNDED]
    amount = paid if len(back) == len(lines) and back else total_of(line["_pay"] for line in back)
    if amount is not None and paid is not None:
        amount = min(amount, paid)
    if len(back) < len(lines) and _silent(found, lines):
        return None, PaymentStatus.PARTIALLY_REFUNDED if back else _closed_word(found)
    if not back:
        return ZERO, status
    whole = amount is not None and amount == paid
    return amount, PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED


def _deposits_back(
    found: Found, lines: tuple[Found, ...], paid: Decimal | None
) -> tuple[Decimal | None, PaymentStatus]:
    """Deposits that were returned; of one that was paid for an order closed since, nothing says where it went."""
    stages = _stages(lines)
    if stages == {"R"}:
        return paid, PaymentStatus.REFUNDED
    status = PaymentStatus.PARTIALLY_REFUNDED if "R" in stages else PaymentStatus.PARTIALLY_PAID
    if "M" in stages and found["raw_status"] in _CLOSED:
        return None, status
    return (_deposit(lines, "R") if "R" in stages else ZERO), status


def _silent(found: Found, lines: tuple[Found, ...]) -> bool:
    """Whether money may have gone back without the order saying how much."""
    rest = [line for line in lines if line["aftersale_status"] is not AftersaleStatus.REFUNDED]
    return found["raw_status"] in _CLOSED or any(
        line["aftersale_status"] is AftersaleStatus.IN_PROGRESS or line["status"] is OrderStatus.CANCELLED
        for line in rest
    )


def _closed_word(found: Found) -> PaymentStatus:
    """A closed order that was paid: whether the money went back is not told."""
    return PaymentStatus.UNKNOWN if found["raw_status"] in _CLOSED else PaymentStatus.PAID


def _line_refund(line: Found, *, unpaid: bool) -> Found:
    word = line["aftersale_status"]
    if word is AftersaleStatus.REFUNDED and not unpaid:
        return {"refunded": line.get("total"), "refunded_quantity": line["quantity"]}
    quiet = word is AftersaleStatus.REQUESTED or (
        word is AftersaleStatus.NONE and (unpaid or line["status"] is not OrderStatus.CANCELLED)
    )
    return {"refunded": ZERO, "refunded_quantity": 0} if quiet else {"refunded": None, "refunded_quantity": None}
