"""Taobao and Tmall as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/taobao.md; what that page marks UNVERIFIED is a named setting here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    AuthError,
    ClockSkewed,
    Conflict,
    InvalidParameter,
    NotFound,
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
from orderhub.models.status import AftersaleStatus, Hold, InvoiceStatus, ListingStatus, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "AGREED", "CASE_STEPS", "ERRORS", "EXCHANGE_PARCEL", "EXCHANGE_STATUS", "HOLD_FLAGS", "INVOICE_KINDS",
    "INVOICE_STATUS", "LIMITS", "LINE_REFUND", "LISTING_WORDS", "MESSAGE_MAX", "MESSAGE_MIN", "ORDER_TYPES",
    "PROOF_MAX", "REFUND_KIND", "REFUND_WORDS", "SETTINGS", "SOURCE", "STATUS", "STEP",
]  # fmt: skip

SOURCE = "docs/platforms/taobao.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "TRADE_NO_CREATE_PAY": OrderStatus.PENDING_PAYMENT,
        "WAIT_BUYER_PAY": OrderStatus.PENDING_PAYMENT,
        "PAY_PENDING": OrderStatus.PENDING_PAYMENT,
        "WAIT_PRE_AUTH_CONFIRM": OrderStatus.PENDING_PAYMENT,
        "PAID_FORBID_CONSIGN": OrderStatus.AWAITING_SHIPMENT,
        "WAIT_SELLER_SEND_GOODS": OrderStatus.AWAITING_SHIPMENT,
        "SELLER_CONSIGNED_PART": OrderStatus.PARTIALLY_SHIPPED,
        "WAIT_BUYER_CONFIRM_GOODS": OrderStatus.SHIPPED,
        "TRADE_BUYER_SIGNED": OrderStatus.DELIVERED,
        "TRADE_FINISHED": OrderStatus.COMPLETED,
        "TRADE_CLOSED": OrderStatus.CANCELLED,  # refunded before shipping; kept as shipped when it was consigned
        "TRADE_CLOSED_BY_TAOBAO": OrderStatus.CANCELLED,
    },
    f"{SOURCE}#trade-status",
)

STATUS_HOLDS: Mapping[str, Hold] = {
    "PAID_FORBID_CONSIGN": Hold.PLATFORM_PAUSE,
    "WAIT_PRE_AUTH_CONFIRM": Hold.PRE_AUTHORISED,
}
"""Trade statuses that forbid shipping, beside the word they map to."""

HOLD_FLAGS: Mapping[str, Hold] = {
    "top_hold": Hold.PLATFORM_PAUSE,
    "team_buy_hold": Hold.GROUP_NOT_FORMED,
    "share_group_hold": Hold.GROUP_NOT_FORMED,
    "ofp_hold": Hold.PLATFORM_PAUSE,
    "forbid_consign": Hold.PLATFORM_PAUSE,
    "is_sh_ship": Hold.PLATFORM_PAUSE,
}
"""Trade fields that hold an order while they are 1 or true."""

STEP: Mapping[str, tuple[Hold, ...]] = {
    "FRONT_NOPAID_FINAL_NOPAID": (Hold.PRESALE,),
    "FRONT_PAID_FINAL_NOPAID": (Hold.PRESALE, Hold.DEPOSIT_ONLY),
    "FRONT_PAID_FINAL_PAID": (),
    "FRONT_PAID_FRONT_FORFEITED": (),
}
"""step_trade_status of a presale: what holds the order."""

LINE_REFUND = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "NO_REFUND": AftersaleStatus.NONE,
        "WAIT_SELLER_AGREE": AftersaleStatus.REQUESTED,
        "WAIT_BUYER_RETURN_GOODS": AftersaleStatus.IN_PROGRESS,
        "WAIT_SELLER_CONFIRM_GOODS": AftersaleStatus.IN_PROGRESS,
        "SELLER_REFUSE_BUYER": AftersaleStatus.REFUSED,
        "CLOSED": AftersaleStatus.CLOSED,
        "SUCCESS": AftersaleStatus.REFUNDED,
        "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": AftersaleStatus.IN_PROGRESS,
        "EXCHANGE_TRANSFORM_TO_REFUND": AftersaleStatus.IN_PROGRESS,
        "WAIT_SELLER_CONSIGN_GOODS": AftersaleStatus.IN_PROGRESS,
    },
    f"{SOURCE}#refund-status",
)
REFUND_WORDS = LINE_REFUND

_MONEY, _GOODS, _SWAP = RefundKind.REFUND_ONLY, RefundKind.RETURN_AND_REFUND, frozenset({RefundKind.EXCHANGE})
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep(
        {"WAIT_SELLER_AGREE": frozenset({_MONEY}), "WAIT_SELLER_CONFIRM_GOODS": frozenset({_GOODS})},
        frozenset({"SUCCESS"}),
    ),
    "refuse_refund": CaseStep(
        {"WAIT_SELLER_AGREE": frozenset({_MONEY, _GOODS}), "1": _SWAP}, frozenset({"SELLER_REFUSE_BUYER", "6"})
    ),
    "agree_return": CaseStep(
        {"WAIT_SELLER_AGREE": frozenset({_GOODS}), "1": _SWAP},
        frozenset({"WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS", "SUCCESS", "2", "3", "5", "12", "13"}),
    ),
    "confirm_return": CaseStep({"3": _SWAP}, frozenset({"5", "12", "13"})),
    "refuse_return": CaseStep(
        {"WAIT_SELLER_CONFIRM_GOODS": frozenset({_GOODS}), "3": _SWAP}, frozenset({"SELLER_REFUSE_BUYER", "6"})
    ),
    "ship_exchange": CaseStep({"12": _SWAP}, frozenset({"5", "13"})),
}
"""Which answer a case takes in which status; numbers are those of exchanges. What is not here is refused before
anything is sent."""

EXCHANGE_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "1": AftersaleStatus.REQUESTED,
        "2": AftersaleStatus.IN_PROGRESS,  # goods to come
        "3": AftersaleStatus.IN_PROGRESS,  # goods back
        "4": AftersaleStatus.CLOSED,
        "5": AftersaleStatus.CLOSED,  # done: no money goes back
        "6": AftersaleStatus.REFUSED,  # the buyer may edit it
        "12": AftersaleStatus.IN_PROGRESS,  # the parcel is owed
        "13": AftersaleStatus.IN_PROGRESS,  # the parcel is on its way
        "14": AftersaleStatus.IN_PROGRESS,  # turned into a refund
    },
    f"{SOURCE}#exchanges",
)
"""`status` of an exchange."""

AGREED = "OP_SUCC"
"""`msg_code` of a refund that was carried out; any other is a refusal, such as SOME_OP_SUCC, OP_FAILURE_UE."""
MESSAGE_MIN, MESSAGE_MAX, PROOF_MAX = 2, 200, 130_000
"""Characters of a refusal's text, bytes of its picture."""
EXCHANGE_PARCEL = 200
"""`logistics_type` of a parcel; 100 is ordinary post."""

