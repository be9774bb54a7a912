"""Rules as data: conditions, effects, rules, sets of rules. Imports `models.base`.

A set is a plain document (TOML, JSON, YAML); what its words mean is told by a `Vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator

from orderhub.models.base import Model

__all__ = ["RULES_MAX", "Condition", "Effect", "Rule", "RuleSet"]

RULES_MAX = 1000
"""Rules of one set: a bound that no merchant reaches by hand."""

Mode = Literal["first", "all"]


class Condition(Model):
    """One comparison of a fact, or a group: exactly one of `fact`, `all`, `any`, `none`.

    Attributes:
        operator: See `OPERATORS`.
        all, any, none: Conditions of which every one, at least one, or not one must hold.
    """

    fact: str | None = None
    operator: str = "eq"
    value: Any = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Condition:
        forms = [name for name in ("fact", "all", "any", "none") if getattr(self, name)]
        if len(forms) != 1:
            raise ValueError(f"needs exactly one of fact, all, any, none; it has {', '.join(forms) or 'none of them'}")
        return self

    @property
    def group(self) -> tuple[str, tuple[Condition, ...]] | None:
        """Word and members of a group, None for a comparison."""
        for word, members in (("all", self.all), ("any", self.any), ("none", self.none)):
            if members:
                return word, members
        return None

    def leaves(self) -> Iterator[Condition]:
        """Every comparison in it."""
        if self.group is None:
            yield self
        else:
            for member in self.group[1]:
                yield from member.leaves()


class Effect(Model):
    """What a rule does: the name of an action; whatever else stands beside it are the action's arguments."""

    action: str
    arguments: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        beside = {name: value for name, value in given.items() if name not in ("action", "arguments")}
        inside = given.get("arguments", {})
        if not beside or not isinstance(inside, dict):
            return given
        return {"action": given.get("action"), "arguments": {**inside, **beside}}


class Rule(Model):
    """One rule.

    Attributes:
        name: Unique in its set; messages and explanations call it so.
        when: All must hold; none: always.
        then: What it does, in order.
        stop: No later rule of the set is read once this one applied.
        enabled: False keeps it in the file and out of the decision.
        shadow: Decide and record, but do not act.
        note: Why it is there, for people.
    """

    name: str = Field(min_length=1)
    when: tuple[Condition, ...] = ()
    then: tuple[Effect, ...] = Field(min_length=1)
    stop: bool = False
    enabled: bool = True
    shadow: bool = False
    note: str = ""


class RuleSet(Model):
    """Rules that are read together, in order.

    Attributes:
        vocabulary: Name of the words that it uses, e.g. audit, carrier, routing.
        mode: `all` applies every rule whose conditions hold; `first` only the first of them. A choice between
            candidates (`choose`) goes on while they are tied, in either mode.
        shadow: The whole set decides and records, and does not act.
    """

    name: str = Field(min_length=1)
    vocabulary: str
    mode: Mode = "all"
    shadow: bool = False
    rules: tuple[Rule, ...] = Field(default=(), max_length=RULES_MAX)
