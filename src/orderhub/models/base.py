"""The base of every canonical model and the scalar types they share. Imports pydantic only.

Amounts are `Decimal` (never float), instants are aware and UTC, sequences are tuples, models are frozen.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    model_validator,
)

__all__ = ["Amount", "Instant", "Model", "Word", "Words"]


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _exact(value: Any, info: ValidationInfo) -> Any:
    """JSON carries amounts as text; everywhere else only `Decimal` is an amount."""
    if isinstance(value, Decimal):
        return value
    if info.mode == "json" and isinstance(value, str):
        return Decimal(value) if _AMOUNT.fullmatch(value) else value
    return value


_AMOUNT = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?")
Amount = Annotated[Decimal, Field(strict=True, allow_inf_nan=False), BeforeValidator(_exact)]
"""An amount in the currency of its row. `Decimal` only: float, bool and text are refused."""

Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An aware instant, kept in UTC; naive times are refused."""


class Word(StrEnum):
    """A closed vocabulary whose members are plain strings."""


def _sorted(words: frozenset[Any]) -> list[str]:
    return sorted(str(word) for word in words)


Words = PlainSerializer(_sorted, return_type=list[str])
"""Serialises a set of words in a stable order."""


class Model(BaseModel):
    """Frozen; unknown fields are refused; derived fields of a dump are accepted back and recomputed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    derived: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _drop_derived(cls, value: Any) -> Any:
        if cls.derived and isinstance(value, dict) and not cls.derived.isdisjoint(value):
            return {name: item for name, item in value.items() if name not in cls.derived}
        return value
