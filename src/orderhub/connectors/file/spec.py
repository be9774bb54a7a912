"""Own channels as data: the fields of a table, the words of a status, the settings. Imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from orderhub.kit.spec import Setting
from orderhub.models.channel import Limits
from orderhub.models.status import OrderStatus

__all__ = ["ABSENT", "FIELDS", "LIMITS", "LINE_FIELDS", "ORDER_FIELDS", "SETTINGS", "SOURCE", "WORDS", "Field"]

SOURCE = "docs/platforms/file.md"


@dataclass(frozen=True, slots=True)
class Field:
    """One column that a table may have: how it is read unless the mapping says otherwise, and what it means."""

    convert: str
    about: str


ORDER_FIELDS: Mapping[str, Field] = MappingProxyType({
    "order_id": Field("ident", "the order's number; rows with one number are one order"),
    "status": Field("text", "where the order stands, by the words below or those of the mapping"),
    "currency": Field("text", "three letters; CNY when there is no such column"),
    "total": Field("amount", "what the buyer owes for everything"),
    "paid": Field("amount", "money received up to now"),
    "shipping_fee": Field("amount", "freight the buyer pays"),
    "fees_total": Field("amount", "other charges"),
    "tax_total": Field("amount", "tax on top of the prices"),
    "discount_total": Field("amount", "taken off the goods of the whole order, beside the discounts of lines"),
    "is_cod": Field("flag", "cash on delivery"),
    "created_at": Field("time", "when it was placed"),
    "paid_at": Field("time", "when it was paid"),
    "updated_at": Field("time", "when it changed last"),
    "shipped_at": Field("time", "when it left"),
    "completed_at": Field("time", "when it was finished"),
    "ship_by": Field("time", "when it has to leave"),
    "buyer_id": Field("ident", "the shop's own id of the buyer"),
    "buyer_nickname": Field("text", "what the buyer is called"),
    "buyer_email": Field("text", "the buyer's address"),
    "name": Field("text", "the receiver"),
    "phone": Field("text", "the receiver's phone; an extension may follow"),
    "address": Field("text", "the whole address in one cell"),
    "country": Field("text", "part of the address"),
    "province": Field("text", "part of the address"),
    "city": Field("text", "part of the address"),
    "district": Field("text", "part of the address"),
    "town": Field("text", "part of the address"),
    "street": Field("text", "part of the address"),
    "postal_code": Field("text", "part of the address"),
    "buyer_note": Field("text", "the buyer's words"),
    "seller_note": Field("text", "the shop's words"),
    "carrier": Field("text", "who carries it, if it left"),
    "waybill_no": Field("ident", "the carrier's number, if it left"),
    "handed_over_at": Field("text", "the warehouse whose goods were handed over a counter; see `hub.book_sales`"),
})  # fmt: skip
"""Columns of an order."""

LINE_FIELDS: Mapping[str, Field] = MappingProxyType({
    "line_id": Field("ident", "the line's number within the order; counted when there is no such column"),
    "sku": Field("text", "the merchant's own code"),
    "platform_sku_id": Field("ident", "the shop's id of the variant, for shops with codes of their own"),
    "platform_item_id": Field("ident", "the shop's id of the article"),
    "title": Field("text", "what was bought"),
    "variant": Field("text", "colour, size"),
    "quantity": Field("whole", "units"),
    "unit_price": Field("amount", "price of one unit before discounts"),
    "subtotal": Field("amount", "gross of the line"),
    "discount": Field("amount", "taken off this line"),
    "line_total": Field("amount", "what the buyer pays for this line"),
    "is_gift": Field("flag", "a free addition"),
    "image_url": Field("text", "a picture"),
})  # fmt: skip
"""Columns of a line."""

FIELDS: Mapping[str, Field] = MappingProxyType({**ORDER_FIELDS, **LINE_FIELDS})

WORDS: Mapping[str, OrderStatus] = MappingProxyType({
    **{word.value: word for word in OrderStatus if word is not OrderStatus.UNKNOWN},
    "待付款": OrderStatus.PENDING_PAYMENT, "未付款": OrderStatus.PENDING_PAYMENT,
    "等待付款": OrderStatus.PENDING_PAYMENT,
    "待发货": OrderStatus.AWAITING_SHIPMENT, "已付款": OrderStatus.AWAITING_SHIPMENT,
    "未发货": OrderStatus.AWAITING_SHIPMENT,
    "部分发货": OrderStatus.PARTIALLY_SHIPPED, "已发货": OrderStatus.SHIPPED, "待收货": OrderStatus.SHIPPED,
    "已签收": OrderStatus.DELIVERED, "已收货": OrderStatus.DELIVERED, "已完成": OrderStatus.COMPLETED,
    "交易成功": OrderStatus.COMPLETED, "已取消": OrderStatus.CANCELLED, "已关闭": OrderStatus.CANCELLED,
    "交易关闭": OrderStatus.CANCELLED, "unpaid": OrderStatus.PENDING_PAYMENT, "paid": OrderStatus.AWAITING_SHIPMENT,
    "done": OrderStatus.COMPLETED, "closed": OrderStatus.CANCELLED, "canceled": OrderStatus.CANCELLED,
})  # fmt: skip
"""Words of a status column; a mapping's own words come before them."""

LIMITS: Mapping[str, Limits] = MappingProxyType({"list_orders": Limits(page_size_max=500)})

SETTINGS = (
    Setting("mapping", "columns to canonical fields: a TOML or JSON file, or the same as a dict", None, (), True),
    Setting("source", "a file, a folder, a pattern like inbox/*.csv, or a callable that answers rows"),
    Setting("shipped", "a CSV file to which every confirmed parcel is appended"),
    Setting("same_rows", "two equal rows without line numbers: ask somebody, keep or drop", "review",
            ("review", "keep", "drop")),
)  # fmt: skip

_NO_SERVER = "a table has no server to ask; write it in the shop itself"
ABSENT: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys(("push_stock", "change_stock", "change_address", "set_memo", "close_order"), _NO_SERVER),
    "count_orders": "a table has no count of its own; every row of it is read",
    "listings": "a table of orders does not list goods",
    "refunds": "tables of after-sale cases are not read in this version",
    "carriers": "any carrier may be written",
    **dict.fromkeys(("exchange_code", "authorize_url", "decode_message", "pull_messages", "confirm_messages",
                     "permit_messages", "server_time"), "there is no platform behind a table"),
    **dict.fromkeys(("decrypt", "merge_groups"), "tables hold receivers as they are"),
})  # fmt: skip
