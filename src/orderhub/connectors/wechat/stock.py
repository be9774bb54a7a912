"""Quantities that buyers see. Imports `kit`, `flow`. Source: docs/platforms/wechat.md#stock.

The platform asks for differences, since a set figure overwrites what is sold meanwhile. A difference has no key: its
reply lost, the stock is read again before anything is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.wechat.base import WechatBase
from orderhub.errors import DecodeError, InvalidParameter, OrderHubError, OutcomeUnknown
from orderhub.flow.steps import Operation
from orderhub.kit.convert import quantity, rows_of
from orderhub.kit.stock import push_each
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["ADD", "SET", "SUBTRACT", "StockVerbs"]

ADD, SUBTRACT, SET = 1, 2, 3


class StockVerbs(WechatBase):
    """Stock push and differences."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Show these quantities, one SKU a time; of several figures for one SKU the newest version is sent.

        `listing_id` is the product, `platform_sku_id` the SKU. One outcome per input, in order; an older figure is ok
        with reason `superseded`.
        """
        return (yield from push_each(levels, self._push))

    def _push(self, level: ListingStock) -> Operation[None]:
        sku = _sku(level.platform_sku_id)
        if self.config.settings["stock_mode"] == "set":
            yield from self._write(level.listing_id, sku, SET, level.quantity, keyed=True)
            return
        before = yield from self._shown(level.listing_id, sku)
        for attempt in (1, 2):
            try:
                yield from self._add(level.listing_id, sku, level.quantity - before)
                return
            except OutcomeUnknown:
                now = yield from self._shown(level.listing_id, sku)
                if now == level.quantity:
                    return
                if now != before or attempt == 2:
                    raise

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units (negative: take away) to a SKU of a product. The platform takes no key: after a lost reply
        the outcome is `OutcomeUnknown`."""
        name = listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}"
        try:
            yield from self._add(listing_id, _sku(platform_sku_id), delta)
        except OrderHubError as error:
            return Outcome.failed(name, error)
        return Outcome(True, name)

    def _add(self, product: str, sku: str, delta: int) -> Operation[None]:
        if delta:
            yield from self._write(product, sku, ADD if delta > 0 else SUBTRACT, abs(delta), keyed=False)

    def _write(self, product: str, sku: str, how: int, units: int, *, keyed: bool) -> Operation[None]:
        place = self.config.settings["out_warehouse_id"]
        api = "warehouse/stock/update" if place else "product/stock/update"
        sent = {"product_id": product, "sku_id": sku, "out_warehouse_id": place, "diff_type": how, "num": units}
        yield from self.call(api, sent, write=True, keyed=keyed)

    def _shown(self, product: str, sku: str) -> Operation[int]:
        """Units that can be bought now: of the warehouse that is pushed to, else of the SKU itself."""
        reply = yield from self.call("product/stock/get", {"product_id": product, "sku_id": sku})
        place = self.config.settings["out_warehouse_id"]
        row: Mapping[str, Any] = reply if not place else next(
            (one for one in rows_of(reply.get("warehouse_stocks"))
             if isinstance(one, Mapping) and str(one.get("out_warehouse_id")) == str(place)), {}
        )  # fmt: skip
        value = row.get("num" if place else "normal_stock_num")
        if value in (None, ""):
            raise DecodeError("the reply tells no stock", platform="wechat", path="normal_stock_num")
        return quantity(value)


def _sku(given: str | None) -> str:
    if not given:
        raise InvalidParameter(
            "a SKU is named by product and SKU: give platform_sku_id", platform="wechat", field="platform_sku_id"
        )
    return given
