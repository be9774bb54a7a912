"""Who takes an order: a warehouse or a team, by rules, with the reason. Pure; imports `rules`, `orders.facts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from orderhub.models import Order
from orderhub.orders.facts import ROUTING, facts_of_order
from orderhub.rules import Decision, RuleSet, decide

__all__ = ["Assignment", "route_order"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who takes an order, when it was told, who has acknowledged; instants aware, UTC.

    Attributes:
        rule: The rule that said so.
        level: How often silence has escalated it.
    """

    to: str
    kind: Literal["warehouse", "team"]
    rule: str
    told_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    level: int = 0

    def is_silent(self, now: datetime, patience: timedelta) -> bool:
        """Whether the next escalation is due: each waits as long as the first."""
        return self.acknowledged_at is None and now >= self.told_at + patience * (self.level + 1)


def route_order(
    rules: RuleSet, order: Order, now: datetime, more: Mapping[str, Any] | None = None
) -> tuple[str, Literal["warehouse", "team"], str, Decision] | None:
    """(code, kind, rule, decision) of who takes an order, None when no rule says; the same input, the same answer."""
    decision = decide(rules, facts_of_order(order, now, more), ROUTING)
    for one in decision.acts:
        if one.effect.action == "assign":
            given = one.effect.arguments
            kind: Literal["warehouse", "team"] = "warehouse" if given.get("kind") == "warehouse" else "team"
            return str(given["to"]), kind, one.rule, decision
    return None
