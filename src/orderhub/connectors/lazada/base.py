"""The one signed call that every verb of this platform makes, and the items of orders. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.lazada import wire
from orderhub.connectors.lazada.spec import PAGE_SIZE_MAX
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations, batches

__all__ = ["LazadaBase", "number"]


def number(value: Any) -> Any:
    """An id inside a structured parameter: digits as a number."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else text


class LazadaBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, path: str, parameters: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[dict[str, Any]]:
        """Call `path`; answers the whole document. Writes go by POST; see `kit.exchange.exchange` for `keyed`."""
        base = wire.gateway(self.config)
        document: dict[str, Any] = yield from self.exchange(
            path,
            lambda credentials, at: wire.request(base, path, parameters, credentials, at, post=write),
            lambda reply: wire.open_envelope(reply, self.config),
            write=write,
            keyed=keyed,
        )
        return document

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def items_of(self, order_ids: Sequence[str]) -> Operation[dict[str, list[Any]]]:
        """Order id -> its units, asked for in batches."""
        found: dict[str, list[Any]] = {order_id: [] for order_id in order_ids}
        for part in batches(list(found), int(self.config.settings["items_batch"])):
            asked = wire.compact([number(order_id) for order_id in part])
            document = yield from self.call("/orders/items/get", {"order_ids": asked})
            for order_id, units in _by_order(wire.inside(document)):
                found.setdefault(order_id, []).extend(units)
        return found

    def units_of(self, order_id: str) -> Operation[list[Any]]:
        """The units of one order; raises `NotFound`."""
        document = yield from self.call("/order/items/get", {"order_id": order_id})
        rows = wire.inside(document)
        if not isinstance(rows, list):
            raise DecodeError("expected a list of items", platform="lazada", path="data", operation="/order/items/get")
        return rows


def _by_order(rows: Any) -> list[tuple[str, list[Any]]]:
    """Units under their order, or bare units that name it."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise DecodeError("expected orders with items", platform="lazada", path="data", operation="/orders/items/get")
    return [
        (str(row.get("order_id")), list(row["order_items"]) if isinstance(row.get("order_items"), list) else [row])
        for row in rows
    ]
