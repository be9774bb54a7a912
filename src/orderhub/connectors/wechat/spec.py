"""WeChat store as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/wechat.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    Conflict,
    InvalidParameter,
    PlatformError,
    RateLimited,
    RequestRejected,
    TokenExpired,
)
from orderhub.kit.aftersale import CaseStep, CaseSteps
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus, PaymentStatus, RefundKind

__all__ = [
    "ABSENT",
    "CARRIERS",
    "CASE_KIND",
    "CASE_NUMBERS",
    "CASE_STATUS",
    "CASE_STEPS",
    "ERRORS",
    "EVENTS",
    "LIMITS",
    "PAGE_SIZE_MAX",
    "PAYMENT",
    "SETTINGS",
    "SOURCE",
    "SPLITS",
    "STATUS",
    "STATUS_HOLDS",
    "TOKEN_CODES",
    "WAITS_S",
]  # fmt: skip

SOURCE = "docs/platforms/wechat.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "10": OrderStatus.PENDING_PAYMENT,
        "12": OrderStatus.AWAITING_SHIPMENT,  # a gift that the receiver has not accepted: held
        "13": OrderStatus.AWAITING_SHIPMENT,  # a group that is not complete: held
        "17": OrderStatus.UNKNOWN,  # to be verified; what that asks of the shop is not documented
        "20": OrderStatus.AWAITING_SHIPMENT,
        "21": OrderStatus.PARTIALLY_SHIPPED,
        "30": OrderStatus.SHIPPED,
        "100": OrderStatus.COMPLETED,
        "190": OrderStatus.CANCELLED,  # oversold
        "200": OrderStatus.CANCELLED,  # everything refunded; kept as shipped when parcels had left
        "250": OrderStatus.CANCELLED,  # never paid
    },
    f"{SOURCE}#order-status",
)

STATUS_HOLDS: Mapping[str, Hold] = {
    "12": Hold.GIFT_PENDING, "13": Hold.GROUP_NOT_FORMED, "17": Hold.OTHER,
}  # fmt: skip
"""Statuses that forbid shipping, beside the word they map to."""

PAYMENT: Mapping[str, PaymentStatus] = {
    "10": PaymentStatus.UNPAID, "12": PaymentStatus.PAID, "13": PaymentStatus.PAID, "17": PaymentStatus.UNKNOWN,
    "20": PaymentStatus.PAID, "21": PaymentStatus.PAID, "30": PaymentStatus.PAID, "100": PaymentStatus.PAID,
    "190": PaymentStatus.REFUNDED, "200": PaymentStatus.REFUNDED, "250": PaymentStatus.UNPAID,
}  # fmt: skip
"""What a status says about money; 190 is asked of `pay_time` too, since an oversold order may never have been paid."""

CASE_NUMBERS: Mapping[str, str] = {
    "1": "USER_CANCELD", "2": "MERCHANT_PROCESSING", "4": "MERCHANT_REJECT_REFUND", "5": "MERCHANT_REJECT_RETURN",
    "6": "USER_WAIT_RETURN", "7": "RETURN_CLOSED", "8": "MERCHANT_WAIT_RECEIPT", "12": "MERCHANT_OVERDUE_REFUND",
    "13": "MERCHANT_REFUND_SUCCESS", "14": "MERCHANT_RETURN_SUCCESS", "15": "PLATFORM_REFUNDING",
    "16": "PLATFORM_REFUND_FAIL", "17": "USER_WAIT_CONFIRM", "18": "MERCHANT_REFUND_RETRY_FAIL", "19": "MERCHANT_FAIL",
}  # fmt: skip
"""How orders name the status of their cases; the first word is misspelt by the platform."""

CASE_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "USER_CANCELD": AftersaleStatus.CLOSED,
        "MERCHANT_PROCESSING": AftersaleStatus.REQUESTED,
        "MERCHANT_REJECT_REFUND": AftersaleStatus.REFUSED,
        "MERCHANT_REJECT_RETURN": AftersaleStatus.REFUSED,
        "USER_WAIT_RETURN": AftersaleStatus.IN_PROGRESS,
        "RETURN_CLOSED": AftersaleStatus.CLOSED,
        "MERCHANT_WAIT_RECEIPT": AftersaleStatus.IN_PROGRESS,
        "MERCHANT_OVERDUE_REFUND": AftersaleStatus.IN_PROGRESS,
        "MERCHANT_REFUND_SUCCESS": AftersaleStatus.REFUNDED,
        "MERCHANT_RETURN_SUCCESS": AftersaleStatus.REFUNDED,
        "PLATFORM_REFUNDING": AftersaleStatus.IN_PROGRESS,
        "PLATFORM_REFUND_FAIL": AftersaleStatus.IN_PROGRESS,  # agreed, the money did not go
        "USER_WAIT_CONFIRM": AftersaleStatus.IN_PROGRESS,
        "MERCHANT_REFUND_RETRY_FAIL": AftersaleStatus.IN_PROGRESS,
        "MERCHANT_FAIL": AftersaleStatus.IN_PROGRESS,
    },
    f"{SOURCE}#aftersale-status",
)

CASE_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "REFUND": RefundKind.REFUND_ONLY,
        "RETURN": RefundKind.RETURN_AND_REFUND,
        "EXCHANGE": RefundKind.EXCHANGE,
    },
    f"{SOURCE}#aftersale",
)

_MONEY, _GOODS = frozenset({RefundKind.REFUND_ONLY}), frozenset({RefundKind.RETURN_AND_REFUND})
_PAID = frozenset({
    "MERCHANT_OVERDUE_REFUND", "MERCHANT_REFUND_SUCCESS", "MERCHANT_RETURN_SUCCESS", "PLATFORM_REFUNDING",
})  # fmt: skip
_REFUSED = frozenset({"MERCHANT_REJECT_REFUND", "MERCHANT_REJECT_RETURN"})
"""Which of the two follows a refusal of goods that came back is not documented."""
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep({"MERCHANT_PROCESSING": _MONEY, "MERCHANT_WAIT_RECEIPT": _GOODS}, _PAID),
    "refuse_refund": CaseStep({"MERCHANT_PROCESSING": _MONEY | _GOODS}, _REFUSED),
    "agree_return": CaseStep(
        {"MERCHANT_PROCESSING": _GOODS}, frozenset({"USER_WAIT_RETURN", "MERCHANT_WAIT_RECEIPT"}) | _PAID
    ),
    "refuse_return": CaseStep({"MERCHANT_WAIT_RECEIPT": _GOODS}, _REFUSED),
}
"""Which answer a case takes in which status. A return takes two: goods first, money once they are back."""

TOKEN_CODES = ("40001", "42001")
"""The access token is wrong, replaced by a newer one, or lapsed: general codes of the gateway."""

ERRORS = ErrorTable(
    "wechat",
    f"{SOURCE}#errors",
    exact={
        **dict.fromkeys(TOKEN_CODES, TokenExpired),
        "45009": RateLimited,  # the daily quota
        "10020112": RateLimited,
        "10021059": RateLimited,  # one answer a minute and order
        "606034": Conflict,  # must be shipped through the party that the platform names
        **dict.fromkeys(("10020050", "10020051", "10020052", "10020054", "10020055", "10020091"), RequestRejected),
        "10020217": Conflict,  # the product's draft is in review
        "10020218": InvalidParameter,
        "10020219": Conflict,  # less is there than was to be taken away
        "10020289": Conflict,  # never listed
        **dict.fromkeys(("10020202", "10020204"), RequestRejected),  # warehouse stock
        **dict.fromkeys((
            "10020000", "10020001", "10021041", "10021043", "10021044", "10021045", "10021046", "10021050", "10021057",
            "10021060", "10021062",
        ), RequestRejected),
    },
    otherwise=PlatformError,
)  # fmt: skip
"""The page lists the codes of a few calls; every other one is a `PlatformError` with its code."""

WAITS_S: Mapping[str, float] = {"10020112": 1.0, "10021059": 60.0}
"""Seconds to wait after a refusal by a limit; only the minute of 10021059 is documented, the other
is our caution. The daily quota tells no time."""

SPLITS: Mapping[str, tuple[str, str]] = {
    "merchant_discounted_price": ("merchant", "seller"),
    "finder_discounted_price": ("finder", "unknown"),
    "bulkbuy_discounted_price": ("bulk_buy", "unknown"),
    "cash_coupon_discounted_price": ("cash_coupon", "unknown"),
    "limited_discount_discounted_price": ("limited_discount", "unknown"),
    "vip_discounted_price": ("vip", "unknown"),
    "national_subsidy_discounted_price": ("national_subsidy", "platform"),
}
"""Parts of discounted_price -> (kind, who bears it); who bears most of them is not documented."""

CARRIERS: Mapping[str, str] = {"SF": "sf", "YTO": "yto", "ZTO": "zto", "STO": "sto", "YD": "yunda"}
"""delivery_id -> our code; the whole list comes from the platform at run time."""

EVENTS: Mapping[str, tuple[str, str]] = {
    "channels_ec_order_new": ("order_info", "order"),
    "channels_ec_order_pay": ("order_info", "order"),
    "channels_ec_order_deliver": ("order_info", "order"),
    "channels_ec_order_confirm": ("order_info", "order"),
    "channels_ec_order_cancel": ("order_info", "order"),
    "channels_ec_order_settle": ("order_info", "order"),
    "channels_ec_order_ext_info_update": ("order_info", "order"),
    "channels_ec_aftersale_update": ("finder_shop_aftersale_status_update", "aftersale"),
}
"""Event -> (its object, what it is about)."""

PAGE_SIZE_MAX = 100
_SETTLE, _OVERLAP = timedelta(seconds=60), timedelta(minutes=10)

LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(
        page_size_max=PAGE_SIZE_MAX, window_max=timedelta(days=7), settle_delay=_SETTLE, overlap=_OVERLAP
    ),
    "list_refunds": Limits(window_max=timedelta(hours=24), settle_delay=_SETTLE, overlap=_OVERLAP),
    "push_stock": Limits(batch_max=1),
}
"""Settle delay and overlap are this library's caution; calls a second and a day are not documented."""

