"""Quantities that buyers see, and the shop's listings. Imports `kit`, `flow`, `models`.

Source: docs/platforms/woocommerce.md#stock. Figures are absolute: setting one again changes nothing. A product in
versions keeps its stock in each version, which is read by a call of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.connectors.woocommerce.base import WooCommerceBase, checked_id, listed
from orderhub.connectors.woocommerce.spec import LISTING_STATUS, SOURCE
from orderhub.errors import NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, unknown_word
from orderhub.kit.stock import push_each
from orderhub.models.channel import Page
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.outcome import Finding, Outcome

__all__ = ["StockVerbs"]


class StockVerbs(WooCommerceBase):
    """Stock push and listings."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities, one call each; of several figures for one listing the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`.
        """
        return (yield from push_each(levels, self._set_stock))

    def _set_stock(self, level: ListingStock) -> Operation[None]:
        """Stock is managed from now on, whatever the shop did before: else the figure would mean nothing."""
        path, name = f"products/{checked_id(level.listing_id)}", "products/{id}"
        if level.platform_sku_id is not None:
            path, name = f"{path}/variations/{checked_id(level.platform_sku_id)}", "products/{id}/variations/{id}"
        yield from self.put(name, path, {"manage_stock": True, "stock_quantity": level.quantity})

    def list_listings(self, position: int | None = None) -> Operation[Page[Listing]]:
        """One page of products by id, one row per version where a product has some."""
        page = position or 1
        asked = {"page": page, "per_page": self.page_size, "orderby": "id", "order": "asc"}
        products = listed((yield from self.get("products", "products", asked)))
        rows: list[Any] = []
        for product in products:
            rows += yield from self._versions(product)
        found = self._listings(rows)
        following = page + 1 if len(products) >= self.page_size else None
        return Page(found.items, findings=found.findings, next=following, quarantined=found.quarantined)

    def _versions(self, product: Any) -> Operation[list[Any]]:
        """The product joined with each of its versions; one without stands for itself."""
        if not isinstance(product, Mapping) or not rows_of(product.get("variations")):
            return [product]
        number = str(product.get("id"))
        try:
            rows = yield from self.rows("products/{id}/variations", f"products/{checked_id(number)}/variations")
        except NotFound:
            return []
        return [_joined(product, row) if isinstance(row, Mapping) and row.get("id") else row for row in rows]

    def _listings(self, rows: Sequence[Any]) -> Page[Listing]:
        table = self.config.tables["listing"]

        def one(document: Mapping[str, Any]) -> tuple[Listing, list[Finding]]:
            told = {"currency": self.config.settings["currency"], **table.decode(document)}
            listing = Listing.model_validate({**told, "extra": table.unmapped(document)})
            raw = document.get("status")
            strange = raw not in (None, "") and not LISTING_STATUS.knows(str(raw))
            return listing, [unknown_word("woocommerce", None, "status", str(raw), SOURCE)] if strange else []

        return decode_page(rows, one, platform="woocommerce", id_of=lambda row: None)


def _joined(product: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """A version as a listing: its own figures, the product's name. Stock kept by the product counts for the version."""
    chosen = [str(part.get("option")) for part in rows_of(row.get("attributes")) if isinstance(part, Mapping)
              and part.get("option")]  # fmt: skip
    stock = row.get("stock_quantity")
    if stock is None and row.get("manage_stock") == "parent":
        stock = product.get("stock_quantity")
    return {
        **{name: row[name] for name in ("sku", "price", "permalink", "stock_status", "manage_stock") if name in row},
        "listing_id": product.get("id"), "id": product.get("id"), "variation_id": row.get("id"),
        "name": product.get("name"), "variant": " ".join(chosen), "stock_quantity": stock,
        "status": row.get("status") if isinstance(row.get("status"), str) else product.get("status"),
    }  # fmt: skip
