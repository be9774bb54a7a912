"""Canonical columns to canonical models, as field tables. Imports `kit`, `models`.

A mapping has read the cells already; here the names of the columns are those of docs/platforms/file.md.
"""

from __future__ import annotations

from typing import Any

from orderhub.connectors.file.meaning import line_money, money, people, shipments, statuses
from orderhub.connectors.file.spec import SOURCE
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "ORDER"]


def read(value: Any) -> Any:
    """A value that the mapping has read."""
    return value


_PLAIN = ("currency", "paid", "shipping_fee", "fees_total", "tax_total", "is_cod", "created_at", "paid_at",
          "updated_at", "shipped_at", "completed_at", "ship_by", "buyer_note", "seller_note")  # fmt: skip

LINE = Table(
    LineItem,
    f"{SOURCE}#lines",
    (
        Row("line_id", "line_id", read, required=True),
        Row("quantity", "quantity", read, required=True),
        *(Row(name, name, read) for name in ("sku", "platform_sku_id", "platform_item_id", "title", "variant",
                                             "is_gift", "image_url", "unit_price")),
        Computed(("subtotal", "discount", "total", "unit_price"), line_money,
                 ("subtotal", "discount", "line_total")),
        Absent("refunded", "tables of after-sale cases are not read"),
    ),
)  # fmt: skip

ORDER = Table(
    Order,
    f"{SOURCE}#orders",
    (
        Absent("platform", "always file"),
        Absent("shop_id", "the shop's own setting"),
        Row("order_id", "order_id", read, required=True),
        Row("raw_status", "status", read),
        *(Row(name, name, read) for name in _PLAIN),
        Row("lines", "lines", each(LINE)),
        Computed(("status", "payment_status", "fulfilment_status", "fulfilled_by", "holds", "lines"), statuses,
                 ("status", "word", "is_cod", "review")),
        Computed(("items_total", "discount_total", "total", "residual", "lines"), money,
                 ("total", "discount_total", "shipping_fee")),
        Computed(("recipient", "buyer"), people, ("name", "phone", "address", "country", "province", "city", "district",
                                                  "town", "street", "postal_code", "buyer_id", "buyer_nickname",
                                                  "buyer_email")),
        Computed(("shipments", "labels"), shipments, ("carrier", "waybill_no", "handed_over_at")),
        Absent("refunded", "tables of after-sale cases are not read"),
    ),
)  # fmt: skip
