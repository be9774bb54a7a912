"""A merchant's own rules about carriers, in words of the one rule engine. Imports `services`, `rules`, `errors`.

Rules are read in order; a rule applies when all its conditions hold. The first `prefer_carriers` that names an
eligible carrier puts it first and leaves the others as fallbacks; `restrict` and `exclude` remove; `score` adds.
`stop` ends the reading. Rules in shadow are told in explanations and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from orderhub.errors import ConfigurationError
from orderhub.logistics.provinces import province_key, province_of
from orderhub.logistics.services import Need
from orderhub.rules import (
    OPERATORS,
    Action,
    Argument,
    Decision,
    Effect,
    Fact,
    Facts,
    RuleSet,
    Vocabulary,
    decide,
    holds,
    read_rules,
)
from orderhub.rules import Condition as AnyCondition
from orderhub.rules import Rule as AnyRule
from orderhub.rules.read import Format

__all__ = ["CARRIER", "FACTS", "OPERATORS", "Condition", "Rule", "applying", "carrier_rules", "explain_rules"]

Word = Literal["prefer_carriers", "restrict", "exclude", "score"]

FACTS: Mapping[str, Callable[[Need], Any]] = {
    "province": lambda need: province_of(need.parcel.recipient.address),
    "city": lambda need: need.parcel.recipient.address.city,
    "district": lambda need: need.parcel.recipient.address.district,
    "division_code": lambda need: need.parcel.recipient.address.division_code,
    "weight_g": lambda need: need.parcel.weight_g,
    "is_cod": lambda need: bool(need.parcel.cod_amount),
    "declared_value": lambda need: need.parcel.declared_value,
    "goods_class": lambda need: need.parcel.goods_class,
    "warehouse": lambda need: need.parcel.warehouse,
    "line_count": lambda need: len(need.parcel.lines),
    "expedite": lambda need: need.expedite,
    "date": lambda need: need.on,
}
"""What a condition may ask of a parcel; other names are looked up in `Need.facts`."""


def _short(value: Any) -> Any:
    return province_key(value) if isinstance(value, str) else value


_CARRIERS = Argument("text", "canonical carrier codes", many=True)
CARRIER = Vocabulary.of(
    "carrier",
    "which carriers may take a parcel, and which of them first",
    (
        Fact("province", "text", "province of the receiver, by its short name", _short),
        Fact("city", "text", "city of the receiver"),
        Fact("district", "text", "district of the receiver"),
        Fact("division_code", "text", "GB/T 2260 code of the smallest known division"),
        Fact("weight_g", "number", "weight of the parcel in grams"),
        Fact("is_cod", "flag", "cash is collected on delivery"),
        Fact("declared_value", "number", "declared value in the order's currency"),
        Fact("goods_class", "text", "class of goods, e.g. general"),
        Fact("warehouse", "text", "code of the warehouse"),
        Fact("line_count", "number", "lines in the parcel"),
        Fact("expedite", "flag", "speed comes before price"),
        Fact("date", "date", "day of dispatch"),
    ),
    (
        Action("prefer_carriers", "these go first, in the order of their score", {"carriers": _CARRIERS}),
        Action("restrict", "only these may be used", {"carriers": _CARRIERS}),
        Action("exclude", "these may not be used", {"carriers": _CARRIERS}),
        Action("score", "add points to the score of these", {
            "carriers": _CARRIERS, "points": Argument("number", "points, higher is better"),
        }),
    ),
    is_open=True,
)  # fmt: skip
"""Words for the choice of carriers; open: what a host puts into `Need.facts` may be asked too."""


class Condition(AnyCondition):
    """`fact` compared with `value`; provinces are compared by their short names."""

    def __init__(self, fact: str, operator: str, value: Any) -> None:
        if operator not in OPERATORS:
            raise ConfigurationError(f"no operator {operator!r}; there are {', '.join(OPERATORS)}")
        if fact == "province":
            is_many = isinstance(value, list | tuple | set | frozenset)
            value = tuple(map(_short, value)) if is_many else _short(value)
        super().__init__(fact=fact, operator=operator, value=value)

    def holds(self, need: Need) -> bool:
        """Whether it holds for `need`; raises `ConfigurationError` when the two cannot be compared."""
        return holds(self, facts_of_need(need))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        when: All must hold; none: always.
        carriers: Whom the action is about, canonical codes.
        points: For `score`: added to the rank score of these carriers; higher is better.
        shadow: Told, not acted upon.
    """

    name: str
    action: Word
    carriers: tuple[str, ...]
    when: tuple[AnyCondition, ...] = ()
    points: Decimal = Decimal(0)
    stop: bool = False
    shadow: bool = False

    def __post_init__(self) -> None:
        if self.action not in get_args(Word):
            raise ConfigurationError(f"rule {self.name}: no action {self.action!r}")
        if not self.carriers:
            raise ConfigurationError(f"rule {self.name}: names no carrier")


def facts_of_need(need: Need) -> Facts:
    """What rules may ask of a parcel, read when it is asked for."""

    def read(name: str) -> Any:
        known = FACTS.get(name)
        return known(need) if known else need.facts.get(name)

    return read


def carrier_rules(source: str | Mapping[str, Any], *, format: Format = "toml") -> tuple[Rule, ...]:
    """Rules out of a document of the vocabulary `carrier`; every effect of a rule becomes one of these.

    Raises:
        ConfigurationError: The document is wrong; the message names the rule and the place.
    """
    found = read_rules(source, CARRIER, format=format)
    return tuple(made for rule in found.rules if rule.enabled for made in _of(rule, found))


def _of(rule: AnyRule, found: RuleSet) -> Iterable[Rule]:
    is_shadow = rule.shadow or found.shadow
    ends = (rule.stop or found.mode == "first") and not rule.shadow
    for number, effect in enumerate(rule.then, start=1):
        given = effect.arguments
        yield Rule(
            rule.name, effect.action, tuple(given["carriers"]), rule.when,  # type: ignore[arg-type]  # was checked
            Decimal(given.get("points", 0)), ends and number == len(rule.then), is_shadow,
        )  # fmt: skip


def applying(rules: Iterable[Rule], need: Need) -> tuple[Rule, ...]:
    """The rules whose conditions hold, in order, up to the first that stops; without those in shadow."""
    facts = facts_of_need(need)
    found = []
    for rule in rules:
        if all(holds(condition, facts) for condition in rule.when):
            if not rule.shadow:
                found.append(rule)
            if rule.stop and not rule.shadow:
                break
    return tuple(found)


def explain_rules(rules: Iterable[Rule], need: Need) -> Decision:
    """The same decision by the engine, with the reasons for every rule and what shadowed ones would do."""
    made = tuple(
        AnyRule(
            name=rule.name, when=rule.when, stop=rule.stop, shadow=rule.shadow,
            then=(Effect(action=rule.action, arguments=_arguments(rule)),),
        )
        for rule in rules
    )  # fmt: skip
    return decide(RuleSet(name="carriers", vocabulary="carrier", rules=made), facts_of_need(need), CARRIER)


def _arguments(rule: Rule) -> dict[str, Any]:
    given: dict[str, Any] = {"carriers": rule.carriers}
    return given | ({"points": rule.points} if rule.action == "score" else {})
