"""One authorised call with its business parameters read strictly. Imports this folder's state, spec, wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.kuaishou.state import Doc, Market, Order
from orderhub.sandbox.platforms.kuaishou.wire import Refusal, millis

__all__ = ["Ask"]

_MAX = 2**63


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers `data` or raises `Refusal`."""

    method: str
    shop_id: str
    params: Doc

    def wrong(self, what: str) -> Refusal:
        """A parameter is missing or malformed."""
        return Refusal(self.switch("param_code"), f"参数错误: {what}")

    def whole(self, value: Any, name: str) -> int:
        """A whole number, or its text."""
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MAX:
            raise self.wrong(name)
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A parameter that is a whole number; required without a default."""
        value = self.params.get(name)
        if value is None or value == "":
            if default is None:
                raise self.wrong(name)
            return default
        return self.whole(value, name)

    def text(self, name: str, *, needed: bool = False) -> str:
        """A parameter that is a text."""
        value = self.params.get(name)
        if value is None or value == "":
            if needed:
                raise self.wrong(name)
            return ""
        if not isinstance(value, str):
            raise self.wrong(name)
        return value

    def one_of(self, name: str, allowed: Any, default: int | None = None) -> int:
        """A whole number out of a few."""
        value = self.number(name, default)
        if value not in allowed:
            raise self.wrong(name)
        return value

    def rows(self, name: str) -> list[Doc]:
        """A list of objects."""
        value = self.params.get(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.wrong(name)
        return value

    def window(self, span: timedelta, history: timedelta) -> tuple[int, int]:
        """beginTime and endTime in milliseconds: forward, at most `span` apart, beginning inside `history`."""
        begin, end = self.number("beginTime"), self.number("endTime")
        if begin >= end:
            raise self.wrong("beginTime < endTime")
        if timedelta(milliseconds=min(end - begin, _MAX // 10**6)) > span:
            raise self.wrong(f"endTime - beginTime: {span.days}天")
        oldest = millis(self.market.now() - history)
        if begin < oldest:
            if self.switch("history_over") == "reject":
                raise self.wrong(f"beginTime: {history.days}天")
            begin = oldest
        return begin, end

    def find(self, oid: str) -> Order | None:
        """The order if this shop has it and it may be seen yet."""
        order = self.market.orders.get(oid)
        seen = order is not None and order.shop_id == self.shop_id and order.shown_from <= self.market.stamp()
        return order if seen else None

    def order(self, name: str = "oid", code: int = 0) -> Order:
        """The order that a parameter names; `code` is the refusal where it is not the shop's."""
        order = self.find(str(self.number(name)))
        if order is None:
            raise Refusal(code or self.switch("missing_code"), "订单不存在")
        return order
