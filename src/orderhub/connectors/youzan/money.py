"""What a Youzan order costs. Pure; imports `kit`. Amounts in yuan. Source: docs/platforms/youzan.md#money.

A line starts from `price` and ends at `payment`, which is goods alone; where a line does not tell its payment, its
share of the order's reductions is apportioned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.kit.convert import cny_yuan
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import DiscountFunder

__all__ = ["ZERO", "goods", "yuan_of"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")


def yuan_of(document: Document, block: str, name: str) -> Decimal | None:
    """One optional amount of a block."""
    inner = document.get(block)
    return read(inner, name, cny_yuan) if isinstance(inner, Mapping) else None


def goods(document: Document, found: Found) -> Found:
    """Lines priced, sums over them, reductions by name, what is owed and what of it is unexplained."""
    lines = found.get("lines", ())
    for line in lines:
        line |= _gross(line)
    freight, total = yuan_of(document, "pay_info", "post_fee"), yuan_of(document, "pay_info", "payment")
    spread = _priced(lines, yuan_of(document, "order_promotion", "order_discount_fee"))
    told: Found = {
        "items_total": total_of(line["subtotal"] for line in lines),
        "discount_total": total_of(line["discount"] for line in lines), "shipping_fee": freight, "fees_total": ZERO,
        "tax_total": ZERO, "total": total,
    }  # fmt: skip
    told["discounts"] = _discounts(document, told["discount_total"])
    return told | {"residual": _residual(told), "_notes": ("discount_apportioned",) if spread else ()}


def _gross(line: Found) -> Found:
    price, units = line.get("unit_price"), line["quantity"]
    if price is not None:
        return {"subtotal": price * units}
    amount = line.get("_total_fee", line.get("_payment"))
    told = (amount / units).quantize(ZERO) if amount is not None and units else None
    return {"subtotal": amount, "unit_price": told}


def _priced(lines: Sequence[Found], off: Decimal | None) -> bool:
    """Discount and total of each line; True when the order's reduction had to be apportioned."""
    bare = [line for line in lines if line.get("_payment") is None]
    for line in lines:
        kept = line.get("_payment", line.get("_total_fee", line["subtotal"]))
        line["total"] = kept
        line["discount"] = line["subtotal"] - kept if kept is not None and line["subtotal"] is not None else None
    weights = [line["total"] or ZERO for line in lines]
    if not bare or len(bare) != len(lines) or not off or off <= 0 or sum(weights, ZERO) < off:
        return False
    for line, share in zip(lines, apportion(off, weights), strict=True):
        if line["discount"] is not None:
            line["discount"] += share
            line["total"] -= share
    return True


def _discounts(document: Document, whole: Decimal | None) -> tuple[Found, ...]:
    """What lines and order were reduced by, and a change of price by the seller; the rest is `other`."""
    seller = {"funded_by": DiscountFunder.SELLER}
    rows: list[Found] = []
    for name, kind in (("item_discount_fee", "promotion"), ("order_discount_fee", "order_promotion")):
        if amount := yuan_of(document, "order_promotion", name):
            rows.append({"kind": kind, "amount": amount, **seller})
    rest = None if whole is None else whole - sum((row["amount"] for row in rows), ZERO)
    if rest is not None and rest < 0:
        return ({"kind": "other", "amount": whole},) if whole else ()
    return (*rows, *([{"kind": "other", "amount": rest}] if rest else []))


def _residual(told: Found) -> Decimal | None:
    if told["total"] is None or told["items_total"] is None:
        return None
    plus = (told["items_total"], told["shipping_fee"] or ZERO)
    return Decimal(told["total"] - (sum(plus, ZERO) - (told["discount_total"] or ZERO)))
