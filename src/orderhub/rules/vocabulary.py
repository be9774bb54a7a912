"""The words of rules: kinds of facts, operators, actions with their arguments. Imports nothing of the library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

__all__ = ["KINDS", "OPERATORS", "Action", "Argument", "Fact", "Facts", "Operator", "Vocabulary", "facts_of"]

Facts = Callable[[str], Any]
"""Name of a fact -> its value, None where it is not known. The `get` of a mapping will do."""


OWN = "own."
"""How the names of a host's own facts begin."""


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = MappingProxyType({
    "text": ("text", lambda value: isinstance(value, str)),
    "number": ("a whole or decimal number, no float", _number),
    "flag": ("true or false", lambda value: isinstance(value, bool)),
    "words": ("text, one of several that the fact holds", lambda value: isinstance(value, str)),
    "date": ("a date", lambda value: isinstance(value, date) and not isinstance(value, datetime)),
    "instant": ("an aware instant", lambda value: isinstance(value, datetime) and value.tzinfo is not None),
    "any": ("any value", lambda value: not isinstance(value, float)),
})  # fmt: skip
"""Kind of a fact or argument -> what it takes in words, and whether a value is of it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """How a fact is compared.

    Attributes:
        holds: (fact, value) -> whether it holds.
        kinds: Kinds of facts that it compares.
        takes: one (a value of the fact's kind), many (a list of them), text, or flag.
    """

    text: str
    holds: Callable[[Any, Any], bool]
    kinds: frozenset[str]
    takes: str = "one"


def _known(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that is false for a fact that is not known."""
    return lambda found, value: found is not None and compare(found, value)


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, str):
        return str(value).casefold() in found.casefold()
    return value in found


_EVERY = frozenset(KINDS)
_ORDERED = frozenset({"number", "date", "instant", "any"})
_TEXTS = frozenset({"text", "words", "any"})
_ONE = _EVERY - {"words"}

OPERATORS: Mapping[str, Operator] = MappingProxyType({
    "eq": Operator("is", lambda found, value: bool(found == value), _ONE),
    "ne": Operator("is not", lambda found, value: bool(found != value), _ONE),
    "in": Operator("is one of", lambda found, value: found in value, _ONE, "many"),
    "not_in": Operator("is none of", lambda found, value: found not in value, _ONE, "many"),
    "lt": Operator("is less than", _known(lambda found, value: bool(found < value)), _ORDERED),
    "le": Operator("is at most", _known(lambda found, value: bool(found <= value)), _ORDERED),
    "gt": Operator("is more than", _known(lambda found, value: bool(found > value)), _ORDERED),
    "ge": Operator("is at least", _known(lambda found, value: bool(found >= value)), _ORDERED),
    "starts": Operator("begins with", _known(lambda found, value: str(found).startswith(value)),
                       frozenset({"text", "any"}), "text"),
    "contains": Operator("contains", _known(_contains), _TEXTS, "text"),
    "has_any": Operator("contains one of", _known(lambda found, value: any(_contains(found, one) for one in value)),
                        _TEXTS, "many"),
    "known": Operator("is known:", lambda found, value: (found is not None) is bool(value), _EVERY, "flag"),
})  # fmt: skip
"""A fact that is not known satisfies only `ne`, `not_in` and `known: false`. Texts are contained in any case."""


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a condition may ask.

    Attributes:
        fold: What a rule's value is brought to before it is compared, e.g. the short name of a province.
        private: The value is masked in explanations.
    """

    name: str
    kind: str
    text: str
    fold: Callable[[Any], Any] = _same
    private: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an action; `many` takes a list of values of the kind."""

    kind: str = "text"
    text: str = ""
    required: bool = True
    many: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something a rule may do."""

    name: str
    text: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True)
class Vocabulary:
    """The words for one kind of decision.

    Attributes:
        text: What is decided with it.
        is_open: Facts that are not listed are the host's own, of any kind. Where it is not, so that misspelt names
            are found, a host's own facts begin with `own.`
    """

    name: str
    text: str
    facts: Mapping[str, Fact]
    actions: Mapping[str, Action]
    is_open: bool = False

    @classmethod
    def of(
        cls, name: str, text: str, facts: tuple[Fact, ...], actions: tuple[Action, ...], *, is_open: bool = False
    ) -> Vocabulary:
        """From rows."""
        return cls(name, text, {row.name: row for row in facts}, {row.name: row for row in actions}, is_open)

    def fact(self, name: str) -> Fact | None:
        """The fact of that name; in an open vocabulary every name is one, `own.…` everywhere."""
        found = self.facts.get(name)
        return found or (Fact(name, "any", "the host's own") if self.is_open or name.startswith(OWN) else None)


def facts_of(*sources: Mapping[str, Any]) -> Facts:
    """Facts out of mappings; earlier ones win."""
    return lambda name: next((source[name] for source in sources if name in source), None)
