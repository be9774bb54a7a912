"""JD as data: words, holds, carriers, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/jd.md; what that page marks UNVERIFIED is a named setting here or is
left out. Errors stand in `codes.py`, the calls in `apis.py`. Imports `kit`, `models`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from orderhub.kit.aftersale import ANY_KIND, CaseStep, CaseSteps
from orderhub.kit.spec import Setting
from orderhub.kit.status import WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import (
    AftersaleStatus,
    DiscountFunder,
    FulfilledBy,
    Hold,
    InvoiceStatus,
    OrderStatus,
    RefundKind,
)

__all__ = [
    "ABSENT", "APPLICATION_STATUS", "APPROVE", "BEARERS", "CARRIER_NAMES", "CASE_STEPS", "COUPONS", "FBP_WORDS",
    "GIFT_CARD", "GIFT_SKU_TYPES", "INVOICE_KINDS", "INVOICE_STATUS", "JD_EXPRESS", "LIMITS", "NO_PARTIAL_BECAUSE",
    "ORDER_TYPES", "PAY_TYPES", "REFUND_PENDING", "REFUND_SOURCES", "REFUSE", "REJECT_TYPES", "RETURNING",
    "RETURN_ORDERS", "SELF_DELIVERY", "SERVICE_KIND", "SERVICE_STATUS", "SETTINGS", "SKU_TYPES", "SOURCE",
    "SP_FINISHED", "SP_REFUND_STATUS", "STATUS", "STATUS_HOLDS", "STATUS_LABELS", "STORE_ORDERS", "UNPROVEN",
]  # fmt: skip

SOURCE = "docs/platforms/jd.md"
_W = OrderStatus

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "NOT_PAY": _W.PENDING_PAYMENT,
        "WAIT_SELLER_STOCK_OUT": _W.AWAITING_SHIPMENT,
        "WAIT_SELLER_DELIVERY": _W.AWAITING_SHIPMENT,
        "SEND_TO_DISTRIBUTION_CENER": _W.AWAITING_SHIPMENT,  # spelt so on the wire; on its way to the sorting centre
        "DISTRIBUTION_CENTER_RECEIVED": _W.SHIPPED,
        "WAIT_GOODS_RECEIVE_CONFIRM": _W.SHIPPED,
        "RECEIPTS_CONFIRM": _W.DELIVERED,
        "FINISHED_L": _W.COMPLETED,
        "TRADE_CANCELED": _W.CANCELLED,
        "LOCKED": _W.AWAITING_SHIPMENT,  # shipped when a carrier stands in the order
        "PAUSE": _W.AWAITING_SHIPMENT,
        "POP_ORDER_PAUSE": _W.AWAITING_SHIPMENT,
        "WAIT_SEND_CODE": _W.AWAITING_SHIPMENT,
        "DELIVERY_RETURN": _W.SHIPPED,
        "UN_KNOWN": _W.UNKNOWN,
        "DengDaiChuKu": _W.AWAITING_SHIPMENT,
        "DengDaiFaHuo": _W.AWAITING_SHIPMENT,
        "DengDaiQueRenShouHuo": _W.SHIPPED,
        "WanCheng": _W.COMPLETED,
        "ZanTing": _W.AWAITING_SHIPMENT,
        "SuoDing": _W.AWAITING_SHIPMENT,
        "PeiSongTuiHuo": _W.SHIPPED,
        "XinDingDan": _W.AWAITING_SHIPMENT,
        "DengDaiFuKuan": _W.PENDING_PAYMENT,
        "DengDaiDaYin": _W.AWAITING_SHIPMENT,
        "DengDaiDaBao": _W.AWAITING_SHIPMENT,
        "ZiTiTuZhong": _W.SHIPPED,
        "ShangMenTiHuo": _W.SHIPPED,
        "ZiTiTuiHuo": _W.SHIPPED,
        "DengDaiTuiKuan": _W.AWAITING_SHIPMENT,
        "ServiceFinished": _W.COMPLETED,
    },
    f"{SOURCE}#status",
)

STATUS_HOLDS: Mapping[str, Hold] = {
    "LOCKED": Hold.LOCKED,
    "SuoDing": Hold.LOCKED,
    "PAUSE": Hold.PLATFORM_PAUSE,
    "ZanTing": Hold.PLATFORM_PAUSE,
    "POP_ORDER_PAUSE": Hold.PLATFORM_PAUSE,
    "SEND_TO_DISTRIBUTION_CENER": Hold.OTHER,
    "WAIT_SEND_CODE": Hold.OTHER,
    "DengDaiTuiKuan": Hold.REFUND_OPEN,
}
"""States that forbid shipping, beside the word they map to."""

STATUS_LABELS: Mapping[str, str] = {
    "WAIT_SELLER_DELIVERY": "domestic_leg",
    "DengDaiFaHuo": "domestic_leg",
    "WAIT_SEND_CODE": "virtual_code",
    "SEND_TO_DISTRIBUTION_CENER": "to_sorting_centre",
}
"""States whose order needs another way of handling."""

UNPROVEN = frozenset({"PAUSE", "ZanTing", "POP_ORDER_PAUSE", "LOCKED", "SuoDing"})
"""States in which an order may or may not be paid; the others tell by themselves."""
RETURNING = frozenset({"DELIVERY_RETURN", "PeiSongTuiHuo", "ZiTiTuiHuo"})
REFUND_PENDING = frozenset({"LOCKED", "SuoDing", "DengDaiTuiKuan"})
FBP_WORDS = frozenset(
    {"XinDingDan", "DengDaiFuKuan", "DengDaiDaYin", "DengDaiDaBao", "ZiTiTuZhong", "ShangMenTiHuo", "ZiTiTuiHuo",
     "DengDaiTuiKuan", "ServiceFinished"}
)  # fmt: skip
"""States that only orders from JD's own warehouses have."""

