"""Pinduoduo as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/pinduoduo.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    AuthError,
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
from orderhub.models.channel import Limits, Rate
from orderhub.models.status import AftersaleStatus, FulfilledBy, Hold, ListingStatus, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "AFTERSALE", "AFTERSALE_OPEN", "AUTHORIZE", "BUSINESS", "BUSINESS_TEXTS", "CASE_STEPS", "DEPOT",
    "DETAIL_KIND", "ERRORS", "FLAGS", "FLAG_HOLDS", "LIMITS", "LISTING_WORDS", "LIST_KIND", "RATES", "REFUND_OPEN",
    "REFUND_STATUS", "REPLY_KEYS", "SETTINGS", "SOURCE", "STATUS", "SUCCESS_FLAGS", "TAG_NAMES", "TOKENLESS", "WAITS",
]  # fmt: skip

SOURCE = "docs/platforms/pinduoduo.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {"1": OrderStatus.AWAITING_SHIPMENT, "2": OrderStatus.SHIPPED, "3": OrderStatus.COMPLETED},
    f"{SOURCE}#order-status",
)
"""order_status; 5 is only a filter ("all"), 0 stands only in the status call."""

REFUND_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "1": AftersaleStatus.NONE,
        "2": AftersaleStatus.IN_PROGRESS,
        "3": AftersaleStatus.IN_PROGRESS,
        "4": AftersaleStatus.REFUNDED,
    },
    f"{SOURCE}#order-status",
)
REFUND_OPEN = frozenset({"2", "3"})
"""refund_status of an order whose buyer wants money back."""

AFTERSALE = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "0": AftersaleStatus.NONE,
        "2": AftersaleStatus.REQUESTED,
        "3": AftersaleStatus.REQUESTED,
        "4": AftersaleStatus.IN_PROGRESS,
        "5": AftersaleStatus.IN_PROGRESS,
        "6": AftersaleStatus.REFUSED,  # the buyer may still act: open
        "7": AftersaleStatus.IN_PROGRESS,
        "8": AftersaleStatus.IN_PROGRESS,
        "9": AftersaleStatus.CLOSED,
        "10": AftersaleStatus.REFUNDED,
        "11": AftersaleStatus.CLOSED,
        "12": AftersaleStatus.CLOSED,
        "13": AftersaleStatus.CLOSED,
        "14": AftersaleStatus.REQUESTED,
        "15": AftersaleStatus.IN_PROGRESS,
        "16": AftersaleStatus.CLOSED,  # an exchange that came to its end returns no money
        "17": AftersaleStatus.CLOSED,
        "18": AftersaleStatus.IN_PROGRESS,
        "21": AftersaleStatus.REQUESTED,
        "22": AftersaleStatus.IN_PROGRESS,
        "24": AftersaleStatus.CLOSED,
        "25": AftersaleStatus.CLOSED,
        "27": AftersaleStatus.IN_PROGRESS,
        "31": AftersaleStatus.IN_PROGRESS,
        "32": AftersaleStatus.IN_PROGRESS,
        "33": AftersaleStatus.IN_PROGRESS,
    },
    f"{SOURCE}#after-sales-status",
)
AFTERSALE_OPEN = frozenset(
    {"2", "3", "4", "5", "6", "7", "8", "14", "15", "18", "21", "22", "27", "31", "32", "33"}
)  # fmt: skip
"""after_sales_status of a case in which somebody still has to act."""

_MONEY, _GOODS = frozenset({RefundKind.REFUND_ONLY}), frozenset({RefundKind.RETURN_AND_REFUND})
_AGAIN = frozenset({RefundKind.EXCHANGE, RefundKind.REISSUE})
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep({"2": _MONEY, "7": _GOODS}, frozenset({"4", "5", "10"})),
    "agree_return": CaseStep({"3": _GOODS}, frozenset({"4", "5", "7", "10"})),
    "ship_exchange": CaseStep({"14": _AGAIN, "32": _AGAIN}, frozenset({"16", "18", "27"})),
}
"""Which answer a case takes in which status; what is not here is refused before anything is sent. A return keeps 7
while its goods are on their way, so that whether they arrived is the merchant's to know."""

