"""Amazon as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/amazon.md; what that page marks UNVERIFIED is a named setting here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.connectors.amazon.endpoints import RATES
from orderhub.errors import (
    AuthError,
    Conflict,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    TokenExpired,
)
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import FulfilledBy, FulfilmentStatus, Hold, ListingStatus, OrderStatus

__all__ = [
    "ABSENT", "AUTH_TEXTS", "CANCEL_REASONS", "CARRIER_CODES", "CHANNEL", "CHANNEL_2026", "COD_METHODS",
    "DATASETS", "DETAILED_STATUS", "EASY_SHIP", "ERRORS", "EXCEPTIONS", "FLAGS", "HTTP_ERRORS", "LIMITS",
    "LISTING_WORDS", "LWA_ERRORS", "ORDER_TYPES", "PACKAGE_STATUS", "PAYMENT_METHODS", "PERSONAL_DATA_KEPT",
    "PROCEEDS", "PROGRAMS", "SERVICE_LEVELS", "SETTINGS", "SOURCE", "STATUS", "STATUS_2026", "STATUS_HOLDS", "TOPICS",
]  # fmt: skip

SOURCE = "docs/platforms/amazon.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "PendingAvailability": OrderStatus.PENDING_PAYMENT,
        "Pending": OrderStatus.PENDING_PAYMENT,
        "Unshipped": OrderStatus.AWAITING_SHIPMENT,
        "PartiallyShipped": OrderStatus.PARTIALLY_SHIPPED,
        "Shipped": OrderStatus.SHIPPED,
        "InvoiceUnconfirmed": OrderStatus.SHIPPED,
        "Canceled": OrderStatus.CANCELLED,
        "Unfulfillable": OrderStatus.AWAITING_SHIPMENT,
    },
    f"{SOURCE}#status",
)
STATUS_2026 = WordTable(
    OrderStatus.UNKNOWN,
    {
        "PENDING_AVAILABILITY": OrderStatus.PENDING_PAYMENT,
        "PENDING": OrderStatus.PENDING_PAYMENT,
        "UNSHIPPED": OrderStatus.AWAITING_SHIPMENT,
        "PARTIALLY_SHIPPED": OrderStatus.PARTIALLY_SHIPPED,
        "SHIPPED": OrderStatus.SHIPPED,
        "CANCELLED": OrderStatus.CANCELLED,
        "UNFULFILLABLE": OrderStatus.AWAITING_SHIPMENT,
    },
    f"{SOURCE}#status",
)
STATUS_HOLDS: Mapping[str, Hold] = {
    "PendingAvailability": Hold.PRESALE,
    "PENDING_AVAILABILITY": Hold.PRESALE,
    "Unfulfillable": Hold.UNFULFILLABLE,
    "UNFULFILLABLE": Hold.UNFULFILLABLE,
}
"""Statuses that forbid shipping, beside the word they map to."""

CHANNEL = WordTable(
    FulfilledBy.UNKNOWN, {"MFN": FulfilledBy.MERCHANT, "AFN": FulfilledBy.PLATFORM}, f"{SOURCE}#order-v0"
)
CHANNEL_2026 = WordTable(
    FulfilledBy.UNKNOWN, {"MERCHANT": FulfilledBy.MERCHANT, "AMAZON": FulfilledBy.PLATFORM}, f"{SOURCE}#order-2026"
)

EASY_SHIP = WordTable(
    FulfilmentStatus.UNKNOWN,
    {
        "PendingSchedule": FulfilmentStatus.UNFULFILLED,
        "PendingPickUp": FulfilmentStatus.UNFULFILLED,
        "PendingDropOff": FulfilmentStatus.UNFULFILLED,
        "LabelCanceled": FulfilmentStatus.UNFULFILLED,
        "PickedUp": FulfilmentStatus.SHIPPED,
        "DroppedOff": FulfilmentStatus.SHIPPED,
        "AtOriginFC": FulfilmentStatus.SHIPPED,
        "AtDestinationFC": FulfilmentStatus.SHIPPED,
        "OutForDelivery": FulfilmentStatus.SHIPPED,
        "Delivered": FulfilmentStatus.DELIVERED,
        "RejectedByBuyer": FulfilmentStatus.RETURNED,
        "Undeliverable": FulfilmentStatus.SHIPPED,
        "ReturningToSeller": FulfilmentStatus.RETURNED,
        "ReturnedToSeller": FulfilmentStatus.RETURNED,
        "Lost": FulfilmentStatus.SHIPPED,
        "Damaged": FulfilmentStatus.SHIPPED,
    },
    f"{SOURCE}#easy-ship",
)
"""Where an Easy Ship parcel is; an order's own status never says delivered."""
DETAILED_STATUS = WordTable(
    FulfilmentStatus.UNKNOWN,
    {
        "PENDING_SCHEDULE": FulfilmentStatus.UNFULFILLED,
        "PENDING_PICK_UP": FulfilmentStatus.UNFULFILLED,
        "PENDING_DROP_OFF": FulfilmentStatus.UNFULFILLED,
        "LABEL_CANCELLED": FulfilmentStatus.UNFULFILLED,
        "PICKED_UP": FulfilmentStatus.SHIPPED,
        "DROPPED_OFF": FulfilmentStatus.SHIPPED,
        "AT_ORIGIN_FC": FulfilmentStatus.SHIPPED,
        "AT_DESTINATION_FC": FulfilmentStatus.SHIPPED,
        "OUT_FOR_DELIVERY": FulfilmentStatus.SHIPPED,
        "DELIVERED": FulfilmentStatus.DELIVERED,
        "REJECTED_BY_BUYER": FulfilmentStatus.RETURNED,
        "UNDELIVERABLE": FulfilmentStatus.SHIPPED,
        "RETURNING_TO_SELLER": FulfilmentStatus.RETURNED,
        "RETURNED_TO_SELLER": FulfilmentStatus.RETURNED,
        "LOST": FulfilmentStatus.SHIPPED,
        "DAMAGED": FulfilmentStatus.SHIPPED,
    },
    f"{SOURCE}#easy-ship",
)
PACKAGE_STATUS = WordTable(
    FulfilmentStatus.UNKNOWN,
    {
        "PENDING": FulfilmentStatus.UNFULFILLED,
        "IN_TRANSIT": FulfilmentStatus.SHIPPED,
        "SHIPPED": FulfilmentStatus.SHIPPED,
        "DELIVERED": FulfilmentStatus.DELIVERED,
        "CANCELLED": FulfilmentStatus.CANCELLED,
        "UNDELIVERABLE": FulfilmentStatus.SHIPPED,
    },
    f"{SOURCE}#package",
)
EXCEPTIONS: Mapping[str, str] = {
    "Undeliverable": "undeliverable", "UNDELIVERABLE": "undeliverable", "Lost": "lost", "LOST": "lost",
    "Damaged": "damaged", "DAMAGED": "damaged", "RejectedByBuyer": "rejected_by_buyer",
    "REJECTED_BY_BUYER": "rejected_by_buyer",
}  # fmt: skip
"""Parcel words that somebody must look at -> label of the order."""