ORDER_TYPES = WordTable(
    FulfilledBy.UNKNOWN,
    {
        "22": FulfilledBy.MERCHANT,  # SOP
        "23": FulfilledBy.MERCHANT,  # LBP
        "25": FulfilledBy.MERCHANT,  # SOPL
        "75": FulfilledBy.MERCHANT,  # LOC: local services
        "142": FulfilledBy.MERCHANT,  # IBS
        "18": FulfilledBy.MERCHANT,  # direct from the supplier
        "21": FulfilledBy.PLATFORM,  # FBP: the goods lie in JD's warehouse
        "112": FulfilledBy.UNKNOWN,  # FCS: no source says who ships
    },
    f"{SOURCE}#order-types",
)

STORE_ORDERS = WordTable(
    FulfilledBy.UNKNOWN,
    {"京仓订单": FulfilledBy.PLATFORM, "云仓订单": FulfilledBy.PLATFORM},
    f"{SOURCE}#order-types",
)
"""`storeOrder`: a warehouse of JD ships, the merchant must not; empty for the merchant's own."""

RETURN_ORDERS: Mapping[str, str | None] = {"0": None, "1": "reissue", "2": "exchange"}
"""`returnOrder`: made by an after-sale case and therefore without payment."""

PAY_TYPES: Mapping[str, bool] = {"1": True, "2": False, "3": False, "4": False, "5": False, "6": False}
"""Leading code of `payType`: whether the buyer pays at the door."""

SKU_TYPES = frozenset({"1", "2", "3", "4", "5", "6", "7", "8"})
GIFT_SKU_TYPES = frozenset({"3", "5", "8"})
"""`skuType`: gift of a gift set, gift of a set, gift of a warranty."""

