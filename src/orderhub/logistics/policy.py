"""How a merchant chooses carriers, as data: strategy, rules, quotas, splits, quality, what makes a carrier down.

Imports `selection`, `rules`, `shares`, `quality`, `errors`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from orderhub.errors import ConfigurationError
from orderhub.logistics.quality import QualityPolicy
from orderhub.logistics.rules import carrier_rules
from orderhub.logistics.selection import STRATEGIES, Strategy
from orderhub.logistics.shares import CarrierQuota, CarrierSplit
from orderhub.models.base import Model
from orderhub.rules import RuleSet

__all__ = ["SelectionPolicy", "Weights", "read_selection"]


def _exact(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) or type(value) is int else value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not a time zone") from None
    return name


def _strategy(name: str) -> str:
    if name not in STRATEGIES:
        raise ValueError(f"there is no strategy {name!r}; there are {', '.join(STRATEGIES)}")
    return name


_Weight = Annotated[Decimal, Field(strict=True, ge=0, allow_inf_nan=False), BeforeValidator(_exact)]


class Weights(Model):
    """A strategy of one's own; see `selection.Strategy`."""

    price: _Weight = Decimal(1)
    hour: _Weight = Decimal(0)
    quality: _Weight = Decimal(0)
    hours_unknown: int = Field(default=240, ge=0)


class SelectionPolicy(Model):
    """How carriers are chosen.

    Attributes:
        strategy: cheapest, balanced, fastest or best_quality; `weights` instead of it for one's own.
        rules: A document of the vocabulary `carrier`, or its text.
        quotas, splits: See `shares`. All names are different.
        hold_s: A run that is lost gives its shares back after so many seconds.
        quality: What counts as good; `learn` takes what `Hub.learn_quality` has learned.
        failures, rest_minutes: After so many failures in a row a carrier goes last for so long; 0 failures: never.
        zone: Where the day of dispatch begins.
    """

    strategy: Annotated[str, AfterValidator(_strategy)] = "cheapest"
    weights: Weights | None = None
    rules: RuleSet | dict[str, Any] | str | None = None
    quotas: tuple[CarrierQuota, ...] = ()
    splits: tuple[CarrierSplit, ...] = ()
    hold_s: int = Field(default=900, ge=1)
    quality: QualityPolicy = QualityPolicy()
    learn: bool = True
    failures: int = Field(default=3, ge=0)
    rest_minutes: int = Field(default=10, ge=1)
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"

    @model_validator(mode="after")
    def _names(self) -> SelectionPolicy:
        names = [quota.name for quota in self.quotas] + [split.name for split in self.splits]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two quotas or splits are called {', '.join(twice)}")
        self.carrier_rules()
        return self

    def carrier_rules(self) -> tuple[Any, ...]:
        """The rules as the selection reads them."""
        given = self.rules
        if given is None:
            return ()
        return carrier_rules(given.model_dump() if isinstance(given, RuleSet) else given)

    def plan(self) -> Strategy | str:
        """What the score is made of."""
        return self.strategy if self.weights is None else Strategy("own", **self.weights.model_dump())


def read_selection(source: str | Mapping[str, Any] | SelectionPolicy) -> SelectionPolicy:
    """A policy from TOML, from JSON if the text begins with a brace, or from a table that was read already.

    Raises:
        ConfigurationError: The text cannot be parsed, an option is unknown or out of range; names the place.
    """
    if isinstance(source, SelectionPolicy):
        return source
    try:
        return SelectionPolicy.model_validate(_document(source) if isinstance(source, str) else dict(source))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"selection: {where}: {first['msg']}", field=f"selection.{where}") from None
    except ValueError as error:
        raise ConfigurationError(f"selection cannot be read: {error}", field="selection") from None


def _document(text: str) -> Any:
    is_json = text.lstrip().startswith("{")
    return json.loads(text, parse_float=Decimal) if is_json else tomllib.loads(text, parse_float=Decimal)
