"""One request on its way through the roots of the schema. Imports this folder's state, execute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.shopify.execute import QueryError
from orderhub.sandbox.platforms.shopify.state import Doc, Market, Order, Shop

__all__ = ["INPUT_MAX", "Ask", "Said", "needed", "said"]

INPUT_MAX = 250
"""Rows of an input array."""


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """Who asks, in which version, and what the sandbox holds."""

    shop: Shop
    version: str

    @property
    def shop_id(self) -> str:
        """The store."""
        return self.shop.shop_id

    def find(self, kind: str, given: Any) -> Doc | None:
        """A document of this store by its global id."""
        return self.market.find(self.shop_id, kind, given)

    def order_of(self, doc: Doc) -> Order:
        """The order that a parcel, refund, return or fulfilment order belongs to."""
        return self.market.orders[doc["_order"]]


class Said(Exception):
    """A refusal in the mutation's own words: one userError."""

    def __init__(self, message: str, *field: str, code: str | None = None) -> None:
        super().__init__(message)
        self.row: Doc = {"field": list(field) or None, "message": message, "code": code}


def said(name: str, error: Said) -> Doc:
    """The payload of a mutation that refused; its object is null."""
    return {name: None, "userErrors": [error.row]}


def needed(arguments: Mapping[str, Any], name: str, kind: type | tuple[type, ...] = object) -> Any:
    """An argument that must be there and of this kind."""
    value = arguments.get(name)
    if value is None or not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise QueryError(f"argument '{name}' is required or of the wrong type", "INVALID_ARGUMENT")
    if isinstance(value, list) and len(value) > INPUT_MAX:
        text = f"The input array size of {len(value)} is greater than the maximum allowed of {INPUT_MAX}."
        raise QueryError(text, "MAX_INPUT_SIZE_EXCEEDED")
    return value
