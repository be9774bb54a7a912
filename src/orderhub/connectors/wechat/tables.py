"""WeChat documents row by row: order, line, case. Imports `kit`, `models`.

Source: docs/platforms/wechat.md#order, #line, #aftersale. Amounts in fen, times epoch seconds; ids are text or number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.wechat.meaning import labels, line_meaning, people, shipments, statuses, times
from orderhub.connectors.wechat.money import goods, line_amounts, payment
from orderhub.connectors.wechat.spec import CARRIERS, CASE_KIND, CASE_STATUS, SOURCE
from orderhub.kit.convert import boolean, cny_fen, epoch_s, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Row, Table, each, read
from orderhub.models.order import LineItem, Order
from orderhub.models.refund import Refund

__all__ = ["LINE", "ORDER", "REFUND"]

_SPLIT = (
    "merchant_discounted_price", "finder_discounted_price", "bulkbuy_discounted_price", "cash_coupon_discounted_price",
    "limited_discount_discounted_price", "vip_discounted_price", "national_subsidy_discounted_price",
    "deduction_price",
)  # fmt: skip

LINE = Table(
    LineItem,
    f"{SOURCE}#line",
    (
        Row("platform_item_id", "product_id", ident, required=True),
        Row("platform_sku_id", "sku_id", ident, required=True),
        Row("sku", "sku_code|out_sku_id", text),
        Row("title", "title", text),
        Row("quantity", "sku_cnt", quantity, required=True),
        Row("unit_price", "sale_price", cny_fen),
        Row("is_gift", "is_free_gift", boolean),
        Row("image_url", "thumb_img", text),
        Row("_deadline", "delivery_deadline", epoch_s),
        Row("_dropship", "dropship_info.ds_order_id", text),
        Row("_change_state", "change_sku_info.preshipment_change_sku_state", text),
        Computed(
            ("subtotal", "discount", "total"), line_amounts, ("estimate_price", "real_price", *_SPLIT),
        ),
        Computed(
            ("line_id", "variant", "aftersale_status", "refunded_quantity"), line_meaning,
            ("on_aftersale_sku_cnt", "finish_aftersale_sku_cnt", "sku_attrs"),
        ),
    ),
)  # fmt: skip

_AT = "order_detail"
ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("is_cod", "no documented field tells cash on delivery"),
        Absent("seller_flag", "the platform has no flags"),
        Absent("invoice", "orders tell nothing of invoices"),
        Row("order_id", "order_id", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("created_at", "create_time", epoch_s),
        Row("updated_at", "update_time", epoch_s),
        Row("paid_at", f"{_AT}.pay_info.pay_time", epoch_s),
        Row("buyer_note", f"{_AT}.ext_info.customer_notes", text),
        Row("seller_note", f"{_AT}.ext_info.merchant_notes", text),
        Row("lines", f"{_AT}.product_infos", each(LINE, least=1, notes=True), required=True),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "fulfilled_by", "holds"), statuses,
            ("aftersale_detail", f"{_AT}.delivery_info.address_under_review"),
        ),
        Computed(
            ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "residual",
             "currency", "discounts"),
            goods,
            tuple(f"{_AT}.price_info.{name}" for name in (
                "order_price", "freight", "discounted_price", "change_down_price", *_SPLIT)),
        ),
        Computed(("paid", "refunded", "payment_status"), payment, ()),
        Computed(("shipments",), shipments, (f"{_AT}.delivery_info.delivery_product_info",)),
        Computed(
            ("shipped_at", "completed_at", "ship_by"), times,
            (f"{_AT}.delivery_info.ship_done_time", f"{_AT}.ext_info.confirm_receipt_time"),
        ),
        Computed(("buyer", "recipient"), people, ("openid", f"{_AT}.delivery_info.address_info")),
        Computed(("labels",), labels, ("is_present",)),
    ),
)  # fmt: skip


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Status, kind, the line that it is about, and the parcel on its way back."""
    product = document.get("product_info")
    goods_of = product if isinstance(product, Mapping) else {}
    item, sku = (read(goods_of, name, ident) for name in ("product_id", "sku_id"))
    units = read(goods_of, "count", quantity)
    back = document.get("return_info")
    parcel = back if isinstance(back, Mapping) else {}
    code = read(parcel, "delivery_id", text)
    return {
        "status": CASE_STATUS(found["raw_status"]), "kind": CASE_KIND(found.pop("_type", None) or ""),
        "currency": "CNY", "lines": ((f"{item}-{sku}", units, found.get("amount")),) if item and sku else (),
        "return_waybill_no": read(parcel, "waybill_id", text),
        "return_carrier": CARRIERS.get(code, code) if code else None,
    }  # fmt: skip


REFUND = Table(
    Refund,
    f"{SOURCE}#aftersale",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("reason", "no documented field tells the buyer's reason"),
        Row("refund_id", "after_sale_order_id", ident, required=True),
        Row("order_id", "order_id", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("amount", "refund_info.amount", cny_fen),
        Row("created_at", "create_time", epoch_s),
        Row("updated_at", "update_time", epoch_s),
        Row("deadline_at", "deadline", epoch_s),
        Row("_type", "type", text),
        Computed(
            ("status", "kind", "currency", "lines", "return_waybill_no", "return_carrier"), _case,
            ("product_info", "return_info"),
        ),
    ),
)  # fmt: skip
