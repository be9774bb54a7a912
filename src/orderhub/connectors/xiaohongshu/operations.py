"""One generator per verb: lists of orders. Details, parcels, stock, cases, access stand beside it.

Imports `kit`, `flow`, `models`. Source: docs/platforms/xiaohongshu.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.xiaohongshu.access import AccessVerbs
from orderhub.connectors.xiaohongshu.aftersale import AftersaleVerbs
from orderhub.connectors.xiaohongshu.reading import Listing, Place, longest, read_place, start_of, total_in
from orderhub.connectors.xiaohongshu.sheet import SPEC
from orderhub.connectors.xiaohongshu.shipping import ShippingVerbs
from orderhub.connectors.xiaohongshu.spec import PAGE_SIZE_MAX, PAGES_MAX
from orderhub.connectors.xiaohongshu.stock import StockVerbs
from orderhub.connectors.xiaohongshu.wire import millis, seconds
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.flow.windows import Span, apart
from orderhub.kit.convert import epoch_ms, ident, rows_of
from orderhub.kit.table import read
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order

__all__ = ["XiaohongshuOperations"]

LIST = "order.getOrderList"
CREATED, CHANGED = 1, 2


class XiaohongshuOperations(ShippingVerbs, StockVerbs, AftersaleVerbs, AccessVerbs):
    """Every verb of Xiaohongshu."""

    spec = SPEC

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def list_orders(self, window: Window, position: Place | None = None) -> Operation[Page[Order]]:
        """One page of names, which the caller fetches one by one; at most a day is meant.

        By update time the platform takes half an hour, so that a window is read in spans of that length.
        """
        place = position or start_of(window)
        if not place.parts:
            return Page()
        rows, following = yield from read_place(self._orders(window), place)
        return Page(refs=tuple(_ref(row) for row in rows), next=following)

    def _orders(self, window: Window, size: int | None = None) -> Listing:
        taken = size or self.page_size

        def one(part: Span, page: int) -> Operation[Mapping[str, Any]]:
            start, end = (self._instant(instant) for instant in part)
            return (yield from self.mapping(LIST, {
                "startTime": start, "endTime": end, "timeType": CHANGED if window.axis == "updated" else CREATED,
                "pageNo": page, "pageSize": taken,
            }))  # fmt: skip

        return Listing(one, lambda answer: rows_of(answer.get("orderList")), _order_id, taken, PAGES_MAX)

    def _instant(self, instant: datetime) -> int:
        return millis(instant) if self.config.settings["list_time_unit"] == "ms" else seconds(instant)

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, span by span, for gap audits."""
        listing, found = self._orders(window, 1), 0
        for start, end in apart(window.start, window.end, longest(window)):
            answer = yield from listing.read((start, max(end, start)), 1)
            found += total_in(answer, listing)
        return found


def _order_id(row: Any) -> str:
    return _ref(row).order_id


def _ref(row: Any) -> OrderRef:
    """A row of the list; raises `DecodeError` for one that names no order."""
    try:
        return OrderRef(ident(row["orderId"]), read(row, "updateTime", epoch_ms))
    except (LookupError, TypeError, ValueError):
        raise DecodeError(
            "a row of the list names no order", platform="xiaohongshu", operation=LIST, path="orderList.orderId"
        ) from None
