"""Quantities that buyers see. Imports `kit`, `flow`. Source: docs/platforms/douyin.md#stock.

Full figures are absolute: repeating one changes nothing. A change by units carries a number that makes it happen once.
The calls for many SKUs at once are all or nothing, so SKUs go one by one: a bad one sinks no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from orderhub.connectors.douyin.base import DouyinBase
from orderhub.errors import InvalidParameter
from orderhub.flow.steps import Operation, now
from orderhub.kit.stock import push_each
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]

_SYNC = "sku/syncStock"


class StockVerbs(DouyinBase):
    """Stock push and stock change."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set full quantities, one SKU a call; of several figures for one SKU the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`. Whether a full figure includes
        units that activities hold is not documented.
        """
        return (yield from push_each(levels, self._push))

    def _push(self, level: ListingStock) -> Operation[None]:
        sent = self._figure(level.listing_id, level.platform_sku_id, level.quantity)
        yield from self.call(_SYNC, {**sent, "incremental": False}, write=True, keyed=True)

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units (negative takes away), once however often it is sent.

        Args:
            key: Makes the change happen once even when the host asks again; without it one is made of this call and
                the microsecond in which it was made.
        """
        made = repr((listing_id, platform_sku_id, delta, (yield from now()).isoformat()))
        once = key or hashlib.sha256(made.encode()).hexdigest()[:32]
        sent = self._figure(listing_id, platform_sku_id, delta)
        yield from self.call(_SYNC, {**sent, "incremental": True, "idempotent_id": once}, write=True, keyed=True)
        return Outcome(True, listing_id if platform_sku_id is None else f"{listing_id}:{platform_sku_id}")

    def _figure(self, product: str, sku: str | None, units: int) -> dict[str, Any]:
        if sku is None:
            raise InvalidParameter(
                "Douyin keeps stock per SKU: give platform_sku_id as orders tell it", platform="douyin",
                operation="sku.syncStock", field="platform_sku_id",
            )  # fmt: skip
        return {"product_id": _whole(product), "sku_id": _whole(sku), "stock_num": units,
                "out_warehouse_id": self.config.settings["warehouse_id"]}  # fmt: skip


def _whole(name: str) -> int | str:
    """Ids of products and SKUs are whole numbers on this wire."""
    return int(name) if name.isascii() and name.isdigit() else name
