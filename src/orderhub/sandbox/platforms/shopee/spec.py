"""Shopee's tables: regions, statuses and moves, channels, pushes, switches. Source: docs/platforms/shopee.md.

Imports `emulator` only. Whatever no source settles is a switch here.
"""

from __future__ import annotations

from dataclasses import dataclass

from orderhub.sandbox.emulator import Switch

__all__ = [
    "ALWAYS", "CANCEL_REASONS", "CHANNELS", "LIST_STATUS", "MOVES", "OPTIONAL", "PUSHES", "REGIONS", "RETURN_MOVES",
    "RETURN_OPEN", "SWITCHES", "Channel", "Region",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    """A country with its own currency.

    Attributes:
        digits: Decimals of the currency.
        share: Units of the currency for a hundred yuan.
        phone: Country code.
        cities: City, state and post code of receivers at home.
    """

    code: str
    currency: str
    digits: int
    share: int
    phone: str
    cities: tuple[tuple[str, str, str], ...]


REGIONS: tuple[Region, ...] = (
    Region("SG", "SGD", 2, 19, "65", (("Singapore", "Singapore", "238839"), ("Singapore", "Singapore", "520110"))),
    Region("BR", "BRL", 2, 78, "55", (("São Paulo", "SP", "01310-100"), ("Curitiba", "PR", "80010-000"))),
    Region("MY", "MYR", 2, 60, "60", (("Petaling Jaya", "Selangor", "47301"), ("George Town", "Penang", "10200"))),
    Region("TW", "TWD", 0, 440, "886", (("台北市", "台灣", "106"), ("高雄市", "台灣", "802"))),
)
"""Shops take them in turn, so that currencies stand side by side."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A logistics channel: which ways of sending it offers, and the keys that each wants."""

    number: int
    name: str
    ways: dict[str, tuple[str, ...]]

    @property
    def integrated(self) -> bool:
        """Whether Shopee gives the number out and follows the parcel."""
        return "non_integrated" not in self.ways


CHANNELS: tuple[Channel, ...] = (
    Channel(18099, "SF Express", {"non_integrated": ("tracking_number",)}),
    Channel(18028, "Standard Delivery", {"pickup": ("address_id", "pickup_time_id"), "dropoff": ()}),
    Channel(18055, "Drop-off Point", {"dropoff": ("branch_id", "sender_real_name")}),
    Channel(18060, "Locker Express", {"dropoff": ("tracking_number",)}),
)
"""One that the shop sends by itself, and three that Shopee runs; names and numbers are the sandbox's own."""

ALWAYS = (
    "order_sn", "region", "currency", "cod", "order_status", "message_to_seller", "create_time", "update_time",
    "days_to_ship", "ship_by_date", "booking_sn", "pending_terms", "checkout_shipping_carrier",
)  # fmt: skip
"""What get_order_detail tells unasked."""

OPTIONAL = (
    "total_amount", "pay_time", "note", "note_update_time", "buyer_user_id", "buyer_username",
    "estimated_shipping_fee", "actual_shipping_fee", "payment_method", "shipping_carrier", "split_up", "cancel_by",
    "cancel_reason", "buyer_cancel_reason", "pickup_done_time", "fulfillment_flag", "invoice_data", "dropshipper",
    "recipient_address", "item_list", "package_list",
)  # fmt: skip
"""What it tells when asked by name."""

LIST_STATUS = frozenset({
    "UNPAID", "READY_TO_SHIP", "PROCESSED", "SHIPPED", "COMPLETED", "IN_CANCEL", "CANCELLED", "INVOICE_PENDING",
    "PENDING",
})  # fmt: skip
"""What `order_status` may ask for."""

MOVES: dict[tuple[str, str], str] = {
    ("UNPAID", "pay"): "READY_TO_SHIP",
    ("UNPAID", "cancel"): "CANCELLED",
    ("PENDING", "clear"): "READY_TO_SHIP",
    ("PENDING", "cancel"): "CANCELLED",
    ("INVOICE_PENDING", "clear"): "READY_TO_SHIP",
    ("INVOICE_PENDING", "cancel"): "CANCELLED",
    ("READY_TO_SHIP", "arrange"): "PROCESSED",
    ("READY_TO_SHIP", "cancel"): "CANCELLED",
    ("READY_TO_SHIP", "ask_cancel"): "IN_CANCEL",
    ("PROCESSED", "ask_cancel"): "IN_CANCEL",
    ("PROCESSED", "cancel"): "CANCELLED",
    ("PROCESSED", "pick_up"): "SHIPPED",
    ("IN_CANCEL", "accept"): "CANCELLED",
    ("SHIPPED", "receive"): "COMPLETED",
    ("SHIPPED", "arrive"): "TO_CONFIRM_RECEIVE",
    ("TO_CONFIRM_RECEIVE", "receive"): "COMPLETED",
    ("TO_CONFIRM_RECEIVE", "send_back"): "TO_RETURN",
    ("TO_RETURN", "receive"): "COMPLETED",
}
"""(order status, what happens) to order status; anything else is refused. A refused wish to cancel goes back."""

RETURN_MOVES: dict[tuple[str, str], str] = {
    ("REQUESTED", "agree_return"): "PROCESSING",
    ("REQUESTED", "confirm"): "ACCEPTED",
    ("REQUESTED", "cancel"): "CANCELLED",
    ("REQUESTED", "dispute"): "JUDGING",
    ("PROCESSING", "confirm"): "ACCEPTED",
    ("PROCESSING", "cancel"): "CANCELLED",
    ("PROCESSING", "dispute"): "JUDGING",
    ("ACCEPTED", "dispute"): "JUDGING",
    ("ACCEPTED", "pay"): "REFUND_PAID",
    ("JUDGING", "pay"): "REFUND_PAID",
    ("JUDGING", "close"): "CLOSED",
}
"""(return status, what happens) to return status; the four last names have no source that was read."""

RETURN_OPEN = frozenset({"REQUESTED", "PROCESSING", "ACCEPTED", "JUDGING"})

CANCEL_REASONS = frozenset({"OUT_OF_STOCK", "CUSTOMER_REQUEST", "UNDELIVERABLE_AREA", "COD_NOT_SUPPORTED"})

PUSHES: dict[int, str] = {
    1: "shop authorised", 2: "shop de-authorised", 3: "order status", 4: "tracking number", 5: "Shopee updates",
    6: "banned item", 7: "item promotion", 8: "reserved stock", 9: "promotion", 10: "webchat", 11: "video",
    12: "authorisation expiry", 13: "brand",
}  # fmt: skip

SWITCHES: dict[str, Switch] = {
    "clock_tolerance_s": Switch(300, "how far the timestamp may be off"),
    "access_token_s": Switch(14_400, "life of an access token"),
    "refresh_token_s": Switch(30 * 86_400, "life of a refresh token, which is good once"),
    "code_s": Switch(600, "life of an authorisation code, which is good once"),
    "refresh_ends_access": Switch(False, "whether a refresh ends the access token before it"),
    "sign_error": Switch("error_sign", "what a wrong signature is called"),
    "token_error": Switch("error_auth", "what an unknown or lapsed access token is called"),
    "clock_error": Switch("error_param", "what a timestamp that is off is called"),
    "permission_error": Switch("error_permission", "what a shop that did not authorise is called"),
    "not_found_error": Switch("error_not_found", "what an order, package, item or return that is not there is called"),
    "limit_error": Switch("error_rate_limit", "what too many calls are called"),
    "limit_status": Switch(429, "HTTP status of too many calls; 429 tells Retry-After", (200, 429)),
    "refusal_status": Switch(200, "HTTP status of any other refusal"),
    "calls_per_second": Switch(0, "calls of a shop within a second; 0 is no limit (no figure is documented)"),
    "tracking_delay_s": Switch(30, "how long after arranging the number of a channel of Shopee appears"),
    "own_parcels_leave": Switch(True, "whether a parcel that the shop sends by itself counts as picked up at once"),
    "pending_unasked": Switch("READY_TO_SHIP", "how PENDING shows to callers that did not ask for it"),
    "masked_addresses": Switch(False, "receivers are shown with stars to this app"),
    "lost_push_days": Switch(3, "how long pushes that nobody took can be read"),
}
