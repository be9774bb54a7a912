"""Shopify's tables: words, moves, scopes, switches. Source: docs/platforms/shopify.md. Imports `emulator` only.

Whatever the page marks UNVERIFIED, or does not say, is a switch here, or a choice that says so.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Switch

__all__ = [
    "ACTIONS_OF", "CANCEL_REASONS", "FINANCIAL", "FULFILMENT", "HOLD_REASONS", "REQUESTS", "RESTOCKS", "RETURN_MOVES",
    "SCOPES", "SCOPE_OF", "SHIPPABLE", "SWITCHES", "TOPICS", "carries_change", "is_version",
]  # fmt: skip

FINANCIAL = frozenset({
    "AUTHORIZED", "EXPIRED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "VOIDED",
})  # fmt: skip
FULFILMENT = frozenset({
    "FULFILLED", "IN_PROGRESS", "ON_HOLD", "PARTIALLY_FULFILLED", "REQUEST_DECLINED", "SCHEDULED", "UNFULFILLED",
})  # fmt: skip
SHIPPABLE = frozenset({"OPEN", "IN_PROGRESS"})
"""Statuses of a fulfilment order that take a parcel."""
ACTIONS_OF: dict[str, tuple[str, ...]] = {
    "OPEN": ("CREATE_FULFILLMENT", "MOVE", "HOLD"),
    "IN_PROGRESS": ("CREATE_FULFILLMENT",),
    "ON_HOLD": ("RELEASE_HOLD",),
    "SCHEDULED": ("MOVE",),
}
"""supportedActions by status; which go with which is our reading."""
REQUESTS = frozenset({
    "UNSUBMITTED", "SUBMITTED", "ACCEPTED", "REJECTED", "CANCELLATION_REQUESTED", "CANCELLATION_ACCEPTED",
    "CANCELLATION_REJECTED", "CLOSED",
})  # fmt: skip
HOLD_REASONS = frozenset({
    "AWAITING_PAYMENT", "HIGH_RISK_OF_FRAUD", "INCORRECT_ADDRESS", "INVENTORY_OUT_OF_STOCK", "OTHER",
})  # fmt: skip
"""The four that the page names, and OTHER for the rest."""
CANCEL_REASONS = frozenset({"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"})
RESTOCKS = frozenset({"NO_RESTOCK", "CANCEL", "RETURN"})
RETURN_MOVES: dict[tuple[str, str], str] = {
    ("REQUESTED", "approve"): "OPEN",
    ("REQUESTED", "decline"): "DECLINED",
    ("REQUESTED", "cancel"): "CANCELED",
    ("OPEN", "close"): "CLOSED",
    ("OPEN", "cancel"): "CANCELED",
}
"""(ReturnStatus, what happens) to ReturnStatus; anything else is refused."""

TOPICS = (
    "orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/edited", "fulfillments/create",
    "fulfillments/update", "refunds/create", "inventory_levels/update",
)  # fmt: skip

SCOPES = (
    "read_orders,write_orders,read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders,"
    "read_assigned_fulfillment_orders,write_assigned_fulfillment_orders,read_inventory,write_inventory,read_products,"
    "read_locations,read_returns,write_returns"
)
SCOPE_OF: dict[str, str] = {
    "order": "read_orders", "orders": "read_orders", "refund": "read_orders", "fulfillment": "read_orders",
    "return": "read_returns", "fulfillmentOrder": "read_merchant_managed_fulfillment_orders",
    "product": "read_products", "products": "read_products", "productVariant": "read_products",
    "productVariants": "read_products", "inventoryItem": "read_inventory", "inventoryItems": "read_inventory",
    "location": "read_locations", "locations": "read_locations", "orderUpdate": "write_orders",
    "refundCreate": "write_orders", "inventorySetQuantities": "write_inventory",
    "inventoryAdjustQuantities": "write_inventory", "returnApproveRequest": "write_returns",
    "returnDeclineRequest": "write_returns", "returnClose": "write_returns",
    **dict.fromkeys((
        "fulfillmentCreate", "fulfillmentTrackingInfoUpdate", "fulfillmentCancel", "fulfillmentOrderMove",
        "fulfillmentOrderHold", "fulfillmentOrderReleaseHold",
    ), "write_merchant_managed_fulfillment_orders"),
}  # fmt: skip
"""Root field to the scope it needs; the pairs are our reading of the scopes' names."""

SWITCHES: dict[str, Switch] = {
    "throttle": Switch(False, "limits: the bucket of points is enforced, not only told"),
    "restore_rate": Switch(100, "limits: points a second that come back", (100, 200, 1000, 2000)),
    "bucket_size": Switch(2000, "limits: points that the bucket holds"),
    "query_cost_max": Switch(0, "limits: points of one query at most; 0 means no cap"),
    "mutation_cost": Switch(10, "limits: points of one mutation"),
    "first_max": Switch(250, "limits: most rows of one page of a connection"),
    "all_orders": Switch(False, "auth: the app has read_all_orders, beyond 60 days"),
    "scopes": Switch(SCOPES, "auth: scopes of tokens, by comma"),
    "token_status": Switch(401, "auth: HTTP status for a token that is not known or no longer good", (401, 403)),
    "client_token_s": Switch(86_400, "auth: seconds that a token of client_credentials lives"),
    "code_s": Switch(600, "auth: seconds that a code lives"),
    "default_status": Switch("any", "orders: what a filter without status means", ("any", "open")),
    "one_location": Switch(True, "ship: one fulfilment takes fulfilment orders of one location only"),
    "compare_code": Switch("COMPARE_QUANTITY_STALE", "stock: code of a wrong compareQuantity up to 2026-01"),
    "order_discounts_in_line_totals": Switch(
        True, "orders: discountedTotalSet and totalDiscountSet of a line include its share of order discounts"
    ),
    "missing_key_code": Switch("BAD_REQUEST", "stock: code of a mutation that lacks its @idempotent key"),
}
"""What no source settles."""


def is_version(text: str) -> bool:
    """Whether a path names a quarterly version."""
    year, _, month = text.partition("-")
    return len(year) == 4 and year.isdigit() and month in ("01", "04", "07", "10")


def carries_change(version: str) -> bool:
    """From 2026-04 rows carry changeFromQuantity and writes carry @idempotent."""
    return version >= "2026-04"
