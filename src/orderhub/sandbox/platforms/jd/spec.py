"""JD's tables: errors, states and their moves, carriers, order fields, switches. Source: docs/platforms/jd.md.

Imports `emulator` only. Whatever the sheet marks UNVERIFIED is a switch here, or a choice that says so.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "ALIASES", "CARRIERS", "CONTRACTED", "COUPONS", "ERRORS", "JD_EXPRESS", "MOVES", "ORDER_FIELDS", "PROVIDERS",
    "REFUND_MOVES", "SELF_DELIVERY", "SELLER_COUPONS", "SERVICE_MOVES", "SHIP_ERRORS", "STATES", "SWITCHES",
]  # fmt: skip

ERRORS: dict[str, tuple[str, str]] = {
    "2": ("限制时间内调用失败次数", "App Call Limited"),
    "4": ("缺少版本参数", "Missing Version"),
    "5": ("不支持的版本号", "Unsupported Version"),
    "7": ("缺少时间戳参数", "Missing Timestamp"),
    "8": ("无效时间戳", "Invalid Timestamp"),
    "11": ("缺少签名参数", "Missing Signature"),
    "12": ("无效签名", "Invalid Signature"),
    "14": ("缺少方法名参数", "Missing Method"),
    "15": ("不存在的方法名", "Invalid Method"),
    "21": ("无效的AppKey", "Invalid AppKey"),
    "2001": ("没有接口调用权限", "No API Permission"),
}
"""§10: code to Chinese and English text; only the texts of 2 and 12 are quoted there, the others describe."""

STATES: dict[str, str] = {
    "NOT_PAY": "等待付款", "WAIT_SELLER_STOCK_OUT": "等待出库", "WAIT_SELLER_DELIVERY": "等待发货",
    "SEND_TO_DISTRIBUTION_CENER": "发往配送中心", "DISTRIBUTION_CENTER_RECEIVED": "配送中心已收货",
    "WAIT_GOODS_RECEIVE_CONFIRM": "等待确认收货", "RECEIPTS_CONFIRM": "收款确认", "FINISHED_L": "完成",
    "TRADE_CANCELED": "取消", "LOCKED": "已锁定", "PAUSE": "暂停", "POP_ORDER_PAUSE": "POP业务暂停",
    "WAIT_SEND_CODE": "等待发码", "DELIVERY_RETURN": "配送退货", "UN_KNOWN": "未知请联系运营",
}  # fmt: skip
"""§4: every documented state with its remark."""

ALIASES: dict[str, str] = {
    "DengDaiChuKu": "WAIT_SELLER_STOCK_OUT", "DengDaiFaHuo": "WAIT_SELLER_DELIVERY",
    "DengDaiQueRenShouHuo": "WAIT_GOODS_RECEIVE_CONFIRM", "WanCheng": "FINISHED_L", "ZanTing": "PAUSE",
    "SuoDing": "LOCKED", "PeiSongTuiHuo": "DELIVERY_RETURN",
}  # fmt: skip
"""§4: pinyin names, accepted in requests."""

MOVES: dict[tuple[str, str], str] = {
    ("NOT_PAY", "pay"): "WAIT_SELLER_STOCK_OUT",
    ("NOT_PAY", "cancel"): "TRADE_CANCELED",
    ("WAIT_SELLER_STOCK_OUT", "ship"): "WAIT_GOODS_RECEIVE_CONFIRM",
    ("WAIT_SELLER_STOCK_OUT", "lock"): "LOCKED",
    ("WAIT_SELLER_STOCK_OUT", "pause"): "PAUSE",
    ("WAIT_SELLER_STOCK_OUT", "cancel"): "TRADE_CANCELED",
    ("PAUSE", "resume"): "WAIT_SELLER_STOCK_OUT",
    ("PAUSE", "cancel"): "TRADE_CANCELED",
    ("POP_ORDER_PAUSE", "resume"): "WAIT_SELLER_STOCK_OUT",
    ("POP_ORDER_PAUSE", "cancel"): "TRADE_CANCELED",
    ("LOCKED", "unlock"): "WAIT_SELLER_STOCK_OUT",
    ("LOCKED", "unlock_sent"): "WAIT_GOODS_RECEIVE_CONFIRM",
    ("LOCKED", "cancel"): "TRADE_CANCELED",
    ("WAIT_GOODS_RECEIVE_CONFIRM", "lock"): "LOCKED",
    ("WAIT_GOODS_RECEIVE_CONFIRM", "receive"): "FINISHED_L",
    ("WAIT_GOODS_RECEIVE_CONFIRM", "reject"): "DELIVERY_RETURN",
    ("DELIVERY_RETURN", "cancel"): "TRADE_CANCELED",
}
"""§4: (state, what happens) to state; anything else is refused."""

REFUND_MOVES: frozenset[tuple[int, int]] = frozenset({
    (0, 1), (0, 2), (0, 6), (0, 9), (0, 10), (0, 11), (1, 3), (1, 4), (6, 7), (6, 8), (7, 3), (10, 1), (10, 2),
    (10, 9),
})  # fmt: skip
"""§8A: (status, next status) that may follow: 0 unaudited … 11 withdrawn by user; which may follow is our reading."""

SERVICE_MOVES: dict[tuple[int, str], int] = {
    (10000, "approve_return"): 10005, (10001, "approve_return"): 10005,
    (10000, "refuse"): 10004, (10001, "refuse"): 10004,
    (10000, "cancel"): 10011, (10001, "cancel"): 10011, (10005, "cancel"): 10011,
    (10000, "compensate"): 10010, (10001, "compensate"): 10010,
    (10006, "swap"): 10009, (10007, "swap"): 10009,
    (10005, "receive"): 10006, (10006, "process"): 10009, (10007, "process"): 10009,
    (10006, "close"): 10010, (10007, "close"): 10010, (10009, "close"): 10010, (10041, "close"): 10010,
}  # fmt: skip
"""§8B: (serviceStatus, what happens) to serviceStatus; the values are documented, their order is our reading."""

COUPONS: dict[str, str] = {
    "20": "套装优惠", "28": "闪团优惠", "29": "团购优惠", "30": "单品促销优惠", "35": "满返满送(返现)",
    "39": "京豆优惠", "41": "京东券优惠", "100": "店铺优惠",
}  # fmt: skip
"""§3A: code and text of `couponType`; only the texts of 41 and 100 are quoted there, the others describe.