_SELLER, _JD, _ELSE = DiscountFunder.SELLER, DiscountFunder.PLATFORM, DiscountFunder.UNKNOWN
COUPONS: Mapping[str, tuple[str, DiscountFunder]] = {
    "20": ("suit", _SELLER),
    "28": ("flash_group", _SELLER),
    "29": ("group", _SELLER),
    "30": ("single_item", _SELLER),
    "34": ("red_packet", _ELSE),
    "35": ("full_reduction", _SELLER),
    "39": ("beans", _JD),
    "41": ("jd_coupon", _JD),
    "52": ("gift_card", _ELSE),
    "100": ("shop_coupon", _SELLER),
}
"""Leading code of `couponType`: kind and who bears it. Gift cards are payment, not a discount."""
GIFT_CARD = "52"

BEARERS: Mapping[str, DiscountFunder] = {
    "1": _JD, "2": _SELLER, "3": _ELSE, "4": _ELSE, "5": _ELSE, "6": _ELSE, "8": _JD,
}  # fmt: skip
"""`bearer` of a promotion's cost: JD, merchant, third platform, brand, government, user, platform promotion."""

APPLICATION_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "0": AftersaleStatus.REQUESTED,
        "1": AftersaleStatus.IN_PROGRESS,
        "2": AftersaleStatus.REFUSED,
        "3": AftersaleStatus.REFUNDED,  # the only one that says that money went back
        "4": AftersaleStatus.REFUSED,
        "5": AftersaleStatus.IN_PROGRESS,
        "6": AftersaleStatus.IN_PROGRESS,
        "7": AftersaleStatus.IN_PROGRESS,
        "8": AftersaleStatus.IN_PROGRESS,
        "9": AftersaleStatus.IN_PROGRESS,
        "10": AftersaleStatus.IN_PROGRESS,
        "11": AftersaleStatus.CLOSED,
    },
    f"{SOURCE}#refund-applications",
)
"""`status` of a refund application before shipping."""

REFUND_SOURCES: Mapping[str, str] = {
    "10": "customer service", "11": "web", "12": "refused delivery", "28": "app", "87": "sorting centre",
    "98": "WeChat",
}  # fmt: skip
"""`systemId` of a refund application."""

SERVICE_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "10000": AftersaleStatus.REQUESTED,
        "10001": AftersaleStatus.REQUESTED,
        **dict.fromkeys(
            ("10002", "10005", "10006", "10007", "10009", "10012", "10013", "10041", "1100", "12000", "13000", "14000"),
            AftersaleStatus.IN_PROGRESS,
        ),
        "10004": AftersaleStatus.CLOSED,
        "10010": AftersaleStatus.CLOSED,  # done is no proof of money: see refund.get
        "10011": AftersaleStatus.CLOSED,
    },
    f"{SOURCE}#service-orders",
)

SERVICE_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "10": RefundKind.RETURN_AND_REFUND,
        "11": RefundKind.REFUND_ONLY,
        "20": RefundKind.EXCHANGE,
        "30": RefundKind.UNKNOWN,  # repair
        "80": RefundKind.REISSUE,
        "90": RefundKind.UNKNOWN,  # compensation for fresh goods
    },
    f"{SOURCE}#service-orders",
)
"""`customerExpect` of a service order."""

_RETURNS = frozenset({RefundKind.RETURN_AND_REFUND, RefundKind.EXCHANGE})
_AUDITED = ("10000", "10001")
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep({"0": ANY_KIND}, frozenset({"1", "3", "5", "6", "7", "9"})),
    "refuse_refund": CaseStep(dict.fromkeys(("0", *_AUDITED), ANY_KIND), frozenset({"2", "4", "10004"})),
    "agree_return": CaseStep(
        dict.fromkeys(_AUDITED, _RETURNS),
        frozenset({"10005", "10006", "10007", "10009", "10010", "10013", "10041"}),
    ),
}
"""Which answer a case takes in which status; applications count from 0, service orders from 10000."""
APPROVE, REFUSE = 1, 2
"""`status` of an answer to an application."""
REJECT_TYPES: Mapping[str, str] = {
    "1": "in delivery", "2": "signed for", "3": "bonded, declared to customs", "4": "the buyer takes the goods",
    "5": "another reason",
}  # fmt: skip
"""`rejectType` of a refused application."""

