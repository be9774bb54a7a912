"""Decisions: which rules apply to given facts, and why. Pure. Imports `kit.convert`, `errors`.

Sets are bound before (see `check.bind`); deciding then neither validates nor raises, except for a host's own facts
that cannot be compared with what a rule says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.kit.convert import masked
from orderhub.rules.explain import Node
from orderhub.rules.model import Condition, Effect, Rule, RuleSet
from orderhub.rules.vocabulary import OPERATORS, Facts, Vocabulary

__all__ = ["Chosen", "Decision", "applying", "decide", "holds"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One effect and the rule that it comes from; `is_shadow`: recorded, not to be acted upon."""

    rule: str
    effect: Effect
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a set of rules said about one subject.

    Attributes:
        chosen: Every effect, shadowed ones among them, in order.
        why: The tree of the decision: rules, conditions, facts as they were found.
    """

    ruleset: str
    chosen: tuple[Chosen, ...]
    why: Node

    @property
    def acts(self) -> tuple[Chosen, ...]:
        """What is to be done."""
        return tuple(one for one in self.chosen if not one.is_shadow)

    @property
    def shadowed(self) -> tuple[Chosen, ...]:
        """What would have been done."""
        return tuple(one for one in self.chosen if one.is_shadow)

    def explain(self) -> Node:
        """Why, as a tree; `str()` of it is for people, `dump()` for programs."""
        return self.why

    def record(self) -> dict[str, str]:
        """Plain values for a timeline: the set and what its rules did or would have done; no facts."""
        told = {"rules": self.ruleset, "did": "; ".join(_told(one) for one in self.acts)}
        return told | ({"would": "; ".join(_told(one) for one in self.shadowed)} if self.shadowed else {})


def _told(chosen: Chosen) -> str:
    return f"{chosen.rule}: {chosen.effect.action}"


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether it holds.

    Raises:
        ConfigurationError: Fact and value cannot be compared.
    """
    if condition.group is not None:
        word, members = condition.group
        if word == "all":
            return all(holds(member, facts) for member in members)
        return any(holds(member, facts) for member in members) is (word == "any")
    found = facts(condition.fact or "")
    try:
        return OPERATORS[condition.operator].holds(found, condition.value)
    except TypeError:
        told = f"{type(found).__name__} with {type(condition.value).__name__}"
        raise ConfigurationError(
            f"condition on {condition.fact}: {condition.operator} cannot compare {told}", field=condition.fact
        ) from None


def applying(found: RuleSet, facts: Facts) -> Iterator[Rule]:
    """Rules whose conditions hold, in order: the quick way, without reasons.

    A rule in shadow neither ends the reading nor counts as the first.
    """
    for rule in found.rules:
        if rule.enabled and all(holds(condition, facts) for condition in rule.when):
            yield rule
            if _ends(found, rule):
                return


def _ends(found: RuleSet, rule: Rule) -> bool:
    return (rule.stop or found.mode == "first") and not rule.shadow


def decide(found: RuleSet, facts: Facts, words: Vocabulary) -> Decision:
    """What the rules say, with reasons for every rule, applied or not."""
    chosen: list[Chosen] = []
    nodes: list[Node] = []
    ended: str | None = None
    for rule in found.rules:
        if ended is not None or not rule.enabled:
            nodes.append(Node(f"rule {rule.name}", None, (), f"not read: {ended} ended it" if ended else "disabled"))
            continue
        reasons = tuple(_node(condition, facts, words) for condition in rule.when)
        applies = all(reason.holds for reason in reasons)
        is_shadow = rule.shadow or found.shadow
        nodes.append(Node(f"rule {rule.name}", applies, reasons, _outcome(rule, applies, is_shadow)))
        if applies:
            chosen += [Chosen(rule.name, effect, is_shadow) for effect in rule.then]
            ended = rule.name if _ends(found, rule) else None
    what = f"rules {found.name}, {'the first that holds' if found.mode == 'first' else 'all that hold'}"
    return Decision(found.name, tuple(chosen), Node(what, bool(chosen), tuple(nodes)))


def _outcome(rule: Rule, applies: bool, is_shadow: bool) -> str:
    if not applies:
        return "does not apply"
    does = ", ".join(effect.action for effect in rule.then)
    return f"would: {does} (shadow)" if is_shadow else does


def _node(condition: Condition, facts: Facts, words: Vocabulary) -> Node:
    if condition.group is not None:
        word, members = condition.group
        return Node(word, holds(condition, facts), tuple(_node(member, facts, words) for member in members))
    operator = OPERATORS[condition.operator]
    told = f"{condition.fact} {operator.text} {_shown(condition.value)}"
    fact = words.fact(condition.fact or "")
    found = facts(condition.fact or "")
    seen = "not known" if found is None else masked(str(found)) if fact and fact.private else _shown(found)
    return Node(told, holds(condition, facts), (), f"found {seen}")


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return ", ".join(sorted(map(str, value))) if isinstance(value, set | frozenset) else str(value)
