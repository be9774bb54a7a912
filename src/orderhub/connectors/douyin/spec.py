"""Douyin as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/douyin.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    AuthError,
    ClockSkewed,
    Conflict,
    InvalidParameter,
    PermissionDenied,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    SignatureRejected,
    TokenExpired,
)
from orderhub.kit.aftersale import CaseStep, CaseSteps
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "AFTERSALE", "AFTERSALE_OPEN", "AFTERSALE_TYPES", "BATCH_DECRYPT", "CASE_STEPS", "COD", "DATA_TYPES",
    "ERRORS", "EVIDENCE", "EXPRESS", "GIFT", "HISTORY", "LIMITS", "MONEY_BACK", "ORDER_TYPES", "PAGE_SIZE_MAX",
    "PAY_TYPES", "PICKUP", "REFUND_KIND", "REFUND_STATUS", "REFUND_STATUSES", "REMARK_MAX", "SETTINGS", "SOURCE",
    "STARS", "STATUS", "STATUS_HOLDS", "TAGS", "TRADE_TYPES", "WAREHOUSES",
]  # fmt: skip

SOURCE = "docs/platforms/douyin.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "1": OrderStatus.PENDING_PAYMENT,
        "105": OrderStatus.AWAITING_SHIPMENT,  # paid, not yet released to the merchant: held
        "2": OrderStatus.AWAITING_SHIPMENT,
        "101": OrderStatus.PARTIALLY_SHIPPED,
        "3": OrderStatus.SHIPPED,
        "4": OrderStatus.CANCELLED,  # kept as shipped when the goods had left
        "5": OrderStatus.COMPLETED,
    },
    f"{SOURCE}#status",
)
"""order_status of orders and of their children."""

STATUS_HOLDS: Mapping[str, Hold] = {"105": Hold.PLATFORM_PAUSE}
"""Statuses that forbid shipping, beside the word they map to."""

AFTERSALE = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "0": AftersaleStatus.NONE,
        "6": AftersaleStatus.REQUESTED,
        "7": AftersaleStatus.IN_PROGRESS,
        "11": AftersaleStatus.IN_PROGRESS,
        "12": AftersaleStatus.REFUNDED,
        "13": AftersaleStatus.IN_PROGRESS,
        "14": AftersaleStatus.CLOSED,  # the exchange arrived: over, no money went back
        "27": AftersaleStatus.REFUSED,
        "28": AftersaleStatus.CLOSED,  # also when the buyer withdraws; refund_status then stays 1
        "29": AftersaleStatus.REFUSED,
        "51": AftersaleStatus.CLOSED,
        "53": AftersaleStatus.CLOSED,
    },
    f"{SOURCE}#status",
)
"""after_sale_info.after_sale_status of a child."""

AFTERSALE_OPEN = frozenset({"6", "7", "11", "27", "29"})
"""Child statuses under which the platform refuses parcels."""

AFTERSALE_TYPES = frozenset({"0", "1", "2", "3", "4", "5"})
"""after_sale_info.after_sale_type of a child: with goods, shipped, unshipped, exchange, system cancel, user cancel."""

MONEY_BACK = frozenset({"0", "1", "2"})
"""Kinds of cases whose success returns money."""

REFUND_STATUS = frozenset({"0", "1", "3", "4"})
"""after_sale_info.refund_status of a child: none, pending, done, failed."""

REFUND_STATUSES = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "6": AftersaleStatus.REQUESTED,
        "7": AftersaleStatus.IN_PROGRESS,
        "8": AftersaleStatus.IN_PROGRESS,
        "11": AftersaleStatus.IN_PROGRESS,
        "12": AftersaleStatus.REFUNDED,
        "13": AftersaleStatus.IN_PROGRESS,
        "14": AftersaleStatus.CLOSED,
        "27": AftersaleStatus.REFUSED,
        "28": AftersaleStatus.CLOSED,
        "29": AftersaleStatus.REFUSED,
    },
    f"{SOURCE}#after-sales",
)
"""aftersale_status of a case."""

REFUND_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "0": RefundKind.RETURN_AND_REFUND,
        "1": RefundKind.REFUND_ONLY,
        "2": RefundKind.REFUND_ONLY,
        "3": RefundKind.EXCHANGE,
        "6": RefundKind.REFUND_ONLY,  # price protection
        "7": RefundKind.REISSUE,
        "8": RefundKind.UNKNOWN,  # a repair: no word of ours
    },
    f"{SOURCE}#after-sales",
)
"""aftersale_type of a case."""

CASE_STEPS: CaseSteps = {
    "agree_return": CaseStep({"6": frozenset({RefundKind.RETURN_AND_REFUND})}, frozenset({"7", "11", "12"})),
}
"""Which answer a case takes in which status; what is not here is refused before anything is sent."""

ORDER_TYPES: Mapping[str, Hold | None] = {
    "0": None, "2": Hold.OTHER, "4": Hold.OTHER, "5": Hold.OTHER,
}  # fmt: skip
"""order_type; virtual goods and vouchers are not sent in parcels."""

TRADE_TYPES: Mapping[str, str] = {
    "0": "", "1": "group", "2": "deposit_presale", "3": "find_goods_deposit", "4": "auction", "5": "zero",
    "6": "recycle", "7": "consign", "10": "sample", "11": "zero_lottery", "12": "talent_sample", "13": "custom",
    "16": "mass_auction", "18": "hour_delivery", "102": "presale_gift", "103": "collect",
}  # fmt: skip
"""trade_type of a child -> label; an ordinary one has none."""

PAY_TYPES = frozenset({"0", "1", "2", "3", "4", "5", "7", "8", "9", "12"})
COD = "0"
"""pay_type of cash on delivery."""

WAREHOUSES: Mapping[str, str] = {"0": "seller", "1": "cross_border", "2": "cloud"}
"""inventory_list.warehouse_type of a child."""

GIFT, PICKUP = "FREE", "2"
"""given_product_type of a gift; receive_type of goods that the buyer fetches."""

EXPRESS: Mapping[str, str] = {"shunfeng": "sf", "yuantong": "yto", "qita": "other"}
"""Company codes that a source tells; the platform's own list tells the others by name."""

