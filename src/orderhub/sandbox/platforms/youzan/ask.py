"""One authorised call, with its parameters read strictly. Imports this folder's state and wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orderhub.sandbox.asking import ScalarAsk
from orderhub.sandbox.platforms.youzan.state import Market, Order
from orderhub.sandbox.platforms.youzan.wire import Refusal, instant

__all__ = ["Ask"]


@dataclass(frozen=True, slots=True)
class Ask(ScalarAsk[Market]):
    """What a handler gets: it answers `data` or raises `Refusal`."""

    def bad(self, name: str) -> Refusal:
        """The refusal of a parameter."""
        return Refusal(self.switch("param_code"), f"参数{name}错误")

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