INVOICE_KINDS: Mapping[str, str] = {
    "0": "electronic", "1": "paper", "2": "vat_special", "3": "electronic_special", "4": "digital",
    "5": "digital_special",
}  # fmt: skip
"""`invoice_kind` of an invoice request."""
INVOICE_STATUS = WordTable(
    InvoiceStatus.UNKNOWN,
    {"0": InvoiceStatus.REFUSED, "1": InvoiceStatus.REQUESTED, "2": InvoiceStatus.IN_PROGRESS},
    f"{SOURCE}#invoices",
)

REFUND_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "REFUND": RefundKind.REFUND_ONLY,
        "REFUND_AND_RETURN": RefundKind.RETURN_AND_REFUND,
        "TMALL_EXCHANGE": RefundKind.EXCHANGE,
        "TAOBAO_EXCHANGE": RefundKind.EXCHANGE,
        "REPAIR": RefundKind.UNKNOWN,
        "RESHIPPING": RefundKind.REISSUE,
        "OTHERS": RefundKind.UNKNOWN,
    },
    f"{SOURCE}#refund-status",
)

LISTING_WORDS = WordTable(
    ListingStatus.UNKNOWN,
    {"onsale": ListingStatus.ACTIVE, "instock": ListingStatus.INACTIVE},
    f"{SOURCE}#stock",
)

ORDER_TYPES = (
    "guarantee_trade", "auto_delivery", "ec", "cod", "step", "fixed", "auction", "independent_simple_trade",
    "independent_shop_trade", "fenxiao", "game_equipment", "shopex_trade", "netcn_trade", "external_trade",
    "instant_trade", "b2c_cod", "hotel_trade", "super_market_trade", "super_market_cod_trade", "taohua", "waimai",
    "o2o_offlinetrade", "nopaid", "eticket", "tmall_i18n", "insurance_plus", "finance", "pre_auth_type", "lazada",
)  # fmt: skip
"""Every trade type: the platform's own default hides orders."""

_SHIPPING_PREFIXES = (
    "isv.logistics-offline-service-error", "isv.logistics-online-service-error",
    "isv.logistics-confirm-service-error", "isv.logistics-update-company-or-mailno-error",
)  # fmt: skip
_SHIPPING: Mapping[str, type[PlatformError]] = {
    "B04": Conflict, "B01": NotFound, "P02": NotFound, "B02": Conflict, "B55": Conflict, "B27": Conflict,
    "B56": InvalidParameter, "B59": InvalidParameter, "B57": InvalidParameter, "B60": InvalidParameter,
    "B98": InvalidParameter, "B101": InvalidParameter, "B150": RequestRejected, "S01": RequestRejected,
    "P38": InvalidParameter, "P25": InvalidParameter, "B06": InvalidParameter, "CD19": Conflict, "P07": Conflict,
    **{f"CD{number}": InvalidParameter for number in range(22, 32)},
    **dict.fromkeys(("F", "F01", "F02", "F03", "F04", "F05", "F06"), InvalidParameter),
}  # fmt: skip
_TRANSIENT_SHIPPING = ("B150", "S01")

