"""The one signed call that every verb of this platform makes, and reading one order. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.xiaohongshu import wire
from orderhub.connectors.xiaohongshu.decode import decode_orders
from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations
from orderhub.models.channel import Credentials, Page
from orderhub.models.order import Order

__all__ = ["XiaohongshuBase", "rows_in"]


class XiaohongshuBase(ChannelOperations):
    """Signs, sends, opens the envelopes."""

    def call(
        self, method: str, business: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[Any]:
        """Call `method`; answers the `data` of its innermost envelope.

        Args:
            write: See `kit.exchange.exchange`; so is `keyed`.
        """
        stamped: list[datetime] = []

        def build(credentials: Credentials, at: datetime) -> Request:
            stamped[:] = [at]
            return wire.request(self.config, method, business, credentials, at)

        def opened(reply: Reply) -> Any:
            return wire.open_envelope(reply, self.config, *stamped)

        return (yield from self.exchange(method, build, opened, write=write, keyed=keyed))

    def mapping(self, method: str, business: Mapping[str, Any]) -> Operation[Mapping[str, Any]]:
        """`call` for reads that answer an object."""
        found = yield from self.call(method, business)
        if not isinstance(found, Mapping):
            raise DecodeError("the answer holds no object", platform="xiaohongshu", operation=method, path="data")
        return found

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order as a page of one."""
        return decode_orders([(yield from self.document_of(order_id))], self.config)

    def document_of(self, order_id: str) -> Operation[Mapping[str, Any]]:
        """One native order; raises `NotFound`."""
        return (yield from self.mapping("order.getOrderDetail", {"orderId": order_id}))


def rows_in(found: Any, method: str) -> list[Any]:
    """The rows of a list whose name is not documented: the only array of the answer, or the answer itself.

    Raises:
        DecodeError: There is none.
    """
    if isinstance(found, list):
        return found
    rows = next((value for value in found.values() if isinstance(value, list)), None) if found else None
    if rows is None:
        raise DecodeError("the answer holds no list", platform="xiaohongshu", operation=method, path="data")
    return rows