_YES_NO = (True, False)
SETTINGS = (
    Setting("page_size", "ids a page of orders, 1 to 100", PAGE_SIZE_MAX),
    Setting("token_codes", "further errcodes that mean the access token is not good; the table is not documented", ()),
    Setting("not_found_codes", "errcodes that mean there is no such order or case; not documented", ("10020001",)),
    Setting("force_token", "ask for a token that ends the current one, also for other programs of the app", False,
            _YES_NO),
    Setting("sensitive", "ask for receivers in the clear with every order (encode_sensitive_info); left out unless "
            "given"),
    Setting("ship_refund_open", "ship lines whose refund was asked for", False, _YES_NO),
    Setting("deliver_type", "deliver_type of parcels: 1 express, 3 virtual", 1, (1, 3)),
    Setting("express_codes", "our carrier code -> the platform's delivery_id, before its own list", {}),
    Setting("sku_change_done", "values of preshipment_change_sku_state after which nothing is open; not documented",
            ("0",)),
    Setting("stock_mode", "push differences, as the platform asks, or set figures, which overwrites sales meanwhile",
            "difference", ("difference", "set")),
    Setting("out_warehouse_id", "warehouse whose stock is pushed; the stock of the SKU itself unless given"),
    Setting("address_field", "name of the address in a change of address; not documented", "user_address"),
    Setting("reject_text_field", "name of the text in a refusal; not documented", "reject_reason"),
    Setting("reject_code_field", "name of the reason's code in a refusal; not documented", "reject_reason_type"),
    Setting("push_token", "token of the message settings, which signs callbacks", "", sample="sandbox-wechat-push"),
)  # fmt: skip

