"""The field tables of Shopee's orders and lines. Pure; imports `kit`. Source: docs/platforms/shopee.md#order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopee.meaning import invoice, item_key, line_aftersale, people, shipments, statuses
from orderhub.connectors.shopee.money import amount, line_money, order_money, payment
from orderhub.connectors.shopee.spec import SOURCE
from orderhub.kit.convert import epoch_s, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table, each, read
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "ORDER"]

Found = dict[str, Any]


def _names(document: Mapping[str, Any], found: Found) -> Found:
    """Ids of a line: order item and model; model 0 is a product without variants."""
    key = item_key(document)
    model = read(document, "model_id", ident)
    own = read(document, "model_sku", text) or read(document, "item_sku", text)
    picture = document.get("image_info")
    return {
        "line_id": f"{key[0]}-{key[2]}", "_key": key, "sku": own,
        "platform_sku_id": None if model in (None, "0") else model,
        "image_url": read(picture, "image_url", text) if isinstance(picture, Mapping) else None,
    }  # fmt: skip


def _one_name_each(document: Mapping[str, Any], found: Found) -> Found:
    """Equal goods in two promotions are two lines: the later ones get their promotion group, or a number."""
    seen: dict[str, int] = {}
    for line in found["lines"]:
        name = line["line_id"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            line["line_id"] = f"{name}-{line.get('_group') or 'n'}-{seen[name]}"
    return {}


LINE = Table(
    LineItem,
    f"{SOURCE}#item",
    (
        Row("platform_item_id", "item_id", ident, required=True),
        Row("title", "item_name", text),
        Row("variant", "model_name", text),
        Row("quantity", "model_quantity_purchased", quantity, required=True),
        Row("unit_price", "model_original_price", amount),
        Row("_discounted", "model_discounted_price", amount),
        Row("_promotion", "promotion_type", text),
        Row("_group", "promotion_group_id", ident),
        Computed(("line_id", "sku", "platform_sku_id", "image_url"), _names,
                 ("order_item_id", "model_id", "model_sku", "item_sku", "image_info.image_url")),
        Computed(("subtotal", "discount", "total"), line_money, ()),
        Computed(("aftersale_status", "refunded_quantity"), line_aftersale,
                 ("cancel_requested_qty", "cancelled_qty", "return_requested_qty", "returned_qty")),
        Absent("status", "the order and its packages tell"),
        Absent("shipped_quantity", "the order and its packages tell"),
        Absent("is_gift", "no documented field tells a free line from another"),
    ),
)  # fmt: skip

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("tax_total", "prices include tax as far as the documents tell"),
        Absent("fees_total", "no charge beside goods and freight is documented"),
        Absent("refunded", "cases tell what went back: see refunds"),
        Absent("completed_at", "no field tells when the deal was done"),
        Row("order_id", "order_sn", ident, required=True),
        Row("raw_status", "order_status", text, required=True),
        Row("currency", "currency", text, required=True),
        Row("total", "total_amount", amount),
        Row("created_at", "create_time", epoch_s),
        Row("updated_at", "update_time", epoch_s),
        Row("paid_at", "pay_time", epoch_s),
        Row("shipped_at", "pickup_done_time", epoch_s),
        Row("ship_by", "ship_by_date", epoch_s),
        Row("buyer_note", "message_to_seller", text),
        Row("seller_note", "note", text),
        Row("lines", "item_list", each(LINE, least=1, notes=True), required=True),
        Computed((), _one_name_each, ()),
        Computed(("items_total", "discount_total", "discounts", "shipping_fee", "residual"), order_money,
                 ("estimated_shipping_fee", "actual_shipping_fee")),
        Computed(("is_cod", "payment_status", "paid"), payment, ("cod",)),
        Computed(("status", "fulfilment_status", "aftersale_status", "fulfilled_by", "holds", "labels"), statuses,
                 ("package_list", "fulfillment_flag", "split_up", "pending_terms", "booking_sn", "dropshipper")),
        Computed(("shipments",), shipments, ("shipping_carrier",)),
        Computed(("buyer", "recipient"), people, ("recipient_address", "buyer_user_id", "buyer_username")),
        Computed(("invoice",), invoice, ("invoice_data",)),
        Ignored(("checkout_shipping_carrier",), "what the buyer chose; packages tell who carries"),
    ),
)  # fmt: skip
