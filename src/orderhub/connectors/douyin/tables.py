"""Douyin documents row by row: order, child, case. Imports `kit`, `models`.

Source: docs/platforms/douyin.md#order, #child, #after-sales. Amounts in fen, instants in seconds.
"""

from __future__ import annotations

from orderhub.connectors.douyin.meaning import (
    case_meaning,
    digits,
    labels,
    line_meaning,
    marked,
    seconds,
    shipments,
    statuses,
    variant,
)
from orderhub.connectors.douyin.money import amounts, goods, payment
from orderhub.connectors.douyin.people import people
from orderhub.connectors.douyin.spec import SOURCE
from orderhub.kit.convert import cny_fen, ident, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.order import LineItem, Order
from orderhub.models.refund import Refund

__all__ = ["LINE", "ORDER", "REFUND"]

LINE = Table(
    LineItem,
    f"{SOURCE}#child",
    (
        Row("line_id", "order_id", ident, required=True),
        Row("sku", "code|out_sku_id", digits),
        Row("platform_sku_id", "sku_id", ident),
        Row("platform_item_id", "product_id_str|product_id", ident),
        Row("title", "product_name", text),
        Row("quantity", "item_num", quantity, required=True),
        Row("unit_price", "origin_amount", cny_fen),
        Row("subtotal", "sum_amount|order_amount", cny_fen),
        Row("raw_status", "order_status", digits, required=True),
        Row("image_url", "product_pic", text),
        Row("_off", "promotion_amount", cny_fen),  # notes: read by the order's own rows
        Row("_pay", "pay_amount", cny_fen),
        Row("_trade", "trade_type", digits),
        Row("_receive", "receive_type", digits),
        Row("_stock", "inventory_list", rows_of),
        Row("_case", "after_sale_info.after_sale_status", digits),
        Row("_case_type", "after_sale_info.after_sale_type", digits),
        Row("_money_back", "after_sale_info.refund_status", digits),
        Row("_sent_at", "ship_time", seconds),
        Row("_deadline", "exp_ship_time", seconds),
        Row("_serial", "need_serial_number", marked),
        Computed(("variant",), variant, ("spec",)),
        Computed(("subtotal", "discount", "total"), amounts, ()),
        Computed(("status", "aftersale_status", "is_gift"), line_meaning, ("given_product_type",)),
    ),
)

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("invoice", "orders tell nothing about invoices"),
        Row("order_id", "order_id", ident, required=True),
        Row("raw_status", "order_status", digits, required=True),
        Row("created_at", "create_time", seconds),
        Row("paid_at", "pay_time", seconds),
        Row("updated_at", "update_time", seconds),
        Row("shipped_at", "ship_time", seconds),
        Row("completed_at", "finish_time", seconds),
        Row("ship_by", "exp_ship_time", seconds),
        Row("total", "pay_amount", cny_fen),
        Row("shipping_fee", "post_amount", cny_fen),
        Row("tax_total", "tax_amount", cny_fen),
        Row("buyer_note", "buyer_words", text),
        Row("seller_note", "seller_words", text),
        Row("seller_flag", "seller_remark_stars", digits),
        Row("_order_type", "order_type", digits),
        Row("_pay_type", "pay_type", digits),
        Row("_shop_off", "promotion_shop_amount", cny_fen),
        Row("_platform_off", "promotion_platform_amount", cny_fen),
        Row("_talent_off", "promotion_talent_amount", cny_fen),
        Row("_off", "promotion_amount", cny_fen),
        Row("_pay_off", "promotion_pay_amount", cny_fen),
        Row("_modified", "modify_amount", cny_fen),
        Row("_packing", "packing_amount", cny_fen),
        Row("_insurance", "post_insurance_amount", cny_fen),
        Row("_phases", "order_phase_list", rows_of),
        Row("_parcels", "logistics_info", rows_of),
        Row("lines", "sku_order_list", each(LINE, least=1, notes=True), required=True),
        Computed(("shipments", "lines"), shipments, ()),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by", "is_cod", "currency",
             "ship_by", "completed_at"),
            statuses,
            (),
        ),
        Computed(
            ("buyer", "recipient"),
            people,
            ("doudian_open_id", "open_id", "encrypt_post_receiver", "encrypt_post_tel", "mask_post_receiver",
             "mask_post_tel", "mask_post_addr", "post_receiver", "post_tel", "post_addr"),
        ),
        Computed(
            ("items_total", "discount_total", "fees_total", "residual", "discounts"),
            goods,
            (),
        ),
        Computed(("paid", "refunded", "payment_status"), payment, ()),
        Computed(("labels",), labels, ("shop_order_tag_ui",)),
    ),
)  # fmt: skip

REFUND = Table(
    Refund,
    f"{SOURCE}#after-sales",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Row("refund_id", "aftersale_info.aftersale_id", ident, required=True),
        Row("order_id", "order_info.shop_order_id|aftersale_info.related_id", ident, required=True),
        Row("raw_status", "aftersale_info.aftersale_status", digits),
        Row("reason", "text_part.reason_text", text),
        Row("amount", "aftersale_info.refund_amount", cny_fen),
        Row("return_waybill_no", "aftersale_info.return_logistics_code", text),
        Row("created_at", "aftersale_info.apply_time|aftersale_info.create_time", seconds),
        Row("updated_at", "aftersale_info.update_time", seconds),
        Row("deadline_at", "aftersale_info.status_deadline", seconds),
        Row("_type", "aftersale_info.aftersale_type", digits),
        Computed(
            ("status", "kind", "currency", "lines", "return_carrier"),
            case_meaning,
            ("order_info.related_order_info", "aftersale_info.return_logistics_company_name"),
        ),
    ),
)
