"""Where expected goods are kept. Imports `models`."""

from __future__ import annotations

from typing import Protocol

from orderhub.models.purchasing import PurchaseOrder

__all__ = ["Purchases"]


class Purchases(Protocol):
    """Purchase orders by key, put only if unchanged."""

    def get_purchase(self, key: str) -> tuple[PurchaseOrder, int] | None:
        """The order and its version, None if there is none."""
        ...

    def put_purchase(self, order: PurchaseOrder, version: int) -> int:
        """Replace version `version` (0 = none yet); answers the new version; raises `StaleVersion`."""
        ...

    def purchases(self, *, open_only: bool = True) -> list[PurchaseOrder]:
        """Those of which something is still expected, or all of them; by key, sorted."""
        ...