ERRORS = ErrorTable(
    "taobao",
    f"{SOURCE}#errors",
    sub_exact={
        "isp.call-limited": RateLimited,
        "session-expired": TokenExpired,
        "isv.trade-not-exist": NotFound,
        "isv.refund-not-exist": NotFound,
        "isv.permission-api-package-limit": PermissionDenied,
        "isv.user-not-exist:invalid-nick": NotFound,
        **{f"{prefix}:{code}": kind for prefix in _SHIPPING_PREFIXES for code, kind in _SHIPPING.items()},
    },
    exact={
        "3": RequestRejected, "4": RateLimited, "5": RateLimited, "6": RateLimited, "7": RateLimited, "8": RateLimited,
        "9": RequestRejected, "10": PlatformUnavailable, "11": PermissionDenied, "12": PermissionDenied,
        "13": PermissionDenied, "21": RequestRejected, "22": RequestRejected, "23": RequestRejected,
        "24": SignatureRejected, "25": SignatureRejected, "26": AuthError, "27": TokenExpired, "28": AuthError,
        "29": AuthError, "30": ClockSkewed, "31": ClockSkewed, "32": RequestRejected, "33": RequestRejected,
        "34": RequestRejected, "40": InvalidParameter, "41": InvalidParameter, "42": PermissionDenied,
        "43": InvalidParameter, "44": TokenExpired, "53": PermissionDenied,
    },
    prefix={
        "accesscontrol.": RateLimited,
        "isp.": PlatformUnavailable,
        "isv.": RequestRejected,
        "isv.invalid-parameter": InvalidParameter,
    },
    transient=frozenset(f"{prefix}:{code}" for prefix in _SHIPPING_PREFIXES for code in _TRANSIENT_SHIPPING),
)  # fmt: skip

LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(
        page_size_max=100, window_max=timedelta(days=1), history=timedelta(days=90),
        settle_delay=timedelta(seconds=60), overlap=timedelta(minutes=5),
    ),
    "list_refunds": Limits(
        page_size_max=100, window_max=timedelta(days=1), settle_delay=timedelta(seconds=60),
        overlap=timedelta(minutes=5),
    ),
    "list_listings": Limits(page_size_max=200),
    "push_stock": Limits(batch_max=10),
    "ship": Limits(batch_max=1),
    "decrypt": Limits(batch_max=20),
    "merge_groups": Limits(batch_max=100),
    "pull_messages": Limits(batch_max=200),
}  # fmt: skip

SETTINGS = (
    Setting("sign_method", "signature algorithm of the app", "hmac-sha256", ("md5", "hmac", "hmac-sha256")),
    Setting("ship_api", "shipping call: current (ascp) or legacy", "ascp", ("ascp", "legacy")),
    Setting("stock_api", "stock call: taobao.* or the keyed Tmall one", "taobao", ("taobao", "tmall")),
    Setting("page_size", "rows a page of order lists, 1 to 100; 40-50 advised", 50),
    Setting("list_api", "order list for apps with or without receiver rights", "full", ("full", "simple")),
    Setting(
        "return_postage",
        "who bears the freight of a return; left to Taobao when left out",
        None,
        (None, "buyer", "seller"),
    ),
    Setting(
        "exchanges",
        "read Tmall's exchanges beside refunds; their fields are known from clients only",
        False,
        (False, True),
    ),
    Setting("invoice_unit", "unit of amounts in invoice requests, which no source tells", None, (None, "yuan", "fen")),
    Setting("view", "look of the authorisation page", "web", ("web", "tmall", "wap")),
    Setting("tmc_group", "message group that is consumed", "orderhub"),
    Setting(
        "message_channel",
        "how a listener reads messages: by calls of the gateway, or over a web socket",
        "pull",
        ("pull", "socket"),
    ),
    Setting(
        "message_url",
        "where that web socket is opened; only the unencrypted address is documented (wss UNVERIFIED)",
        "ws://mc.api.taobao.com/",
    ),
    Setting(
        "message_plain",
        "open it even when it is not encrypted: messages name orders and buyers' nicks in the "
        "clear, and the greeting a proof of the app secret",
        False,
        (True, False),
    ),
)

ABSENT: Mapping[str, str] = {
    "quote": "marketplaces do not quote freight; see carriers",
}
