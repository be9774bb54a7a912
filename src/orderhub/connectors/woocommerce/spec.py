"""WooCommerce as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/woocommerce.md; what that page marks UNVERIFIED is a named setting here.
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
    RequestRejected,
)
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import Hold, ListingStatus, OrderStatus

__all__ = [
    "ABSENT", "ERRORS", "LIMITS", "LISTING_STATUS", "NOWHERE", "PAGE_SIZE_MAX", "PATH", "SETTINGS",
    "SOURCE", "STATUS", "STATUS_HOLDS", "TOPICS",
]  # fmt: skip

SOURCE = "docs/platforms/woocommerce.md"
PATH = "/wp-json/wc/v3"
NOWHERE = "https://shop.invalid"
"""Every shop has an address of its own: base_url must be given."""

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "pending": OrderStatus.PENDING_PAYMENT,
        "on-hold": OrderStatus.PENDING_PAYMENT,  # the money is to be confirmed by hand
        "failed": OrderStatus.PENDING_PAYMENT,
        "processing": OrderStatus.AWAITING_SHIPMENT,
        "completed": OrderStatus.COMPLETED,  # the only native sign of shipment
        "cancelled": OrderStatus.CANCELLED,
        "refunded": OrderStatus.CANCELLED,  # kept as completed when it was completed before
        "trash": OrderStatus.CANCELLED,
    },
    f"{SOURCE}#status",
)

STATUS_HOLDS: Mapping[str, Hold] = {"on-hold": Hold.UNDER_REVIEW, "failed": Hold.OTHER}
"""Order statuses that hold an order, beside the word they map to."""

LISTING_STATUS = WordTable(
    ListingStatus.UNKNOWN,
    {
        "publish": ListingStatus.ACTIVE,
        "draft": ListingStatus.INACTIVE,
        "pending": ListingStatus.INACTIVE,
        "private": ListingStatus.INACTIVE,
    },
    f"{SOURCE}#listings",
)

TOPICS = frozenset(
    f"{resource}.{event}"
    for resource in ("order", "product", "customer", "coupon")
    for event in ("created", "updated", "deleted", "restored")
)
"""Topics of webhooks; `.restored` has no sure source, and a host may add `action.{hook}`."""

ERRORS = ErrorTable(
    "woocommerce",
    f"{SOURCE}#errors",
    exact={
        "rest_no_route": RequestRejected,  # no such path: base_url or version is wrong, or the plugin is off
        "woocommerce_rest_cannot_view": PermissionDenied,
        "woocommerce_rest_shop_order_invalid_id": NotFound,
        "woocommerce_rest_term_invalid": InvalidParameter,
        "400": InvalidParameter,
        "401": AuthError,
        "403": PermissionDenied,
        "404": NotFound,
    },
    otherwise=PlatformError,
)
"""By the reply's code; codes that are not listed go by the HTTP status."""

PAGE_SIZE_MAX = 100
_OVERLAP = timedelta(minutes=10)
_PAGES = Limits(page_size_max=PAGE_SIZE_MAX, settle_delay=timedelta(seconds=60), overlap=_OVERLAP)

LIMITS: Mapping[str, Limits] = {
    "list_orders": _PAGES,
    "list_refunds": _PAGES,
    "list_listings": Limits(page_size_max=PAGE_SIZE_MAX),
    "ship": Limits(batch_max=1),
    "push_stock": Limits(batch_max=1),
}
"""The core limits no calls, hosts do in their own ways. Settle delay and overlap are this library's caution."""

_YES_NO = (True, False)
SETTINGS = (
    Setting("auth", "how calls are authorised; auto is basic over https and oauth over http", "auto",
            ("auto", "basic", "query", "oauth")),
    Setting("page_size", "rows a page, 1 to 100", 100),
    Setting("order_status", "statuses that lists ask for, by comma", "any"),
    Setting("window_bounds", "whether the bounds of a window leave their own second out; not documented", "exclusive",
            ("exclusive", "inclusive")),
    Setting("status_map", "order statuses of plugins -> our words, for example shipped -> shipped",
            {}),
    Setting("cod_methods", "payment_method of cash on delivery; its name is not documented", ("cod",)),
    Setting("unpaid_processing", "payment of an order in processing without a time of payment", "unknown",
            ("unknown", "unpaid")),
    Setting("refund_lines", "read the refunds of orders that have some, to know their lines", True, _YES_NO),
    Setting("refunded_item_key", "meta key by which a line of a refund names the order's line", "_refunded_item_id"),
    Setting("parcels_key", "meta key under which parcels are written and read", "orderhub_parcels"),
    Setting("tracking_number_key", "meta key of a plugin that shows waybill numbers, written too; by comma if several"),
    Setting("tracking_carrier_key", "meta key of a plugin that shows the carrier, written too"),
    Setting("carrier_names", "our carrier code -> the name that buyers are shown", {}),
    Setting("shipped_status", "status of an order that was sent whole", "completed"),
    Setting("part_shipped_status", "status of a plugin for an order that was sent in part; unchanged unless given"),
    Setting("ship_note", "note with the waybill: none, for the shop alone, or mailed to the buyer", "none",
            ("none", "private", "customer")),
    Setting("currency", "currency of the shop's list prices, for listings: products do not tell it"),
    Setting("memo_key", "meta key of the seller's note", "orderhub_memo"),
    Setting("app_name", "name of the app on the page where the merchant agrees", "orderhub"),
    Setting("scope", "what the merchant agrees to", "read_write", ("read", "write", "read_write")),
    Setting("callback_url", "https address that the shop posts the key pair to; the return address unless given"),
    Setting("webhook_secret", "secret of the shop's webhooks; the consumer secret unless given"),
    Setting("webhook_url", "address that webhooks are delivered to, for permit_messages", sample="https://app.example/woo"),
)  # fmt: skip

_NO_CASES = "the core knows no requests: a refund is made or not, and nothing is there to be answered"
ABSENT: Mapping[str, str] = {
    "agree_refund": _NO_CASES,
    "refuse_refund": _NO_CASES,
    "agree_return": _NO_CASES,
    "confirm_return": _NO_CASES,
    "refuse_return": _NO_CASES,
    "ship_exchange": _NO_CASES,
    "refuse_reasons": _NO_CASES,
    "return_addresses": "the core has no addresses for returns",
    "list_invoice_requests": "the core has no field for tax invoices",
    "carriers": "the core has no carriers: any code may be written, `carrier_names` says what buyers are shown",
    "change_stock": "figures are absolute: there is no call that adds or takes away",
    "exchange_code": "the shop posts the key pair to callback_url; give it as app_key and app_secret",
    "refresh_token": "a key pair does not lapse",
    "pull_messages": "webhooks are posted to the host; see decode_message",
    "confirm_messages": "a webhook is confirmed by its HTTP status; five refusals in a row switch it off",
    "decrypt": "receivers come in the clear",
    "merge_groups": "receivers come in the clear: addresses are compared",
    "server_time": "no call tells the shop's clock; its offset is learnt from the Date header",
}
