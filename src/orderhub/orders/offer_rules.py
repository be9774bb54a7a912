"""What rules make of the quantity that a shop is shown. Pure; imports `rules`, `orders.facts`.

Rules only take away: they come after safety stock, pools and channel policies, and never show what is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from orderhub.orders.facts import CHANNEL_STOCK
from orderhub.rules import Decision, Effect, RuleSet, decide, facts_of

__all__ = ["asks_for", "decide_offer", "offered"]


def decide_offer(
    rules: RuleSet, *, shop: str, sku: str, available: int, on: date | None = None, sold_per_day: Decimal | None = None
) -> Decision:
    """What the rules say of one SKU in one shop (`platform:shop_id`).

    Args:
        available: Units that the shop would be shown without them.
        on: The day, where it is known; rules that ask for what is not known do not apply.
        sold_per_day: Units sold a day over all shops.
    """
    known: dict[str, Any] = {
        "shop": shop, "platform": shop.partition(":")[0], "sku": sku, "available": available, "date": on,
        "sold_per_day": sold_per_day,
    }  # fmt: skip
    return decide(rules, facts_of(known), CHANNEL_STOCK)


def offered(decision: Decision, available: int) -> int:
    """Units that are shown: every effect in order, each on what the one before left."""
    units = max(0, available)
    for one in decision.acts:
        units = min(units, _after(one.effect, units))
    return units


def _after(effect: Effect, units: int) -> int:
    """At least zero, whole units; a share is rounded down."""
    given: Mapping[str, Any] = effect.arguments
    if effect.action == "hide":
        return 0
    if effect.action == "cap":
        return max(0, int(given["units"]))
    if effect.action == "buffer":
        return max(0, units - int(given["units"]))
    return max(0, int(units * Decimal(given["percentage"]) / 100))


def asks_for(rules: RuleSet, fact: str) -> bool:
    """Whether any rule of the set asks for a fact."""
    return any(leaf.fact == fact for rule in rules.rules for condition in rule.when for leaf in condition.leaves())
