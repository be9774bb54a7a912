"""Suning documents row by row: order and line. Imports `kit`, `models`.

Source: docs/platforms/suning.md#order, #line. Amounts in yuan, times in Beijing time; every scalar comes as text.
"""

from __future__ import annotations

from typing import Any

from orderhub.connectors.suning.coupons import yuan
from orderhub.connectors.suning.meaning import invoice, labels, line_meaning, people, shipments, statuses, times
from orderhub.connectors.suning.money import amounts, goods, payment
from orderhub.connectors.suning.spec import SOURCE
from orderhub.kit.convert import beijing_time, decimal_text, ident, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "ORDER", "line_ident", "two_digits", "units"]

LINE_ID_DIGITS = 14


def units(value: Any) -> int:
    """Units as a decimal text (`1.00000`); a fraction of a unit is refused."""
    return quantity(decimal_text(value))


def line_ident(value: Any) -> str:
    """A line number of fourteen digits; one that came as a number gets its leading zeros back."""
    return str(value).zfill(LINE_ID_DIGITS) if type(value) is int and value >= 0 else ident(value)


def two_digits(value: Any) -> str:
    """A code of two digits; one that came as a number gets its leading zero back."""
    return text(value).strip().zfill(2)


LINE = Table(
    LineItem,
    f"{SOURCE}#line",
    (
        Row("line_id", "orderLineNumber", line_ident, required=True),
        Row("sku", "itemCode", text),
        Row("platform_sku_id", "productCode", ident),
        Row("title", "productName", text),
        Row("quantity", "saleNum", units, required=True),
        Row("unit_price", "unitPrice", yuan),
        Row("raw_status", "orderLineStatus", text, required=True),
        Row("_flag", "returnOrderFlag", text),  # notes: checked here, read by the order's own rows
        Row("_shipped_by", "fpsdeliveryflag", text),
        Row("_activity", "activitytype", two_digits),
        Row("_reserve", "reservestatus", text),
        Row("_deposit", "reservedepositamount", yuan),
        Row("_overseas", "hwgFlag", two_digits),
        Row("_way", "disType", two_digits),
        Row("_changed", "orderLineStatusChangeTime", beijing_time),
        Row("_sent_at", "deliveryTime", beijing_time),
        Row("_company", "expresscompanycode|expressCompanyCode", text),
        Row("_waybill", "expressno|expressNo", text),
        Row("_payments", "paymentList", rows_of),
        Computed(
            ("subtotal", "discount", "total", "unit_price"),
            amounts,
            ("payAmount", "transportFee", "coupontotalMoney", "vouchertotalMoney"),
        ),
        Computed(("status", "aftersale_status", "shipped_quantity", "is_gift"), line_meaning, ()),
    ),
)

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("ship_by", "orders name no time to ship by"),
        Absent("is_cod", "no documented field tells cash on delivery"),
        Row("order_id", "orderCode", ident, required=True),
        Row("raw_status", "orderTotalStatus", text, required=True),
        Row("created_at", "orderTime", beijing_time),
        Row("paid_at", "orderSaleTime", beijing_time),
        Row("total", "countMoney", yuan),
        Row("buyer_note", "buyerOrdRemark|orderRemark", text),
        Row("seller_note", "sellerOrdRemark|memoInformation", text),
        Row("seller_flag", "colorMarkFlags", text),
        Row("lines", "orderDetail", each(LINE, least=1, notes=True), required=True),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "fulfilled_by", "holds"),
            statuses,
            (),
        ),
        Computed(("updated_at", "shipped_at", "completed_at"), times, ()),
        Computed(
            ("buyer", "recipient"),
            people,
            ("userName", "customerName", "mobNum", "phoneNum", "provinceName", "cityName", "districtName",
             "detailAddress", "customerAddress", "zipCode"),
        ),
        Computed(
            ("items_total", "discount_total", "shipping_fee", "fees_total", "tax_total", "total", "residual",
             "currency", "discounts"),
            goods,
            (),
        ),
        Computed(("paid", "refunded", "payment_status", "paid_at"), payment, ()),
        Computed(("shipments",), shipments, ()),
        Computed(("invoice",), invoice, ("needinvoiceflag", "invoiceType", "invoiceHead", "vatTaxpayerNumber")),
        Computed(("labels",), labels, ()),
    ),
)  # fmt: skip
