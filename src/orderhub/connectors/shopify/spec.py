"""Shopify as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/shopify.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import Conflict, PlatformError, RateLimited
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.base import Word
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, FulfilmentStatus, Hold, OrderStatus, PaymentStatus

__all__ = [
    "ABSENT", "BATCH_MAX", "BUCKETS", "DELIVERED", "ERRORS", "FINANCIAL", "FINANCIAL_CLOSED", "FINANCIAL_OPEN",
    "FULFILMENT", "FULFILMENT_HOLDS", "FULFILMENT_ORDER", "FULFILMENT_REQUEST", "HISTORY", "HOLD_REASONS", "LIMITS",
    "PAGE_MAX", "PARCEL", "PLATFORM", "REACH", "RETURN", "SETTINGS", "SHOP_RETURN", "SOURCE", "TOPICS",
]  # fmt: skip

PLATFORM = "shopify"
SOURCE = "docs/platforms/shopify.md"
_WORDS = f"{SOURCE}#enumerations"

FINANCIAL = WordTable(
    PaymentStatus.UNKNOWN,
    {
        "AUTHORIZED": PaymentStatus.UNPAID,  # the money is reserved, not taken
        "EXPIRED": PaymentStatus.UNPAID,
        "PAID": PaymentStatus.PAID,
        "PARTIALLY_PAID": PaymentStatus.PARTIALLY_PAID,
        "PARTIALLY_REFUNDED": PaymentStatus.PARTIALLY_REFUNDED,
        "PENDING": PaymentStatus.UNPAID,
        "REFUNDED": PaymentStatus.REFUNDED,
        "VOIDED": PaymentStatus.UNPAID,
    },
    _WORDS,
)
FINANCIAL_CLOSED = frozenset({"VOIDED", "EXPIRED"})
FINANCIAL_OPEN = frozenset({"PENDING", "AUTHORIZED", "PARTIALLY_PAID"})

FULFILMENT = WordTable(
    OrderStatus.UNKNOWN,
    {
        "FULFILLED": OrderStatus.SHIPPED,  # delivered or completed when the parcels or the order say so
        "IN_PROGRESS": OrderStatus.AWAITING_SHIPMENT,
        "ON_HOLD": OrderStatus.AWAITING_SHIPMENT,
        "PARTIALLY_FULFILLED": OrderStatus.PARTIALLY_SHIPPED,
        "REQUEST_DECLINED": OrderStatus.AWAITING_SHIPMENT,
        "SCHEDULED": OrderStatus.AWAITING_SHIPMENT,
        "UNFULFILLED": OrderStatus.AWAITING_SHIPMENT,
        "OPEN": OrderStatus.UNKNOWN,  # the last three are of old; no rule says what they mean for shipping
        "PENDING_FULFILLMENT": OrderStatus.UNKNOWN,
        "RESTOCKED": OrderStatus.UNKNOWN,
    },
    _WORDS,
)
FULFILMENT_HOLDS: Mapping[str, Hold] = {
    "ON_HOLD": Hold.OTHER, "SCHEDULED": Hold.OTHER, "REQUEST_DECLINED": Hold.UNFULFILLABLE,
}  # fmt: skip
"""What holds an order whose fulfilment orders tell no reason of their own."""

HOLD_REASONS = WordTable(
    Hold.OTHER,
    {
        "AWAITING_PAYMENT": Hold.OTHER,
        "HIGH_RISK_OF_FRAUD": Hold.RISK_CONTROL,
        "INCORRECT_ADDRESS": Hold.ADDRESS_INCOMPLETE,
        "INVENTORY_OUT_OF_STOCK": Hold.OUT_OF_STOCK,
    },
    _WORDS,
)
"""The page says that there are more reasons than it lists; each of those holds as well."""


class Stage(Word):
    """How far a fulfilment order is."""

    OPEN = "open"
    HELD = "held"
    OVER = "over"
    UNKNOWN = "unknown"


FULFILMENT_ORDER = WordTable(
    Stage.UNKNOWN,
    {
        "CANCELLED": Stage.OVER, "CLOSED": Stage.OVER, "INCOMPLETE": Stage.OVER, "IN_PROGRESS": Stage.OPEN,
        "ON_HOLD": Stage.HELD, "OPEN": Stage.OPEN, "SCHEDULED": Stage.HELD,
    },
    _WORDS,
)  # fmt: skip


class Asked(Word):
    """Whether a fulfilment service was asked to ship."""

    OURS = "ours"
    SERVICE = "service"
    UNKNOWN = "unknown"


FULFILMENT_REQUEST = WordTable(
    Asked.UNKNOWN,
    {
        "UNSUBMITTED": Asked.OURS, "SUBMITTED": Asked.SERVICE, "ACCEPTED": Asked.SERVICE, "REJECTED": Asked.OURS,
        "CANCELLATION_REQUESTED": Asked.SERVICE, "CANCELLATION_ACCEPTED": Asked.OURS,
        "CANCELLATION_REJECTED": Asked.SERVICE, "CLOSED": Asked.OURS,
    },
    _WORDS,
)  # fmt: skip

PARCEL = WordTable(
    FulfilmentStatus.UNKNOWN,
    {
        "SUCCESS": FulfilmentStatus.SHIPPED,
        "CANCELLED": FulfilmentStatus.CANCELLED,
        "ERROR": FulfilmentStatus.CANCELLED,
        "FAILURE": FulfilmentStatus.CANCELLED,
        "OPEN": FulfilmentStatus.SHIPPED,  # both of old
        "PENDING": FulfilmentStatus.SHIPPED,
    },
    _WORDS,
)
DELIVERED = "DELIVERED"
"""displayStatus of a parcel that arrived. Its other words tell where it is, and the page lists not all of them."""

SHOP_RETURN = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "NO_RETURN": AftersaleStatus.NONE,
        "RETURN_REQUESTED": AftersaleStatus.REQUESTED,
        "IN_PROGRESS": AftersaleStatus.IN_PROGRESS,
        "INSPECTION_COMPLETE": AftersaleStatus.IN_PROGRESS,
        "RETURNED": AftersaleStatus.CLOSED,  # refunded when the money says so
        "RETURN_FAILED": AftersaleStatus.CLOSED,
    },
    _WORDS,
)
"""returnStatus of an order."""

RETURN = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "REQUESTED": AftersaleStatus.REQUESTED,
        "OPEN": AftersaleStatus.IN_PROGRESS,
        "DECLINED": AftersaleStatus.REFUSED,
        "CANCELED": AftersaleStatus.CLOSED,
        "CLOSED": AftersaleStatus.CLOSED,
    },
    f"{SOURCE}#refunds",
)
"""status of a return; a refund of it says refunded."""

ERRORS = ErrorTable(
    PLATFORM,
    f"{SOURCE}#errors",
    exact={"THROTTLED": RateLimited, "CHANGE_FROM_QUANTITY_STALE": Conflict},
    otherwise=PlatformError,
)

TOPICS: Mapping[str, str] = {
    "orders/create": "id", "orders/updated": "id", "orders/paid": "id", "orders/cancelled": "id",
    "orders/edited": "order_edit.order_id|order_id|id", "fulfillments/create": "order_id",
    "fulfillments/update": "order_id", "refunds/create": "order_id",
}  # fmt: skip
"""Topic of a webhook -> where its body names the order, first that is there. Topics are general knowledge."""

BUCKETS: Mapping[str, float] = {"standard": 100.0, "advanced": 200.0, "plus": 1000.0, "enterprise": 2000.0}
"""Plan of a shop -> points that its bucket gets back a second."""

PAGE_MAX, BATCH_MAX, REACH = 250, 250, 25_000
"""Rows a page, rows a write, rows that one cursor reaches."""
HISTORY = timedelta(days=60)
"""How far back read_orders reaches; read_all_orders reaches further (setting `all_orders`)."""

LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(
        page_size_max=PAGE_MAX, history=HISTORY, settle_delay=timedelta(seconds=30), overlap=timedelta(minutes=5)
    ),
    "list_refunds": Limits(
        page_size_max=PAGE_MAX, history=HISTORY, settle_delay=timedelta(seconds=30), overlap=timedelta(minutes=5)
    ),
    "ship": Limits(batch_max=1),
    "push_stock": Limits(batch_max=BATCH_MAX),
}
"""Settle delay and overlap are this library's caution; calls are paid in points, see docs/platforms/shopify.md."""