INVOICE_KINDS: Mapping[str, str] = {"1": "electronic", "2": "electronic", "3": "paper", "4": "vat_special"}
"""`invoiceType` of an invoice request: the merchant's own, an agency's, plain paper, VAT special."""
_I = InvoiceStatus
INVOICE_STATUS = WordTable(
    InvoiceStatus.UNKNOWN,
    {
        "1": _I.REQUESTED, "3": _I.IN_PROGRESS, "4": _I.ISSUED, "5": _I.FAILED, "9": _I.REFUSED,
        **dict.fromkeys(("6", "7", "8"), _I.REVERSED), **dict.fromkeys(("13", "14", "15"), _I.IN_PROGRESS),
        **dict.fromkeys(("16", "17"), _I.CLOSED),
    },
    f"{SOURCE}#invoices",
)  # fmt: skip

SP_REFUND_STATUS = WordTable(AftersaleStatus.UNKNOWN, {"20": AftersaleStatus.REFUNDED}, f"{SOURCE}#sp-after-sales")
SP_FINISHED = "100"

NO_PARTIAL_BECAUSE: Mapping[str, str] = {
    "-1": "the order is not valid",
    "0": "the shop has no partial shipment",
    "1": "the order holds one piece only",
    "2": "a waybill was already taken in JD's print centre",
    "3": "this kind of order is not supported",
}
"""`notSupportType` of the check before a partial shipment."""

SELF_DELIVERY = "1274"
"""Carrier id of the merchant's own delivery; JD stores no number for it."""
JD_EXPRESS = "2087"

CARRIER_NAMES: Mapping[str, tuple[str, str | None]] = {
    "2087": ("京东快递", "jd"), "773574": ("京东快运", "jd_freight"), "336878": ("京东大件", None),
    "467": ("顺丰", "sf"), "463": ("圆通", "yto"), "470": ("申通", "sto"), "1499": ("中通", "zto"),
    "680414": ("中通快运", None), "1327": ("韵达", "yunda"), "731302": ("韵达快运", None), "465": ("邮政EMS", "ems"),
    "3668": ("EMS标准", None), "2170": ("邮政快递包裹", "chinapost"), "3046": ("德邦快递", "deppon"),
    "2130": ("德邦物流", None), "1747": ("优速", "uc"), "2094": ("快捷", None), "2096": ("联邦", "fedex"),
    "2105": ("速尔", None), "599866": ("跨越", "kye"), "596494": ("安能快递", None), "4832": ("安能物流", "ane"),
    "2462": ("天地华宇", None), "1409": ("宅急送", "zjs"), "471": ("龙邦", None), "1819479": ("丰网", "fengwang"),
    "881232": ("众邮", "zhongyou"), "692584": ("品骏", None), "247899": ("安得", None), "832230": ("顺心捷达", None),
    "1325880": ("壹米滴答", None), "256059": ("DHL", "dhl"), "831932": ("同城速配", None), "332098": ("用户自提", None),
    SELF_DELIVERY: ("厂家自送", None),
}  # fmt: skip
"""JD's carrier ids: name and our code. Used to read orders; what may be sent comes from the merchant's own list."""

_polled = partial(Limits, settle_delay=timedelta(seconds=60), overlap=timedelta(minutes=5), rate_per_s=5.0)
LIMITS: Mapping[str, Limits] = {
    "list_orders": _polled(page_size_max=100, window_max=timedelta(days=28), history=timedelta(days=89)),
    "list_refunds": _polled(page_size_max=50, window_max=timedelta(days=7)),
    "ship": Limits(batch_max=10),
    "push_stock": Limits(batch_max=30),
    "change_stock": Limits(batch_max=1),
    "decrypt": Limits(batch_max=10),
    "merge_groups": Limits(batch_max=100),
}
"""A calendar month is 28 days at least, three months back are 89; the seven days for refunds and the rate are ours."""

