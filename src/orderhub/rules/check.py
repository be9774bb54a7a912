"""Whether a set of rules says what its vocabulary knows; every message names the rule and the place. Imports `errors`.

Everything that is wrong is found at once, so that a file is mended in one go.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.rules.model import Condition, Effect, Rule, RuleSet
from orderhub.rules.vocabulary import KINDS, OPERATORS, Argument, Fact, Vocabulary

__all__ = ["Problem", "bind", "check", "problems"]

DEPTH_MAX = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: which rule, where in it, what."""

    rule: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"rule {self.rule!r}, {self.place}: {self.text}"


def bind(found: RuleSet, words: Vocabulary) -> RuleSet:
    """The set, checked, with its values in the form in which facts are compared.

    Raises:
        ConfigurationError: Something is wrong; the message lists everything, `field` is the first place.
    """
    check(found, words)
    rules = tuple(rule.model_copy(update={"when": tuple(_folded(c, words) for c in rule.when)}) for rule in found.rules)
    return found.model_copy(update={"rules": rules})


def check(found: RuleSet, words: Vocabulary) -> None:
    """Raises `ConfigurationError` unless the set can be used with these words."""
    if told := problems(found, words):
        first = told[0]
        raise ConfigurationError(
            f"rules {found.name!r}: {'; '.join(map(str, told))}", field=f"{first.rule}.{first.place}"
        )


def problems(found: RuleSet, words: Vocabulary) -> tuple[Problem, ...]:
    """Everything that is wrong with the set, in order of its rules."""
    told: list[Problem] = []
    if found.vocabulary != words.name:
        told.append(Problem("*", "vocabulary", f"these words are for {words.name!r}, not {found.vocabulary!r}"))
    told += [
        Problem(name, "name", f"{times} rules have this name")
        for name, times in Counter(rule.name for rule in found.rules).items()
        if times > 1
    ]
    for rule in found.rules:
        told += [Problem(rule.name, place, text) for place, text in _of_rule(rule, words)]
    return tuple(told)


def _of_rule(rule: Rule, words: Vocabulary) -> Iterator[tuple[str, str]]:
    for number, condition in enumerate(rule.when):
        yield from _of_condition(condition, words, f"when[{number}]", 1)
    for number, effect in enumerate(rule.then):
        yield from _of_effect(effect, words, f"then[{number}]")


def _of_condition(condition: Condition, words: Vocabulary, place: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEPTH_MAX:
        yield place, f"groups are nested deeper than {DEPTH_MAX}"
    elif condition.group is not None:
        word, members = condition.group
        for number, member in enumerate(members):
            yield from _of_condition(member, words, f"{place}.{word}[{number}]", depth + 1)
    else:
        yield from _of_leaf(condition, words, place)


def _of_leaf(condition: Condition, words: Vocabulary, place: str) -> Iterator[tuple[str, str]]:
    fact, operator = words.fact(condition.fact or ""), OPERATORS.get(condition.operator)
    if fact is None:
        yield f"{place}.fact", _no_such("fact", condition.fact or "", words.facts)
    if operator is None:
        yield f"{place}.operator", _no_such("operator", condition.operator, OPERATORS)
    if fact is None or operator is None:
        return
    if fact.kind not in operator.kinds:
        able = ", ".join(name for name, row in OPERATORS.items() if fact.kind in row.kinds)
        yield f"{place}.operator", f"{condition.operator!r} cannot compare {fact.name} ({fact.kind}); {able} can"
    elif why := _wrong_value(condition.value, fact, operator.takes):
        yield f"{place}.value", why


def _wrong_value(value: Any, fact: Fact, takes: str) -> str | None:
    kind = {"flag": "flag", "text": "text"}.get(takes, fact.kind)
    if takes == "text" and fact.kind == "any":
        kind = "any"
    told, is_of = KINDS[kind]
    if takes == "many":
        if not isinstance(value, list | tuple | set | frozenset) or not value:
            return f"takes a list of values ({told}) that is not empty"
        strange = [one for one in value if not is_of(one)]
        return f"{strange[0]!r} is not {told}" if strange else None
    return None if is_of(value) else f"{value!r} is not {told}"


def _of_effect(effect: Effect, words: Vocabulary, place: str) -> Iterator[tuple[str, str]]:
    action = words.actions.get(effect.action)
    if action is None:
        yield f"{place}.action", _no_such("action", effect.action, words.actions)
        return
    for name in effect.arguments:
        if name not in action.arguments:
            yield f"{place}.{name}", _no_such(f"argument of {action.name}", name, action.arguments)
    for name, argument in action.arguments.items():
        if name not in effect.arguments:
            if argument.required:
                yield f"{place}.{name}", f"{action.name} needs it: {argument.text}"
        elif why := _wrong_argument(effect.arguments[name], argument):
            yield f"{place}.{name}", why


def _wrong_argument(value: Any, argument: Argument) -> str | None:
    told, is_of = KINDS[argument.kind]
    if argument.many and (not isinstance(value, list | tuple) or not value):
        return f"takes a list of values ({told}) that is not empty"
    for one in value if argument.many else (value,):
        if not is_of(one):
            return f"{one!r} is not {told}"
        if argument.choices and one not in argument.choices:
            return f"{one!r} is none of {', '.join(argument.choices)}"
    return None


def _no_such(what: str, name: str, there: Iterable[str]) -> str:
    names = list(there)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names) or 'none'}"
    return f"no {what} {name!r}; {hint}"


def _folded(condition: Condition, words: Vocabulary) -> Condition:
    if condition.group is not None:
        word, members = condition.group
        return condition.model_copy(update={word: tuple(_folded(member, words) for member in members)})
    fact = words.fact(condition.fact or "")
    if fact is None or condition.operator == "known":
        return condition
    value = condition.value
    is_many = isinstance(value, list | tuple | set | frozenset)
    return condition.model_copy(update={"value": tuple(map(fact.fold, value)) if is_many else fact.fold(value)})
