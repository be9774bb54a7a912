"""One authorised call, with its parameters read strictly. Imports this folder's state, tables and wire."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.amazon.spec import Operation
from orderhub.sandbox.platforms.amazon.state import Market, Order, Seller
from orderhub.sandbox.platforms.amazon.wire import Doc, Refusal, bad, instant, page_token, read_token

__all__ = ["BAD", "Ask"]

BAD: dict[str, str] = {
    "orders_v0": "InvalidInput", "orders_2026": "InvalidInput", "tokens": "InvalidRequest", "listings": "BAD_REQUEST",
    "fba": "InvalidInput", "notifications": "InvalidInput", "feeds": "400", "reports": "400",
}  # fmt: skip
"""§10.2: how each API spells the code of a 400."""


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers a document (None: no content) or raises `Refusal`.

    Attributes:
        shop_id: Whose token it is; empty for a grantless one.
        path: Parameters of the path, decoded.
        elements: Data elements of a restricted data token; None for an ordinary token.
    """

    operation: Operation
    shop_id: str
    path: Mapping[str, str]
    elements: frozenset[str] | None = None
    query: dict[str, list[str]] = field(default_factory=dict)

    @property
    def seller(self) -> Seller:
        """Who asks."""
        return self.market.shops[self.shop_id]

    def bad(self, message: str, details: str = "") -> Refusal:
        """A 400 as this API spells it."""
        return bad(message, BAD[self.operation.api], details)

    def text(self, name: str, default: str = "") -> str:
        """The first value; empty counts as absent."""
        return next((value for value in self.query.get(name, ()) if value), default)

    def many(
        self, name: str, most: int | None = None, known: Collection[str] | None = None, required: bool = False
    ) -> tuple[str, ...]:
        """Values separated by commas or given again and again; out of `known`, at most `most`."""
        values = tuple(one for value in self.query.get(name, ()) for one in value.split(",") if one)
        if required and not values:
            raise self.bad(f"Missing required parameter: {name}")
        if most is not None and len(values) > most:
            raise self.bad(f"{name} takes at most {most} values")
        wrong = [one for one in values if known is not None and one not in known]
        if wrong:
            raise self.bad(f"Invalid value in {name}", f"{wrong[0]} is not one of {', '.join(sorted(known or ()))}")
        return values

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
            raise self.bad(f"{name} must be a whole number from {low} to {high}")
        return int(text)

    def yes(self, name: str) -> bool:
        """A boolean; absent is false."""
        text = self.text(name, "false").lower()
        if text not in ("true", "false"):
            raise self.bad(f"{name} must be true or false")
        return text == "true"

    def moment(self, name: str) -> datetime | None:
        """An ISO 8601 instant; None when absent."""
        text = self.text(name)
        try:
            return instant(text) if text else None
        except ValueError:
            raise self.bad(f"{name} is not an ISO 8601 date and time") from None

    def body(self) -> Doc:
        """The JSON object sent; unknown keys are the handler's to ignore."""
        kind = self.call.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Refusal(415, "UnsupportedMediaType", "Content-Type must be application/json")
        try:
            told = json.loads(self.call.request.body)
        except ValueError:
            raise self.bad("The request body is not valid JSON") from None
        if not isinstance(told, dict):
            raise self.bad("The request body must be a JSON object")
        return told

    def order(self) -> Order:
        """The order in the path, if this seller has it."""
        order = self.market.order_of(self.shop_id, self.path["orderId"])
        if order is None:
            raise Refusal(404, "NotFound", f"Order {self.path['orderId']} was not found")
        return order

    def not_found(self, what: str) -> Refusal:
        """Status 404; its code is spelled as NotFound throughout (no source)."""
        return Refusal(404, "NotFound", f"{what} was not found")

    def filters(self, names: Collection[str]) -> str:
        """What a page token is bound to: the known parameters but the token itself."""
        return json.dumps({name: self.query[name] for name in sorted(names) if name in self.query})

    def token(self, names: Collection[str], **content: Any) -> str:
        """A page token of this operation, bound to the filters of this call."""
        at = self.market.now().timestamp()
        return page_token(op=self.operation.key, shop=self.shop_id, of=self.filters(names), at=at, **content)

    def resumed(self, name: str, names: Collection[str], lives_s: float) -> Doc | None:
        """What a page token holds; None without one. Refuses foreign, changed and expired tokens."""
        text = self.text(name)
        if not text:
            return None
        told = read_token(text)
        if told is None or (told["op"], told["shop"]) != (self.operation.key, self.shop_id):
            raise self.bad(f"{name} is not a token of this operation")
        if told["of"] != self.filters(names):
            raise self.bad(f"{name} belongs to other parameters")
        if self.market.now().timestamp() - told["at"] > lives_s:
            raise self.bad(f"{name} has expired")
        return told
