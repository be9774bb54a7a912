"""Amounts of orders and lines, in the currency of the shop. Pure; imports `kit`, `models`.

What was taken off a line is told twice, as allocations and as the line's discounted total, and the page does not say
which of them holds discounts of the whole order: the reading whose lines add up to the order's subtotal is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.connectors.shopify.convert import bag, nodes
from orderhub.errors import DecodeError
from orderhub.kit.convert import boolean, masked, text
from orderhub.kit.money import apportion, total_of
from orderhub.kit.table import read
from orderhub.models.status import DiscountFunder

__all__ = ["allocated", "money", "whole"]

Document = Mapping[str, Any]
Found = dict[str, Any]
ZERO = Decimal("0.00")


def allocated(line: Document) -> Decimal | None:
    """The sum of discountAllocations of a line, None when they are not told."""
    if line.get("discountAllocations") is None:
        return None
    return total_of(bag(row, "allocatedAmountSet") for row in nodes(line["discountAllocations"]))


def money(document: Document, found: Found) -> Found:
    """Every amount of the order, and what each line's goods come to."""
    currency = read(document, "currencyCode", text) or _currency(document)
    lines = found["lines"]
    _one_currency(document, currency)
    goods, told = bag(document, "subtotalPriceSet", currency), list(lines)
    off, spread = _discounts(told, goods)
    for line, less in zip(told, off, strict=True):
        line["discount"] = less
        line["total"] = None if None in (line.get("subtotal"), less) else line["subtotal"] - less
    totals = _totals(document, currency, told)
    return {**totals, "currency": currency, "discounts": _named(document, told), "_spread": spread}


def _currency(document: Document) -> str:
    total = document.get("totalPriceSet")
    shop = total.get("shopMoney") if isinstance(total, Mapping) else None
    told = shop.get("currencyCode") if isinstance(shop, Mapping) else None
    if not isinstance(told, str) or not told:
        raise ValueError("no currency")
    return told


def _one_currency(document: Document, currency: str) -> None:
    """An order that mixes currencies is undecodable."""
    for number, line in enumerate(nodes(document.get("lineItems"))):
        try:
            for name in ("originalUnitPriceSet", "originalTotalSet", "discountedTotalSet"):
                bag(line, name, currency)
        except DecodeError as error:
            error.path = f"lineItems[{number}].{error.path}"
            raise


Less = list[Decimal | None]


def _discounts(lines: list[Found], goods: Decimal | None) -> tuple[Less, Decimal | None]:
    """What is taken off each line, and how much of it had to be spread because no line tells it."""
    plain: Less = [_less(line) for line in lines]
    given: Less = [line.get("_allocated") for line in lines]
    both: Less = [None if one is None or two is None else one + two for one, two in zip(plain, given, strict=True)]
    gross = total_of(line.get("subtotal") for line in lines)
    readings = [one for reading in (given, plain, both) if (one := _told(reading)) is not None]
    if gross is None or goods is None:
        return list(readings[0]) if readings else given, None
    for one in readings:
        if gross - sum(one, ZERO) == goods:
            return list(one), None
    fitting = [one for one in readings if gross - sum(one, ZERO) >= goods]
    known = max(fitting, key=lambda one: sum(one, ZERO), default=[ZERO] * len(lines))
    return _spread(lines, known, gross - sum(known, ZERO) - goods)


def _told(reading: Less) -> list[Decimal] | None:
    """The reading when every line has it."""
    found = [less for less in reading if less is not None]
    return found if len(found) == len(reading) else None


def _less(line: Found) -> Decimal | None:
    now, gross = line.get("_discounted"), line.get("subtotal")
    return line.get("_taken_off") if now is None or gross is None else gross - now


def _spread(lines: list[Found], known: list[Decimal], rest: Decimal) -> tuple[Less, Decimal | None]:
    """The part of the order's discount that no line tells, by what the lines come to."""
    weights = [line["subtotal"] - less for line, less in zip(lines, known, strict=True)]
    if rest <= 0 or not any(weight > 0 for weight in weights) or any(weight < 0 for weight in weights):
        return list(known), None
    shares = apportion(rest, weights)
    return [less + share for less, share in zip(known, shares, strict=True)], rest


def _totals(document: Document, currency: str, lines: list[Found]) -> Found:
    items, less = (total_of(line.get(name) for line in lines) for name in ("subtotal", "discount"))
    shipping, total = (bag(document, name, currency) for name in ("totalShippingPriceSet", "totalPriceSet"))
    tax = _tax(document, currency)
    net, back = (bag(document, name, currency) for name in ("netPaymentSet", "totalRefundedSet"))
    parts = (total, items, less)
    explained = None if None in parts else items - less + (shipping or ZERO) + (tax or ZERO)  # type: ignore[operator]
    return {
        "items_total": items, "discount_total": less, "shipping_fee": shipping, "tax_total": tax, "total": total,
        "residual": None if explained is None or total is None else total - explained,
        "paid": None if net is None else net + (back or ZERO), "refunded": back,
    }  # fmt: skip


def _tax(document: Document, currency: str) -> Decimal | None:
    """Tax on top of the prices: none where prices hold it, unknown where that is not told."""
    included = read(document, "taxesIncluded", boolean)
    if included is None:
        return None
    return ZERO if included else bag(document, "totalTaxSet", currency)


def _named(document: Document, lines: list[Found]) -> tuple[Found, ...]:
    """One discount a line; the shop bears them all."""
    codes = [code for code in nodes(document.get("discountCodes")) if isinstance(code, str) and code]
    kind, name = ("coupon", ", ".join(codes)) if codes else ("promotion", None)
    return tuple(
        {"kind": kind, "name": name, "amount": line["discount"], "line_id": line["line_id"],
         "funded_by": DiscountFunder.SELLER}
        for line in lines if line["discount"]
    )  # fmt: skip


def whole(value: Any) -> int:
    """A whole number of units, never below zero."""
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise ValueError(f"expected a number of units, got {masked(value)}")
