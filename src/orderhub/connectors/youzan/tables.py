"""Youzan documents row by row: order, line, refund. Imports `kit`, `models`.

Source: docs/platforms/youzan.md#order, #line, #refunds. Amounts in yuan, times in Beijing time.
"""

from __future__ import annotations

from orderhub.connectors.youzan.meaning import people, settle
from orderhub.connectors.youzan.money import goods
from orderhub.connectors.youzan.spec import SOURCE
from orderhub.kit.convert import beijing_time, cny_yuan, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table, each
from orderhub.models.order import LineItem, Order
from orderhub.models.refund import Refund

__all__ = ["LINE", "ORDER", "REFUND"]

LINE = Table(
    LineItem,
    f"{SOURCE}#line",
    (
        Row("line_id", "oid", ident, required=True),
        Row("sku", "outer_sku_id|outer_item_id", text),
        Row("platform_item_id", "item_id", ident),
        Row("platform_sku_id", "sku_id", ident),
        Row("title", "title", text),
        Row("variant", "sku_properties_name", text),
        Row("quantity", "num", quantity, required=True),
        Row("unit_price", "price", cny_yuan),
        Row("image_url", "pic_path", text),
        Row("_total_fee", "total_fee", cny_yuan),  # notes: read by the order's own rows
        Row("_payment", "payment", cny_yuan),
        Ignored(("discount_price",), "the price after the line's own discounts; total_fee says it exactly"),
    ),
)

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("ship_by", "orders name no time to ship by"),
        Absent("seller_flag", "its range is not documented"),
        Absent("invoice", "no field for tax invoices is documented"),
        Absent("is_cod", "no way of payment on delivery is documented"),
        Row("order_id", "order_info.tid", ident, required=True),
        Row("raw_status", "order_info.status", text, required=True),
        Row("created_at", "order_info.created", beijing_time),
        Row("updated_at", "order_info.update_time", beijing_time),
        Row("paid_at", "order_info.pay_time", beijing_time),
        Row("_consign_at", "order_info.consign_time", beijing_time),
        Row("_success_at", "order_info.success_time", beijing_time),
        Row("buyer_note", "remark_info.buyer_message", text),
        Row("seller_note", "remark_info.trade_memo", text),
        Row("lines", "orders", each(LINE, least=1, notes=True), required=True),
        Computed(
            ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "residual",
             "discounts"),
            goods,
            ("pay_info.post_fee", "pay_info.payment", "order_promotion.item_discount_fee",
             "order_promotion.order_discount_fee"),
        ),
        Computed(
            ("buyer", "recipient"),
            people,
            ("buyer_info.yz_open_id", "buyer_info.fans_nickname", "address_info.receiver_name",
             "address_info.receiver_tel", "address_info.delivery_province", "address_info.delivery_city",
             "address_info.delivery_district",
             "address_info.delivery_address", "address_info.delivery_postal_code",
             "out_order_info.out_address_hash_code"),
        ),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "payment_status", "paid", "refunded", "holds",
             "fulfilled_by", "currency", "shipments", "labels", "completed_at", "shipped_at"),
            settle,
            ("order_info.refund_state", "order_info.close_type", "order_info.consign_time", "order_info.express_type",
             "pay_info.real_payment", "_parcels"),
        ),
    ),
)  # fmt: skip

REFUND = Table(
    Refund,
    f"{SOURCE}#refunds",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("currency", "always yuan; set by the connector"),
        Absent("status", "its words are not documented; the setting refund_words may name some"),
        Absent("kind", "not documented"),
        Row("refund_id", "refund_id", ident, required=True),
        Row("order_id", "tid", ident, required=True),
        Row("raw_status", "status", text),
        Row("reason", "reason", text),
        Row("amount", "refund_fee", cny_yuan),
        Row("created_at", "created", beijing_time),
        Row("updated_at", "modified", beijing_time),
        Row("_oid", "oid", ident),
    ),
)
