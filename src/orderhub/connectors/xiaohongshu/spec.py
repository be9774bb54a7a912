"""Xiaohongshu as data: words, error settings, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/xiaohongshu.md; what that page marks UNVERIFIED is a named setting here,
or is absent with the reason. Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    Conflict,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    PlatformError,
    RateLimited,
    SignatureRejected,
    TokenExpired,
)
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus, PaymentStatus, RefundKind

__all__ = [
    "ABSENT", "CASE_KIND", "CASE_STATUS", "CHANGED_SPAN", "CODES", "CREATED_SPAN", "ERRORS", "LIMITS", "PAGES_MAX",
    "PAGE_SIZE_MAX", "PAYMENT", "SETTINGS", "SOURCE", "STATUS", "STATUS_HOLDS",
]  # fmt: skip

SOURCE = "docs/platforms/xiaohongshu.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "1": OrderStatus.PENDING_PAYMENT,
        "2": OrderStatus.UNKNOWN,  # the platform is at work on it: held
        "3": OrderStatus.UNKNOWN,  # at the customs: held
        "4": OrderStatus.AWAITING_SHIPMENT,
        "5": OrderStatus.PARTIALLY_SHIPPED,
        "6": OrderStatus.SHIPPED,
        "7": OrderStatus.COMPLETED,
        "8": OrderStatus.CANCELLED,  # closed; kept as shipped when parcels had left
        "9": OrderStatus.CANCELLED,  # cancelled; the same
        "10": OrderStatus.UNKNOWN,  # an exchange was asked for: a case and a label
    },
    f"{SOURCE}#order-status",
)

STATUS_HOLDS: Mapping[str, Hold] = {"2": Hold.OTHER, "3": Hold.OTHER}
"""Statuses that forbid shipping, beside the word they map to."""

PAYMENT: Mapping[str, PaymentStatus] = {
    "1": PaymentStatus.UNPAID, "4": PaymentStatus.PAID, "5": PaymentStatus.PAID, "6": PaymentStatus.PAID,
    "7": PaymentStatus.PAID,
}  # fmt: skip
"""What a status says about money; where it says nothing, `paidTime` does, and of a closed order even that does not."""

CASE_STATUS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "1": AftersaleStatus.REQUESTED,
        "2": AftersaleStatus.IN_PROGRESS,  # the buyer is to send goods back
        "3": AftersaleStatus.IN_PROGRESS,  # the merchant is to receive them
        "4": AftersaleStatus.REFUNDED,
        "5": AftersaleStatus.CLOSED,
        "6": AftersaleStatus.CLOSED,
        "9": AftersaleStatus.REFUSED,
        **dict.fromkeys(("12", "13", "14", "9001"), AftersaleStatus.UNKNOWN),  # listed, their meaning is not
    },
    f"{SOURCE}#aftersale",
)

CASE_KIND = WordTable(
    RefundKind.UNKNOWN, dict.fromkeys(("1", "2", "4", "5", "6"), RefundKind.UNKNOWN), f"{SOURCE}#aftersale"
)
"""returnType: the values are documented, what they mean is not; see the setting `return_kinds`."""

ERRORS = ErrorTable("xiaohongshu", f"{SOURCE}#errors", otherwise=PlatformError)
"""No table of codes is documented. `CODES` says which settings name some."""

CODES: Mapping[str, type[PlatformError]] = {
    "signature_codes": SignatureRejected, "token_codes": TokenExpired, "permission_codes": PermissionDenied,
    "parameter_codes": InvalidParameter, "not_found_codes": NotFound, "conflict_codes": Conflict,
    "limit_codes": RateLimited,
}  # fmt: skip
"""Setting -> what the error codes that it names mean."""

PAGE_SIZE_MAX, PAGES_MAX = 100, 100
CREATED_SPAN, CHANGED_SPAN = timedelta(hours=24), timedelta(minutes=30)
"""Longest spans of the lists by creation and by change, of orders and of cases alike."""
_SETTLE, _OVERLAP = timedelta(seconds=60), timedelta(minutes=10)

LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(page_size_max=PAGE_SIZE_MAX, window_max=CREATED_SPAN, settle_delay=_SETTLE, overlap=_OVERLAP),
    "list_refunds": Limits(window_max=CREATED_SPAN, settle_delay=_SETTLE, overlap=_OVERLAP),
    "ship": Limits(batch_max=1),
    "push_stock": Limits(batch_max=1),
    "decrypt": Limits(batch_max=20),
}
"""A window by change is read in spans of half an hour. Settle delay, overlap and receivers a decryption are this
library's caution; rates are not documented."""