PAYMENT_METHODS = ("COD", "CVS", "Other")
ORDER_TYPES: Mapping[str, str | None] = {
    "StandardOrder": None,
    "LongLeadTimeOrder": "long_lead_time",
    "Preorder": "preorder",
    "BackOrder": "back_order",
    "SourcingOnDemandOrder": "sourcing_on_demand",
}
"""OrderType -> label."""
COD_METHODS = frozenset({"COD", "CashOnDelivery"})
"""Payment methods that are collected at the door."""

FLAGS: Mapping[str, str] = {
    "IsPrime": "prime",
    "IsBusinessOrder": "business",
    "IsPremiumOrder": "premium",
    "IsISPU": "in_store_pickup",
    "IsAccessPointOrder": "access_point",
    "HasRegulatedItems": "regulated_items",
    "IsSoldByAB": "sold_by_amazon_business",
    "IsIBA": "sold_by_amazon_business",
    "IsReplacementOrder": "replacement",
    "IsGlobalExpressEnabled": "global_express",
}
"""True fields of a v0 order -> label."""
PROGRAMS: Mapping[str, str] = {
    "AMAZON_BAZAAR": "bazaar",
    "AMAZON_BUSINESS": "business",
    "AMAZON_EASY_SHIP": "easy_ship",
    "AMAZON_HAUL": "haul",
    "DELIVERY_BY_AMAZON": "delivery_by_amazon",
    "FBM_SHIP_PLUS": "ship_plus",
    "INVOICE_BY_AMAZON": "invoice_by_amazon",
    "IN_STORE_PICK_UP": "in_store_pickup",
    "PREMIUM": "premium",
    "PREORDER": "preorder",
    "PRIME": "prime",
    "TRANSPARENCY": "needs_transparency_codes",
    "SUBSCRIBE_AND_SAVE": "subscribe_and_save",
}
"""Programs of an order or an item -> label."""
SERVICE_LEVELS: Mapping[str, str] = {
    "Expedited": "expedited", "FreeEconomy": "free_economy", "NextDay": "next_day", "Priority": "priority",
    "SameDay": "same_day", "SecondDay": "second_day", "Scheduled": "scheduled", "Standard": "standard",
    "EXPEDITED": "expedited", "FREE_ECONOMY": "free_economy", "NEXT_DAY": "next_day", "PRIORITY": "priority",
    "SAME_DAY": "same_day", "SECOND_DAY": "second_day", "SCHEDULED": "scheduled", "STANDARD": "standard",
}  # fmt: skip
"""Promised service in the words of either wire profile -> label; any other word is kept as it is."""
PROCEEDS = frozenset({"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "TAX", "DISCOUNT", "DELIVERY_TIP", "OTHER"})
"""Types of a proceeds breakdown."""

LISTING_WORDS = WordTable(
    ListingStatus.UNKNOWN,
    {"BUYABLE": ListingStatus.ACTIVE, "DISCOVERABLE": ListingStatus.INACTIVE},
    f"{SOURCE}#listings",
)

DATASETS = (
    "BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX",
    "PAYMENT", "FULFILLMENT_ORDERS",
)  # fmt: skip
"""Values of includedData; the first two are personal data."""

CARRIER_CODES: Mapping[str, str] = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx", "dhl": "DHL"}
"""Canonical carrier -> carrierCode; every other carrier is `Other` with its name. The whole list is UNVERIFIED."""

CANCEL_REASONS = (
    "NoInventory", "ShippingAddressUndeliverable", "CustomerExchange", "BuyerCanceled", "GeneralAdjustment",
    "CarrierCreditDecision", "RiskAssessmentInformationNotValid", "CarrierCoverageFailure", "CustomerReturn",
    "MerchandiseNotReceived",
)  # fmt: skip
"""Reasons that a cancellation may give."""
UNVERIFIED_CANCEL_REASONS = ("CannotVerifyInformation", "PricingError", "RejectOrder", "WeatherDelay")

TOPICS = ("ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE")
"""Notification types that are subscribed to unless others are named."""

PERSONAL_DATA_KEPT = timedelta(days=30)
"""How long after delivery personal data may be kept."""

HTTP_ERRORS: Mapping[int, type[PlatformError]] = {
    400: InvalidParameter,
    401: TokenExpired,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    413: RequestRejected,
    415: RequestRejected,
    429: RateLimited,
}
"""HTTP status -> error; 5xx is `PlatformUnavailable`. The status decides before the code: codes are not uniform."""

AUTH_TEXTS: Mapping[str, type[PlatformError]] = {
    "the access token you provided has expired": TokenExpired,
    "the access token you provided is revoked, malformed or invalid": TokenExpired,
    "access token is missing in the request header": TokenExpired,
    "does not have access to one or more requested data elements": PermissionDenied,
    "do not have access to some or all requested resource": PermissionDenied,
    "access to requested resource is denied": PermissionDenied,
}
"""Texts of `details` or `message` that tell an error of authorisation, in lower case, and what it means."""

ERRORS = ErrorTable(
    "amazon",
    f"{SOURCE}#errors",
    exact={
        "InvalidInput": InvalidParameter,
        "Invalid Input": InvalidParameter,
        "InvalidRequest": InvalidParameter,
        "BAD_REQUEST": InvalidParameter,
        "400": InvalidParameter,
        "Unauthorized": AuthError,
        "NotFound": NotFound,
        "QuotaExceeded": RateLimited,
        "InternalFailure": PlatformUnavailable,
        "ServiceUnavailable": PlatformUnavailable,
    },
    otherwise=RequestRejected,
)
"""Codes, where the HTTP status does not settle it."""

LWA_ERRORS = ErrorTable(
    "amazon",
    f"{SOURCE}#lwa",
    exact={
        "access_denied": AuthError,
        "invalid_client": AuthError,
        "invalid_grant": AuthError,
        "invalid_request": AuthError,
        "invalid_scope": AuthError,
        "unauthorized_client": AuthError,
        "server_error": PlatformUnavailable,
        "temporarily_unavailable": PlatformUnavailable,
    },
    otherwise=AuthError,
)
"""Errors of the token endpoint."""

LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(
        page_size_max=100, history=timedelta(days=730), settle_delay=timedelta(minutes=5), overlap=timedelta(minutes=5),
        rate_per_s=RATES["orders.searchOrders"].rate_per_s, burst=RATES["orders.searchOrders"].burst,
    ),
    "fetch_order": RATES["orders.getOrder"],
    "ship": Limits(batch_max=1, rate_per_s=2, burst=10),
    "push_stock": Limits(batch_max=1, rate_per_s=5, burst=5),
    "bulk_stock": Limits(batch_max=25_000),
    "list_listings": Limits(page_size_max=20, rate_per_s=5, burst=5),
    "find_listings": Limits(batch_max=20),
    **RATES,
}  # fmt: skip

SETTINGS = (
    Setting("wire", "Orders API: 2026-01-01, or v0, which goes on 2027-03-27", "orders_2026",
            ("orders_2026", "orders_v0")),
    Setting("region", "which endpoint; that of the marketplaces when left out", None, (None, "na", "eu", "fe")),
    Setting("seller_id", "merchant token of the seller; needed for listings and feeds"),
    Setting("marketplace_ids", "stores of the shop: ids or country codes (UK or GB); one region a shop", ()),
    Setting("personal_data", "ask for names and addresses; without them orders cannot be shipped", True, (True, False)),
    Setting("page_size", "rows a page of order lists, 1 to 100", 100),
    Setting("included_data", "parts of an order that are asked for (2026-01-01); FULFILLMENT always is",
            tuple(name for name in DATASETS if name != "FULFILLMENT_ORDERS")),
    Setting("carrier_codes", "further carriers: our code to Amazon's carrierCode; the full list is UNVERIFIED", {}),
    Setting("product_type", "product type of stock patches", "PRODUCT"),
    Setting("stock_feed_from", "this many figures at once go as one JSON_LISTINGS_FEED instead of single patches", 200),
    Setting("check_channels", "look which SKUs Amazon itself stocks before setting quantities", True, (True, False)),
    Setting("feed_wait_s", "how long a feed is waited for, in seconds", 600),
    Setting("application_id", "id of the app on the consent page"),
    Setting("app_is_draft", "authorise the draft version of the app", False, (True, False)),
    Setting("consent_host", "Seller Central host of the consent page; that of the region when left out (UNVERIFIED)"),
    Setting("destination_id", "destination of notifications, when there is one already"),
    Setting("queue_arn", "SQS queue that notifications go to, when a destination is to be made"),
    Setting("user_agent", "how the app names itself, at most 500 characters", "orderhub/0.1 (Language=Python)"),
)  # fmt: skip

_NO_CASES = "no API approves, refuses or shows a return"
ABSENT: Mapping[str, str] = {
    "count_orders": "the lists tell no total",
    "refunds": "no API lists refunds or returns; return reports have columns that no document names",
    "get_refund": "no API shows a refund",
    "agree_refund": "refunds go out by a feed of adjustments whose result no API shows, so that none could be settled",
    "refuse_refund": _NO_CASES,
    "agree_return": _NO_CASES,
    "confirm_return": _NO_CASES,
    "refuse_return": _NO_CASES,
    "ship_exchange": "an exchange or a replacement is an order of its own, confirmed with ship",
    "refuse_reasons": _NO_CASES,
    "return_addresses": _NO_CASES,
    "list_invoice_requests": "an order tells what the buyer prefers, where the marketplace asks: Order.invoice",
    "change_address": "sellers cannot change an address",
    "set_memo": "orders carry no note of the seller that an API could set",
    "change_stock": "quantities are set absolutely",
    "pull_messages": "notifications arrive in a queue of your own; give each body to decode_message",
    "confirm_messages": "notifications are deleted from your own queue",
    "decrypt": "addresses come in the clear to apps with the role",
    "merge_groups": "orders name no common receiver",
    "server_time": "there is no call for the time",
}
