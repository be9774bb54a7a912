"""The flat tables of orders and refunds: columns, types, and where each value stands in the models. Imports nothing.

Names and types are a contract: columns are only ever added, at the end. docs/reference/tables.md shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["AMOUNT_DIGITS", "AMOUNT_PLACES", "LINES", "ORDERS", "REFUNDS", "SHIPMENTS", "TABLES", "Kind", "TableColumn"]

Kind = Literal["text", "words", "int", "bool", "amount", "instant", "json", "bytes"]
"""words: a list of text; amount: decimal(38, 10) in the row's currency; instant: microseconds UTC; json: JSON text."""

AMOUNT_DIGITS: Final = 38
AMOUNT_PLACES: Final = 10


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: `path` is where its value stands in the model, empty for a derived one."""

    name: str
    kind: Kind
    path: str
    derived: bool = False


def _columns(kind: Kind, names: str, prefix: str = "", path: str = "") -> tuple[TableColumn, ...]:
    return tuple(TableColumn(prefix + name, kind, path + name) for name in names.split())


_KEY: Final = TableColumn("key", "text", "key", derived=True)

ORDERS: Final[tuple[TableColumn, ...]] = (
    _KEY,
    *_columns("text", "platform shop_id order_id status raw_status payment_status fulfilment_status aftersale_status"),
    *_columns("words", "holds labels"),
    *_columns("text", "fulfilled_by currency"),
    *_columns("amount", "items_total discount_total shipping_fee fees_total tax_total total paid refunded residual"),
    *_columns("bool", "is_cod"),
    TableColumn("is_shippable", "bool", "is_shippable", derived=True),
    *_columns("instant", "created_at paid_at updated_at shipped_at completed_at ship_by"),
    *_columns("text", "buyer_id nickname email", "buyer_", "buyer."),
    *_columns("text", "name phone phone_extension", "recipient_", "recipient."),
    *_columns("text", "country province city district town street postal_code division_code", "recipient_",
              "recipient.address."),
    *_columns("text", "kind token merge_key", "privacy_", "recipient.privacy."),
    *_columns("instant", "expires_at", "privacy_", "recipient.privacy."),
    *_columns("text", "buyer_note seller_note seller_flag"),
    *_columns("bool", "wanted", "invoice_", "invoice."),
    *_columns("text", "kind title tax_no email", "invoice_", "invoice."),
    *_columns("amount", "amount", "invoice_", "invoice."),
    *_columns("json", "discounts extra"),
    *_columns("bytes", "raw"),
)  # fmt: skip
"""One row per order; `invoice_wanted` is empty where there is no invoice."""

LINES: Final[tuple[TableColumn, ...]] = (
    TableColumn("order_key", "text", "", derived=True),
    TableColumn("position", "int", "", derived=True),
    TableColumn("currency", "text", "", derived=True),
    *_columns("text", "line_id sku platform_sku_id platform_item_id title variant"),
    *_columns("int", "quantity"),
    *_columns("amount", "unit_price subtotal discount total"),
    *_columns("text", "status raw_status aftersale_status"),
    *_columns("amount", "refunded"),
    *_columns("int", "refunded_quantity shipped_quantity"),
    *_columns("bool", "is_gift"),
    *_columns("text", "image_url"),
    *_columns("json", "extra"),
)
"""One row per line, in the order's own sequence."""

SHIPMENTS: Final[tuple[TableColumn, ...]] = (
    TableColumn("order_key", "text", "", derived=True),
    TableColumn("position", "int", "", derived=True),
    *_columns("text", "carrier carrier_name waybill_no"),
    *_columns("instant", "shipped_at delivered_at"),
    *_columns("json", "lines"),
)
"""One row per parcel; `lines` is a JSON list of (line_id, units)."""

REFUNDS: Final[tuple[TableColumn, ...]] = (
    _KEY,
    *_columns("text", "platform shop_id refund_id order_id status raw_status kind reason currency"),
    *_columns("amount", "amount"),
    *_columns("text", "return_waybill_no return_carrier"),
    *_columns("instant", "created_at updated_at deadline_at"),
    *_columns("json", "lines extra"),
    *_columns("bytes", "raw"),
)
"""One row per after-sale case; `lines` is a JSON list of (line_id, units, amount)."""

TABLES: Final = {"orders": ORDERS, "lines": LINES, "shipments": SHIPMENTS, "refunds": REFUNDS}
