"""Documents and values as JSON text and back, exactly. Imports `models`, `ports`.

Amounts are text in JSON and `Decimal` in models; fields without a value are left out, derived ones too.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, TypeAdapter
from pydantic_core import CoreSchema, SchemaValidator

from orderhub.models import Finding, Order, Refund, Token

__all__ = ["COUNTS", "FINDING", "TOKEN", "decode", "encode"]

M = TypeVar("M", Order, Refund)
TOKEN: Final = TypeAdapter(Token)
FINDING: Final = TypeAdapter(Finding)
COUNTS: Final = TypeAdapter(dict[str, int])
_READERS: dict[type[BaseModel], SchemaValidator] = {}


def encode(document: Order | Refund) -> str:
    """JSON text without `raw`; equal documents give equal text."""
    return document.model_dump_json(exclude_none=True, exclude=set(document.derived))


def decode(kind: type[M], body: str, raw: bytes | None) -> M:
    """The document that `encode` wrote."""
    reader = _READERS.get(kind) or _READERS.setdefault(kind, _reader(kind))
    document = cast(M, reader.validate_json(body))
    return document if raw is None else document.model_copy(update={"raw": raw})


def _reader(kind: type[BaseModel]) -> SchemaValidator:
    """A validator that stays in JSON mode.

    The models accept their own derived fields through a "before" validator. Behind one, pydantic sees Python values,
    where strict amounts refuse the very text that JSON holds. Stored bodies have no derived fields, so it can go.
    """
    schema = cast(CoreSchema, _without_before(kind.__pydantic_core_schema__))
    try:
        return SchemaValidator(schema, _use_prebuilt=False)
    except TypeError:  # older pydantic-core never takes prebuilt validators of nested models
        return SchemaValidator(schema)


def _without_before(node: Any) -> Any:
    if isinstance(node, dict):
        if node.get("type") == "function-before" and node["function"]["function"].__name__ == "_drop_derived":
            return _without_before(node["schema"])
        return {name: _without_before(inner) for name, inner in node.items()}
    if isinstance(node, list | tuple) and type(node) in (list, tuple):
        return type(node)(_without_before(inner) for inner in node)
    return node
