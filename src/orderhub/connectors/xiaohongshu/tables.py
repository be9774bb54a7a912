"""Xiaohongshu documents row by row: order, line, case. Imports `kit`, `models`.

Source: docs/platforms/xiaohongshu.md#order, #line, #aftersale. Amounts in fen, times epoch milliseconds. Which fields
of a case tell its amount, its SKU and its times is not documented: a host replaces these rows as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.xiaohongshu.meaning import labels, people, shipments, statuses, times
from orderhub.connectors.xiaohongshu.money import goods, line_amounts, payment
from orderhub.connectors.xiaohongshu.spec import CASE_STATUS, SOURCE
from orderhub.kit.convert import cny_fen, epoch_ms, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.order import LineItem, Order
from orderhub.models.refund import Refund

__all__ = ["LINE", "ORDER", "REFUND"]

LINE = Table(
    LineItem,
    f"{SOURCE}#line",
    (
        Absent("line_id", "lines have no id: the SKU is taken, numbered when it comes twice"),
        Row("platform_sku_id", "skuId", ident, required=True),
        Row("sku", "erpcode|erpCode", text),
        Row("title", "skuName", text),
        Row("variant", "skuSpec", text),
        Row("quantity", "skuQuantity", quantity, required=True),
        Row("image_url", "skuImage", text),
        Row("_tag", "skuTag", text),
        Computed(
            ("subtotal", "discount", "total", "unit_price"), line_amounts,
            ("totalPaidAmount", "totalMerchantDiscount", "totalRedDiscount", "totalTaxAmount", "skuDetailList"),
        ),
    ),
)  # fmt: skip

_PEOPLE = ("userId", "openAddressId", "receiverName", "receiverPhone", "receiverAddress", "receiverDistrictId")
_REGION = tuple(f"receiver{part}Name" for part in ("Country", "Province", "City", "District"))
ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("is_cod", "no documented value of paymentType tells cash on delivery"),
        Absent("invoice", "orders tell nothing of invoices"),
        Row("order_id", "orderId", ident, required=True),
        Row("raw_status", "orderStatus", text, required=True),
        Row("created_at", "createdTime", epoch_ms),
        Row("paid_at", "paidTime", epoch_ms),
        Row("updated_at", "updateTime", epoch_ms),
        Row("ship_by", "promiseLastDeliveryTime", epoch_ms),
        Row("buyer_note", "customerRemark", text),
        Row("seller_note", "sellerRemark", text),
        Row("seller_flag", "sellerRemarkFlag", text),
        Row("lines", "skuList", each(LINE, least=1, notes=True), required=True),
        Row("_cancel", "cancelStatus", text),
        Row("_cases", "orderAfterSalesStatus", text),
        Row("_deposit", "totalDepositAmount", cny_fen),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "fulfilled_by", "holds"), statuses,
            ("simpleDeliveryOrderList",),
        ),
        Computed(
            ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "residual",
             "currency", "discounts"),
            goods,
            ("totalPayAmount", "totalShippingFree", "totalMerchantDiscount", "totalRedDiscount",
             "totalChangePriceAmount", "merchantActualReceiveAmount"),
        ),
        Computed(("paid", "refunded", "payment_status", "paid_at"), payment, ("totalDepositAmount",)),
        Computed(("shipped_at", "completed_at"), times, ("deliveryTime", "finishTime")),
        Computed(("shipments",), shipments, ("expressTrackingNo", "expressCompanyCode")),
        Computed(("buyer", "recipient"), people, (*_PEOPLE, *_REGION)),
        Computed(("labels",), labels, ("presaleDeliveryStartTime",)),
    ),
)  # fmt: skip


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Status, and the line that the case is about, which is called by its SKU."""
    sku = found.pop("_sku", None)
    return {"status": CASE_STATUS(found["raw_status"]), "currency": "CNY",
            "lines": ((sku, None, found.get("amount")),) if sku else ()}  # fmt: skip


REFUND = Table(
    Refund,
    f"{SOURCE}#aftersale",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("reason", "no documented field tells it"),
        Absent("return_waybill_no", "no documented field tells it"),
        Absent("return_carrier", "no documented field tells it"),
        Absent("deadline_at", "no documented field tells it"),
        Row("refund_id", "returnsId", ident, required=True),
        Row("order_id", "orderId", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("amount", "refundFee", cny_fen),
        Row("created_at", "createdAt", epoch_ms),
        Row("updated_at", "updatedAt", epoch_ms),
        Row("_type", "returnType", text),
        Row("_sku", "skuId", ident),
        Computed(("status", "currency", "lines"), _case, ()),
    ),
)
