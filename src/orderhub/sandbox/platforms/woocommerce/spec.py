"""WooCommerce's tables: paths, statuses, codes, topics, switches. Source: docs/platforms/woocommerce.md.

Imports `emulator` only. Whatever the page marks UNVERIFIED, or does not tell, is a switch here.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "AUTHORIZE", "CANNOT_VIEW", "EVENTS", "FAILURES_MAX", "NO_ROUTE", "ORDER_BY", "PER_PAGE", "PER_PAGE_MAX", "ROOT",
    "SCOPES", "STATUSES", "STOCK_STATUSES", "SWITCHES", "TERM_INVALID", "invalid_id",
]  # fmt: skip

ROOT, AUTHORIZE = "/wp-json/wc/v3", "/wc-auth/v1/authorize"

STATUSES = frozenset({"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash"})
"""Statuses of the core; plugins add others."""

STOCK_STATUSES = frozenset({"instock", "outofstock", "onbackorder"})
SCOPES = frozenset({"read", "write", "read_write"})
ORDER_BY = frozenset({"date", "id", "include", "title", "slug"})
PER_PAGE, PER_PAGE_MAX = 10, 100
EVENTS = frozenset({"created", "updated", "deleted"})
RESOURCES = frozenset({"order", "product", "customer", "coupon"})
FAILURES_MAX = 5
"""Consecutive answers other than 2xx after which a webhook is disabled."""

NO_ROUTE, CANNOT_VIEW = "rest_no_route", "woocommerce_rest_cannot_view"
TERM_INVALID = "woocommerce_rest_term_invalid"


def invalid_id(kind: str) -> str:
    """Code for a number that nothing has; told for `shop_order`, the others follow the rule of their sister."""
    return f"woocommerce_rest_{kind}_invalid_id"


SWITCHES: dict[str, Switch] = {
    "basic_over_http": Switch(
        False, "whether key and secret are taken in the clear over http, where OAuth is the rule"
    ),
    "timestamp_window_s": Switch(900, "seconds that oauth_timestamp may be off"),
    "nonce_once": Switch(False, "an oauth_nonce that came before is refused"),
    "permissions": Switch("read_write", "what the keys of the shops may do", ("read", "write", "read_write")),
    "denied_code": Switch(CANNOT_VIEW, "code of a refusal for keys, signatures and rights"),
    "parameter_code": Switch("rest_invalid_param", "code of a parameter that is out of bounds"),
    "limit_code": Switch("too_many_requests", "code of a host that throttles; the core has no limits"),
    "limit_status": Switch(429, "HTTP status of a host that throttles", (429, 503)),
    "calls_per_second": Switch(0, "calls of one shop in one second before its host throttles; 0 means no limit"),
    "bounds_inclusive": Switch(False, "after and before include their own second"),
    "any_shows_trash": Switch(False, "status any lists orders in the trash too"),
    "extra_statuses": Switch("", "statuses that plugins of the shops registered, by comma"),
    "line_price": Switch("text", "price of a line as text or as number", ("text", "number")),
    "shipping_phone": Switch(False, "newer versions: the receiver has a telephone of its own"),
    "refund_sign": Switch("negative", "figures in the lines of a refund", ("negative", "positive")),
    "refund_code": Switch("woocommerce_rest_invalid_order_refund", "code of a refund of more than is left"),
    "gateway_refunds": Switch(True, "the payment gateways of the shops can refund; else api_refund is refused"),
    "batch_max": Switch(100, "entries of one batch"),
    "sku_finds_variations": Switch(True, "products?sku= finds variations, not only products"),
    "first_ping": Switch(True, "a new webhook is tried with a form webhook_id=…"),
    "restored_topics": Switch(False, "topics .restored may be subscribed to"),
}
"""What no source settles."""
