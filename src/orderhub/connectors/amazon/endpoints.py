"""Every operation that is called: method, path, token bucket. Pure data.

Source: docs/platforms/amazon.md#limits. Names are the API's short name, a dot and Amazon's operation id; `rate_per_s`
and `burst` are the documented defaults, corrected by what replies tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orderhub.models.channel import Limits, Rate

__all__ = ["BUCKETS", "ENDPOINTS", "RATES", "RESTRICTED", "Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation; `{name}` in the path is filled in, percent-encoded. Rate in calls a second."""

    method: str
    path: str
    rate_per_s: float
    burst: int


_ORDERS, _ORDERS_V0 = "/orders/2026-01-01/orders", "/orders/v0/orders"
_LISTINGS = "/listings/2021-08-01/items/{sellerId}"
_FEEDS = "/feeds/2021-06-30"
_NOTIFICATIONS = "/notifications/v1"

ENDPOINTS: Mapping[str, Endpoint] = {
    "orders.searchOrders": Endpoint("GET", _ORDERS, 0.0056, 20),
    "orders.getOrder": Endpoint("GET", f"{_ORDERS}/{{orderId}}", 0.5, 30),
    "orders_v0.getOrders": Endpoint("GET", _ORDERS_V0, 0.0167, 20),
    "orders_v0.getOrder": Endpoint("GET", f"{_ORDERS_V0}/{{orderId}}", 0.5, 30),
    "orders_v0.getOrderItems": Endpoint("GET", f"{_ORDERS_V0}/{{orderId}}/orderItems", 0.5, 30),
    "orders_v0.confirmShipment": Endpoint("POST", f"{_ORDERS_V0}/{{orderId}}/shipmentConfirmation", 2, 10),
    "tokens.createRestrictedDataToken": Endpoint("POST", "/tokens/2021-03-01/restrictedDataToken", 1, 10),
    "listings.searchListingsItems": Endpoint("GET", _LISTINGS, 5, 5),
    "listings.getListingsItem": Endpoint("GET", f"{_LISTINGS}/{{sku}}", 5, 10),
    "listings.patchListingsItem": Endpoint("PATCH", f"{_LISTINGS}/{{sku}}", 5, 5),
    "feeds.createFeedDocument": Endpoint("POST", f"{_FEEDS}/documents", 0.5, 15),
    "feeds.createFeed": Endpoint("POST", f"{_FEEDS}/feeds", 0.0083, 15),
    "feeds.getFeed": Endpoint("GET", f"{_FEEDS}/feeds/{{feedId}}", 2, 15),
    "feeds.getFeedDocument": Endpoint("GET", f"{_FEEDS}/documents/{{feedDocumentId}}", 0.0222, 10),
    "notifications.getDestinations": Endpoint("GET", f"{_NOTIFICATIONS}/destinations", 1, 5),
    "notifications.createDestination": Endpoint("POST", f"{_NOTIFICATIONS}/destinations", 1, 5),
    "notifications.createSubscription": Endpoint("POST", f"{_NOTIFICATIONS}/subscriptions/{{notificationType}}", 1, 5),
}

RATES: Mapping[str, Limits] = {
    name: Limits(rate_per_s=endpoint.rate_per_s, burst=endpoint.burst) for name, endpoint in ENDPOINTS.items()
}
"""Where the token buckets start, by operation."""

BUCKETS: Mapping[str, tuple[Rate, ...]] = {
    name: (Rate(endpoint.rate_per_s, burst=endpoint.burst),) for name, endpoint in ENDPOINTS.items()
}
"""The same as the limiter takes them: one bucket for each application, seller and operation."""

RESTRICTED: Mapping[str, tuple[str, ...]] = {
    "orders_v0.getOrders": ("buyerInfo", "shippingAddress"),
    "orders_v0.getOrder": ("buyerInfo", "shippingAddress"),
    "orders_v0.getOrderItems": ("buyerInfo",),
}
"""Operations that show personal data only to a restricted data token, and the data elements asked for."""
