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
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    model_validator,
)
from pydantic_core import core_schema

__all__ = ["Amount", "Derived", "Instant", "Model", "Word", "Words"]


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _exact(value: Any) -> Any:
    """JSON carries amounts as text."""
    return Decimal(value) if isinstance(value, str) and _AMOUNT.fullmatch(value) else value


class _Exact:
    """Two readers, so that the one for programs needs no call of Python: it takes `Decimal` and nothing else."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        strict = handler(source)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_before_validator_function(_exact, strict), python_schema=strict
        )


_AMOUNT = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?")
Amount = Annotated[Decimal, Field(strict=True, allow_inf_nan=False), _Exact]
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
    """Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    derived: ClassVar[frozenset[str]] = frozenset()


class Derived(Model):
    """A model with derived fields: those of a dump are accepted back and worked out again."""

    @model_validator(mode="before")
    @classmethod
    def _drop_derived(cls, value: Any) -> Any:
        if cls.derived and isinstance(value, dict) and not cls.derived.isdisjoint(value):
            return {name: item for name, item in value.items() if name not in cls.derived}
        return value
