"""Shopee as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/shopee.md; what that page marks UNVERIFIED is a named setting here, or
says so beside its line. Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import InvalidParameter, PlatformError, TokenExpired
from orderhub.kit.aftersale import ANY_KIND, CaseStep, CaseSteps
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits, Rate
from orderhub.models.status import AftersaleStatus, FulfilmentStatus, Hold, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "ARRANGED", "CANCEL_REASONS", "CASE_STEPS", "DETAIL_MAX", "ERRORS", "EVIDENCE", "LIMITS", "LOGISTICS",
    "MODELS_MAX", "OPTIONAL_FIELDS", "PAGE_SIZE_MAX", "PUSH_CODES", "RATES", "REFRESH_LIFE", "RETURN_KIND",
    "RETURN_STATUS", "SETTINGS", "SOURCE", "STAMP_LIFE", "STATUS", "STATUS_HOLDS", "WAYS",
]  # fmt: skip

SOURCE = "docs/platforms/shopee.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "UNPAID": OrderStatus.PENDING_PAYMENT,
        "PENDING": OrderStatus.UNKNOWN,  # why stands in pending_terms; held
        "READY_TO_SHIP": OrderStatus.AWAITING_SHIPMENT,
        "PROCESSED": OrderStatus.AWAITING_SHIPMENT,  # arranged already: held, so that nobody arranges it again
        "SHIPPED": OrderStatus.SHIPPED,
        "TO_CONFIRM_RECEIVE": OrderStatus.DELIVERED,  # no longer in the list's filter; older rows UNVERIFIED
        "COMPLETED": OrderStatus.COMPLETED,
        "IN_CANCEL": OrderStatus.AWAITING_SHIPMENT,  # the buyer asks to cancel: held
        "CANCELLED": OrderStatus.CANCELLED,
        "TO_RETURN": OrderStatus.DELIVERED,  # with an after-sale case; same remark as TO_CONFIRM_RECEIVE
        "INVOICE_PENDING": OrderStatus.AWAITING_SHIPMENT,  # Brazil: held until the invoice is there
    },
    f"{SOURCE}#order-status",
)

STATUS_HOLDS: Mapping[str, Hold] = {
    "PENDING": Hold.PLATFORM_PAUSE,
    "PROCESSED": Hold.LOCKED,
    "IN_CANCEL": Hold.BUYER_CANCEL_REQUESTED,
    "INVOICE_PENDING": Hold.OTHER,
}
"""Order statuses that forbid arranging a shipment, beside the word they map to."""

ARRANGED = frozenset({"PROCESSED", "SHIPPED", "TO_CONFIRM_RECEIVE", "COMPLETED", "TO_RETURN"})
"""Order statuses in which every parcel was arranged."""

LOGISTICS = WordTable(
    FulfilmentStatus.UNKNOWN,
    {
        "LOGISTICS_READY": FulfilmentStatus.UNFULFILLED,
        "LOGISTICS_REQUEST_CREATED": FulfilmentStatus.UNFULFILLED,
        "LOGISTICS_PICKUP_RETRY": FulfilmentStatus.UNFULFILLED,
        "LOGISTICS_PICKUP_DONE": FulfilmentStatus.SHIPPED,
        "LOGISTICS_DELIVERY_DONE": FulfilmentStatus.DELIVERED,
        "LOGISTICS_DELIVERY_FAILED": FulfilmentStatus.SHIPPED,
    },
    f"{SOURCE}#logistics-status",
)
"""Of a package. The states that were seen; the full list is UNVERIFIED, so that another one is not reported."""

RETURN_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "REQUESTED": AftersaleStatus.REQUESTED,
        "PROCESSING": AftersaleStatus.IN_PROGRESS,
        "ACCEPTED": AftersaleStatus.IN_PROGRESS,
        "JUDGING": AftersaleStatus.IN_PROGRESS,  # this name and the next three are UNVERIFIED
        "CANCELLED": AftersaleStatus.CLOSED,
        "CLOSED": AftersaleStatus.CLOSED,
        "REFUND_PAID": AftersaleStatus.REFUNDED,
    },
    f"{SOURCE}#return-status",
)

RETURN_KIND = WordTable(
    RefundKind.UNKNOWN,
    {"0": RefundKind.RETURN_AND_REFUND, "1": RefundKind.REFUND_ONLY},
    f"{SOURCE}#return-status",
)

_LIVE = dict.fromkeys(("REQUESTED", "PROCESSING"), ANY_KIND)
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep(_LIVE, frozenset({"ACCEPTED", "REFUND_PAID"})),
    "refuse_refund": CaseStep({**_LIVE, "ACCEPTED": ANY_KIND}, frozenset({"JUDGING"})),
}
"""`confirm` agrees, `dispute` asks the platform to judge; what is not here is refused before anything is sent."""

CANCEL_REASONS = ("OUT_OF_STOCK", "CUSTOMER_REQUEST", "UNDELIVERABLE_AREA", "COD_NOT_SUPPORTED")

WAYS = ("non_integrated", "dropoff", "pickup")
"""How a parcel may leave, in the order in which they are tried: the first takes the merchant's own number."""

PUSH_CODES: Mapping[int, str] = {
    1: "shop_authorised", 2: "shop_deauthorised", 3: "order_status", 4: "tracking_number", 5: "shopee_updates",
    6: "banned_item", 7: "item_promotion", 8: "reserved_stock", 9: "promotion", 10: "webchat", 11: "video",
    12: "authorisation_expiry", 13: "brand",
}  # fmt: skip

ERRORS = ErrorTable(
    "shopee",
    f"{SOURCE}#errors",
    exact={"error_auth": TokenExpired, "error_param": InvalidParameter},
    otherwise=PlatformError,
)
"""The two codes that occur in a client; the spelling of others is UNVERIFIED, so they are settings."""

