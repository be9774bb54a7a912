"""Expected goods in memory. Imports `ports`, `models`."""

from __future__ import annotations

import threading

from orderhub.models.purchasing import PurchaseOrder
from orderhub.stores.refusals import stale_purchase

__all__ = ["MemoryPurchases"]


class MemoryPurchases:
    """`Purchases`."""

    _lock: threading.RLock

    def _rows(self) -> dict[str, tuple[PurchaseOrder, int]]:
        found: dict[str, tuple[PurchaseOrder, int]] = self.__dict__.setdefault("_purchases", {})
        return found

    def get_purchase(self, key: str) -> tuple[PurchaseOrder, int] | None:
        """The order and its version, None if there is none."""
        with self._lock:
            return self._rows().get(key)

    def put_purchase(self, order: PurchaseOrder, version: int) -> int:
        """Replace version `version` (0 = none yet); answers the new version; raises `StaleVersion`."""
        with self._lock:
            _, there = self._rows().get(order.key, (None, 0))
            if there != version:
                raise stale_purchase(order.key, version)
            self._rows()[order.key] = order, version + 1
        return version + 1

    def purchases(self, *, open_only: bool = True) -> list[PurchaseOrder]:
        """Those of which something is still expected, or all of them; by key, sorted."""
        with self._lock:
            found = [order for _, (order, _) in sorted(self._rows().items())]
        return [order for order in found if order.is_open or not open_only]
