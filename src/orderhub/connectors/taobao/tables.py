"""Taobao documents row by row: trade, sub-order, refund, listing. Imports `kit`, `models`.

Source: docs/platforms/taobao.md#trade, #sub-order, #refunds, #stock. Amounts in yuan, times in Beijing time.
"""

from __future__ import annotations

from orderhub.connectors.taobao.meaning import labels, line_meaning, people, shipments, statuses
from orderhub.connectors.taobao.money import discounts, goods, payment
from orderhub.connectors.taobao.spec import HOLD_FLAGS, SOURCE
from orderhub.kit.convert import beijing_time, boolean, cny_yuan, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "ORDER", "ORDER_FIELDS"]

LINE = Table(
    LineItem,
    f"{SOURCE}#sub-order",
    (
        Row("line_id", "oid_str|oid", ident, required=True),
        Row("sku", "outer_sku_id", text),
        Row("platform_sku_id", "sku_id", ident),
        Row("platform_item_id", "num_iid", ident),
        Row("title", "title", text),
        Row("variant", "sku_properties_name", text),
        Row("quantity", "num", quantity, required=True),
        Row("unit_price", "price", cny_yuan),
        Row("raw_status", "status", text, required=True),
        Row("is_gift", "is_free_gift", boolean),
        Row("image_url", "pic_path", text),
        Computed(
            ("sku",),
            lambda document, found: _item_code(document, found),
            ("outer_iid",),
        ),
        Computed(
            ("status", "aftersale_status", "shipped_quantity"),
            line_meaning,
            ("refund_status", "consign_time", "invoice_no"),
        ),
        Row("_discount_fee", "discount_fee", cny_yuan),  # checked here, read by the trade's own rows
        Row("_adjust_fee", "adjust_fee", cny_yuan),
        Row("_part_mjz_discount", "part_mjz_discount", cny_yuan),
        Row("_payment", "payment", cny_yuan),
        Row("_total_fee", "total_fee", cny_yuan),
        Row("_logistics_company", "logistics_company", text),
        Row("_invoice_no", "invoice_no", text),
        Row("_consign_time", "consign_time", beijing_time),
        Row("_refund_status", "refund_status", text),
    ),
)


def _item_code(document: object, found: dict[str, object]) -> dict[str, object]:
    """The item's code stands for the SKU only where the item has no variants: guessing would ship the wrong one."""
    code = document.get("outer_iid") if isinstance(document, dict) else None
    plain = "sku" not in found and "platform_sku_id" not in found and code
    return {"sku": str(code)} if plain else {}


ORDER = Table(
    Order,
    f"{SOURCE}#trade",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("invoice", "buyers' invoice requests are a call of their own"),
        Row("order_id", "tid_str|tid", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("created_at", "created", beijing_time),
        Row("paid_at", "pay_time", beijing_time),
        Row("updated_at", "modified", beijing_time),
        Row("shipped_at", "consign_time", beijing_time),
        Row("ship_by", "delivery_time|send_time", beijing_time),
        Row("total", "payment", cny_yuan),
        Row("shipping_fee", "post_fee", cny_yuan),
        Row("buyer_note", "buyer_message", text),
        Row("seller_note", "seller_memo", text),
        Row("seller_flag", "seller_flag", text),
        Row("lines", "orders", each(LINE, least=1, notes=True), required=True),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by", "completed_at", "is_cod",
             "currency"),
            statuses,
            ("step_trade_status", "end_time", "type", *HOLD_FLAGS),
        ),
        Computed(
            ("buyer", "recipient"),
            people,
            ("buyer_open_uid", "buyer_nick", "buyer_email", "receiver_name", "receiver_mobile", "receiver_phone",
             "receiver_address", "receiver_country", "receiver_state", "receiver_city", "receiver_district",
             "receiver_town", "receiver_zip", "oaid"),
        ),
        Computed(("items_total", "discount_total", "tax_total"), goods, ("discount_fee", "total_fee")),
        Computed(
            ("fees_total", "paid", "refunded", "residual", "payment_status"),
            payment,
            ("cod_fee", "step_paid_fee", "received_payment"),
        ),
        Computed(("discounts",), discounts, ("promotion_details", "adjust_fee")),
        Computed(("shipments",), shipments, ()),
        Computed(
            ("labels",),
            labels,
            ("gov_sn_check", "gov_subsidy_delivery_check", "lm", "new_presell",
             "logistics_agreement.no_detail_part_consign",
             "logistics_infos"),
        ),
    ),
)  # fmt: skip

_COMPANIONS = ("receiver_name", "receiver_address", "receiver_mobile", "receiver_phone", "created", "oaid")
_ALSO = ("title", "seller_nick", "num", "price", "pic_path", "shipping_type", "is_part_consign", "trade_from",
         "commission_fee", "available_confirm_fee", "timeout_action_time", "trade_memo", "service_tags")  # fmt: skip
ORDER_FIELDS = tuple(dict.fromkeys(
    [path.split(".")[0] for path in ORDER.used] + list(_COMPANIONS) + list(_ALSO)
))  # fmt: skip
"""What is asked of trade.fullinfo.get; `oaid` only comes together with its five companions."""
