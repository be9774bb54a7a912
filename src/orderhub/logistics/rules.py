"""A merchant's own rules about carriers, as data. Imports `services`, `errors`.

Rules are read in order; a rule applies when all its conditions hold. The first `prefer_carriers` that names an
eligible carrier puts it first and leaves the others as fallbacks; `restrict` and `exclude` remove; `score` adds.
`stop` ends the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from orderhub.errors import ConfigurationError
from orderhub.logistics.provinces import province_key, province_of
from orderhub.logistics.services import Need

__all__ = ["FACTS", "OPERATORS", "Condition", "Rule", "applying"]

Action = Literal["prefer_carriers", "restrict", "exclude", "score"]

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


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that is false for a fact that is not known."""
    return lambda found, value: found is not None and compare(found, value)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: bool(found == value),
    "ne": lambda found, value: bool(found != value),
    "in": lambda found, value: found in value,
    "not_in": lambda found, value: found not in value,
    "lt": _ordered(lambda found, value: found < value),
    "le": _ordered(lambda found, value: found <= value),
    "gt": _ordered(lambda found, value: found > value),
    "ge": _ordered(lambda found, value: found >= value),
    "starts": _ordered(lambda found, value: str(found).startswith(value)),
    "contains": _ordered(lambda found, value: value in found),
    "known": lambda found, value: (found is not None) is bool(value),
}
"""How a fact is compared. A fact that is not known satisfies only `ne`, `not_in` and `known: False`."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`fact` compared with `value`; provinces are compared by their short names."""

    fact: str
    operator: str
    value: Any

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise ConfigurationError(f"no operator {self.operator!r}; there are {', '.join(OPERATORS)}")
        if self.fact == "province":
            object.__setattr__(self, "value", _short(self.value))

    def holds(self, need: Need) -> bool:
        """Whether it holds for `need`; raises `ConfigurationError` when the two cannot be compared."""
        read = FACTS.get(self.fact)
        found = read(need) if read else need.facts.get(self.fact)
        try:
            return OPERATORS[self.operator](found, self.value)
        except TypeError:
            told = f"{type(found).__name__} with {type(self.value).__name__}"
            raise ConfigurationError(f"condition on {self.fact}: {self.operator} cannot compare {told}") from None


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return province_key(value)
    return tuple(province_key(name) for name in value) if isinstance(value, list | tuple | set | frozenset) else value


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        when: All must hold; none: always.
        carriers: Whom the action is about, canonical codes.
        points: For `score`: added to the rank score of these carriers; higher is better.
    """

    name: str
    action: Action
    carriers: tuple[str, ...]
    when: tuple[Condition, ...] = ()
    points: Decimal = Decimal(0)
    stop: bool = False

    def __post_init__(self) -> None:
        if self.action not in ("prefer_carriers", "restrict", "exclude", "score"):
            raise ConfigurationError(f"rule {self.name}: no action {self.action!r}")
        if not self.carriers:
            raise ConfigurationError(f"rule {self.name}: names no carrier")


def applying(rules: Iterable[Rule], need: Need) -> tuple[Rule, ...]:
    """The rules whose conditions hold, in order, up to the first that stops."""
    found = []
    for rule in rules:
        if all(condition.holds(need) for condition in rule.when):
            found.append(rule)
            if rule.stop:
                break
    return tuple(found)
