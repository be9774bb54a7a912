"""One authorised call, with its parameters read strictly. Imports this folder's state and wire."""

from __future__ import annotations

from dataclasses import dataclass

from orderhub.sandbox.asking import ScalarAsk
from orderhub.sandbox.platforms.xiaohongshu.state import Doc, Market, Order
from orderhub.sandbox.platforms.xiaohongshu.wire import Refusal

__all__ = ["MINUTES", "Ask"]

MINUTES = {1: 24 * 60, 2: 30}
"""Longest window by timeType: 1 created, 2 updated."""


@dataclass(frozen=True, slots=True)
class Ask(ScalarAsk[Market]):
    """What a handler gets: it answers `data` or raises `Refusal`."""

    def bad(self, name: str) -> Refusal:
        """The refusal of a parameter."""
        return Refusal(self.switch("param_code"), f"参数{name}错误")

    def missing(self, text: str) -> Refusal:
        """The refusal of a name that nothing has."""
        return Refusal(self.switch("missing_code"), text)

    def illegal(self, text: str) -> Refusal:
        """The refusal of a call that the state forbids."""
        return Refusal(self.switch("state_code"), text)

    def rows(self, name: str) -> list[Doc]:
        """A list of objects that must be there."""
        value = self.params.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            raise self.bad(name)
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; absent is empty."""
        value = self.params.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.bad(name)
        return list(dict.fromkeys(value))

    def window(self, factor: int) -> tuple[int, int, int]:
        """(timeType, from, to) in milliseconds, at most as wide as `MINUTES` says; `factor` makes milliseconds."""
        axis = self.number("timeType", least=1, most=2)
        limit = 10**11 if factor == 1000 else 10**14
        start, end = (self.number(name, least=limit // 1000, most=limit) * factor for name in ("startTime", "endTime"))
        if start > end or end - start > MINUTES[axis] * 60_000:
            raise self.bad("startTime")
        return axis, start, end

    def order(self) -> Order:
        """The order of `orderId`."""
        order = self.market.find(self.shop_id, self.needed("orderId"))
        if order is None:
            raise self.missing("订单不存在")
        return order
