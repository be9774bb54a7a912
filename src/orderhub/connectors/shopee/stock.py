"""Quantities that buyers see. Imports `kit`, `flow`. Source: docs/platforms/shopee.md#stock.

Figures are full values: repeating one changes nothing. One call takes fifty models of one item and answers for each. A
figure below what buyers have reserved is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.shopee.base import Document, ShopeeBase
from orderhub.connectors.shopee.spec import MODELS_MAX
from orderhub.errors import Conflict, InvalidParameter, OrderHubError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.operations import batches
from orderhub.kit.stock import newest_of, outcomes_of
from orderhub.models.listing import ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs"]


class StockVerbs(ShopeeBase):
    """Stock push."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set full quantities, the models of one item together; of several figures the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`. Reason `conflict`: the platform
        refused the figure, for example because more units are reserved.
        """
        items: dict[str, list[ListingStock]] = {}
        for level in newest_of(levels).values():
            items.setdefault(level.listing_id, []).append(level)
        results: dict[str, Outcome[None]] = {}
        for item_id, rows in items.items():
            for some in batches(rows, MODELS_MAX):
                results |= yield from self._push(item_id, some)
        return outcomes_of(levels, results)

    def _push(self, item_id: str, levels: Sequence[ListingStock]) -> Operation[dict[str, Outcome[None]]]:
        try:
            sent = {"item_id": _number(item_id, "listing_id"), "stock_list": [self._row(level) for level in levels]}
            told = yield from self.call("product/update_stock", body=sent, write=True, keyed=True)
        except OrderHubError as error:
            return {level.key: Outcome.failed(level.key, error) for level in levels}
        refused = _refused(told)
        return {
            level.key: Outcome.failed(level.key, refused[model]) if (model := _model(level)) in refused
            else Outcome(True, level.key)
            for level in levels
        }  # fmt: skip

    def _row(self, level: ListingStock) -> dict[str, Any]:
        where = {"location_id": self.config.settings["location_id"]} if self.config.settings["location_id"] else {}
        stock = [{**where, "stock": level.quantity}]
        return {"model_id": _number(_model(level), "platform_sku_id"), "seller_stock": stock}


def _model(level: ListingStock) -> str:
    """Model 0 is a product without variants."""
    return level.platform_sku_id or "0"


def _number(value: str, field: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise InvalidParameter("Shopee's ids of items and models are numbers", platform="shopee", field=field)
    return int(value)


def _refused(told: Document) -> dict[str, OrderHubError]:
    """model -> why the platform did not take its figure."""
    return {
        str(row.get("model_id") or 0): Conflict(
            str(row.get("failed_reason") or "refused without a reason"), platform="shopee",
            operation="product/update_stock", request_id=told["_request_id"],
        )
        for row in rows_of(told.get("failure_list")) if isinstance(row, Mapping)
    }  # fmt: skip
