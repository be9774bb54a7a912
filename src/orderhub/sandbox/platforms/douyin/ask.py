"""One authorised call with its parameters read strictly. Imports this folder's state and wire.

Which sub_code belongs to a business refusal is told for few of them; where none is, it stays empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.douyin.state import Doc, Good, Market, Order
from orderhub.sandbox.platforms.douyin.wire import Refusal

__all__ = ["Ask", "failed", "illegal", "missing"]

MAX = 10**19


def missing(name: str) -> Refusal:
    """A business parameter is not there."""
    return Refusal(40002, "", f"缺少必填参数:{name}")


def illegal(name: str, text: str = "参数不合法") -> Refusal:
    """A business parameter cannot be taken."""
    return Refusal(40004, "isv.parameter-format-invalid", f"{name}{text}")


def failed(text: str) -> Refusal:
    """The business says no."""
    return Refusal(50002, "", text)


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers `data` or raises `Refusal`."""

    method: str
    shop_id: str
    params: Doc

    def text(self, name: str, source: Doc | None = None) -> str:
        """A scalar as text, whole numbers too; empty counts as absent."""
        value = (self.params if source is None else source).get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise illegal(name)
        return str(value).strip()

    def needed(self, name: str, source: Doc | None = None) -> str:
        """A scalar that must be there."""
        text = self.text(name, source)
        if not text:
            raise missing(name)
        return text

    def whole(
        self, name: str, low: int, high: int = MAX, *, default: int | None = None, source: Doc | None = None
    ) -> int:
        """A whole number within bounds, as number or text."""
        text = self.text(name, source) or ("" if default is None else str(default))
        if not text:
            raise missing(name)
        if not text.removeprefix("-").isdecimal() or not low <= int(text) <= high:
            raise illegal(name, f"应在{low}到{high}之间")
        return int(text)

    def flag(self, name: str) -> bool:
        """A boolean, or its word."""
        value = self.params.get(name, False)
        if value in (True, False, "true", "false", "", None):
            return value in (True, "true")
        raise illegal(name)

    def rows(self, name: str, most: int = 0, source: Doc | None = None) -> list[Doc]:
        """A list of objects that must have some; `most` of 0 is no bound."""
        value = (self.params if source is None else source).get(name)
        if not value:
            raise missing(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise illegal(name)
        if most and len(value) > most:
            raise illegal(name, f"最多{most}个")
        return value

    def listed(self, name: str) -> list[str]:
        """A list of scalars; absent is empty."""
        value = self.params.get(name) or []
        if not isinstance(value, list):
            raise illegal(name)
        return [str(one) for one in value]

    def window(self, start: str, end: str) -> tuple[int, int] | None:
        """Seconds from and to, None when neither is given; a bound that is not given is open."""
        if not (self.text(start) or self.text(end)):
            return None
        low, high = self.whole(start, 0, default=0), self.whole(end, 0, default=self.market.stamp() + 86_400)
        if low > high:
            raise illegal(start, "不能晚于结束时间")
        return low, high if self.market.switch("end_inclusive") else high - 1

    def order(self, order_id: str) -> Order:
        """The shop's order, if it may be seen yet."""
        order = self.market.orders.get(order_id)
        if order is None or order.shop_id != self.shop_id or order.shown_from > self.market.stamp():
            raise failed("订单不存在")
        return order

    def good(self, source: Doc | None = None) -> Good:
        """The SKU by sku_id, else by code (or out_sku_id, which no seeded SKU has)."""
        sku_id, code = self.text("sku_id", source), self.text("code", source) or self.text("out_sku_id", source)
        if not (sku_id and sku_id != "0") and not code:
            raise missing("sku_id")
        if sku_id and sku_id != "0":
            good = self.market.goods.get((self.shop_id, int(sku_id))) if sku_id.isdecimal() else None
        else:
            good = self.market.by_code.get((self.shop_id, code))
        if good is None or self.text("product_id", source) not in ("", "0", str(good.product_id)):
            raise failed("SKU不存在")
        return good

    def once(self, key: str, work: Callable[[], Any]) -> Any:
        """Do it, or answer what the first call with this key got; refusals are not kept."""
        place = (self.shop_id, self.method, key)
        if key and place in self.market.once:
            return self.market.once[place]
        told = work()
        if key:
            self.market.once[place] = told
        return told