_ONE_CALL = "the fields of the call are not documented"
ABSENT: Mapping[str, str] = {
    "count_orders": "lists tell no total",
    "confirm_return": "returned goods are confirmed by agreeing to the refund: agree_refund",
    "ship_exchange": f"acceptexchangereship exists, {_ONE_CALL}",
    "refuse_reasons": f"rejectreason/get exists, {_ONE_CALL}",
    "return_addresses": "no call that lists return addresses is documented; the console shows their ids",
    "list_invoice_requests": "orders tell nothing of invoices",
    "close_order": "no call by which a seller closes an order is documented",
    "listings": "no call that lists a shop's goods is documented; orders and the hub's `skus` name products",
    "exchange_code": "tokens come from the app's own id and secret",
    "authorize_url": "tokens come from the app's own id and secret",
    "pull_messages": "messages are pushed to an address of the host; see decode_message",
    "confirm_messages": "a message is confirmed by answering `success`",
    "permit_messages": "messages are switched on in the console",
    "merge_groups": "orders carry hash_code: equal Recipient.privacy.merge_key means one receiver",
    "server_time": "no call tells the platform's clock",
    **dict.fromkeys(("waybill_accounts", "waybill_templates", "create_waybills", "find_waybills", "query_waybills",
                     "cancel_waybill"), "the platform has e-waybills; the bodies of their calls are not documented"),
}  # fmt: skip
