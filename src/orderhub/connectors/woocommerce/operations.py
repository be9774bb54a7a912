"""One generator per verb: orders, their details, refunds, notes. Shipping, stock and access stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/woocommerce.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from orderhub.connectors.woocommerce import wire
from orderhub.connectors.woocommerce.access import AccessVerbs
from orderhub.connectors.woocommerce.base import listed
from orderhub.connectors.woocommerce.decode import decode_orders
from orderhub.connectors.woocommerce.refund_lines import REFUNDS
from orderhub.connectors.woocommerce.refunds import RefundVerbs
from orderhub.connectors.woocommerce.sheet import SPEC
from orderhub.connectors.woocommerce.shipping import ShippingVerbs
from orderhub.connectors.woocommerce.stock import StockVerbs
from orderhub.errors import NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.models.channel import Page, Window
from orderhub.models.order import Order

__all__ = ["WooCommerceOperations"]

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rows:
    """A list reply as `kit.reading` wants it."""

    values: list[Any]
    total: int


class WooCommerceOperations(ShippingVerbs, StockVerbs, RefundVerbs, AccessVerbs):
    """Every verb of WooCommerce."""

    spec = SPEC

    def list_orders(self, window: Window, position: Position | None = None) -> Operation[Page[Order]]:
        """One page of whole orders, sorted by id and read from the last page to the first: an order that changes
        meanwhile leaves the window, and pages only shift towards the front."""
        source = Paged(
            lambda page, counted: self._page(window, page), lambda reply: reply["rows"].values,
            lambda reply: reply["rows"].total, _ident, self.page_size,
        )  # fmt: skip
        rows, following, total = yield from backwards(source, position)
        documents = []
        for row in rows:
            documents.append((yield from self._whole(row)))
        return replace(decode_orders(documents, self.config), next=following, total=total)

    def _asked(self, window: Window) -> dict[str, Any]:
        """Bounds are whole seconds; whether they leave their own second out is a switch."""
        wide = SECOND if self.config.settings["window_bounds"] == "exclusive" else timedelta(0)
        after, before = ("modified_after", "modified_before") if window.axis == "updated" else ("after", "before")
        return {
            after: wire.gmt(window.start - wide), before: wire.gmt(window.end + wide), "dates_are_gmt": "true",
            "status": self.config.settings["order_status"], "orderby": "id", "order": "asc",
        }  # fmt: skip

    def _page(self, window: Window, page: int) -> Operation[dict[str, Any]]:
        asked = {**self._asked(window), "page": page, "per_page": self.page_size}
        answer = yield from self.get("orders", "orders", asked)
        return {"rows": Rows(listed(answer), wire.counted(answer))}

    def _whole(self, row: Any) -> Operation[Any]:
        """The order with the lines of its refunds, where it has some and the settings ask for them."""
        if not isinstance(row, Mapping) or not self.config.settings["refund_lines"] or not rows_of(row.get("refunds")):
            return row
        try:
            details = yield from self.refund_documents(str(row.get("id")))
        except NotFound:
            return row
        return {**row, REFUNDS: details}

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the shop counts in `window`, for gap audits."""
        asked = {**self._asked(window), "page": 1, "per_page": 1}
        return wire.counted((yield from self.get("orders", "orders", asked)))

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order with the lines of its refunds."""
        document = yield from self.document_of(order_id)
        return decode_orders([(yield from self._whole(document))], self.config)


def _ident(row: Any) -> str:
    return str(row.get("id")) if isinstance(row, Mapping) else repr(row)
