"""The one signed call that every verb of this platform makes, and details of orders. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.connectors.shopee import wire
from orderhub.connectors.shopee.spec import PAGE_SIZE_MAX
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.operations import ChannelOperations
from orderhub.models.channel import Credentials

__all__ = ["ShopeeBase"]

Document = dict[str, Any]


class ShopeeBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, name: str, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None, *,
        write: bool = False, keyed: bool = False, level: str = "shop",
    ) -> Operation[Document]:  # fmt: skip
        """Call `name`, e.g. `order/get_order_list`; answers `response` with `_request_id` beside its fields.

        Args:
            body: With one the call is a POST.
            write: See `kit.exchange.exchange`; so is `keyed`.
            level: `shop`, or `app` for calls that belong to no shop.
        """
        stamped: list[datetime] = []

        def build(credentials: Credentials, at: datetime) -> Request:
            stamped[:] = [at]
            return wire.request(self.config, name, credentials, at, query or {}, body, level=level)

        def opened(reply: Reply) -> Document:
            response, request_id = wire.open_envelope(reply, self.config, stamped[0])
            if response is not None and not isinstance(response, dict):
                raise DecodeError("response must be an object", platform="shopee", path="response")
            return {**(response or {}), "_request_id": request_id}

        app = self.config.app if level == "app" else None
        found: Document = yield from self.exchange(name, build, opened, write=write, keyed=keyed, app=app)
        return found

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def details(self, order_ids: Sequence[str]) -> Operation[Document]:
        """`order/get_order_detail` of at most fifty orders, every optional field asked for."""
        asked = {"order_sn_list": list(order_ids), "request_order_status_pending": True,
                 "response_optional_fields": list(self.config.settings["optional_fields"])}  # fmt: skip
        return (yield from self.call("order/get_order_detail", asked))

    def document_of(self, order_id: str) -> Operation[Document]:
        """One native order; raises `NotFound`."""
        found = yield from self.details([order_id])
        for row in rows_of(found.get("order_list")):
            if isinstance(row, dict) and str(row.get("order_sn")) == order_id:
                return row
        raise NotFound(
            "the shop has no such order", platform="shopee", operation="order/get_order_detail",
            request_id=found["_request_id"],
        )  # fmt: skip
