"""What a Lazada order says about money. Pure; imports `kit`, `models`. Amounts in the order's own currency.

`price` is the order's goods without voucher and shipping; a unit's `item_price` is its share of it, `voucher_amount`
what was taken off. Wallet credits are payment. Prices are read as containing `tax_amount`: no source says that it comes
on top, and what that leaves unexplained is the residual. Source: docs/platforms/lazada.md#money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.connectors.lazada.wire import amount
from orderhub.kit.money import total_of
from orderhub.kit.table import read
from orderhub.models.status import DiscountFunder, OrderStatus, PaymentStatus

__all__ = ["goods", "payment", "unit_amounts"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")
_SETTLED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})


def unit_amounts(document: Document, found: Found) -> Found:
    """Gross, discount and total of one unit."""
    price, paid = found.get("unit_price"), found.get("_paid")
    seller, platform = read(document, "voucher_seller", amount), read(document, "voucher_platform", amount)
    voucher = read(document, "voucher_amount", amount)
    if voucher is None and seller is not None and platform is not None:
        voucher = seller + platform
    notes = {"_seller": seller, "_platform": platform}
    if price is None:
        return notes | {"subtotal": None, "discount": None, "total": paid}
    if voucher is None and paid is not None and paid <= price:
        voucher = price - paid - min(read(document, "wallet_credits", amount) or ZERO, price - paid)
    return notes | {"subtotal": price, "discount": voucher, "total": price - voucher if voucher is not None else None}


def goods(document: Document, found: Found) -> Found:
    """Sums over the lines, the order's own total, and what of it the lines leave unexplained."""
    lines: Sequence[Found] = found.get("lines", ())
    items, off = (total_of(line.get(name) for line in lines) for name in ("subtotal", "discount"))
    freight, total = read(document, "shipping_fee", amount), _total(document)
    taxed = any(line.get("_tax") for line in lines)
    told = {"items_total": items, "discount_total": off, "shipping_fee": freight, "total": total, "fees_total": ZERO,
            "tax_total": None if taxed else ZERO, "residual": None}  # fmt: skip
    if total is not None and items is not None:
        told["residual"] = total - (items - (off or ZERO) + (freight or ZERO))
    return told | {"currency": _currency(lines), "discounts": tuple(row for line in lines for row in _reductions(line))}


def _total(document: Document) -> Decimal | None:
    """price - voucher + shipping_fee; None when one of them is not told."""
    price, freight = read(document, "price", amount), read(document, "shipping_fee", amount)
    voucher = read(document, "voucher", amount)
    if voucher is None:
        voucher = total_of(read(document, f"voucher_{who}", amount) for who in ("seller", "platform"))
    if price is None or freight is None or voucher is None:
        return None
    return Decimal(price - voucher + freight)


def _currency(lines: Sequence[Found]) -> str:
    told: set[str | None] = set().union(*(line["_currency"] for line in lines))
    if len(told) != 1 or None in told:
        raise ValueError("the items name several currencies" if len(told) > 1 else "no item names a currency")
    return str(next(iter(told)))


def _reductions(line: Found) -> list[Found]:
    """The line's vouchers by who bears them; what they do not explain is of unknown funder."""
    off, place = line.get("discount") or ZERO, {"kind": "voucher", "line_id": line["line_id"]}
    seller, platform = line.get("_seller") or ZERO, line.get("_platform") or ZERO
    if seller + platform > off:
        seller = platform = ZERO
    rows = [{"amount": seller, "funded_by": DiscountFunder.SELLER}, {"amount": off - seller - platform},
            {"amount": platform, "funded_by": DiscountFunder.PLATFORM}]  # fmt: skip
    return [{**place, **row} for row in rows if isinstance(row["amount"], Decimal) and row["amount"] > 0]


def payment(document: Document, found: Found) -> Found:
    """What was paid and refunded up to now, and the payment axis. Orders tell no refunded amounts."""
    lines, total = found.get("lines", ()), found.get("total")
    words = {line["status"] for line in lines}
    live, was_paid = words - {OrderStatus.CANCELLED}, found.get("paid_at") is not None
    unpaid = {"paid": ZERO, "refunded": ZERO, "payment_status": PaymentStatus.UNPAID}
    if live == {OrderStatus.PENDING_PAYMENT} or (not live and not was_paid):
        return unpaid
    if not live:
        return {"paid": total, "refunded": None, "payment_status": PaymentStatus.UNKNOWN}
    if OrderStatus.UNKNOWN in live and not was_paid:
        return {"paid": None, "refunded": None, "payment_status": PaymentStatus.UNKNOWN}
    if found.get("is_cod") and not was_paid and not live <= _SETTLED:
        return unpaid
    quiet = not any(
        line["_reversed"] or line["status"] in (OrderStatus.CANCELLED, OrderStatus.UNKNOWN) for line in lines
    )
    return {"paid": total, "refunded": ZERO if quiet else None, "payment_status": PaymentStatus.PAID}