PAGE_SIZE_MAX, DETAIL_MAX, MODELS_MAX = 100, 50, 50
STAMP_LIFE, REFRESH_LIFE = timedelta(minutes=5), timedelta(days=30)
_SPAN = timedelta(days=15) - timedelta(seconds=1)
"""Windows are asked with whole seconds, the last one included: one less than the fifteen days."""
_SETTLE, _OVERLAP = timedelta(seconds=60), timedelta(minutes=10)

RATES: Mapping[str, tuple[Rate, ...]] = {"*": (Rate(10.0, together=True),)}

_PAGES = Limits(page_size_max=PAGE_SIZE_MAX, window_max=_SPAN, settle_delay=_SETTLE, overlap=_OVERLAP, rate_per_s=10.0)
LIMITS: Mapping[str, Limits] = {
    "list_orders": _PAGES,
    "list_refunds": _PAGES,
    "get_order": Limits(rate_per_s=10.0),
    "ship": Limits(batch_max=1, rate_per_s=10.0),
    "create_waybills": Limits(batch_max=1, rate_per_s=10.0),
    "push_stock": Limits(batch_max=MODELS_MAX, rate_per_s=10.0),
    "pull_messages": Limits(page_size_max=100, history=timedelta(days=3)),
}
"""Ten calls a second are this library's caution: the platform's own figure is not documented. So are settle delay and
overlap."""

OPTIONAL_FIELDS = (
    "recipient_address", "item_list", "pay_time", "package_list", "note", "note_update_time", "invoice_data",
    "total_amount", "buyer_user_id", "buyer_username", "estimated_shipping_fee", "actual_shipping_fee",
    "payment_method", "shipping_carrier", "checkout_shipping_carrier", "split_up", "cancel_by", "cancel_reason",
    "buyer_cancel_reason", "pickup_done_time", "fulfillment_flag", "dropshipper", "pending_terms",
)  # fmt: skip
"""What a detail is asked for; a field that is not asked for does not come."""

_YES_NO = (True, False)
SETTINGS = (
    Setting("partner_shop_id", "the platform's shop_id, when the connection has another name"),
    Setting("main_account_id", "main account that a code was given for, instead of the shop"),
    Setting("callback_url", "address that pushes are sent to; part of their signature", None, (), False,
            "https://erp.example/shopee"),
    Setting("page_size", "rows a page, 1 to 100", 50),
    Setting("optional_fields", "fields that a detail is asked for", OPTIONAL_FIELDS),
    Setting("tracking_numbers", "read the numbers of arranged parcels, a call each", True, _YES_NO),
    Setting("depot_flags", "values of fulfillment_flag that mean the platform's own warehouse; UNVERIFIED",
            ("fulfilled_by_shopee",)),
    Setting("ship_way", "how parcels leave: the first that the order takes, or one by name", "auto", ("auto", *WAYS)),
    Setting("pickup_address_id", "address that parcels are fetched from; the first that is offered unless given"),
    Setting("pickup_time_id", "time slot of a pick-up; the first that is offered unless given"),
    Setting("branch_id", "branch that parcels are brought to; the first that is offered unless given"),
    Setting("sender_real_name", "who brings parcels to a branch, where that is asked for"),
    Setting("slug", "carrier of a parcel brought to a branch, where that is asked for"),
    Setting("location_id", "location of the seller's stock; left out unless given"),
    Setting("currency", "currency of cases that do not tell theirs"),
    Setting("dispute_email", "address that a dispute is answered to; disputes need it"),
    Setting("sign_codes", "error codes of a bad signature; spelling UNVERIFIED", ("error_sign",)),
    Setting("permission_codes", "error codes of a missing permission; spelling UNVERIFIED", ("error_permission",)),
    Setting("server_codes", "error codes of a failing server; spelling UNVERIFIED", ("error_inner", "error_server")),
    Setting("limit_codes", "error codes of too many calls; not documented", ()),
    Setting("missing_codes", "error codes of a document that is not there; not documented", ()),
    Setting("push_level", "whether push calls are signed for the app or for the shop; UNVERIFIED", "app",
            ("app", "shop")),
)  # fmt: skip

_NO_BODIES = "labels are documented by the names of their calls only"
ABSENT: Mapping[str, str] = {
    "count_orders": "no list tells how many rows it has",
    "agree_return": "one call agrees to a case, whatever it is about: agree_refund",
    "confirm_return": "no call by which a merchant confirms returned goods is documented",
    "refuse_return": "a dispute is raised by refuse_refund, in every state that allows it",
    "ship_exchange": "the platform has no exchanges",
    "refuse_reasons": "the list of reasons of a dispute is not documented; give its id as the code",
    "return_addresses": "no call that lists return addresses is documented",
    "list_invoice_requests": "the order itself tells what invoice the buyer wants: see Order.invoice",
    "carriers": "carriers are the platform's logistics channels; no call that lists them is documented",
    "change_address": "no call that replaces a receiver is documented",
    "change_stock": "stock calls set full figures",
    "listings": "no call that lists a shop's products is documented; orders and the hub's `skus` name item and model",
    "decrypt": "receivers are masked, and no call that opens them is documented",
    "merge_groups": "no token of a receiver is documented",
    "server_time": "no call tells the platform's clock; its offset is learnt from the Date header",
    "waybill_templates": _NO_BODIES,
    "query_waybills": _NO_BODIES,
}

EVIDENCE: Mapping[str, str] = {
    "decode_message": "vector_tested", "orders": "vector_tested", "authorize_url": "documented",
}  # fmt: skip
"""What proves a verb, where it is not the emulator: the list's signature and a push's have vectors."""