STARS: Mapping[int, str] = {0: "grey", 1: "purple", 2: "cyan", 3: "green", 4: "orange", 5: "red"}
"""Flags of the seller's note."""
REMARK_MAX = 60

TAGS: Mapping[str, str] = {
    "100": "created", "101": "paid", "102": "shipped", "103": "completed", "104": "logistics_changed",
    "105": "address_changed", "106": "cancelled", "108": "part_shipped", "109": "amount_changed", "110": "released",
    "111": "address_change_requested", "113": "seller_memo", "126": "ship_time_changed", "200": "aftersale_created",
    "201": "refund_agreed", "202": "return_agreed", "203": "buyer_returned", "204": "refund_refused",
    "205": "return_refused", "206": "refunded", "207": "aftersale_closed", "208": "aftersale_modified",
    "209": "deadline_changed", "211": "exchange_shipped", "212": "arbitration", "213": "arbitration",
    "214": "arbitration", "215": "arbitration", "216": "arbitration", "217": "arbitration", "218": "arbitration",
    "224": "special", "225": "special", "226": "resend", "227": "resend", "400": "product_changed",
    "417": "product_content_changed",
}  # fmt: skip
"""Tag of a pushed message -> what it tells."""

DATA_TYPES: Mapping[str, str] = {"1": "address", "2": "name", "3": "phone", "4": "id", "5": "phone"}
"""data_type of decrypted text; 5 is a telephone that is never a virtual number."""
BATCH_DECRYPT = 50

ERRORS = ErrorTable(
    "douyin",
    f"{SOURCE}#errors",
    exact={
        "20000": PlatformUnavailable,
        "20001": PlatformUnavailable,
        "30001": PermissionDenied,
        "30002": PermissionDenied,
        "40001": InvalidParameter,
        "40002": InvalidParameter,
        "40003": InvalidParameter,
        "40004": InvalidParameter,
        "50001": RequestRejected,
        "50002": RequestRejected,
        "60000": RateLimited,
        "70000": RequestRejected,
        "80000": RequestRejected,
        "90000": PlatformError,
    },
    sub_exact={
        "isv.access-token-expired": TokenExpired,
        "isv.access-token-no-existed": TokenExpired,
        "isv.access-token-invalid": TokenExpired,
        "isv.access-token-missing": AuthError,
        "isv.app-id-missing": AuthError,
        "isv.app-id-invalid": AuthError,
        "isv.signature-missing": SignatureRejected,
        "isv.signature-invalid": SignatureRejected,
        "isv.timestamp-invalid": ClockSkewed,
        "isv.timestamp-format-error": InvalidParameter,
        "isv.parameter-format-invalid": InvalidParameter,
        "isv.idempotent-id-existed": Conflict,
        "isv.app-permissions-insufficient": PermissionDenied,
        "dop.authorization-no-existed": PermissionDenied,
        "dop.authorization-closed": PermissionDenied,
        "dop.app-forbidden": PermissionDenied,
        "dop.service-error": PlatformUnavailable,
        "isp.api-service-off": RequestRejected,
        "dop.token-generate-failed:code-expired": AuthError,
        "dop.token-generate-failed:code-invalid": AuthError,
        "dop.token-generate-failed:token-expired": AuthError,
        "dop.token-generate-failed:token-invalid": AuthError,
        "dop.token-generate-failed:no-authorization": AuthError,
    },
    prefix={"isp.service-error": PlatformUnavailable, "dop.token-generate-failed": AuthError},
    otherwise=PlatformError,
)

