"""Quantities that buyers see. Imports `kit`, `flow`. Source: docs/platforms/xiaohongshu.md#stock.

A set figure is the whole stock, what unpaid orders hold included; what buyers see is less by that. So the stock is read
first and what is held is added, unless a setting says otherwise. A difference has no key: its reply lost, the stock is
read again, and nothing is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.xiaohongshu.base import XiaohongshuBase
from orderhub.errors import DecodeError, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import quantity
from orderhub.kit.stock import push_each
from orderhub.kit.table import read
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]

READ, SET, ADD, SET_PLACE = (
    "inventory.getSkuStock", "inventory.syncSkuStock", "inventory.incSkuStock", "inventory.syncSkuStockV2",
)  # fmt: skip


class StockVerbs(XiaohongshuBase):
    """Stock push and differences."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Show these quantities, one SKU a time; of several figures for one SKU the newest version is sent.

        A SKU is named by its own id: `platform_sku_id`, or `listing_id` where that is none. One outcome per input, in
        order; an older figure is ok with reason `superseded`.
        """
        return (yield from push_each(levels, self._push))

    def _push(self, level: ListingStock) -> Operation[None]:
        sku, place = level.platform_sku_id or level.listing_id, self.config.settings["whcode"]
        if place:
            sent: dict[str, Any] = {"skuId": sku, "qtyWithWhcode": {str(place): level.quantity}}
            yield from self.call(SET_PLACE, sent, write=True, keyed=True)
            return
        held = 0
        if self.config.settings["stock_mode"] == "with_held":
            whole, sellable = yield from self._stock(sku)
            held = max(0, whole - sellable)
        yield from self.call(SET, {"skuId": sku, "qty": level.quantity + held}, write=True, keyed=True)

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units that can be bought (negative: take away). The platform takes no key.

        A lost reply is settled by the whole stock, which buyers change less than what they see: moved by `delta`, it
        was done. Else the outcome is `OutcomeUnknown`; it is never sent twice.
        """
        name = listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}"
        sku = platform_sku_id or listing_id
        if not delta:
            return Outcome(True, name)
        try:
            before, _ = yield from self._stock(sku)
            yield from self._add(sku, delta, before)
        except OrderHubError as error:
            return Outcome.failed(name, error)
        return Outcome(True, name)

    def _add(self, sku: str, delta: int, before: int) -> Operation[None]:
        try:
            yield from self.call(ADD, {"skuId": sku, "qty": delta}, write=True)
        except OutcomeUnknown as lost:
            try:
                after, _ = yield from self._stock(sku)
            except OrderHubError:
                raise lost from None
            if after != before + delta:
                raise

    def _stock(self, sku: str) -> Operation[tuple[int, int]]:
        """The whole stock of a SKU, and what of it can be bought."""
        found = yield from self.mapping(READ, {"skuId": sku})
        settings = self.config.settings
        return tuple(_units(found, str(settings[name]), name)
                     for name in ("stock_total_field", "stock_sellable_field"))  # type: ignore[return-value]  # fmt: skip


def _units(found: Mapping[str, Any], name: str, setting: str) -> int:
    value: int | None = read(found, name, quantity)
    if value is None:
        raise DecodeError(
            f"the stock's reading has no {name}: name its field in {setting}, or use stock_mode='plain'",
            platform="xiaohongshu", operation=READ, path=name,
        )  # fmt: skip
    return value