LIST_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "2": RefundKind.REFUND_ONLY,
        "3": RefundKind.RETURN_AND_REFUND,
        "4": RefundKind.EXCHANGE,
        "5": RefundKind.REISSUE,
        "6": RefundKind.UNKNOWN,  # repair
    },
    f"{SOURCE}#refunds",
)
"""after_sales_type in the list of cases; 1 is only a filter ("all")."""
DETAIL_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "1": RefundKind.REFUND_ONLY,
        "2": RefundKind.RETURN_AND_REFUND,
        "3": RefundKind.EXCHANGE,
        "4": RefundKind.REISSUE,
        "5": RefundKind.UNKNOWN,  # repair
    },
    f"{SOURCE}#refunds",
)
"""after_sales_type in the detail of a case: shifted by one against the list."""

LISTING_WORDS = WordTable(
    ListingStatus.UNKNOWN, {"1": ListingStatus.ACTIVE, "0": ListingStatus.INACTIVE}, f"{SOURCE}#stock"
)

DEPOT: Mapping[str, FulfilledBy] = {
    "1": FulfilledBy.MERCHANT,  # the merchant's own
    "2": FulfilledBy.PLATFORM,  # subscribed
    "5": FulfilledBy.PLATFORM,  # shared
    "6": FulfilledBy.MERCHANT,  # managed by the merchant
}
"""order_depot_info.depot_type: who ships from that depot."""

FLAGS: Mapping[str, frozenset[str]] = {
    "confirm_status": frozenset({"0", "1", "2"}),
    "group_status": frozenset({"0", "1", "2"}),
    "risk_control_status": frozenset({"0", "1"}),
    "is_lucky_flag": frozenset({"1", "2"}),
    "trade_type": frozenset({"0", "1"}),
    "is_stock_out": frozenset({"0", "1"}),
    "stock_out_handle_status": frozenset({"-1", "0", "1"}),
    "gift_order_status": frozenset({"0", "1", "2"}),
}
"""Whole numbers that decide whether an order may ship, with every documented value."""

FLAG_HOLDS: Mapping[tuple[str, str], Hold] = {
    ("confirm_status", "0"): Hold.GROUP_NOT_FORMED,
    ("group_status", "0"): Hold.GROUP_NOT_FORMED,
    ("risk_control_status", "1"): Hold.RISK_CONTROL,
    ("is_lucky_flag", "2"): Hold.LOTTERY,
    ("stock_out_handle_status", "0"): Hold.OUT_OF_STOCK,
    ("gift_order_status", "0"): Hold.GIFT_PENDING,
}
"""(field, value): the hold it means."""

TAG_NAMES: Mapping[int, str] = {1: "红色", 2: "黄色", 3: "绿色", 4: "蓝色", 5: "紫色"}
"""remark_tag: the colour it is written with; the platform takes at most three characters."""

AUTHORIZE: Mapping[str, tuple[str, str | None]] = {
    "web": ("https://fuwu.pinduoduo.com/service-market/auth", "web"),
    "h5": ("https://mai.pinduoduo.com/h5-login.html", "h5"),
    "mms": ("https://mms.pinduoduo.com/open.html", None),
}
"""Authorisation page: address and its `view`."""

REPLY_KEYS: Mapping[str, str | None] = {
    "pdd.order.list.get": "order_list_get_response",
    "pdd.order.number.list.increment.get": "order_sn_increment_get_response",
    "pdd.order.information.get": "order_info_get_response",
    "pdd.order.note.update": "response",
    "pdd.order.update.address": "response",
    "pdd.order.upload.extra.logistics": "upload_extra_logistics_response",
    "pdd.logistics.online.send": "logistics_online_send_response",
    "pdd.logistics.companies.get": "logistics_companies_get_response",
    "pdd.goods.quantity.update": "goods_quantity_update_response",
    "pdd.goods.skus.get": "goods_sku_get_response",
    "pdd.refund.list.increment.get": "refund_increment_get_response",
    "pdd.refund.information.get": None,
    "pdd.refund.agree": "response",
    "pdd.refund.returngoods.agree": "response",
    "pdd.open.decrypt.batch": "open_decrypt_batch_response",
    "pdd.time.get": "time_get_response",
    "pdd.waybill.get": "pdd_waybill_get_response",
    "pdd.waybill.search": "pdd_waybill_search_response",
    "pdd.waybill.cancel": "pdd_waybill_cancel_response",
    "pdd.waybill.query.by.waybillcode": "pdd_waybill_query_by_waybillcode_response",
    "pdd.cloudprint.stdtemplates.get": "pdd_cloudprint_stdtemplates_get_response",
    "pdd.pop.auth.token.create": "pop_auth_token_create_response",
    "pdd.pop.auth.token.refresh": "pop_auth_token_refresh_response",
}
"""API: the documented key of its envelope, None where there is none. Keys cannot be derived from names; an API that is
not listed here has no documented key, and whatever single object its reply holds is opened."""