34 (red packet) and 52 (gift card) are documented too, but not who bears them in the sums: left out.
"""

SELLER_COUPONS = frozenset({"20", "28", "29", "30", "35", "100"})
"""These lower the seller's price (`sellerDiscount`); 39 and 41 are JD's."""

CARRIERS: dict[str, str] = {
    "467": "顺丰快递", "2087": "京东快递", "463": "圆通快递", "470": "申通快递", "1499": "中通快递", "1327": "韵达快递",
    "465": "邮政EMS", "2170": "邮政快递包裹", "3046": "德邦快递", "1274": "厂家自送", "773574": "京东快运",
    "336878": "京东大件", "680414": "中通快运", "731302": "韵达快运", "3668": "EMS标准", "2130": "德邦物流",
    "1747": "优速", "2094": "快捷", "2096": "联邦", "2105": "速尔", "599866": "跨越", "596494": "安能快递",
    "4832": "安能物流", "2462": "天地华宇", "1409": "宅急送", "471": "龙邦", "1819479": "丰网", "881232": "众邮",
    "692584": "品骏", "247899": "安得", "832230": "顺心捷达", "1325880": "壹米滴答", "256059": "DHL",
    "831932": "同城速配", "332098": "用户自提",
}  # fmt: skip
"""§6: JD's numeric ids."""

CONTRACTED = ("467", "2087", "463", "470", "1499", "1327", "465", "2170", "3046", "1274")
"""What every shop of the sandbox has signed with; the rest of `CARRIERS` is refused by shipment."""

PROVIDERS: dict[str, tuple[str, int, str]] = {
    "467": ("SF", 1, "sf"), "2087": ("JD", 1, "jd"), "463": ("YTO", 2, "yto"), "470": ("STO", 2, "sto"),
    "1499": ("ZTO", 2, "zto"), "1327": ("YUNDA", 2, "yunda"),
}  # fmt: skip
"""E-waybill carriers: id to provider code, operationType (1 direct, 2 franchise), and who gets the parcel.

Codes and kinds are the sandbox's own.
"""

JD_EXPRESS, SELF_DELIVERY = "2087", "1274"

SHIP_ERRORS: dict[str, str] = {
    "10100041": "订单不存在或不属于该商家", "101000014": "订单已锁定或已取消",
    "10100021": "订单状态不允许出库",
    "10100012": "运单号不存在",
    "10100034": "承运商为空", "10100036": "承运商编号为空", "10100013": "承运商编号不合法",
    "10100017": "承运商错误", "10100035": "厂家自送不能与其他承运商混用", "10200001": "运单号为空或超过200个字符",
    "10200002": "子运单号为空", "10200003": "运单号含有非法字符", "10200008": "承运商与运单号数量不一致",
    "10200005": "运单号不符合承运商规则", "10300009": "京东运单未绑定", "101000022": "该订单必须使用京东电子面单",
    "50011": "该订单只能使用京东快递", "50010": "系统繁忙，请重试", "10400035": "中转仓订单不支持该操作",
    "10400038": "寄售订单不支持该操作", "12000003": "预售订单未付尾款", "101000021": "海外订单不支持该操作",
    "10100014": "京仓订单不支持商家出库", "13200007": "订单需要实名校验", "SERIAL": "国补订单未上传序列号",
}  # fmt: skip
"""§6: `errorCode` of shipment. 10100021 is named there for an invalid state only by one source; SERIAL is ours."""

