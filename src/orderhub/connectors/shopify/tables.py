"""How an order and its lines are read. Imports `kit`, `models`. Source: docs/platforms/shopify.md#orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopify.convert import amount, nodes, number
from orderhub.connectors.shopify.meaning import cases, parcels, people, statuses
from orderhub.connectors.shopify.money import allocated, money, whole
from orderhub.connectors.shopify.spec import SOURCE
from orderhub.errors import DecodeError
from orderhub.kit.convert import iso_time, text
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "ORDER", "lines_of"]

Document = Mapping[str, Any]
Found = dict[str, Any]


def _taken_off(document: Document, found: Found) -> Found:
    """Allocations, and the gross of a line that tells only its unit price."""
    told: Found = {"_allocated": allocated(document)}
    if "subtotal" not in found and "unit_price" in found:
        told["subtotal"] = found["unit_price"] * found["quantity"]
    return told


LINE = Table(
    LineItem,
    f"{SOURCE}#orders",
    (
        Row("line_id", "id", number, required=True),
        Row("sku", "sku", text),
        Row("platform_sku_id", "variant.inventoryItem.id", number),
        Row("platform_item_id", "product.id", number),
        Row("title", "title|name", text),
        Row("variant", "variantTitle", text),
        Row("quantity", "quantity", whole, required=True),
        Row("unit_price", "originalUnitPriceSet.shopMoney.amount", amount),
        Row("subtotal", "originalTotalSet.shopMoney.amount", amount),
        Row("_discounted", "discountedTotalSet.shopMoney.amount", amount),
        Row("_taken_off", "totalDiscountSet.shopMoney.amount", amount),
        Row("_current", "currentQuantity", whole),
        Computed(("discount", "total"), _taken_off, ("discountAllocations",)),
        Absent("refunded", "a refund tells what the lines come to, not what was paid back for each"),
        Absent("is_gift", "no line is marked as a free gift"),
        Absent("image_url", "not read"),
    ),
)


def lines_of(table: Table, document: Document) -> tuple[Found, ...]:
    """Every line with its notes; an error names its place."""
    found = []
    for place, row in enumerate(nodes(document.get("lineItems"))):
        try:
            found.append(table.decode(row))
        except DecodeError as error:
            error.path = f"lineItems[{place}].{error.path}" if error.path else f"lineItems[{place}]"
            raise
    return tuple(found)


def _lines(document: Document, found: Found) -> Found:
    """The lines; an order without any cannot be read."""
    lines = lines_of(LINE, document)
    if not lines:
        raise ValueError("an order without lines")
    return {"lines": lines}


def notes(document: Document, found: Found) -> Found:
    """The order's one note, by the setting `note_is` the buyer's or the shop's; tags and marks as labels."""
    tags = [tag for tag in nodes(document.get("tags")) if isinstance(tag, str)]
    marks = [name for name in ("test", "edited") if document.get(name) is True]
    return {"labels": tuple(dict.fromkeys([*tags, *marks]))}


ORDER = Table(
    Order,
    f"{SOURCE}#orders",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Row("order_id", "legacyResourceId|id", number, required=True),
        Row("created_at", "createdAt|processedAt", iso_time),
        Row("updated_at", "updatedAt", iso_time),
        Row("buyer_note", "note", text),
        Row("_financial", "displayFinancialStatus", text, required=True),
        Row("_fulfilment", "displayFulfillmentStatus", text, required=True),
        Computed(("lines",), _lines, ("lineItems",)),
        Computed(
            ("currency", "items_total", "discount_total", "shipping_fee", "tax_total", "total", "residual", "paid",
             "refunded", "discounts"),
            money,
            ("currencyCode", "subtotalPriceSet", "totalPriceSet", "totalShippingPriceSet", "totalTaxSet",
             "netPaymentSet", "totalRefundedSet", "taxesIncluded", "discountCodes"),
        ),
        Computed(("shipments", "shipped_at"), parcels, ("fulfillments",)),
        Computed((), cases, ("refunds",)),
        Computed(
            ("status", "raw_status", "payment_status", "fulfilment_status", "aftersale_status", "fulfilled_by",
             "holds", "completed_at", "ship_by"),
            statuses,
            ("cancelledAt", "closed", "closedAt", "returnStatus", "fulfillmentOrders"),
        ),
        Computed(("buyer", "recipient"), people, ("shippingAddress", "customer", "email")),
        Computed(("labels",), notes, ("tags", "test", "edited")),
        Absent("fees_total", "tips, duties and further fees are not told apart: they stand in `residual`"),
        Absent("paid_at", "not told"),
        Absent("is_cod", "the names of payment gateways are free text; see extra"),
        Absent("seller_note", "one note serves buyer and shop: see the setting note_is"),
        Absent("seller_flag", "there is none"),
        Absent("invoice", "there are no tax invoices to ask for"),
        Ignored(("id", "legacyResourceId", "returns", "lineItems.pageInfo"), "read elsewhere"),
    ),
)  # fmt: skip
