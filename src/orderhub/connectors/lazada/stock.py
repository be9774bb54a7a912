"""Quantities that buyers see, and what the shop offers. Imports `kit`, `flow`. Source: docs/platforms/lazada.md#stock.

Figures are absolute: repeating one changes nothing. Several SKUs fit into one call, but a call that fails does not say
which of them stand, so each goes by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from orderhub.connectors.lazada.base import LazadaBase
from orderhub.connectors.lazada.wire import amount, inside
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import ident, quantity, rows_of, text
from orderhub.kit.rows import Rows, read_rows
from orderhub.kit.stock import push_each
from orderhub.kit.table import read
from orderhub.models.channel import Page
from orderhub.models.listing import Listing, ListingStock
from orderhub.models.outcome import Outcome

__all__ = ["StockVerbs", "payload"]

_KNOWN = frozenset({"SkuId", "SellerSku", "quantity", "price", "variation", "Url"})


def payload(level: ListingStock, elements: Sequence[str]) -> str:
    """The document of one figure; `elements` name item, SKU, merchant's code (left out) and quantity."""
    item, sku, _, units = elements
    told = [(item, level.listing_id), (sku, level.platform_sku_id), (units, str(level.quantity))]
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told if value is not None)
    return f"<Request><Product><Skus><Sku>{inner}</Sku></Skus></Product></Request>"


class StockVerbs(LazadaBase):
    """Stock push and listings."""

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set absolute quantities; of several figures for one SKU the newest version is sent.

        One outcome per input, in order; an older figure is ok with reason `superseded`.
        """
        return (yield from push_each(levels, self._push))

    def _push(self, level: ListingStock) -> Operation[None]:
        sent = payload(level, self.config.settings["stock_elements"])
        yield from self.call("/product/price_quantity/update", {"payload": sent}, write=True, keyed=True)

    def list_listings(self, position: int | None = None) -> Operation[Page[Listing]]:
        """One page of products, a row a SKU. The fields of the answer are not documented: known names are read."""
        offset, size = position or 0, min(self.page_size, 50)
        document = yield from self.call(
            "/products/get", {"filter": "all", "limit": size, "offset": offset, "options": 1}
        )
        found = inside(document)
        products = rows_of(found.get("products")) if isinstance(found, Mapping) else []
        told = read_rows(products, _listings, platform="lazada", path="data.products", may_all_fail=True)
        rows, findings = tuple(row for rows in told for row in rows), list(told.findings)
        for one in told:
            findings += one.findings
        return Page(rows, findings=tuple(findings), next=offset + size if len(products) >= size else None)


def _listings(product: Any) -> Rows[Listing]:
    skus = rows_of(product.get("skus"))
    return read_rows(
        skus, lambda sku: _listing(product, sku), platform="lazada", path="data.products.skus", may_all_fail=True
    )


def _listing(product: Any, sku: Any) -> Listing:
    if not isinstance(product, Mapping) or not isinstance(sku, Mapping):
        raise DecodeError("expected products with skus", platform="lazada")
    attributes = product.get("attributes")
    title = attributes.get("name") if isinstance(attributes, Mapping) else None
    return Listing(
        listing_id=ident(product.get("item_id")), platform_sku_id=read(sku, "SkuId", ident),
        sku=read(sku, "SellerSku", text), title=title, variant=read(sku, "variation", text),
        quantity=read(sku, "quantity", quantity), price=read(sku, "price", amount), url=read(sku, "Url", text),
        extra={name: value for name, value in sku.items() if name not in _KNOWN},
    )  # fmt: skip
