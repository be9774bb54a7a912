"""One authorised call, with its parameters read strictly. Imports this folder's state and wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import Call
from orderhub.sandbox.platforms.youzan.state import Doc, Market, Order
from orderhub.sandbox.platforms.youzan.wire import Refusal, instant

__all__ = ["Ask"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a handler gets: it answers `data` or raises `Refusal`."""

    market: Market
    call: Call
    shop_id: str
    params: Doc

    def fault(self, name: str) -> bool:
        """Whether the fault hits this call."""
        return self.call.fault is not None and self.call.fault.name == name

    def switch(self, name: str) -> Any:
        """The live value of a switch."""
        return self.market.setup.switches[name]

    def bad(self, name: str) -> Refusal:
        """The refusal of a parameter."""
        return Refusal(self.switch("param_code"), f"参数{name}错误")

    def text(self, name: str) -> str:
        """A scalar as text; absent is empty."""
        value = self.params.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(name)
        return str(value).strip()

    def needed(self, name: str) -> str:
        """A scalar that must be there."""
        text = self.text(name)
        if not text:
            raise self.bad(name)
        return text

    def number(self, name: str, default: int | None = None, *, least: int = 0, most: int = 10**18) -> int:
        """A whole number, as text or as a number, in its range."""
        text = self.text(name)
        if not text and default is not None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
            raise self.bad(name)
        return int(text)

    def moment(self, name: str) -> datetime | None:
        """A China time."""
        text = self.text(name)
        try:
            return instant(text) if text else None
        except ValueError:
            raise self.bad(name) from None

    def order(self) -> Order:
        """The trade of `tid`."""
        order = self.market.find(self.shop_id, self.needed("tid"))
        if order is None:
            raise Refusal(self.switch("missing_code"), "订单不存在")
        return order

    def illegal(self, text: str) -> Refusal:
        """The refusal of a call that the state forbids."""
        return Refusal(self.switch("state_code"), text)
