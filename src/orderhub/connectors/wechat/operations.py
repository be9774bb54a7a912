"""One generator per verb: lists of orders. Details, parcels, stock, cases, messages stand beside it.

Imports `kit`, `flow`, `models`. Source: docs/platforms/wechat.md.
"""

from __future__ import annotations

from orderhub.connectors.wechat.aftersale import AftersaleVerbs, following
from orderhub.connectors.wechat.push import PushVerbs
from orderhub.connectors.wechat.sheet import SPEC
from orderhub.connectors.wechat.shipping import ShippingVerbs
from orderhub.connectors.wechat.stock import StockVerbs
from orderhub.connectors.wechat.wire import seconds
from orderhub.flow.steps import Operation
from orderhub.kit.convert import ident, rows_of
from orderhub.models.channel import OrderRef, Page, Window
from orderhub.models.order import Order

__all__ = ["WechatOperations"]


class WechatOperations(ShippingVerbs, StockVerbs, AftersaleVerbs, PushVerbs):
    """Every verb of WeChat store."""

    spec = SPEC

    def list_orders(self, window: Window, position: str | None = None) -> Operation[Page[Order]]:
        """One page of ids, which the caller fetches one by one; at most seven days, no times are told."""
        span = {"start_time": seconds(window.start), "end_time": seconds(window.end)}
        axis = "update_time_range" if window.axis == "updated" else "create_time_range"
        reply = yield from self.call("order/list/get", {axis: span, "page_size": self.page_size, "next_key": position})
        refs = tuple(OrderRef(ident(one)) for one in rows_of(reply.get("order_id_list")))
        return Page(refs=refs, next=following(reply))
