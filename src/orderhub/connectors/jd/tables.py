"""JD documents row by row: order and line, in the shapes of both gateways. Imports `kit`, `models`.

`a|b` takes the classic name first and the newer gateway's second. Amounts in yuan; times as text in Beijing time or
in epoch milliseconds. Source: docs/platforms/jd.md#order, #sp-order.
"""

from __future__ import annotations

from orderhub.connectors.jd.convert import jd_time
from orderhub.connectors.jd.meaning import STATUS_PATHS, labels, line_meaning, shipments, statuses
from orderhub.connectors.jd.money import COUPON_PATHS, MONEY_PATHS, goods, payment
from orderhub.connectors.jd.people import invoice, people
from orderhub.connectors.jd.spec import SOURCE
from orderhub.kit.convert import cny_yuan, ident, quantity, text
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models.order import LineItem, Order

__all__ = ["LINE", "OPTIONAL_FIELDS", "ORDER", "SCOPES"]

LINE = Table(
    LineItem,
    f"{SOURCE}#line",
    (
        Row("platform_sku_id", "skuId", ident, required=True),
        Row("sku", "outerSkuId", text),
        Row("platform_item_id", "wareId|productId", ident),
        Row("title", "skuName", text),
        Row("variant", "skuSpec", text),
        Row("quantity", "itemTotal|num", quantity, required=True),
        Row("unit_price", "jdPrice", cny_yuan),
        Row("image_url", "skuImg", text),
        Computed(("line_id",), lambda document, found: {}, ("skuUuid", "itemExt")),  # given by the order's rows
        Computed(("is_gift", "aftersale_status"), line_meaning, ("skuType", "afsInfoList")),
    ),
)

ORDER = Table(
    Order,
    f"{SOURCE}#order",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Row("order_id", "orderId", ident, required=True),
        Row("raw_status", "orderState|orderStatus", text, required=True),
        Row("created_at", "orderStartTime|createdTime", jd_time),
        Row("paid_at", "paymentConfirmTime|paymentInfo.paymentConfirmTime", jd_time),
        Row("updated_at", "modified|modifiedTime", jd_time),
        Row("shipped_at", "outboundTime", jd_time),
        Row("ship_by", "scDT|promiseCalendarInfo.promisePickTime", jd_time),
        Row("shipping_fee", "freightPrice|paymentInfo.freightFee", cny_yuan),
        Row("buyer_note", "orderRemark|buyerRemark.remark", text),
        Row("seller_note", "venderRemark|venderRemarkInfo.remark", text),
        Row("seller_flag", "venderRemarkLevelFlag|venderRemarkFlagAlias|venderRemarkInfo.flagId", text),
        Row("lines", "itemInfoList|skuItemInfoList", each(LINE, least=1, notes=True), required=True),
        Computed(
            ("status", "fulfilment_status", "aftersale_status", "holds", "fulfilled_by", "completed_at", "is_cod",
             "currency"),
            statuses,
            STATUS_PATHS,
        ),
        Computed(
            ("buyer", "recipient"),
            people,
            ("consigneeInfo", "finalConsigneeInfo", "open_id_buyer", "xid_buyer", "xidBuyer", "realPin", "pin",
             "buyerPin"),
        ),
        Computed(
            ("items_total", "discount_total", "discounts"),
            goods,
            (*COUPON_PATHS, "totalOriginalPrice", "orderTotalPrice",
             "sellerTradePriceInfo.totalOriginalPriceAmount"),
        ),
        Computed(
            ("total", "fees_total", "tax_total", "paid", "refunded", "payment_status", "residual"),
            payment,
            (*MONEY_PATHS, "customs", "customsModel", "globalInfo.customsCode", "globalInfo.customsModel"),
        ),
        Computed(
            ("shipments",),
            shipments,
            ("logisticsId", "waybill", "transportInfo.logisticsId", "transportInfo.waybillCode",
             "partialLogisticsInfoModel", "transportInfo.partialShipmentList"),
        ),
        Computed(("invoice",), invoice, ("invoiceInfo", "vatInfo", "invoiceCode")),
        Computed(("labels",), labels, ("idSopShipmenttype",)),
    ),
)  # fmt: skip

_ALSO = (
    "venderId", "orderSellerPrice", "totalSellerReceivable", "orderStateRemark", "deliveryType", "invoiceEasyInfo",
    "originalConsigneeInfo", "open_id_seller", "xid_seller", "directParentOrderId", "parentOrderId", "orderSource",
    "promisePickDate", "opPickDate", "opDeliveredDate", "declarationStatus", "declarationDesc", "storeId", "menDianId",
    "mdbStoreId", "salesPin", "sendpayMap", "popSignMap", "orderExt", "logisticsExt", "orderSign", "orderMarkDesc",
    "tuiHuoWuYou", "pauseBizInfo", "ctpOrderInfo", "tradeOrderId", "tradeVendorId", "tradeVenderInfo", "itemExt",
)  # fmt: skip
_CLASSIC = (
    "orderId", "orderType", "payType", "orderTotalPrice", "orderPayment", "freightPrice", "sellerDiscount",
    "balanceUsed", "serviceFee", "taxFee", "shouldPay", "actualPay", "payDiscount", "totalOriginalPrice",
    "totalSellerDiscount", "paymentDetailList", "orderState", "invoiceInfo", "invoiceCode", "vatInfo", "orderRemark",
    "venderRemark", "venderRemarkFlagAlias", "venderRemarkLevelFlag", "orderStartTime", "orderEndTime", "modified",
    "paymentConfirmTime", "consigneeInfo", "itemInfoList", "couponDetailList", "pin", "realPin", "open_id_buyer",
    "xid_buyer", "returnOrder", "waybill", "logisticsId", "storeOrder", "idSopShipmenttype", "scDT", "customs",
    "customsModel", "partialLogisticsInfoModel", "specialStatusReasonInfo",
)  # fmt: skip
OPTIONAL_FIELDS = _CLASSIC + _ALSO
"""What is asked of the classic calls: a field that is not asked for is not answered."""

SCOPES = (
    "skuItemInfoList", "consigneeInfo", "finalConsigneeInfo", "paymentInfo", "paymentDetailList",
    "sellerTradePriceInfo", "transportInfo", "invoiceInfo", "buyerRemark", "venderRemarkInfo", "orderFlag",
    "stepPaymentInfo", "specialStatusReasonInfo", "outPlatformOrder", "physicalStore", "venderStoreInfo", "globalInfo",
)  # fmt: skip
"""Blocks that are asked of the newer gateway."""