_YES_NO = (True, False)
SETTINGS = (
    Setting("page_size", "rows a page of orders, 1 to 100", PAGE_SIZE_MAX),
    Setting("refund_page_size", "rows a page of cases; how many it takes is not documented", 50),
    Setting("list_time_unit", "unit of the span of the order list; clients send seconds, no document says", "s",
            ("s", "ms")),
    Setting("signature_codes", "error codes of a bad signature; the table is not documented, this is the sandbox's",
            ("1001",)),
    Setting("token_codes", "error codes of an access token that lapsed; as above", ("1002",)),
    Setting("permission_codes", "error codes of a call that the app may not make; as above", ()),
    Setting("parameter_codes", "error codes of a wrong parameter; as above", ("1004",)),
    Setting("not_found_codes", "error codes of an order, case or SKU that is not there; as above", ("1005",)),
    Setting("conflict_codes", "error codes of a state that forbids the call; as above", ("1006",)),
    Setting("limit_codes", "error codes of too many calls; as above", ()),
    Setting("cancel_quiet", "values of cancelStatus that hold nothing; only 0 is documented", ("0",)),
    Setting("aftersale_words", "value of orderAfterSalesStatus -> our after-sale word; the values are not documented",
            {"0": "none"}),
    Setting("gift_tags", "values of skuTag that mean a gift; not documented", ()),
    Setting("return_kinds", "returnType -> our kind of case; what the values mean is not documented", {}),
    Setting("ship_held", "ship orders although the buyer asked to cancel or a case is open", False, _YES_NO),
    Setting("express_codes", "our carrier code -> the platform's company code, before its own list", {}),
    Setting("return_address_id", "returnAddressId of parcels: where they go back to; left out unless given"),
    Setting("operator", "who is named with a seller's note", "orderhub"),
    Setting("stock_mode", "add what unpaid orders hold, which is read first, or send the figure as it is",
            "with_held", ("with_held", "plain")),
    Setting("stock_total_field", "name of the whole stock in its reading; not documented", "qty"),
    Setting("stock_sellable_field", "name of the stock that can be bought in its reading; not documented", "sellable"),
    Setting("whcode", "warehouse whose stock is pushed, by the second form of the call; none unless given"),
    Setting("decrypted_field", "name of the plain text in answers of a decryption; not documented", "decryptedData"),
)  # fmt: skip

_BODY = "the call exists, the fields of its body are not documented"
ABSENT: Mapping[str, str] = {
    **dict.fromkeys(("agree_refund", "refuse_refund", "agree_return"), f"afterSale.auditReturns: {_BODY}"),
    "confirm_return": f"afterSale.confirmReceive: {_BODY}",
    "refuse_return": f"afterSale.confirmReceive: {_BODY}",
    "ship_exchange": f"afterSale.receiveAndShip: {_BODY}",
    "refuse_reasons": f"afterSale.rejectReasons: {_BODY}",
    "return_addresses": "no call that lists return addresses is documented; the console shows their ids",
    "list_invoice_requests": "orders tell nothing of invoices",
    "change_address": "no call that replaces a receiver is documented",
    "close_order": "no call by which a seller closes an order is documented",
    "listings": "no call that lists a shop's goods is documented; orders and the hub's `skus` name SKUs",
    "authorize_url": "the address where a seller agrees is not documented; the console shows it",
    "decode_message": "form and signature of pushes are not documented: orders are polled",
    "pull_messages": "no queue of messages is documented: orders are polled",
    "confirm_messages": "no queue of messages is documented: orders are polled",
    "permit_messages": "no call that switches messages on is documented",
    "merge_groups": "orders carry openAddressId: equal Recipient.privacy.merge_key means one receiver",
    "server_time": "no call tells the platform's clock; its offset is learnt from the Date header",
    **dict.fromkeys(("waybill_accounts", "waybill_templates", "create_waybills", "find_waybills", "query_waybills",
                     "cancel_waybill"), "no call for waybills of the platform is documented"),
}  # fmt: skip
