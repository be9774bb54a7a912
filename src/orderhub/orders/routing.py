"""Who takes an order: a warehouse or a team, by rules, with the reason. Pure; imports `rules`, `orders.facts`.

`assign` names the taker. Where no rule assigns, rules that rank (`lowest`, `highest`, `prefer`, `avoid`) choose among
the warehouses that could serve the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from orderhub.models import Order
from orderhub.orders.facts import ROUTING, facts_of_order
from orderhub.rules import CHOICES, Choice, Chosen, Decision, Facts, Node, RuleSet, choose, decide

__all__ = ["MEASURES", "Assignment", "Route", "explain_route", "route_order"]

MEASURES: Mapping[str, str] = {
    "km": "kilometres to the receiver's province, where the plan has them",
    "freight": "what a parcel costs from there",
    "spare": "units of the scarcest good that would be left there",
}
"""What rules may rank warehouses by; one that is not known is the worst."""

_RANKS = frozenset(action.name for action in CHOICES)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who takes an order, when it was told, who has acknowledged; instants aware, UTC.

    Attributes:
        rule: The rule that said so.
        level: How often silence has escalated it.
        would: Who would have it with the rules that are in shadow; None where that makes no difference.
    """

    to: str
    kind: Literal["warehouse", "team"]
    rule: str
    told_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    level: int = 0
    would: str | None = None

    @property
    def state(self) -> str:
        """The word of `fulfil.states.ASSIGNMENT`."""
        if self.acknowledged_at is not None:
            return "acknowledged"
        return "escalated" if self.level else "told"

    def is_silent(self, now: datetime, patience: timedelta) -> bool:
        """Whether the next escalation is due: each waits as long as the first."""
        return self.acknowledged_at is None and now >= self.told_at + patience * (self.level + 1)


@dataclass(frozen=True, slots=True)
class Route:
    """Who takes an order and why.

    Attributes:
        waits: The order is not sent before somebody has acknowledged it.
        would: Who would have taken it with the rules that are in shadow; None where that makes no difference.
    """

    to: str
    kind: Literal["warehouse", "team"]
    rule: str
    why: Node
    waits: bool = False
    would: str | None = None


def route_order(
    rules: RuleSet, order: Order, now: datetime, more: Mapping[str, Any] | None = None, *,
    candidates: Mapping[str, Mapping[str, Any]] | None = None,
) -> Route | None:  # fmt: skip
    """Who takes an order, None when no rule says; the same input, the same answer.

    Args:
        more: A host's own facts, named `own.…`.
        candidates: Warehouses that could serve it -> their `MEASURES`.
    """
    facts = facts_of_order(order, now, more)
    decision, choice = _decided(rules, facts, candidates or {})
    would = _name_of(decision.shadowed) or (choice.would if choice else None)
    chosen = _first(decision.acts)
    if chosen is not None:
        given = chosen.effect.arguments
        kind: Literal["warehouse", "team"] = "warehouse" if given.get("kind") == "warehouse" else "team"
        to, waits = str(given["to"]), bool(given.get("waits", False))
        return Route(to, kind, chosen.rule, decision.why, waits, would if would != to else None)
    if choice is not None and choice.name is not None and choice.by is not None:
        return Route(choice.name, "warehouse", choice.by, choice.why, False, would if would != choice.name else None)
    return None


def explain_route(
    rules: RuleSet, order: Order, now: datetime, more: Mapping[str, Any] | None = None, *,
    candidates: Mapping[str, Mapping[str, Any]] | None = None,
) -> Node:  # fmt: skip
    """Why somebody takes an order, or nobody does, as a tree; rules in shadow say what they would have done."""
    decision, choice = _decided(rules, facts_of_order(order, now, more), candidates or {})
    named = _name_of(decision.acts) or (choice.name if choice and choice.by else None)
    nodes = (decision.why, *((choice.why,) if choice is not None else ()))
    return Node(f"routing of {order.key}", named is not None, nodes, named or "allocation is free to choose")


def _decided(
    rules: RuleSet, facts: Facts, candidates: Mapping[str, Mapping[str, Any]]
) -> tuple[Decision, Choice | None]:
    naming, ranking = _only(rules, ranks=False), _only(rules, ranks=True)
    choice = choose(ranking, facts, candidates) if ranking.rules and candidates else None
    return decide(naming, facts, ROUTING), choice


def _only(rules: RuleSet, *, ranks: bool) -> RuleSet:
    """The rules that rank, or those that assign, each with such effects alone."""
    kept = []
    for rule in rules.rules:
        effects = tuple(one for one in rule.then if (one.action in _RANKS) is ranks)
        if effects:
            kept.append(rule.model_copy(update={"then": effects}))
    return rules.model_copy(update={"rules": tuple(kept)})


def _first(chosen: tuple[Chosen, ...]) -> Chosen | None:
    return next((one for one in chosen if one.effect.action == "assign"), None)


def _name_of(chosen: tuple[Chosen, ...]) -> str | None:
    found = _first(chosen)
    return None if found is None else str(found.effect.arguments["to"])
