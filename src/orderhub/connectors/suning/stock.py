"""Quantities that buyers see. Imports `kit`, `flow`. Source: docs/platforms/suning.md#stock.

Figures are absolute: repeating one changes nothing. A product is named by its child code; the code of a master product
is refused. No call lists a shop's goods, so product codes come from orders or from the host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderhub.connectors.suning.base import SuningBase
from orderhub.errors import ConfigurationError
from orderhub.flow.steps import Operation
from orderhub.kit.stock import push_each
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]

_BUSINESS = {
    "inventory.modify": "inventory",
    "parallelinventory.modify": "parallelInventory",
    "syncinventory.modify": "modifySyncinventory",
}
_NEEDED = {"parallelinventory.modify": ("inv_code",), "syncinventory.modify": ("inv_code", "inv_type")}


class StockVerbs(SuningBase):
    """Stock push."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities, one product a call; of several figures for one product the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`. Reason `conflict`: units were
        sold during the change; read the ledger again and push again.
        """
        return (yield from push_each(levels, self._push))

    def _push(self, level: ListingStock) -> Operation[None]:
        api = self.config.settings["stock_api"]
        yield from self.call(f"custom.{api}", _BUSINESS[api], self._figure(api, level), write=True, keyed=True)

    def _figure(self, api: str, level: ListingStock) -> dict[str, Any]:
        settings, product = self.config.settings, level.platform_sku_id or level.listing_id
        for name in _NEEDED.get(api, ()):
            if settings[name] in (None, ""):
                raise ConfigurationError(f"stock_api={api!r} needs {name}", platform="suning", field=name)
        if api == "syncinventory.modify":
            return {"invCode": settings["inv_code"], "invQty": level.quantity, "invType": settings["inv_type"],
                    "productCode": product}  # fmt: skip
        where = (
            {"invAddrId": settings["inv_addr_id"]} if api == "inventory.modify" else {"invCode": settings["inv_code"]}
        )
        return {"productCode": product, **where, "destInvNum": level.quantity, "invType": settings["inv_type"]}
