"""What a Douyin order costs and what was paid and given back. Pure; imports `kit`, `models`. Wire amounts are fen.

Source: docs/platforms/douyin.md#money. A child tells its gross and its own share of every promotion; `pay_amount` of
the order is what the buyer owes for all of it, freight included. In which direction a seller's price change counts,
and whether the channel's own discount is taken off already, no source tells: each is taken as what makes the sum right,
and what nothing explains stays in `residual`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from orderhub.connectors.douyin.meaning import money_is_back, phases_paid
from orderhub.kit.convert import cny_fen
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import DiscountFunder, OrderStatus, PaymentStatus

__all__ = ["amounts", "goods", "payment"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
_FUNDERS: tuple[tuple[str, str, DiscountFunder], ...] = (
    ("_shop_off", "promotion_shop_amount", DiscountFunder.SELLER),
    ("_platform_off", "promotion_platform_amount", DiscountFunder.PLATFORM),
    ("_talent_off", "promotion_talent_amount", DiscountFunder.UNKNOWN),
)


def amounts(document: Document, found: Found) -> Found:
    """Gross, discount and total of one child; the gross is price times count where no sum is told."""
    gross, price = found.get("subtotal"), found.get("unit_price")
    if gross is None and price is not None:
        gross = price * found["quantity"]
    off = found.get("_off")
    return {"subtotal": gross, "discount": off, "total": None if gross is None or off is None else gross - off}


def goods(document: Document, found: Found) -> Found:
    """Sums of the children, discounts by who bears them, fees, and what the platform's total leaves unexplained."""
    lines = found["lines"]
    gross = total_of(line["subtotal"] for line in lines)
    if any(line["discount"] is None for line in lines):
        _spread(lines, found.get("_off"))
    off, fees = total_of(line["discount"] for line in lines), _fees(found)
    rows = _discounts(found, off)
    rest = _rest(found, gross, off, fees)
    for kind, amount in _explained(found, rest):
        if gross and rest is not None and off is not None:
            _take_off(lines, amount)
            off, rest = off + amount, rest + amount
            funder = DiscountFunder.SELLER if kind == "adjustment" else DiscountFunder.UNKNOWN
            rows.append({"kind": kind, "amount": amount, "funded_by": funder})
    return {"items_total": gross, "discount_total": off, "fees_total": fees, "residual": rest,
            "discounts": tuple(rows)}  # fmt: skip


def _spread(lines: Sequence[Found], off: Decimal | None) -> None:
    """What only the order tells, in shares by gross; nothing is made up where a gross or the sum is missing."""
    known = off is not None and all(line["subtotal"] is not None for line in lines)
    for line in lines:
        line["discount"] = ZERO if known else None
        line["total"] = line["subtotal"] if known else None
    if known and off:
        _take_off(lines, off)


def _take_off(lines: Sequence[Found], amount: Decimal) -> None:
    """A reduction of the whole order in shares by gross, the remainder on the last line that costs something."""
    weights = [line["subtotal"] for line in lines]
    for line, share in zip(
        lines, apportion(amount, weights if any(weights) else [Decimal(1)] * len(lines)), strict=True
    ):
        line["discount"] += share
        line["total"] -= share


def _fees(found: Found) -> Decimal | None:
    """Packing and freight insurance; None where neither is told."""
    told = [found[name] for name in ("_packing", "_insurance") if found.get(name) is not None]
    return sum(told, ZERO) if told else None


def _rest(found: Found, gross: Decimal | None, off: Decimal | None, fees: Decimal | None) -> Decimal | None:
    total = found.get("total")
    if total is None or gross is None:
        return None
    plus = [found.get("shipping_fee") or ZERO, fees or ZERO, found.get("tax_total") or ZERO]
    return Decimal(total - (gross - (off or ZERO) + sum(plus, ZERO)))


def _explained(found: Found, rest: Decimal | None) -> list[tuple[str, Decimal]]:
    """Which reductions make the sum right: the seller's change in either direction, the channel's discount or not."""
    change, channel = found.get("_modified") or ZERO, found.get("_pay_off") or ZERO
    if not rest:
        return []
    for one, two in product((ZERO, change, -change), (ZERO, channel)):
        if (one or two) and rest + one + two == 0:
            return [(kind, amount) for kind, amount in (("adjustment", one), ("payment_channel", two)) if amount]
    return []


def _discounts(found: Found, off: Decimal | None) -> list[Found]:
    """Promotions by who gives them; what none of them names is kind `other`."""
    rows = [{"kind": "promotion", "name": name, "amount": found[note], "funded_by": funder}
            for note, name, funder in _FUNDERS if found.get(note)]  # fmt: skip
    left = (off or ZERO) - sum((row["amount"] for row in rows), ZERO)
    return rows + ([{"kind": "other", "amount": left}] if off is not None and left > 0 else [])


def payment(document: Document, found: Found) -> Found:
    """What was paid and given back up to now, and the payment axis."""
    paid, status = _paid(found)
    back = [line for line in found["lines"] if money_is_back(line)]
    whole = len(back) == len(found["lines"])
    refunded: Decimal | None = ZERO
    if back:
        before = found["status"] is OrderStatus.CANCELLED
        refunded = paid if whole and before else None  # orders do not tell how much a case returned
        if status is PaymentStatus.PAID:
            partly = PaymentStatus.PARTIALLY_REFUNDED
            status = partly if not whole else PaymentStatus.REFUNDED if before else PaymentStatus.UNKNOWN
    elif found["status"] is OrderStatus.CANCELLED and status is PaymentStatus.PAID:
        refunded, status = None, PaymentStatus.UNKNOWN  # closed after payment, and no child says what became of it
    for line in found["lines"]:
        line |= _line_refund(line, found)
    return {"paid": paid, "refunded": refunded, "payment_status": status}


def _paid(found: Found) -> tuple[Decimal | None, PaymentStatus]:
    """Money that came in: of a deposit presale its paid phases, of cash on delivery nothing before it arrived."""
    status, total = found["status"], found.get("total")
    if status is OrderStatus.PENDING_PAYMENT:
        phases = phases_paid(found)
        if phases:
            return total_of(read(row, "phase_pay_amount", cny_fen) for row in phases), PaymentStatus.PARTIALLY_PAID
        return ZERO, PaymentStatus.UNPAID
    if status is OrderStatus.UNKNOWN and found.get("paid_at") is None:
        return None, PaymentStatus.UNKNOWN
    if found.get("is_cod") and found["raw_status"] != "5":
        return ZERO, PaymentStatus.UNPAID
    if status is OrderStatus.CANCELLED and found.get("paid_at") is None:
        return ZERO, PaymentStatus.UNPAID
    return total, PaymentStatus.PAID


def _line_refund(line: Found, found: Found) -> Found:
    """Nothing while nothing went back; all units of a child that was refunded before it left; amounts are not told."""
    if not money_is_back(line):
        return {"refunded": ZERO, "refunded_quantity": 0}
    unsent = line["status"] is OrderStatus.CANCELLED and not line.get("shipped_quantity")
    return {"refunded": line.get("total") if unsent and found["status"] is OrderStatus.CANCELLED else None,
            "refunded_quantity": line["quantity"] if unsent else None}  # fmt: skip
