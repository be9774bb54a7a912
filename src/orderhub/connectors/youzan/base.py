"""The one call that every verb of this platform makes, and orders with their parcels. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.youzan import wire
from orderhub.connectors.youzan.decode import find_documents
from orderhub.connectors.youzan.meaning import PARCELS
from orderhub.connectors.youzan.spec import PAGE_SIZE_MAX
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.operations import ChannelOperations

__all__ = ["YouzanBase"]

_WITH_PARCELS = {
    "all": frozenset({"WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_SUCCESS",
                      "TRADE_CLOSED"}),
    "to_ship": frozenset({"WAIT_SELLER_SEND_GOODS"}),
    "none": frozenset[str](),
}  # fmt: skip
"""Orders whose parcels are worth a call, by the setting `parcels`."""


class YouzanBase(ChannelOperations):
    """Sends, opens."""

    def call(
        self, api: str, version: str, body: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[Any]:
        """One call of the gateway; answers `data`. `write` and `keyed`: see `kit.exchange.exchange`."""
        return (yield from self.exchange(
            api, lambda credentials, at: wire.request(self.config, api, version, body, credentials),
            wire.open_reply, write=write, keyed=keyed,
        ))  # fmt: skip

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def document_of(self, order_id: str) -> Operation[Any]:
        """One native order with its parcels; raises `NotFound`."""
        found = find_documents({"data": (yield from self.call("youzan.trade.get", "4.0.2", {"tid": order_id}))})
        if len(found) != 1:
            raise DecodeError(f"expected one order, got {len(found)}", platform="youzan", operation="youzan.trade.get")
        return (yield from self.whole(found[0]))

    def whole(self, document: Any) -> Operation[Any]:
        """The order with its parcels, where it may have some."""
        info = document.get("order_info") if isinstance(document, Mapping) else None
        status = str(info.get("status")) if isinstance(info, Mapping) else ""
        if not isinstance(info, Mapping) or status not in _WITH_PARCELS[str(self.config.settings["parcels"])]:
            return document
        if status == "TRADE_CLOSED" and not info.get("consign_time"):
            return document
        return {**document, PARCELS: (yield from self.parcels(str(info.get("tid"))))}

    def parcels(self, order_id: str) -> Operation[list[Any]]:
        """What the platform knows about an order's parcels."""
        try:
            return rows_of((yield from self.call("youzan.logistics.order.query", "1.0.0", {"tid": order_id})))
        except NotFound:
            return []
