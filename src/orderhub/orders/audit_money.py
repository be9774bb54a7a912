"""Amounts under audit: the identity, fen taken for yuan, lost discounts, price bands, caps. Pure.

Imports `audit_words`, `audit_policy`, `models`. A fault that has a known shape gets a code of its own, so that it can
be mended without a search.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orderhub.models.order import LineItem, Order
from orderhub.models.outcome import Finding
from orderhub.models.status import PaymentStatus
from orderhub.orders.audit_finding import finding
from orderhub.orders.audit_policy import AuditContext
from orderhub.orders.audit_words import MONEY_TOLERANCE

__all__ = ["money", "prices"]

_HUNDRED = Decimal(100)
_UNIT_SLACK = Decimal("0.02")
"""How near to a factor of hundred counts as one, relative."""


def is_hundredfold(one: Decimal, other: Decimal) -> bool:
    """Whether one is about a hundred times the other: fen taken for yuan, or the reverse."""
    low, high = sorted((abs(one), abs(other)))
    return low > 0 and abs(high / low - _HUNDRED) <= _HUNDRED * _UNIT_SLACK


def money(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Amounts that are missing or do not add up, beyond rounding."""
    if order.total is None:
        yield finding(order, "total_missing", "the order has no total", "total")
    elif order.total < 0:
        yield finding(order, "amount_negative", "the total is below zero", "total", str(order.total))
    elif order.total == 0 and not all(line.is_gift for line in order.lines):
        yield finding(order, "amount_zero", "nothing is to be paid", "total", "0")
    for path, off in (("residual", order.residual), ("total", order.discrepancy)):
        if off:
            yield _unexplained(order, path, off)
    yield from _paid(order)
    yield from _line_money(order)


def _unexplained(order: Order, path: str, off: Decimal) -> Finding:
    told = f"{off} {order.currency} of the total are unexplained"
    if abs(off) <= MONEY_TOLERANCE:
        return finding(order, "rounding_cent", told, path, str(off))
    total = order.total or Decimal(0)
    listed = [d.amount for d in order.discounts]
    lost = sum(listed, Decimal(0)) - (order.discount_total or Decimal(0))
    if lost > MONEY_TOLERANCE and abs(off + lost) <= MONEY_TOLERANCE:
        return finding(order, "discount_missing", f"{told}, as much as the listed discounts that are not counted",
                       path, str(off))  # fmt: skip
    code = "unit_mixup" if is_hundredfold(total, total - off) else "money_residual"
    return finding(order, code, told, path, str(off))


def _paid(order: Order) -> Iterator[Finding]:
    """What was paid against what is owed, once the order counts as paid."""
    paid, total = order.paid, order.total
    if paid is None or total is None or order.payment_status is not PaymentStatus.PAID or order.is_cod:
        return
    if is_hundredfold(paid, total):
        yield finding(order, "unit_mixup", f"paid {paid}, owed {total}", "paid", str(paid))
    elif abs(paid - total) > MONEY_TOLERANCE:
        yield finding(order, "paid_differs", f"paid {paid}, owed {total} {order.currency}", "paid", str(paid - total))


def _line_money(order: Order) -> Iterator[Finding]:
    totals = [line.total for line in order.lines if line.total is not None]
    if order.items_total is not None and len(totals) == len(order.lines) > 0:
        goods = order.items_total - (order.discount_total or Decimal(0))
        if abs(sum(totals) - goods) > MONEY_TOLERANCE:
            told = f"the lines add up to {sum(totals)}, the goods to {goods} {order.currency}"
            yield finding(order, "line_total_mismatch", told, "lines", str(sum(totals) - goods))
    for number, line in enumerate(order.lines):
        if line.subtotal is None or line.total is None:
            continue
        off = line.subtotal - (line.discount or Decimal(0)) - line.total
        if abs(off) > MONEY_TOLERANCE:
            told = f"subtotal less discount differs from the line's total by {off} {order.currency}"
            yield finding(order, "line_total_mismatch", told, f"lines[{number}].total", str(off))


def prices(order: Order, context: AuditContext) -> Iterator[Finding]:
    """Prices of one unit against the merchant's own, and what discounts take."""
    policy = context.policy
    if order.currency == policy.currency:
        for number, line in enumerate(order.lines):
            usual = policy.reference_prices.get(line.sku or "")
            if usual is not None and not line.is_gift:
                yield from _price(order, line, usual, context, f"lines[{number}].unit_price")
    goods, off = order.items_total, order.discount_total
    if policy.discount_share_max is not None and goods and off is not None and off / goods > policy.discount_share_max:
        told = f"discounts of {off} on goods of {goods} {order.currency}"
        yield finding(order, "discount_excessive", told, "discount_total", str(off))


def _price(order: Order, line: LineItem, usual: Decimal, context: AuditContext, path: str) -> Iterator[Finding]:
    price = line.unit_price
    if price is None or price < 0:
        return
    told = f"{price} for one unit, usually {usual} {order.currency}"
    if is_hundredfold(price, usual):
        yield finding(order, "unit_mixup", told, path, str(price))
    elif price < usual * context.policy.price_low:
        yield finding(order, "price_low", told, path, str(price))
    elif price > usual * context.policy.price_high:
        yield finding(order, "price_high", told, path, str(price))