ORDER_FIELDS = frozenset(
    """
orderId venderId orderType payType orderTotalPrice orderSellerPrice orderPayment freightPrice sellerDiscount
balanceUsed serviceFee taxFee shouldPay actualPay payDiscount totalOriginalPrice totalSellerDiscount
totalSellerReceivable paymentDetailList orderState orderStateRemark deliveryType invoiceInfo invoiceCode
invoiceEasyInfo vatInfo orderRemark venderRemark venderRemarkFlagAlias venderRemarkLevelFlag orderStartTime
orderEndTime modified paymentConfirmTime consigneeInfo originalConsigneeInfo itemInfoList couponDetailList pin realPin
open_id_buyer xid_buyer open_id_seller xid_seller returnOrder waybill logisticsId directParentOrderId parentOrderId
orderSource storeOrder idSopShipmenttype scDT promisePickDate opPickDate opDeliveredDate customs customsModel
declarationStatus declarationDesc storeId menDianId mdbStoreId salesPin sendpayMap popSignMap orderExt logisticsExt
orderSign orderMarkDesc tuiHuoWuYou pauseBizInfo partialLogisticsInfoModel ctpOrderInfo tradeOrderId tradeVendorId
tradeVenderInfo specialStatusReasonInfo
""".split()
)
"""§3A: what `optional_fields` may name; other names are passed over."""

SWITCHES: dict[str, Switch] = {
    "receiver": Switch(
        "masked", "§5: receivers masked with oaid, or TDE ciphertext in enSearch/enGet, or in all four order calls",
        ("masked", "tde", "tde_all"),
    ),
    "success_shape": Switch(
        "alternate", "§1A: business flags as Boolean, as text, or by turns", ("alternate", "bool", "text")
    ),
    "order_total": Switch("number", "§3A: orderTotal as number (schema) or text (examples)", ("number", "text")),
    "item_ext": Switch("object", "§3A: itemExt as an object or as JSON text", ("object", "text")),
    "old_prices": Switch("filled", "§3A: fields announced to be blanked (orderTotalPrice …)", ("filled", "empty")),
    "price_lag_s": Switch(0, "§3A: seconds until totalOriginalPrice … and ocs.query have data (6 s to 1 min)"),
    "unpaid": Switch(
        "named", "§4: search shows unpaid orders when NOT_PAY is named, with ALL too, or never",
        ("named", "all", "never")
    ),
    "unpaid_search_key": Switch("searchorderinfo_result", "key of the result of notPayOrderInfo: not documented"),
    "unpaid_get_key": Switch("orderDetailInfo", "key of the result of notPayOrderById: not documented"),
    "ocs_key": Switch("result", "key of the result of ocs.query: not documented"),
    "page_max": Switch(100, "§3A: later pages of search are empty [one source]"),
    "waybill_quota": Switch(100_000, "§6: e-waybills that each contract was given"),
    "ewaybill_sender": Switch(False, "§6: fromAddress must be an address of the contract"),
    "ewaybill_required": Switch(False, "§6: orders leave with JD e-waybills only (101000022); which ones do is unsaid"),
    "jd_waybill_bound": Switch(False, "§6: numbers of JD Express must come from e-waybills (10300009)"),
    "print_centre": Switch(False, "§6: e-waybills of the API count as taken in the print centre: no partial shipment"),
    "alpha_key": Switch("", "§6: key around the answer of ldop.alpha.waybill.receive; empty means none"),
    "address_moves_modified": Switch(True, "§10: modified moves with state and waybill; with the address is unsaid"),
    "source_id_required": Switch(False, "§3A: search without source_id is refused"),
    "token_code": Switch("19", "§10: code of a missing, unknown or expired access token; the number is not known"),
    "denied_methods": Switch("", "§10: comma list of methods that answer 2001"),
    "calls_per_day": Switch(0, "§10: calls of the app in one day before code 2 (500 in test state); 0 means no limit"),
    "busy_every": Switch(0, "§10: every n-th stock call answers 503, every n-th shipment 50010; 0 means never"),
    "partial_shipping": Switch(True, "§6: the shop may ship in parts"),
    "serials_required": Switch(False, "§10, our assumption: a subsidy order without serial numbers is not shipped"),
    "stock_receipt": Switch("all", "§7: stock.sku.set tells of every item, or of failures only", ("all", "failures")),
    "finance": Switch(
        "at_once", "§8A: JD finance pays an approved refund at once, or when the tester says", ("at_once", "by_tester")
    ),
    "asc_success_code": Switch("000000", "§8B: code of a successful service call", ("000000", "00000")),
    "access_token_s": Switch(2_592_000, "§2: seconds that a token pair lives (30 days; one year elsewhere)"),
    "refresh_keeps_token": Switch(False, "§2: a refresh prolongs the same access token"),
    "refresh_window_s": Switch(0, "§2: a refresh is taken only in the last so many seconds; 0 means at any time"),
    "refreshes_per_month": Switch(0, "§2: refreshes per shop in 30 days; the number is not known, 0 means no limit"),
    "code_s": Switch(600, "§2: seconds that an authorisation code lives"),
    "sp_body_key": Switch("body", "§1B: name under which the SP body is signed", ("body", "")),
    "sp_axis": Switch("modified", "§3B: which time startTime and endTime mean", ("modified", "created")),
    "sp_page_max": Switch(100, "§3B: largest pageSize; not documented"),
    "sp_wrapped": Switch(False, "§1B: SP replies once more inside Response"),
}  # fmt: skip
