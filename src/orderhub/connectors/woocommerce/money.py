"""What a WooCommerce order costs: gross, discounts, freight, fees, taxes, refunds. Pure; imports `kit`, `models`.

Lines come without tax and tell the tax beside it. Where the shop's prices include tax, amounts here include it too and
nothing is charged on top; else tax is one sum on top. Source: docs/platforms/woocommerce.md#money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderhub.errors import DecodeError
from orderhub.kit.convert import boolean, cny_yuan, masked, rows_of
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import DiscountFunder

__all__ = ["amount", "goods", "refund_total"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO, CENT = Decimal("0.00"), Decimal("0.01")
amount = cny_yuan
"""A decimal number, in the order's own currency, at least two decimals kept."""


def _plus(value: Decimal | None, tax: Decimal | None, inclusive: bool) -> Decimal | None:
    """The amount as the shop's prices mean it."""
    if not inclusive or value is None:
        return value
    return None if tax is None else value + tax


def _row_amounts(document: Document, name: str, inclusive: bool) -> list[Decimal | None]:
    """`total` of each row of a list, with its tax where prices include it."""
    return [
        _plus(_read(row, "total", f"{name}[{place}]"), _read(row, "total_tax", f"{name}[{place}]"), inclusive)
        for place, row in enumerate(rows_of(document.get(name)))
    ]


def _read(row: Any, name: str, where: str) -> Decimal | None:
    if not isinstance(row, Mapping):
        raise DecodeError("expected an object", path=where, value=masked(row))
    try:
        return read(row, name, amount)  # type: ignore[no-any-return]
    except DecodeError as error:
        error.path = f"{where}.{error.path}"
        raise


def goods(document: Document, found: Found) -> Found:
    """Lines priced, sums over them, the reductions by name, what is owed and what of it is unexplained."""
    inclusive = bool(read(document, "prices_include_tax", boolean) or False)
    lines = found.get("lines", ())
    for line in lines:
        line |= _priced(line, inclusive)
    fees = _row_amounts(document, "fee_lines", inclusive)
    charged, off = [fee for fee in fees if fee is None or fee >= 0], -sum((f for f in fees if f and f < 0), ZERO)
    spread = _spread(lines, off) if off else False
    if off and not spread:
        charged = fees
    freight = _plus(read(document, "shipping_total", amount), read(document, "shipping_tax", amount), inclusive)
    told: Found = {
        "items_total": total_of(line.get("subtotal") for line in lines),
        "discount_total": total_of(line.get("discount") for line in lines),
        "shipping_fee": freight,
        "fees_total": total_of(charged) if "fee_lines" in document else ZERO,
        "tax_total": ZERO if inclusive else read(document, "total_tax", amount),
        "total": read(document, "total", amount),
    }
    told["discounts"] = _discounts(document, told["discount_total"], off if spread else ZERO, inclusive)
    return told | {"residual": _residual(told), "_spread": spread}


def _priced(line: Found, inclusive: bool) -> Found:
    subtotal = _plus(line.get("_subtotal"), line.get("_subtotal_tax"), inclusive)
    total = _plus(line.get("_total"), line.get("_total_tax"), inclusive)
    units = line["quantity"]
    price = (subtotal / units).quantize(CENT) if subtotal is not None and units else None
    off = subtotal - total if subtotal is not None and total is not None else None
    return {"subtotal": subtotal, "total": total, "discount": off, "unit_price": price}


def _spread(lines: Sequence[Found], off: Decimal) -> bool:
    """A fee below zero is a reduction of goods: apportioned to the lines; False when they cannot bear it."""
    weights = [line.get("total") or ZERO for line in lines]
    if any(line.get("total") is None or line["total"] < 0 for line in lines) or sum(weights, ZERO) < off:
        return False
    for line, share in zip(lines, apportion(off, weights), strict=True):
        if line["discount"] is not None:
            line["discount"] += share
        line["total"] -= share
    return True


def _discounts(document: Document, whole: Decimal | None, fees: Decimal, inclusive: bool) -> tuple[Found, ...]:
    """Coupons by code; what they leave is a promotion of the shop's. Everything is borne by the seller."""
    seller = {"funded_by": DiscountFunder.SELLER}
    rows: list[Found] = []
    for place, row in enumerate(rows_of(document.get("coupon_lines"))):
        where = f"coupon_lines[{place}]"
        off, tax = _read(row, "discount", where), _read(row, "discount_tax", where)
        value = _plus(off, tax if tax is not None else ZERO, inclusive)
        if value:
            rows.append({"kind": "coupon", "name": str(row.get("code") or "") or None, "amount": value, **seller})
    if fees:
        rows.append({"kind": "fee", "amount": fees, **seller})
    if whole is None:
        return tuple(rows)
    rest = whole - sum((row["amount"] for row in rows), ZERO)
    if rest < 0:  # the coupons tell more than the lines: they are no break-down of it
        return ({"kind": "other", "amount": whole, **seller},) if whole else ()
    return (*rows, *([{"kind": "promotion", "amount": rest, **seller}] if rest else []))


def _residual(told: Found) -> Decimal | None:
    if told["total"] is None or told["items_total"] is None:
        return None
    plus = [told[name] or ZERO for name in ("items_total", "shipping_fee", "fees_total", "tax_total")]
    return Decimal(told["total"] - (sum(plus, ZERO) - (told["discount_total"] or ZERO)))


def refund_total(document: Document) -> Decimal | None:
    """Money that went back, as a positive amount; None when the order does not tell its refunds."""
    if not isinstance(document.get("refunds"), list):
        return None
    rows = [_read(row, "total", f"refunds[{place}]") for place, row in enumerate(document["refunds"])]
    return total_of(None if value is None else abs(value) for value in rows)
