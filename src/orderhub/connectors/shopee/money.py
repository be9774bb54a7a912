"""Amounts of a Shopee order, in its own currency. Pure; imports `kit`. Source: docs/platforms/shopee.md#money.

Amounts are JSON numbers, read exactly. Lines tell the price before and after discounts; the order tells its total and
two shipping fees, but not which of them the buyer pays: a fee counts as freight when it explains the total to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.connectors.shopee.spec import STATUS
from orderhub.kit.convert import boolean, decimal_text
from orderhub.kit.money import total_of
from orderhub.kit.table import read
from orderhub.models.status import PaymentStatus

__all__ = ["amount", "line_money", "order_money", "payment"]

Found = dict[str, Any]
ZERO, _CENT = Decimal("0.00"), Decimal("0.01")
_DIGITS = 17
_PAID = frozenset(STATUS.words) - {"UNPAID", "CANCELLED", "PENDING"}
_FEES = ("estimated_shipping_fee", "actual_shipping_fee")


def amount(value: Any) -> Decimal:
    """A number in the currency of the order, at least two decimals kept, none lost."""
    found = decimal_text(value)
    if found.adjusted() > _DIGITS:
        raise ValueError("not an amount: too large")
    whole = found.quantize(_CENT)
    return whole if whole == found else found


def line_money(document: Mapping[str, Any], found: Found) -> Found:
    """Gross by the original price, what is paid by the discounted one."""
    before, after, units = found.get("unit_price"), found.pop("_discounted", None), found["quantity"]
    before = after if before is None else before
    if before is None or after is None:
        return {"unit_price": before, "subtotal": None if before is None else before * units}
    return {
        "unit_price": before, "subtotal": before * units, "discount": (before - after) * units, "total": after * units,
    }  # fmt: skip


def order_money(document: Mapping[str, Any], found: Found) -> Found:
    """Sums of the lines, the freight that explains the total, and what stays unexplained."""
    lines, total = found["lines"], found.get("total")
    gross, off = (total_of(line.get(name) for line in lines) for name in ("subtotal", "discount"))
    told: Found = {"items_total": gross, "discount_total": off, "discounts": tuple(_discounts(lines))}
    if total is None or gross is None or off is None:
        return told | ({"residual": ZERO} if total is None else {})
    rest = total - (gross - off)
    fee = ZERO if not rest else next((known for known in _fees(document) if known == rest), None)
    return {**told, "shipping_fee": fee, "residual": rest - (fee or ZERO)}


def _fees(document: Mapping[str, Any]) -> list[Decimal]:
    return [fee for name in _FEES if (fee := read(document, name, amount)) is not None]


def _discounts(lines: tuple[Found, ...]) -> list[Found]:
    """One a line; who bears it is not told."""
    return [
        {"kind": str(line.get("_promotion") or "item") if line["discount"] > 0 else "adjustment",
         "amount": line["discount"], "line_id": line["line_id"]}
        for line in lines if line.get("discount")
    ]  # fmt: skip


def payment(document: Mapping[str, Any], found: Found) -> Found:
    """Paid by the time of payment, cash on delivery by the end of the deal; a cancelled order's refund is not told."""
    raw, total, is_cod = found["raw_status"], found.get("total"), bool(read(document, "cod", boolean))
    has_paid = found.get("paid_at") is not None or (not is_cod and raw in _PAID)
    if is_cod:
        has_paid = raw == "COMPLETED"
    if raw == "CANCELLED" and has_paid:
        return {"is_cod": is_cod, "payment_status": PaymentStatus.UNKNOWN, "paid": total}
    if not has_paid and not is_cod and raw not in ("UNPAID", "CANCELLED"):
        return {"is_cod": is_cod, "payment_status": PaymentStatus.UNKNOWN}
    word = PaymentStatus.PAID if has_paid else PaymentStatus.UNPAID
    return {"is_cod": is_cod, "payment_status": word, "paid": total if has_paid else ZERO}
