"""A choice between candidates: rules rank them one after the other until no two are tied. Pure. Imports this room.

Each rule that applies orders the candidates that are still tied; the first that tells them apart decides, and ties
that remain go to the next. What no rule tells apart is settled by name, so the same input gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orderhub.rules.decide import holds
from orderhub.rules.explain import Node
from orderhub.rules.model import Effect, RuleSet
from orderhub.rules.vocabulary import Action, Argument, Facts

__all__ = ["CHOICES", "Choice", "choose"]

CHOICES: tuple[Action, ...] = (
    Action("lowest", "the candidates with the smallest measure stay", {"by": Argument("text", "a measure")}),
    Action("highest", "the candidates with the largest measure stay", {"by": Argument("text", "a measure")}),
    Action("prefer", "named candidates stay, if there are any", {"names": Argument("text", "candidates", many=True)}),
    Action("avoid", "named candidates go, if others are left", {"names": Argument("text", "candidates", many=True)}),
)
"""Actions of vocabularies that choose."""

_WORST = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen (None: nobody stood), by which rule, who would have been with the shadowed rules, and why."""

    name: str | None
    by: str | None
    would: str | None
    why: Node

    def explain(self) -> Node:
        """Why, as a tree."""
        return self.why


def choose(found: RuleSet, facts: Facts, candidates: Mapping[str, Mapping[str, Any]]) -> Choice:
    """The best candidate.

    Args:
        candidates: Name -> its measures, e.g. `{"sh": {"km": 12, "load": Decimal("0.4")}}`; a measure that is not
            known is the worst.
    """
    real, decided, nodes = _narrowed(found, facts, candidates, with_shadow=False)
    trial, _, _ = _narrowed(found, facts, candidates, with_shadow=True)
    name, would = min(real, default=None), min(trial, default=None)
    if len(real) > 1:
        nodes.append(Node(f"{', '.join(sorted(real))} are tied", True, (), "the first by name"))
    return Choice(
        name,
        decided,
        would,
        Node(f"rules {found.name}, first non-tie wins", bool(real), tuple(nodes), name or "nobody"),
    )


def _narrowed(
    found: RuleSet, facts: Facts, candidates: Mapping[str, Mapping[str, Any]], *, with_shadow: bool
) -> tuple[list[str], str | None, list[Node]]:
    left, decided, nodes = sorted(candidates), None, list[Node]()
    for rule in found.rules:
        told = f"rule {rule.name}"
        is_shadow = rule.shadow or found.shadow
        if not rule.enabled or (is_shadow and not with_shadow):
            nodes.append(Node(told, None, (), "shadow" if is_shadow else "disabled"))
        elif len(left) <= 1:
            nodes.append(Node(told, None, (), "not read: nothing to tell apart"))
        elif not all(holds(condition, facts) for condition in rule.when):
            nodes.append(Node(told, False, (), "does not apply"))
        else:
            before, left = left, _kept(rule.then, left, candidates)
            decided = rule.name if len(left) < len(before) else decided
            nodes.append(Node(told, True, (), f"{', '.join(left)} {'left' if len(left) < len(before) else 'tied'}"))
    return left, decided, nodes


def _kept(effects: Sequence[Effect], left: list[str], candidates: Mapping[str, Mapping[str, Any]]) -> list[str]:
    for effect in effects:
        names = effect.arguments.get("names", ())
        if effect.action in ("prefer", "avoid"):
            kept = [name for name in left if (name in names) is (effect.action == "prefer")]
            left = kept or left
        else:
            sign = 1 if effect.action == "lowest" else -1
            cost = {name: _cost(candidates[name].get(effect.arguments["by"]), sign) for name in left}
            left = [name for name in left if cost[name] == min(cost.values())]
    return left


def _cost(value: Any, sign: int) -> Decimal:
    return _WORST if value is None else sign * Decimal(value)
