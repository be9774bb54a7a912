"""Pinduoduo documents row by row: order, goods, gift, listing. Imports `kit`, `models`.

Source: docs/platforms/pinduoduo.md#order, #stock. Amounts in yuan, times in Beijing time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.pinduoduo.convert import code, mixed_time, yuan_number
from orderhub.connectors.pinduoduo.meaning import all_lines, flag, labels, line_words, statuses
from orderhub.connectors.pinduoduo.money import ZERO, discounts, goods, payment
from orderhub.connectors.pinduoduo.people import completed_at, people, shipments
from orderhub.connectors.pinduoduo.spec import FLAGS, LISTING_WORDS, SOURCE
from orderhub.kit.convert import ident, quantity, text
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.listing import Listing
from orderhub.models.order import LineItem, Order

__all__ = ["GIFT", "LINE", "LISTING", "ORDER"]


def _line_name(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Goods have no line number of their own: the SKU names the line, the goods where there is no SKU."""
    return {"line_id": found.get("platform_sku_id") or found.get("platform_item_id") or ""}


def _gift_name(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A gift costs nothing in this order, whatever its goods cost elsewhere."""
    name = found.get("platform_sku_id") or found.get("platform_item_id") or ""
    return {"line_id": f"gift:{name}", "is_gift": True, "unit_price": ZERO}


_GOODS = (
    Row("sku", "outer_id", text),
    Row("platform_sku_id", "sku_id", ident),
    Row("platform_item_id", "goods_id", ident),
    Row("title", "goods_name", text),
    Row("variant", "goods_spec", text),
    Row("quantity", "goods_count", quantity, required=True),
    Row("image_url", "goods_img", text),
)
LINE = Table(
    LineItem,
    f"{SOURCE}#goods",
    (*_GOODS, Row("unit_price", "goods_price", yuan_number), Computed(("line_id",), _line_name, ())),
)
GIFT = Table(LineItem, f"{SOURCE}#goods", (*_GOODS, Computed(("line_id", "is_gift", "unit_price"), _gift_name, ())))


def _completed(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {"completed_at": completed_at(document) if found["raw_status"] == "3" else None}


def _invoice(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {"invoice": {"wanted": True}} if flag(document, "invoice_status") == "1" else {}


ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("buyer", "the platform does not name buyers; equal receivers share a merge key"),
        Row("order_id", "order_sn", ident, required=True),
        Row("raw_status", "order_status", code, required=True),
        Row("created_at", "created_time", mixed_time),
        Row("paid_at", "pay_time", mixed_time),
        Row("updated_at", "updated_at", mixed_time),
        Row("shipped_at", "shipping_time", mixed_time),
        Row("ship_by", "last_ship_time", mixed_time),
        Row("total", "pay_amount", yuan_number),
        Row("shipping_fee", "postage", yuan_number),
        Row("buyer_note", "buyer_memo", text),
        Row("seller_note", "remark", text),
        Row("seller_flag", "remark_tag", code),
        Row("lines", "item_list", each(LINE, least=1), required=True),
        Row("_gifts", "gift_list", each(GIFT)),
        Row("_goods_amount", "goods_amount", yuan_number),  # checked here, read by the rows below
        Row("_discount_amount", "discount_amount", yuan_number),
        Row("_platform_discount", "platform_discount", yuan_number),
        Row("_seller_discount", "seller_discount", yuan_number),
        Row("_capital_free_discount", "capital_free_discount", yuan_number),
        Row("_order_change_amount", "order_change_amount", yuan_number),
        Computed(("lines",), all_lines, ()),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by", "is_cod", "currency"),
            statuses,
            (*FLAGS, "refund_status", "after_sales_status", "step_order_info.step_trade_status", "order_tag_list",
             "order_depot_info.depot_type"),
        ),
        Computed(("completed_at",), _completed, ("receive_time",)),
        Computed(("lines",), line_words, ()),
        Computed(
            ("recipient",),
            people,
            ("receiver_name", "receiver_name_mask", "receiver_phone", "receiver_phone_mask", "receiver_address",
             "receiver_address_mask", "address", "address_mask", "country", "province", "city", "town",
             "open_address_id", "open_address_id_2"),
        ),
        Computed(("items_total", "discount_total", "tax_total"), goods, ()),
        Computed(
            ("fees_total", "paid", "refunded", "residual", "payment_status"),
            payment,
            ("service_fee_detail", "step_order_info.advanced_paid_fee"),
        ),
        Computed(("discounts",), discounts, ()),
        Computed(
            ("shipments",),
            shipments,
            ("logistics_id", "tracking_number", "extra_delivery_list", "gift_delivery_list", "resend_delivery_list"),
        ),
        Computed(("invoice",), _invoice, ("invoice_status",)),
        Computed(
            ("labels",),
            labels,
            ("is_pre_sale", "mkt_biz_type", "shipping_type", "express_memos", "related_order_list"),
        ),
    ),
)  # fmt: skip


def _on_sale(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A variant can be bought when the goods and the variant are on sale; one that is off takes the other with it."""
    told = [word for name in ("is_onsale", "is_sku_onsale") if (word := flag(document, name)) is not None]
    worst = next((word for word in told if word != "1"), "1" if told else "")
    return {"status": LISTING_WORDS(worst), "currency": "CNY"}


LISTING = Table(
    Listing,
    f"{SOURCE}#stock",
    (
        Row("listing_id", "goods_id", ident, required=True),
        Row("platform_sku_id", "sku_id", ident),
        Row("sku", "outer_id", text),
        Row("title", "goods_name", text),
        Row("variant", "spec", text),
        Row("quantity", "sku_quantity|goods_quantity", quantity),
        Computed(("status", "currency"), _on_sale, ("is_onsale", "is_sku_onsale")),
        Absent("price", "the list does not tell prices; see the setting listing_prices"),
    ),
)
