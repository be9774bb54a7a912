"""WooCommerce documents row by row: order, line, refund, product. Imports `kit`, `models`.

Source: docs/platforms/woocommerce.md#order, #line. Amounts are decimal text in the order's currency, times are GMT.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from orderhub.connectors.woocommerce.meaning import people, settle
from orderhub.connectors.woocommerce.money import amount, goods
from orderhub.connectors.woocommerce.refunds_meaning import case_lines, settled_case
from orderhub.connectors.woocommerce.spec import LISTING_STATUS, SOURCE
from orderhub.kit.convert import SENTINELS, ident, iso_time, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table, each
from orderhub.models.listing import Listing
from orderhub.models.order import LineItem, Order
from orderhub.models.refund import Refund
from orderhub.models.status import FulfilledBy

__all__ = ["LINE", "LISTING", "ORDER", "REFUND", "gmt_time", "nonzero"]


def gmt_time(value: Any) -> datetime | None:
    """`YYYY-MM-DDTHH:MM:SS` in GMT to aware UTC; one that names its zone is taken too."""
    if type(value) is not str:
        raise ValueError(f"expected a time as text, got {type(value).__name__}")
    if value.startswith(SENTINELS):
        return None
    if len(value) == 19 and value[10] in "T ":
        return iso_time(f"{value}+00:00").astimezone(UTC)  # type: ignore[union-attr]
    return iso_time(value)


def nonzero(value: Any) -> str | None:
    """An id; zero stands for none."""
    found = ident(value)
    return None if found == "0" else found


def currency(value: Any) -> str:
    """Three letters."""
    found = text(value).strip().upper()
    if len(found) != 3 or not found.isascii() or not found.isalpha():
        raise ValueError("expected a currency of three letters")
    return found


def variant(value: Any) -> str | None:
    """What the buyer chose: meta data of the line that are meant to be seen."""
    told = []
    for row in rows_of(value):
        key, chosen = str(row.get("display_key") or row.get("key") or ""), row.get("display_value") or row.get("value")
        if key and not key.startswith("_") and isinstance(chosen, str) and chosen:
            told.append(f"{key}: {chosen}")
    return "; ".join(told) or None


def image(value: Any) -> str | None:
    """The address of a picture."""
    found = value.get("src")
    return found if isinstance(found, str) and found else None


LINE = Table(
    LineItem,
    f"{SOURCE}#line",
    (
        Row("line_id", "id", ident, required=True),
        Row("sku", "sku", text),
        Row("platform_item_id", "product_id", nonzero),
        Row("platform_sku_id", "variation_id", nonzero),
        Row("title", "name", text),
        Row("variant", "meta_data", variant),
        Row("quantity", "quantity", quantity, required=True),
        Row("image_url", "image", image),
        Row("_subtotal", "subtotal", amount),  # notes: read by the order's own rows, which know about tax
        Row("_subtotal_tax", "subtotal_tax", amount),
        Row("_total", "total", amount),
        Row("_total_tax", "total_tax", amount),
        Absent("unit_price", "follows from the gross of the line; see the order's amounts"),
        Ignored(("price",), "a price after discounts, rounded"),
    ),
)

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("ship_by", "orders name no time to ship by"),
        Absent("seller_flag", "the core has no mark of an order"),
        Absent("invoice", "the core has no field for tax invoices"),
        Absent("labels", "no field that rules ask for is documented"),
        Row("order_id", "id", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("currency", "currency", currency, required=True),
        Row("created_at", "date_created_gmt", gmt_time),
        Row("updated_at", "date_modified_gmt", gmt_time),
        Row("paid_at", "date_paid_gmt", gmt_time),
        Row("_completed_at", "date_completed_gmt", gmt_time),
        Row("buyer_note", "customer_note", text),
        Row("lines", "line_items", each(LINE, notes=True), required=True),
        Computed(("fulfilled_by",), lambda document, found: {"fulfilled_by": FulfilledBy.MERCHANT}, ()),
        Computed(
            ("buyer", "recipient"),
            people,
            ("customer_id", *(f"{block}.{name}" for block in ("billing", "shipping") for name in (
                "first_name", "last_name", "address_1", "address_2", "city", "state", "postcode", "country", "phone",
            )), "billing.email"),
        ),
        Computed(
            ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "residual",
             "discounts"),
            goods,
            ("prices_include_tax", "shipping_total", "shipping_tax", "fee_lines", "coupon_lines", "total_tax", "total"),
        ),
        Computed(
            ("status", "payment_status", "fulfilment_status", "aftersale_status", "paid", "refunded", "holds", "is_cod",
             "shipments", "seller_note", "shipped_at", "completed_at"),
            settle,
            ("refunds", "refund_details", "payment_method", "meta_data"),
        ),
        Ignored(("_links",), "addresses of the API itself"),
    ),
)  # fmt: skip

REFUND = Table(
    Refund,
    f"{SOURCE}#refunds",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("raw_status", "a refund has no status: it is made or not"),
        Absent("kind", "whether goods came back is not told"),
        Absent("return_waybill_no", "the core has no returns"),
        Absent("return_carrier", "the core has no returns"),
        Absent("deadline_at", "nothing is waited for"),
        Row("_id", "id", ident, required=True),
        Row("order_id", "order_id", ident, required=True),  # put there by the connector: the path names it
        Row("currency", "currency", currency, required=True),  # the same: it is the order's
        Row("reason", "reason", text),
        Row("amount", "amount", amount),
        Row("created_at", "date_created_gmt", gmt_time),
        Computed(("lines",), case_lines, ("line_items", "order_lines", "prices_include_tax")),
        Computed(("refund_id", "status", "updated_at"), settled_case, ()),
        Ignored(("_links",), "addresses of the API itself"),
    ),
)

LISTING = Table(
    Listing,
    f"{SOURCE}#listings",
    (
        Row("listing_id", "listing_id|id", ident, required=True),  # put there by the connector for a variation
        Row("platform_sku_id", "variation_id", nonzero),
        Row("sku", "sku", text),
        Row("title", "name", text),
        Row("variant", "variant", text),
        Row("quantity", "stock_quantity", quantity),
        Row("price", "price", amount),
        Row("currency", "currency", currency),
        Row("url", "permalink", text),
        Row("status", "status", LISTING_STATUS),
        Ignored(("_links",), "addresses of the API itself"),
    ),
)