PAGE_SIZE_MAX = 100
HISTORY = timedelta(days=90)
_DAY, _SETTLE, _OVERLAP = timedelta(days=1), timedelta(seconds=60), timedelta(minutes=10)
_PAGES = Limits(page_size_max=PAGE_SIZE_MAX, window_max=_DAY, history=HISTORY, settle_delay=_SETTLE, overlap=_OVERLAP)

LIMITS: Mapping[str, Limits] = {
    "list_orders": _PAGES,
    "list_refunds": Limits(page_size_max=PAGE_SIZE_MAX, window_max=_DAY, settle_delay=_SETTLE, overlap=_OVERLAP),
    "ship": Limits(batch_max=1),
    "push_stock": Limits(batch_max=1),
    "decrypt": Limits(batch_max=BATCH_DECRYPT),
}
"""The longest window, the settle delay and the overlap are this library's caution: none of them is documented."""

_YES_NO = (True, False)
EVIDENCE: Mapping[str, str] = {"decode_message": "vector_tested"}
"""What is not proved by the emulator but by a signature that others calculated."""

SETTINGS = (
    Setting("page_size", "rows a page, 1 to 100", PAGE_SIZE_MAX),
    Setting("risk_review", "ask the list for orders under review, which nothing in an order tells", True, _YES_NO),
    Setting("app_kind", "tool: a shop authorises by code; self: the app of one shop", "tool", ("tool", "self")),
    Setting("service_id", "id of the service that a shop authorises; part of the authorisation page's address", ""),
    Setting("grant_shop_id", "shop that a self-made app asks a token for; shop_id when left out"),
    Setting("test_shop", "a self-made app asks for the token of a test shop", False, _YES_NO),
    Setting("ship_refund_open", "ship although a refund is open, which refuses that refund", False, _YES_NO),
    Setting("express_codes", "our carrier code -> the platform's company code, before its own list", {}),
    Setting("serial_key", "kind of the serial numbers of goods that need them", "SN", ("SN", "69", "IMEI")),
    Setting("cross_border_by", "who ships from a cross-border warehouse; not documented", "unknown",
            ("unknown", "merchant", "platform")),
    Setting("warehouse_id", "out_warehouse_id of regional stock; left out unless given"),
    Setting("account_id", "account_id of a decryption, whose meaning is not documented; left out unless given"),
    Setting("account_type", "account_type of a decryption; left out unless given"),
    Setting("operate_done", "status_code of an answer to a case that was taken; not documented", ("0", "10000")),
)  # fmt: skip

_TYPE = "the number of this answer in afterSale.operate is not documented"
ABSENT: Mapping[str, str] = {
    "agree_refund": _TYPE,
    "refuse_refund": _TYPE,
    "refuse_return": _TYPE,
    "confirm_return": _TYPE,
    "ship_exchange": _TYPE,
    "refuse_reasons": "the fields of afterSale.rejectReasonCodeList are not documented",
    "list_invoice_requests": "no call for invoices is documented",
    "close_order": "no call by which a seller closes an order is documented",
    "listings": "the fields of product.listV2 are not documented; orders and the hub's `skus` name products and SKUs",
    "pull_messages": "messages are pushed over HTTP; see decode_message",
    "confirm_messages": 'a push is confirmed by the answer {"code":0,"msg":"success"} to its own request',
    "permit_messages": "topics are chosen in the platform's console",
    "merge_groups": "that equal search indexes in two ciphertexts mean one receiver is not documented",
    "server_time": "no call tells the platform's clock; its offset is learnt from the Date header",
    "waybill_accounts": "the fields of the calls for waybills are not documented",
    "waybill_templates": "the fields of the calls for waybills are not documented",
    "create_waybills": "the fields of the calls for waybills are not documented",
    "find_waybills": "the fields of the calls for waybills are not documented",
    "query_waybills": "the fields of the calls for waybills are not documented",
    "cancel_waybill": "the fields of the calls for waybills are not documented",
}