SUCCESS_FLAGS: Mapping[str, str] = {
    "pdd.logistics.online.send": "is_success",
    "pdd.order.upload.extra.logistics": "success",
    "pdd.order.note.update": "success",
    "pdd.order.update.address": "success",
    "pdd.goods.quantity.update": "is_success",
    "pdd.refund.returngoods.agree": "success",
}
"""Writes that tell a refusal inside a success: the flag that must be true."""

TOKENLESS = frozenset(
    {"pdd.logistics.companies.get", "pdd.pop.auth.token.create", "pdd.pop.auth.token.refresh"}
)  # fmt: skip
"""APIs that are called without the shop's token."""

BUSINESS = "50001"
"""A refusal by the business itself; what it means stands in its text."""
BUSINESS_TEXTS: Mapping[str, type[PlatformError]] = {"订单不存在": NotFound}
"""Documented texts of business refusals."""
WAITS: Mapping[str, float] = {"70031": 10.0, "70033": 600.0}
"""Code: seconds before the next try, where the meaning of the code asks for a wait; the platform tells none."""

ERRORS = ErrorTable(
    "pinduoduo",
    f"{SOURCE}#errors",
    exact={
        "10000": InvalidParameter, "10001": InvalidParameter, "21001": InvalidParameter, "21002": InvalidParameter,
        "10016": AuthError, "10017": RequestRejected, "10018": AuthError, "10019": TokenExpired,
        "20004": SignatureRejected, "20005": PermissionDenied, "20031": PermissionDenied, "20032": AuthError,
        "30000": PermissionDenied, "30001": AuthError, "20034": RequestRejected, "20035": RequestRejected,
        "50000": PlatformUnavailable, "50001": RequestRejected, "50002": PlatformUnavailable,
        "52001": PlatformUnavailable, "52002": PlatformUnavailable, "52004": InvalidParameter,
        "52101": RateLimited, "52102": PlatformUnavailable, "52103": PlatformUnavailable, "70031": RateLimited,
        "70032": RequestRejected, "70033": PlatformUnavailable, "70034": PermissionDenied,
        "70035": PermissionDenied, "70036": PermissionDenied,
    },
)  # fmt: skip

_SETTLE = timedelta(minutes=3)
_OVERLAP = timedelta(minutes=5)
_HALF_HOUR = timedelta(minutes=30)

RATES: Mapping[str, tuple[Rate, ...]] = {
    "pdd.order.list.get": (Rate(10_000, 60), Rate(17_500, 10, per="app")),
    "pdd.order.number.list.increment.get": (Rate(3_000, 60),),
    "pdd.order.information.get": (Rate(30_000, 60), Rate(2_000, per="app")),
    "pdd.refund.list.increment.get": (Rate(100, 10), Rate(500, per="app")),
    "pdd.refund.information.get": (Rate(1_400, per="app"),),
    "pdd.logistics.online.send": (Rate(5_000, per="app"),),
    "pdd.logistics.companies.get": (Rate(1_200, 10, per="app"),),
    "pdd.logistics.address.get": (Rate(1, per="app"),),
    "pdd.goods.list.get": (Rate(600, 60),),
    "pdd.goods.quantity.update": (Rate(4_200, per="app"),),
    "pdd.goods.skus.get": (Rate(1_000, per="app"),),
    "pdd.open.decrypt.batch": (Rate(10_050, 10, per="app"),),
    "pdd.open.decrypt.mask.batch": (Rate(15_000, 10, per="app"),),
    "pdd.waybill.get": (Rate(12_000, per="app"),),
}
"""By shop, and over all shops of the app. What an API allows to all apps together bounds each of them."""


