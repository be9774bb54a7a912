"""One call as its handler sees it: parameters checked and typed. Imports this folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.lazada.state import Market, Order
from orderhub.sandbox.platforms.lazada.wire import Refusal, instant

__all__ = ["Ask"]


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """The call of one shop."""

    shop_id: str
    params: Mapping[str, str]

    def refusal(self, switch: str, message: str) -> Refusal:
        """An error whose code is a switch."""
        return Refusal(str(self.market.setup.switches[switch]), message)

    def need(self, name: str) -> str:
        """A parameter that has to be there."""
        if not (found := self.params.get(name, "")):
            raise self.refusal(
                "missing_code",
                f'The input parameter "{name}" that is mandatory for processing this request is not supplied',
            )
        return found

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within its limits."""
        text = self.params.get(name, str(default))
        if not text.isdigit() or not low <= int(text) <= high:
            raise self.refusal("invalid_code", f"{name} must be from {low} to {high}")
        return int(text)

    def moment(self, name: str) -> datetime | None:
        """An ISO 8601 filter."""
        if not (text := self.params.get(name, "")):
            return None
        try:
            return instant(text).astimezone(UTC)
        except ValueError:
            raise self.refusal("invalid_code", f"{name} is not an ISO 8601 time with its zone") from None

    def document(self, name: str) -> Any:
        """A parameter that holds JSON."""
        try:
            return json.loads(self.need(name))
        except ValueError:
            raise self.refusal("invalid_code", f"{name} is not JSON") from None

    def order(self, number: str) -> Order:
        """An order of this shop that can be seen."""
        order = self.market.orders.get(str(number))
        hidden = order is not None and order.shown_from is not None and order.shown_from > self.market.setup.now()
        if order is None or order.shop_id != self.shop_id or hidden:
            raise self.refusal("absent_code", f"Invalid order id {number}")
        return order
