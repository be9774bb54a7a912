"""Wire fields that no row maps, found when somebody looks. Imports pydantic only.

Decoding does not pay for them: `Extra` keeps the document's bytes and a loader, and works it out on first access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

__all__ = ["Extra"]


def _dumped(value: Any) -> Any:
    """The value as a dump writes it: exact numbers as text, so that an order read back equals the one dumped."""
    if isinstance(value, Mapping):
        return {name: _dumped(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_dumped(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value


class Extra(Mapping[str, Any]):
    """A read-only mapping of unmapped wire fields, by wire name (dotted where nested)."""

    __slots__ = ("_found", "_load")

    def __init__(self, found: Mapping[str, Any] | None = None, *, load: Callable[[], dict[str, Any]] | None = None):
        self._found: dict[str, Any] | None = None if load else dict(found or {})
        self._load = load

    def _get(self) -> dict[str, Any]:
        if self._found is None:
            load, self._load = self._load, None
            self._found = load() if load else {}
        return self._found

    def whole(self) -> Mapping[str, Any]:
        """All of it at once, as a plain dictionary, to be read only."""
        return self._get()

    def __getitem__(self, name: str) -> Any:
        return self._get()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._get())

    def __len__(self) -> int:
        return len(self._get())

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._get())))

    def __eq__(self, other: object) -> bool:
        found = other._get() if isinstance(other, Extra) else other
        return self._get() == found or (isinstance(other, Extra) and _dumped(self._get()) == _dumped(found))

    def __repr__(self) -> str:
        return f"Extra({', '.join(sorted(self._get()))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Extra, (self._get(),)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._of, serialization=core_schema.plain_serializer_function_ser_schema(lambda value: dict(value._get()))
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "object", "description": "Wire fields that no row maps.", "additionalProperties": True}

    @classmethod
    def _of(cls, value: Any) -> Extra:
        if isinstance(value, Extra):
            return value
        if isinstance(value, Mapping):
            return Extra(value)
        raise ValueError("extra must be a mapping of wire fields")