def _rate(api: str) -> float:
    return RATES[api][0].per_s


LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(
        page_size_max=100, window_max=_HALF_HOUR, history=timedelta(days=90), settle_delay=_SETTLE, overlap=_OVERLAP,
        rate_per_s=_rate("pdd.order.number.list.increment.get"),
    ),
    "list_refunds": Limits(
        page_size_max=100, window_max=_HALF_HOUR, history=timedelta(days=90), settle_delay=_SETTLE, overlap=_OVERLAP,
        rate_per_s=_rate("pdd.refund.list.increment.get"),
    ),
    "fetch_order": Limits(rate_per_s=_rate("pdd.order.information.get")),
    "count_orders": Limits(window_max=_HALF_HOUR),
    "list_listings": Limits(page_size_max=100, rate_per_s=_rate("pdd.goods.list.get")),
    "push_stock": Limits(batch_max=1, rate_per_s=_rate("pdd.goods.quantity.update")),
    "ship": Limits(batch_max=1, rate_per_s=_rate("pdd.logistics.online.send")),
    "carriers": Limits(rate_per_s=_rate("pdd.logistics.companies.get")),
    "change_address": Limits(rate_per_s=_rate("pdd.logistics.address.get")),
    "decrypt": Limits(batch_max=100, rate_per_s=_rate("pdd.open.decrypt.batch")),
}  # fmt: skip

SETTINGS = (
    Setting("body", "form of a call's body; both are documented", "form", ("form", "json")),
    Setting("page_size", "rows a page of lists, 1 to 100", 100),
    Setting("window_end", "may a window end now, or only behind the settle delay (UNVERIFIED)", "now",
            ("now", "settled")),
    Setting("refund_filter", "after_sales_status asked for: 1, as a published example does (UNVERIFIED that it means "
            "all), or each documented value in turn", "1", ("1", "each")),
    Setting("refund_detail_unit", "unit of amounts in a refund's detail (UNVERIFIED)", "fen", ("fen", "yuan")),
    Setting("refund_message_keys", "names of the refund id in messages (UNVERIFIED)", ("refund_id", "after_sales_id")),
    Setting("agree_text", "what is written beside an agreement when nothing else is given", "同意"),
    Setting("message_url", "where the message socket is opened", "wss://message-api.pinduoduo.com"),
    Setting("refund_check", "ask for open refunds right before a first shipment", True, (True, False)),
    Setting("orders_per_check", "order numbers in one such question (the limit is UNVERIFIED)", 50),
    Setting("serial_feature", "what serial numbers of parcels are", "deviceSn", ("deviceSn", "imei")),
    Setting("skew_word", "text in a refusal 10001 that means a refused timestamp (UNVERIFIED); empty: none",
            "timestamp"),
    Setting("grant_api", "where tokens come from: signed calls of the gateway, or the older token address", "router",
            ("router", "legacy")),
    Setting("view", "authorisation page", "web", ("web", "h5", "mms")),
    Setting("decrypt_api", "decryption in clear (inside the vendor cloud) or masked", "clear", ("clear", "masked")),
    Setting("waybill_type", "where waybills come from, reported before a decryption: 0 Pinduoduo, 1 another platform, "
            "2 carrier, 99 other; none: not reported", None, (None, 0, 1, 2, 99)),
    Setting("listing_prices", "read each variant's price, one call a variant", False, (True, False)),
    Setting("mall_id", "the shop's number at the platform, which waybills want; told by the token, and not needed for "
            "other calls", sample="600000001"),
)  # fmt: skip

ABSENT: Mapping[str, str] = {
    "close_order": "orders become visible once they are confirmed; there is no call to close one",
    "pull_messages": "messages come over a web socket (see `message_address`) and are read with decode_message",
    "confirm_messages": "messages are acknowledged on the web socket that brought them",
    "quote": "marketplaces do not quote freight; see carriers",
    "confirm_return": "the call that reports stored goods has two statuses whose meaning is not documented",
    "refuse_return": "refused in the seller's console only; the platform has no call for it",
    "refuse_reasons": "refused in the seller's console only; the platform has no call for it",
    "list_invoice_requests": "an order only tells that an invoice is wanted (`invoice.wanted`); no call tells more",
    "refuse_refund": "refused in the seller's console only; the platform has no call for it",
}
