"""Lazada documents row by row: order and unit. Imports `kit`, `models`.

Source: docs/platforms/lazada.md#order, #item. Amounts in the order's currency; values come as text. An order is read
with its units merged in as `order_items`.
"""

from __future__ import annotations

from orderhub.connectors.lazada.meaning import grouped, labels, people, shipments, statuses, times, unit_meaning
from orderhub.connectors.lazada.money import goods, unit_amounts
from orderhub.connectors.lazada.spec import SOURCE
from orderhub.connectors.lazada.wire import amount, zoned_time
from orderhub.kit.convert import boolean, ident, text
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table, each
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "ORDER"]

LINE = Table(
    LineItem,
    f"{SOURCE}#item",
    (
        Absent("quantity", "a row is a unit; equal rows are counted"),
        Row("line_id", "order_item_id", ident, required=True),
        Row("sku", "sku", text),
        Row("platform_sku_id", "sku_id", ident),
        Row("platform_item_id", "product_id", ident),
        Row("title", "name", text),
        Row("variant", "variation", text),
        Row("unit_price", "item_price", amount),
        Row("raw_status", "status", text, required=True),
        Row("_paid", "paid_price", amount),  # notes: checked here, read by the order's own rows
        Row("_tax", "tax_amount", amount),
        Row("_currency", "currency", text),
        Row("_fbl", "is_fbl", boolean),
        Row("_return", "return_status", text),
        Row("_case", "reverse_order_id", text),
        Row("_provider", "shipment_provider", text),
        Row("_tracking", "tracking_code", text),
        Row("_tracking_pre", "tracking_code_pre", text),
        Row("_package", "package_id", text),
        Row("_due", "sla_time_stamp", zoned_time),
        Row("_paid_at", "payment_time", zoned_time),
        Computed(
            ("subtotal", "discount", "total"),
            unit_amounts,
            ("voucher_amount", "voucher_seller", "voucher_platform", "wallet_credits"),
        ),
        Computed(
            ("status",),
            unit_meaning,
            ("is_cancel_pending", "need_cancel_confirm", "is_digital", "shipping_provider_type"),
        ),
        Ignored(("order_id",), "the order tells it"),
    ),
)

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("completed_at", "delivered is the last state, and its time is not told"),
        Absent("shipped_at", "no field tells when goods left"),
        Absent("seller_note", "no field is documented as the seller's note; remarks stay in extra"),
        Row("order_id", "order_id", ident, required=True),
        Row("created_at", "created_at", zoned_time),
        Row("updated_at", "updated_at", zoned_time),
        Row("buyer_note", "buyer_note", text),
        Row("lines", "order_items", each(LINE, least=1, notes=True), required=True),
        Row("_method", "payment_method", text),
        Computed(("lines",), grouped, ()),
        Computed(
            ("status", "raw_status", "fulfilment_status", "aftersale_status", "fulfilled_by", "holds"),
            statuses,
            ("statuses", "is_cancel_pending", "need_cancel_confirm"),
        ),
        Computed(("paid_at", "ship_by"), times, ()),
        Computed(
            ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "residual",
             "currency", "discounts"),
            goods,
            ("price", "shipping_fee", "voucher", "voucher_seller", "voucher_platform"),
        ),
        Computed(("buyer", "recipient"), people,
                 ("address_shipping", "customer_first_name", "customer_last_name")),
        Computed(("shipments",), shipments, ()),
        Computed(("labels",), labels, ("gift_option",)),
        Ignored(("order_number",), "equal to order_id"),
    ),
)  # fmt: skip
