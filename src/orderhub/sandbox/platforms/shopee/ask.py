"""One authorised call with its parameters read strictly, and faults of pages. Imports this folder's state, wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.emulator import Call
from orderhub.sandbox.platforms.shopee.state import Market, Order
from orderhub.sandbox.platforms.shopee.wire import Doc, Refusal

__all__ = ["DAY", "Ask", "bad", "read_params"]

DAY = 86_400
WINDOW_DAYS = 15
_COMMON = frozenset({"partner_id", "timestamp", "access_token", "shop_id", "merchant_id", "sign"})


def bad(message: str) -> Refusal:
    """A parameter that is wrong."""
    return Refusal("error_param", message)


def read_params(call: Call) -> Doc:
    """Business parameters: of the query for reads (equal names become one text with commas), of the body for writes."""
    request = call.request
    if request.method == "GET":
        told: dict[str, list[str]] = {}
        for name, value in request.query:
            if name not in _COMMON:
                told.setdefault(name.removesuffix("[]"), []).append(value)
        return {name: ",".join(values) for name, values in told.items()}
    try:
        body = json.loads(request.body) if request.body.strip() else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad("the body is not a JSON object")
    return body


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers what stands in `response`, or raises `Refusal`."""

    operation: str
    shop_id: str
    params: Doc

    def text(self, name: str, default: str = "") -> str:
        """A text; numbers are taken as texts."""
        value = self.params.get(name)
        if isinstance(value, bool | dict | list):
            raise bad(f"{name} is not a text")
        return default if value is None or value == "" else str(value)

    def needed(self, name: str) -> str:
        """A text that must be there."""
        if not (text := self.text(name)):
            raise bad(f"{name} is required")
        return text

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in a range."""
        return whole(self.params.get(name, default), name, low, high)

    def flag(self, name: str) -> bool:
        """A truth value, as JSON or as text."""
        return str(self.params.get(name, "")).lower() in ("true", "1")

    def rows(self, name: str, least: int, most: int) -> list[Doc]:
        """A list of objects."""
        value = self.params.get(name, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise bad(f"{name} is not a list of objects")
        if not least <= len(value) <= most:
            raise bad(f"{name} has {len(value)} rows, allowed are {least} to {most}")
        return value

    def listed(self, name: str) -> list[str]:
        """Texts between commas, or a JSON list."""
        value = self.params.get(name, "")
        parts = value if isinstance(value, list) else str(value).split(",")
        return [text for part in parts if (text := str(part).strip(" []\"'"))]

    def window(self, start: str, end: str) -> tuple[int, int]:
        """Both ends, forward, at most fifteen days apart."""
        first, last = self.number(start, 0, 10**11), self.number(end, 0, 10**11)
        if first > last:
            raise bad(f"{start} is after {end}")
        if last - first > WINDOW_DAYS * DAY:
            raise bad(f"{start} and {end} are more than {WINDOW_DAYS} days apart")
        return first, last

    def order(self, sn: str) -> Order | None:
        """The order if this shop has it and it may be seen yet."""
        order = self.market.orders.get(sn)
        return order if order and order.shop_id == self.shop_id and order.shown_from <= self.market.stamp() else None

    def its_order(self) -> Order:
        """The order that `order_sn` names."""
        order = self.order(self.needed("order_sn"))
        if order is None:
            raise self.missing("order_sn")
        return order

    def missing(self, what: str) -> Refusal:
        """Nothing of that name in this shop."""
        return Refusal(self.market.switch("not_found_error"), f"{what} is not found in this shop")

    def page_start(self, given: Any) -> Any:
        """Where the page starts; the fault `repeated_page` starts where the page before did."""
        key = (self.shop_id, self.operation)
        start = self.market.served.get(key, given) if self.fault("repeated_page") else given
        self.market.served[key] = start
        return start

    def shaken(self, keys: Sequence[str]) -> None:
        """The fault `shifting_pages`: the first of the orders to come changes now."""
        if self.fault("shifting_pages") and keys:
            self.market.touch(self.market.orders[keys[0]])


def whole(value: Any, name: str, low: int, high: int) -> int:
    """A whole number in a range; texts of digits are taken."""
    try:
        found = int(str(value)) if not isinstance(value, bool | float) else None
    except ValueError:
        found = None
    if found is None or not low <= found <= high:
        raise bad(f"{name} is not a whole number from {low} to {high}")
    return found