_YES_NO = (True, False)
_SCOPES = (
    "read_orders,read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders,"
    "read_inventory,write_inventory,read_products,read_locations,read_returns"
)

SETTINGS = (
    Setting("api_version", "quarterly version in the address, for a base_url without a path", "2026-07"),
    Setting("page_size", "rows of a list, 1 to 250", 100),
    Setting("detail_size", "lines, parcels and cases read with an order at first; more are read when there are", 25),
    Setting("all_orders", "the app has read_all_orders: no finding about orders older than 60 days", False, _YES_NO),
    Setting("ship_authorized", "an order whose money is only reserved is awaiting shipment", False, _YES_NO),
    Setting("note_is", "who writes the one note of an order; set_memo needs `seller`", "buyer", ("buyer", "seller")),
    Setting("notify_customer", "Shopify mails the buyer about a parcel", False, _YES_NO),
    Setting("companies", "our carrier code -> the company name that a parcel is told with", {}),
    Setting("one_location_per_call", "ship fulfilment orders of each location by a call of its own", True, _YES_NO),
    Setting("location_id", "where stock is set and shown: an id, or `first`; needed as soon as a shop has several",
            sample="first"),
    Setting("stock_name", "which quantity is set", "available", ("available", "on_hand")),
    Setting("stock_reason", "why, as Shopify's history shows it", "correction"),
    Setting("scopes", "what authorize_url asks for; most names are general knowledge", _SCOPES),
)  # fmt: skip

_INPUTS = "a write on returns exists, and its input is not documented"
_ONE = "a refund needs a choice of payment and of lines, and which lines a return holds is not documented"
ABSENT: Mapping[str, str] = {
    "count_orders": "no count of orders is documented",
    "agree_refund": _ONE,
    "refuse_refund": _INPUTS,
    "agree_return": _INPUTS,
    "confirm_return": _INPUTS,
    "refuse_return": _INPUTS,
    "ship_exchange": "no exchange is documented",
    "refuse_reasons": "no list of reasons is documented",
    "return_addresses": "no list of return addresses is documented",
    "list_invoice_requests": "there are no tax invoices to ask for",
    "carriers": "the company of a parcel is a free text; see the setting `companies`",
    "close_order": "no call that cancels an order is documented",
    "change_stock": "the rows of inventoryAdjustQuantities are not documented",
    "pull_messages": "messages are webhooks; see decode_message",
    "confirm_messages": "a webhook is confirmed by answering 2xx",
    "permit_messages": "how webhooks are subscribed to is not documented here; the app's own settings do it",
    "decrypt": "receivers are in the clear, or not shown at all",
    "merge_groups": "no token of a receiver is documented",
    "server_time": "no call tells the platform's clock",
    "waybill_accounts": "the platform gives out no waybills here",
    "waybill_templates": "the platform gives out no waybills here",
    "create_waybills": "the platform gives out no waybills here",
    "find_waybills": "the platform gives out no waybills here",
    "query_waybills": "the platform gives out no waybills here",
    "cancel_waybill": "the platform gives out no waybills here",
}
