"""Documents and values as JSON text and back, exactly; what a row holds of a document. Imports `models`, `stores`.

Amounts are text in JSON and `Decimal` in models; fields without a value are left out, derived ones too.

A row's `packed` holds one byte of form, the digest of the version that it belongs to, and then either the compressed
raw document (`CLEAR`, the text stands in `body`) or text and raw document compressed and sealed together (`SEALED`,
`body` is empty). A worker of an older release that writes a row leaves `packed` as it is: its digest then differs from
the row's, and `body` and `raw` count.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar, cast

from pydantic import BaseModel, TypeAdapter
from pydantic_core import CoreSchema, SchemaValidator

from orderhub.errors import DecodeError
from orderhub.models import Finding, Order, Refund, Token
from orderhub.ports import OrderQuery
from orderhub.stores.vault import Vault

__all__ = ["CLEAR", "COUNTS", "DETAIL", "FINDING", "QUERY", "SEALED", "TOKEN", "Codec", "Held", "decode", "encode"]

M = TypeVar("M", Order, Refund)
TOKEN: Final = TypeAdapter(Token)
FINDING: Final = TypeAdapter(Finding)
COUNTS: Final = TypeAdapter(dict[str, int])
DETAIL: Final = TypeAdapter(dict[str, str])
QUERY: Final = TypeAdapter(OrderQuery)
CLEAR: Final = 1
SEALED: Final = 2
LEVEL: Final = 1
"""The fastest of zlib: order documents shrink to a third, and a higher level gains little."""

_DIGEST: Final = slice(1, 17)
_READERS: dict[type[BaseModel], SchemaValidator] = {}


def encode(document: Order | Refund) -> str:
    """JSON text without `raw`; equal documents give equal text."""
    return document.model_dump_json(exclude_none=True, exclude=set(document.derived))


def decode(kind: type[M], body: str, raw: bytes | None) -> M:
    """The document that `encode` wrote."""
    reader = _READERS.get(kind) or _READERS.setdefault(kind, _reader(kind))
    document = cast(M, reader.validate_json(body))
    return document if raw is None else document.model_copy(update={"raw": raw})


class Held(NamedTuple):
    """What a row holds of a document."""

    body: str
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Codec:
    """Packs the documents of one tenant; without `keep_raw` the untouched documents are not kept."""

    vault: Vault
    tenant: str
    keep_raw: bool = True

    def pack(self, table: str, key: str, digest: bytes, held: Held) -> tuple[str, bytes]:
        """`body` and `packed` of a row."""
        raw = held.raw if self.keep_raw else None
        if not self.vault.is_on:
            return held.body, bytes((CLEAR,)) + digest + (b"" if raw is None else zlib.compress(raw, LEVEL))
        text = held.body.encode()
        told = len(text).to_bytes(4, "big") + text + (b"\0" if raw is None else b"\1" + raw)
        sealed = self.vault.seal(zlib.compress(told, LEVEL), self.place(table, key))
        return "", bytes((SEALED,)) + digest + sealed

    def unpack(self, table: str, row: Any) -> Held:
        """Text and raw document of a row with `key`, `body`, `raw`, `packed`, `digest`."""
        packed = _valid(row)
        if packed is None:
            if not row.body:
                raise DecodeError(f"the stored {table} row {row.key} holds no readable version", field="packed")
            return Held(row.body, None if row.raw is None else bytes(row.raw))
        payload = packed[_DIGEST.stop :]
        if packed[0] == CLEAR:
            return Held(row.body, zlib.decompress(payload) if payload else None)
        told = zlib.decompress(self.vault.unseal(payload, self.place(table, row.key)))
        end = 4 + int.from_bytes(told[:4], "big")
        return Held(told[4:end].decode(), told[end + 1 :] if told[end] else None)

    def read(self, kind: type[M], table: str, row: Any) -> M:
        """The document of a row."""
        return decode(kind, *self.unpack(table, row))

    def is_current(self, row: Any) -> bool:
        """Whether the row is in the form that `pack` gives today, under today's key."""
        packed = _valid(row)
        if packed is None:
            return False
        if not self.vault.is_on:
            return packed[0] == CLEAR
        return packed[0] == SEALED and packed[_DIGEST.stop :].startswith(self.vault.name)

    def place(self, table: str, key: str) -> str:
        """What a sealed value is bound to."""
        return f"{self.tenant}\n{table}\n{key}"


def _valid(row: Any) -> bytes | None:
    packed = None if row.packed is None else bytes(row.packed)
    return packed if packed and packed[_DIGEST] == bytes(row.digest) else None


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
