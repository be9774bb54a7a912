"""Every field of an order, and the three shapes in which calls write it. Source: docs/platforms/pinduoduo.md §3.2.

Imports this folder's state, cipher, regions, wire. `BLANK` is an order of which nothing is known; documents hold what
differs.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.pinduoduo import cipher
from orderhub.sandbox.platforms.pinduoduo.regions import region_ids
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Order
from orderhub.sandbox.platforms.pinduoduo.wire import Raw, encode

__all__ = ["BASIC", "BLANK", "RECEIVER", "document", "text"]

BLANK: Doc = {
    "order_sn": "", "trade_type": 0, "order_status": 1, "refund_status": 1, "after_sales_status": 0,
    "confirm_status": 0, "group_status": 0, "group_order_id": 0, "group_role": 0, "risk_control_status": 0,
    "is_lucky_flag": 1, "mkt_biz_type": 0, "is_pre_sale": 0, "pre_sale_time": "", "is_stock_out": 0,
    "stock_out_handle_status": -1, "created_time": "", "pay_time": "", "confirm_time": "", "last_ship_time": "",
    "shipping_time": "", "receive_time": "", "updated_at": "", "urge_shipping_time": "", "goods_amount": 0.0,
    "discount_amount": 0.0, "platform_discount": 0.0, "seller_discount": 0.0, "capital_free_discount": 0.0,
    "order_change_amount": 0.0, "duo_duo_pay_reduction": 0.0, "postage": 0.0, "pay_amount": 0.0,
    "service_fee_detail": [], "promotion_detail_list": [], "trade_in_national_subsidy_amount": 0.0,
    "government_subsidy_settle_details": [], "pay_type": "", "pay_no": "", "inner_transaction_id": "",
    "item_list": [], "gift_list": [], "gift_order_status": 2, "related_order_list": [],
    "receiver_name": "", "receiver_name_mask": "", "receiver_phone": "", "receiver_phone_mask": "",
    "receiver_address": "", "receiver_address_mask": "", "address": "", "address_mask": "", "contact_mobile": "",
    "country": "中国", "country_id": 0, "province": "", "province_id": 0, "city": "", "city_id": 0, "town": "",
    "town_id": 0, "open_address_id": "", "open_address_id_2": "", "buyer_memo": "", "remark": "",
    "remark_tag": None, "remark_tag_name": None, "express_memos": [], "logistics_id": 0, "tracking_number": "",
    "extra_delivery_list": [], "gift_delivery_list": [], "resend_delivery_list": [], "shipping_type": None,
    "self_contained": 0, "free_sf": 0, "delivery_one_day": 0, "duoduo_wholesale": 0, "return_freight_payer": 0,
    "only_support_replace": 0, "support_nationwide_warranty": 0, "invoice_status": 0, "home_delivery_type": 0,
    "delivery_home_value": 0.0, "delivery_install_value": 0.0, "home_install_value": 0.0, "order_tag_list": [],
    "cat_id_1": 0, "cat_id_2": 0, "cat_id_3": 0, "cat_id_4": 0, "card_info_list": [], "bonded_warehouse": "",
    "step_order_info": None, "order_depot_info": None, "promise_delivery_time": "", "yyps_date": "", "yyps_time": "",
    "ship_additional_link_order": "", "ship_additional_origin_order": "", "consolidate_info": None,
    "identification_status": None,
}  # fmt: skip

BASIC = (
    "order_sn", "order_status", "refund_status", "risk_control_status", "is_lucky_flag", "trade_type", "confirm_time",
    "updated_at", "cat_id_1", "cat_id_2", "cat_id_3", "cat_id_4", "goods_amount", "discount_amount",
    "platform_discount", "seller_discount", "postage", "pay_amount", "delivery_home_value", "delivery_install_value",
    "home_install_value", "item_list", "step_order_info",
)  # fmt: skip
"""§3.2: what basic.list.get returns, and nothing else."""

RECEIVER = ("name", "phone", "address", "province", "city", "town")


def _receiver(order: Order) -> Doc:
    """Masks and regions always; ciphertext and merge ids only while to be sent, not under review, not refunded."""
    doc, who = order.doc, order.receiver
    place = "".join(who[name] for name in ("province", "city", "town"))
    province_id, city_id, town_id = region_ids(who["province"], who["city"], who["town"])
    told: Doc = {
        "receiver_name_mask": cipher.mask(cipher.NAME, who["name"]),
        "receiver_phone_mask": cipher.mask(cipher.PHONE, who["phone"]),
        "receiver_address_mask": cipher.mask(cipher.STREET, who["address"]),
        "address_mask": place + cipher.mask(cipher.STREET, who["address"]),
        "province": who["province"], "province_id": province_id, "city": who["city"], "city_id": city_id,
        "town": who["town"], "town_id": town_id,
    }  # fmt: skip
    if (doc["order_status"], doc["risk_control_status"]) == (1, 0) and doc["refund_status"] != 4:
        parts = (who["name"], who["phone"], place, who["address"])
        told |= {
            "receiver_name": cipher.seal(order.sn, cipher.NAME, who["name"]),
            "receiver_phone": cipher.seal(order.sn, cipher.PHONE, who["phone"]),
            "receiver_address": cipher.seal(order.sn, cipher.STREET, who["address"]),
            "address": cipher.seal(order.sn, cipher.FULL_ADDRESS, place + who["address"]),
            "open_address_id": cipher.merge_id(order.shop_id, *parts),
            "open_address_id_2": cipher.merge_id(order.shop_id + "/2", *parts),
        }
    return told


def document(order: Order, kind: str) -> Doc:
    """The order as `full` (the lists), `basic` or `info` (one order) writes it."""
    if kind == "basic":
        return {name: order.doc.get(name, BLANK[name]) for name in BASIC}
    told = {**BLANK, **_receiver(order), **order.doc}
    return {**told, "store_info": None} if kind == "info" else told


def text(order: Order, kind: str) -> Raw:
    """`document` as encoded JSON, kept until the order changes."""
    kept = order.texts.get(kind)
    if kept is None:
        kept = order.texts[kind] = Raw(encode(document(order, kind)).encode())
    return kept
