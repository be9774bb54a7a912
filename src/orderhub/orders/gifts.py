"""Gifts of the merchant's own: rules as data, lines of no price out. Pure; imports `models`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from orderhub.models import LineItem, Model, Order, OrderStatus
from orderhub.models.base import Amount, Instant

__all__ = ["GIFT", "GiftRule", "gifts_for", "with_gifts"]

GIFT = "gift:"
"""Line ids that start so were added here; no platform knows them."""


class GiftRule(Model):
    """One gift and when it is added; what is left out does not matter.

    Attributes:
        sku, quantity: What is added; with `per_units` so many for every so many units bought of `skus`.
        total_from: Least total of the order, in its currency.
        skus: Any of these must be bought, and the gift travels with it.
        platforms, shops: Where; shops by id.
        paid_from, paid_until: When the order was paid; aware, both ends included.
        quantity_max: Never more units than this in one order.
        required: Without stock of the gift the order waits; otherwise it goes without.
        alone: When this rule gives, later ones do not.
    """

    name: str
    sku: str
    quantity: int = Field(default=1, ge=1)
    title: str | None = None
    total_from: Amount | None = None
    skus: tuple[str, ...] = ()
    per_units: int | None = Field(default=None, ge=1)
    platforms: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    paid_from: Instant | None = None
    paid_until: Instant | None = None
    quantity_max: int | None = Field(default=None, ge=1)
    required: bool = False
    alone: bool = False


def gifts_for(order: Order, rules: Sequence[GiftRule]) -> tuple[LineItem, ...]:
    """The gift lines of an order, in the order of the rules; each rule gives once.

    Units that were cancelled or refunded earn nothing. An order whose total is not known meets no `total_from`.
    """
    found = []
    for rule in rules:
        units = _units(order, rule)
        if units and _fits(order, rule):
            found.append(_line(rule, units))
            if rule.alone:
                break
    return tuple(found)


def with_gifts(order: Order, rules: Sequence[GiftRule]) -> Order:
    """The order with its gift lines; money and everything else stay as they are, and twice is once."""
    have = {line.line_id for line in order.lines}
    more = tuple(line for line in gifts_for(order, rules) if line.line_id not in have)
    return order.model_copy(update={"lines": order.lines + more}) if more else order


def _units(order: Order, rule: GiftRule) -> int:
    bought = sum(
        line.quantity - (line.refunded_quantity or 0)
        for line in order.lines
        if line.status is not OrderStatus.CANCELLED and not line.is_gift and (not rule.skus or line.sku in rule.skus)
    )
    times = bought // rule.per_units if rule.per_units else min(bought, 1)
    units = rule.quantity * times
    return units if rule.quantity_max is None else min(units, rule.quantity_max)


def _fits(order: Order, rule: GiftRule) -> bool:
    paid: datetime | None = order.paid_at or order.created_at
    total = (order.total or Decimal(0)) - (order.refunded or Decimal(0))
    return (
        (not rule.platforms or order.platform in rule.platforms)
        and (not rule.shops or order.shop_id in rule.shops)
        and (rule.total_from is None or (order.total is not None and total >= rule.total_from))
        and (rule.paid_from is None or (paid is not None and paid >= rule.paid_from))
        and (rule.paid_until is None or (paid is not None and paid <= rule.paid_until))
    )


def _line(rule: GiftRule, units: int) -> LineItem:
    zero = Decimal("0.00")
    return LineItem(
        line_id=f"{GIFT}{rule.name}", sku=rule.sku, title=rule.title, quantity=units, unit_price=zero, subtotal=zero,
        discount=zero, total=zero, status=OrderStatus.AWAITING_SHIPMENT, is_gift=True,
    )  # fmt: skip
