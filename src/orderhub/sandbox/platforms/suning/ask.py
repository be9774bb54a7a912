"""One authorised call, with its parameters read strictly, and what it answers. Imports this folder's state and wire.

Which of the documented codes belongs to which mistake is told for few of them; the rest is our reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.suning.spec import NO_RESULT, PARAMS
from orderhub.sandbox.platforms.suning.state import Doc, Market, Order
from orderhub.sandbox.platforms.suning.wire import Refusal, china, instant

__all__ = ["ORDER_TIMES", "SUCCESS", "Ask", "Told", "done", "no_result"]

ORDER_TIMES = "biz.orderquery"
PAGE_DEFAULT = 10
SUCCESS: Doc = {"returnMessage": "biz.handler.data-get:success"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: what stands in sn_body under `key` (None: the bizName), and sn_head."""

    body: Any
    head: Doc = field(default_factory=dict)
    key: str | None = None


def done() -> Told:
    """The acknowledgement of a write."""
    return Told({"result": "Y"})


def no_result() -> Refusal:
    """Nothing found: an error, also for lists."""
    return Refusal(NO_RESULT, "没有查询到数据")


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers `Told` or raises `Refusal`."""

    method: str
    biz: str
    shop_id: str
    params: Doc

    def text(self, name: str, default: str = "") -> str:
        """A scalar as text; empty counts as absent. Whole numbers are taken although texts are the rule."""
        return scalar(self.params.get(name)) or default

    def needed(self, name: str) -> str:
        """A scalar that must be there."""
        text = self.text(name)
        if not text:
            raise self.missing(name)
        return text

    def missing(self, name: str) -> Refusal:
        """The refusal of a call without a required parameter."""
        return Refusal(f"biz.{self.biz}.missing-parameter:{name}", f"{name}不能为空")

    def texts(self, name: str, inner: str) -> list[str]:
        """`{inner: [..]}` or `{inner: one}` under `name`, or the bare list; absent means empty."""
        value = self.params.get(name)
        if isinstance(value, dict):
            value = value.get(inner)
        listed = value if isinstance(value, list) else [value]
        return [text for one in listed if (text := scalar(one))]

    def rows(self, name: str, inner: str = "") -> list[Doc]:
        """A list of objects, a lone object counts as one; `inner` names the element of the XML form."""
        value = self.params.get(name)
        if inner and isinstance(value, dict) and set(value) == {inner}:
            value = value[inner]
        listed = value if isinstance(value, list) else [value] if value else []
        if not all(isinstance(one, dict) for one in listed):
            raise Refusal(PARAMS, f"{name}格式错误")
        return listed

    def object(self, name: str) -> Doc:
        """An object; absent is empty."""
        value = self.params.get(name) or {}
        if not isinstance(value, dict):
            raise Refusal(PARAMS, f"{name}格式错误")
        return value

    def window(self, days: int, times: str = "", *, needed: bool = True) -> tuple[str, str]:
        """startTime and endTime, forward, at most `days` apart; `times` is the prefix of format refusals.

        Without `needed` an absent bound is the edge of what the platform keeps.
        """
        start, end = self._moment("startTime", times, needed), self._moment("endTime", times, needed)
        if start is None or end is None:
            return (china(start) if start else self.horizon(), china(end) if end else "9999")
        if start > end:
            raise Refusal("sys.check.query-time:error", "开始时间不能大于结束时间")
        if end - start > timedelta(days=days):
            raise Refusal("sys.check.query-time:outofrange", f"查询时间间隔不能超过{days}天")
        if not self.switch("end_inclusive"):
            end -= timedelta(seconds=1)
        return china(start), china(end)

    def _moment(self, name: str, times: str, needed: bool) -> datetime | None:
        text = self.text(name)
        if not text and needed:
            raise Refusal(f"sys.check.{name.lower()}-value:null", f"{name}不能为空")
        try:
            return instant(text) if text else None
        except ValueError:
            code = f"{times}.{name}-format:error" if times else "sys.check.query-time:error"
            raise Refusal(code, f"{name}格式错误") from None

    def horizon(self) -> str:
        """Three months ago, China time."""
        return china(self.market.now() - timedelta(days=self.switch("history_days")))

    def recent(self, start: str, code: str) -> None:
        """Refuse a start beyond the three months."""
        if start < self.horizon():
            raise Refusal(code, "只能查询三个月内的数据")

    def page(self, count: int, *, needed: bool = False) -> tuple[int, int, Doc]:
        """(first row, row after the last, sn_head) of the page asked for; no rows is a refusal."""
        number, size = self._page_number("pageNo", 1, needed), self._page_number("pageSize", PAGE_DEFAULT, needed)
        low, high = self.switch("page_size_min"), self.switch("page_size_max")
        if not low <= size <= high:
            if self.switch("page_size_over") == "reject":
                raise Refusal("sys.check.page-param:error", f"pageSize应在{low}到{high}之间")
            size = max(low, min(high, size))
        first = (number - 1) * size
        if first >= count:
            raise no_result()
        head = {"pageTotal": -(-count // size), "pageNo": number, "totalSize": count}
        if self.switch("head_numbers") == "text":
            return first, first + size, {**{name: str(value) for name, value in head.items()}, **SUCCESS}
        return first, first + size, {**head, **SUCCESS}

    def _page_number(self, name: str, default: int, needed: bool) -> int:
        text = self.text(name) if needed else self.text(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
            raise Refusal("sys.check.page-param:error", f"{name}错误")
        return int(text)

    def order(self, code: str) -> Order | None:
        """The order if this shop has it and it may be seen yet."""
        order = self.market.orders.get(code)
        seen = order is not None and order.shop_id == self.shop_id and order.shown_from <= self.market.stamp()
        return order if seen else None


def scalar(value: Any) -> str:
    """A text, or a whole number as text; None is empty, anything else is refused."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refusal(PARAMS, "参数类型错误")
    return str(value).strip()