SETTINGS = (
    Setting("wire", "gateway: classic routerjson, or the newer SP-API", "routerjson", ("routerjson", "sp")),
    Setting("order_api", "classic reads with encrypted receivers (enSearch, enGet) or without", "encrypted",
            ("encrypted", "plain")),
    Setting("page_size", "rows a page of order lists, 1 to 100", 50),
    Setting("order_state", "states that lists ask for: ALL, or English names joined by commas", "ALL"),
    Setting("unpaid", "read unpaid orders, which JD lists apart (shape of that reply UNVERIFIED)", True, (True, False)),
    Setting("reissues", "orders made by after-sale cases (returnOrder 1, 2)", "keep", ("keep", "leave_out")),
    Setting("calls_per_second", "calls a second and API; JD publishes none (UNVERIFIED)", 5.0),
    Setting("carrier_ids", "our carrier code to JD's id, before the merchant's own list is asked", None),
    Setting("ship_address_id", "venderTaskAddressId of the place goods leave from", None),
    Setting("store_id", "stock pool; 0 is the whole country", 0),
    Setting("confirm_stock", "read back what a stock call did not list one by one", "unlisted",
            ("unlisted", "always", "never")),
    Setting("stock_adds_booked", "add JD's orderBookingNum to pushed figures (meaning UNVERIFIED)", False,
            (False, True)),
    Setting("vender_id", "merchant number for service orders; asked of JD when left out", None),
    Setting("operator", "name shown in JD's log of after-sale calls, at most 50 characters", "orderhub"),
    Setting("agree_text", "what JD's log is told of an agreement when nothing else is given", "同意"),
    Setting("agree_reason", "approveReasonCid1 of an agreed return, one of the audit's reasons; left out unless given"),
    Setting("return_addresses", "places that goods go back to, by a name of your own: JD's parameters "
            "returnContactName to returnAddressType, with its own region numbers"),
    Setting("invoice_unit", "unit of amounts in invoice requests, which no source tells", None, (None, "yuan", "fen")),
    Setting("service_orders", "read after-sale service orders beside refund applications", True, (True, False)),
    Setting("decrypt_by", "receivers in the clear: virtual number, or JD's key service", "virtual",
            ("virtual", "keys")),
    Setting("app_name", "name of the app in decryption calls", "orderhub"),
    Setting("number_days", "days that a virtual number lives, 1 to 30", 15),
    Setting("sp_body_key", "name under which the SP-API body is signed", "body", ("body", "")),
    Setting("sp_sort_by", "sortBy of the SP-API order list per axis (values UNVERIFIED); None leaves it out",
            {"updated": "modifiedTime", "created": "createdTime"}),
    Setting("sp_jd_shipment", "who ships an SP-API order flagged jdShipment (meaning UNVERIFIED)", "unknown",
            ("unknown", "merchant", "platform")),
    Setting("sp_shipment_type", "shipmentType of SP-API shipments (values UNVERIFIED); left out when None", None),
    Setting("sp_receipt_type", "receiptType of SP-API decryption (values UNVERIFIED)", "1"),
)  # fmt: skip

_NO_PUSH = "no source describes message push of the JD gateway; orders and cases are polled"
_NO_DETAILS = "the call is documented by its name only, not by what it takes"
ABSENT: Mapping[str, str] = {
    "confirm_return": _NO_DETAILS,
    "refuse_return": _NO_DETAILS,
    "ship_exchange": "no call by which a merchant reports the parcel of an exchange is documented",
    "decode_message": _NO_PUSH,
    "pull_messages": _NO_PUSH,
    "confirm_messages": _NO_PUSH,
    "permit_messages": _NO_PUSH,
    "listings": "no source read so far describes JD's product search; SKU ids stand in order lines and in the console",
    "server_time": "no call for it is documented; the clock is learnt from replies when a timestamp is refused",
    "quote": "marketplaces do not quote freight; see carriers",
}
