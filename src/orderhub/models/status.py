"""The pinned words of every axis. Imports `models.base`."""

from __future__ import annotations

from orderhub.models.base import Word

__all__ = [
    "AftersaleStatus", "DiscountFunder", "FulfilledBy", "FulfilmentStatus", "Hold", "InvoiceStatus", "ListingStatus",
    "OrderStatus", "PaymentStatus", "PrivacyKind", "RefundKind", "Severity",
]  # fmt: skip


class OrderStatus(Word):
    """Summary status of an order or a line."""

    PENDING_PAYMENT = "pending_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class PaymentStatus(Word):
    """Whether the buyer's money is here."""

    UNPAID = "unpaid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class FulfilmentStatus(Word):
    """Where the goods are."""

    UNFULFILLED = "unfulfilled"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class AftersaleStatus(Word):
    """What has become of refund and return requests."""

    NONE = "none"
    REQUESTED = "requested"
    IN_PROGRESS = "in_progress"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    REFUSED = "refused"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Hold(Word):
    """A reason why an order must not be shipped now."""

    REFUND_OPEN = "refund_open"
    OUT_OF_STOCK = "out_of_stock"
    GIFT_PENDING = "gift_pending"
    RISK_CONTROL = "risk_control"
    UNDER_REVIEW = "under_review"
    LOCKED = "locked"
    PLATFORM_PAUSE = "platform_pause"
    GROUP_NOT_FORMED = "group_not_formed"
    LOTTERY = "lottery"
    PRESALE = "presale"
    DEPOSIT_ONLY = "deposit_only"
    PRE_AUTHORISED = "pre_authorised"
    BUYER_CANCEL_REQUESTED = "buyer_cancel_requested"
    UNFULFILLABLE = "unfulfillable"
    ADDRESS_INCOMPLETE = "address_incomplete"
    UNKNOWN_VALUE = "unknown_value"
    OTHER = "other"


class FulfilledBy(Word):
    """Who must ship."""

    MERCHANT = "merchant"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


class PrivacyKind(Word):
    """How much of a person the platform shows."""

    CLEAR = "clear"
    MASKED = "masked"
    ENCRYPTED = "encrypted"
    ABSENT = "absent"


class RefundKind(Word):
    """What an after-sale case is about."""

    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"
    EXCHANGE = "exchange"
    REISSUE = "reissue"
    REJECTED_DELIVERY = "rejected_delivery"
    INTERCEPT = "intercept"
    UNKNOWN = "unknown"


class InvoiceStatus(Word):
    """What has become of a buyer's wish for a tax invoice."""

    REQUESTED = "requested"
    IN_PROGRESS = "in_progress"
    ISSUED = "issued"
    FAILED = "failed"
    REVERSED = "reversed"
    REFUSED = "refused"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class DiscountFunder(Word):
    """Who bears a discount."""

    SELLER = "seller"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


class ListingStatus(Word):
    """Whether a listing can be bought."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class Severity(Word):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
