"""Kuaishou documents row by row: order, its one SKU, gifts. Imports `kit`, `models`.

Source: docs/platforms/kuaishou.md#orders. Amounts in whole fen, times in epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.kuaishou.meaning import all_lines, code, goods, labels, notes, payment, statuses
from orderhub.connectors.kuaishou.people import CIPHERS, people, shipments
from orderhub.connectors.kuaishou.spec import SOURCE
from orderhub.kit.convert import cny_fen, epoch_ms, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Ignored, Row, Table, each
from orderhub.models.order import LineItem, Order

__all__ = ["GIFT", "LINE", "ORDER"]


def _goods(prefix: str = "") -> tuple[Row, ...]:
    return (
        Row("sku", f"{prefix}skuNick", text),
        Row("platform_sku_id", f"{prefix}skuId", ident),
        Row("platform_item_id", f"{prefix}itemId", ident),
        Row("title", f"{prefix}itemTitle", text),
        Row("variant", f"{prefix}skuDesc", text),
        Row("quantity", f"{prefix}num", quantity, required=True),
        Row("image_url", f"{prefix}itemPicUrl", text),
    )


def _named_by_order(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {"line_id": ""}


LINE = Table(
    LineItem,
    f"{SOURCE}#orders",
    (
        *_goods(),
        Row("unit_price", "originalPrice|price", cny_fen),
        Computed(("line_id",), _named_by_order, ()),
        Ignored(("price", "discountFee", "orderItemId"), "the order's own amounts and number say the same"),
    ),
)
GIFT = Table(
    LineItem,
    f"{SOURCE}#orders",
    (
        Row("line_id", "subOrderBaseInfo.oid", ident, required=True),
        Row("raw_status", "subOrderBaseInfo.status", code, required=True),
        *_goods("subOrderItemInfo."),
        Ignored(("subOrderLogisticsInfo", "subOrderDeliveryInfo"), "read for the whole order: parcels and pieces sent"),
    ),
)


def _completed(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {"completed_at": found.get("_received_at") if found["raw_status"] == "70" else None}


_BASE = "orderBaseInfo."
ORDER = Table(
    Order,
    f"{SOURCE}#orders",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("invoice", "orders name no invoices"),
        Row("order_id", f"{_BASE}oid", ident, required=True),
        Row("raw_status", f"{_BASE}status", code, required=True),
        Row("created_at", f"{_BASE}createTime", epoch_ms),
        Row("paid_at", f"{_BASE}payTime", epoch_ms),
        Row("updated_at", f"{_BASE}updateTime", epoch_ms),
        Row("shipped_at", f"{_BASE}sendTime", epoch_ms),
        Row("ship_by", f"{_BASE}validPromiseShipmentTimeStamp", epoch_ms),
        Row("buyer_note", f"{_BASE}remark", text),
        Row("_received_at", f"{_BASE}recvTime", epoch_ms),
        Row("_total_fee", f"{_BASE}totalFee", cny_fen),
        Row("_discount_fee", f"{_BASE}discountFee", cny_fen),
        Row("_express_fee", f"{_BASE}expressFee", cny_fen),
        Row("_freight_allowance", f"{_BASE}allowanceExpressFee", cny_fen),
        Row("_payChannelDiscount", f"{_BASE}payChannelDiscount", cny_fen),
        Row("_governmentDiscount", f"{_BASE}governmentDiscount", cny_fen),
        Row("lines", "orderItemInfo", each(LINE, least=1), required=True),
        Row("_gifts", "subOrderInfo", each(GIFT)),
        Computed(("lines",), all_lines, ("orderDeliveryInfo.deliveryNum", "orderDeliveryInfo.deliveryStatus")),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by", "is_cod", "currency"),
            statuses,
            (f"{_BASE}disableDeliveryReasonCode", f"{_BASE}riskCode", f"{_BASE}preSale", "orderRefundList",
             "addressUpdateAuditInfo.auditStatus"),
        ),
        Computed(("completed_at",), _completed, ()),
        Computed(
            ("recipient", "buyer"),
            people,
            (*(f"orderAddress.{name}" for name in CIPHERS), "orderAddress.desensitiseConsignee",
             "orderAddress.desensitiseMobile", "orderAddress.desensitiseAddress", "orderAddress.province",
             "orderAddress.city", "orderAddress.district", "orderAddress.town", "orderAddress.townCode",
             "orderAddress.districtCode", "orderDeliveryInfo.openAddressId", f"{_BASE}buyerOpenId",
             f"{_BASE}buyerNick"),
        ),
        Computed(("items_total", "discount_total", "tax_total", "discounts"), goods, ()),
        Computed(
            ("shipping_fee", "fees_total", "total", "paid", "refunded", "payment_status", "residual"),
            payment,
            ("orderStepInfo",),
        ),
        Computed(("shipments",), shipments, ("orderLogisticsInfo",)),
        Computed(("seller_note", "seller_flag"), notes, ("orderNote.orderNoteInfo",)),
        Computed(
            ("labels",),
            labels,
            (f"{_BASE}activityType", f"{_BASE}allActivityType", f"{_BASE}orderLabels", f"{_BASE}remindShipmentTime",
             "orderCpsInfo.distributorId"),
        ),
    ),
)  # fmt: skip
