"""Youzan as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/youzan.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    AuthError,
    Conflict,
    InvalidParameter,
    NotFound,
    PlatformError,
    RequestRejected,
    TokenExpired,
)
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus

__all__ = [
    "ABSENT", "CLOSE_REFUNDED", "ERRORS", "LIMITS", "PAGE_SIZE_MAX", "REFUND_STATE", "REFUND_WORDS", "ROWS_MAX",
    "SETTINGS", "SOURCE", "STATUS", "STATUS_HOLDS", "TRANSIENT",
]  # fmt: skip

SOURCE = "docs/platforms/youzan.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "WAIT_BUYER_PAY": OrderStatus.PENDING_PAYMENT,
        "TRADE_PAID": OrderStatus.AWAITING_SHIPMENT,  # for a moment, held
        "WAIT_CONFIRM": OrderStatus.AWAITING_SHIPMENT,  # a group forms, or somebody has to accept: held
        "WAIT_SELLER_SEND_GOODS": OrderStatus.AWAITING_SHIPMENT,
        "WAIT_BUYER_CONFIRM_GOODS": OrderStatus.SHIPPED,
        "TRADE_BUYER_SIGNED": OrderStatus.DELIVERED,  # old rows only
        "TRADE_SUCCESS": OrderStatus.COMPLETED,
        "TRADE_CLOSED": OrderStatus.CANCELLED,
    },
    f"{SOURCE}#status",
)

STATUS_HOLDS: Mapping[str, Hold] = {"TRADE_PAID": Hold.OTHER, "WAIT_CONFIRM": Hold.OTHER}
"""Order statuses that hold an order, beside the word they map to."""

REFUND_STATE = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "0": AftersaleStatus.NONE,
        "1": AftersaleStatus.IN_PROGRESS,
        "2": AftersaleStatus.PARTIALLY_REFUNDED,
        "11": AftersaleStatus.IN_PROGRESS,
        "12": AftersaleStatus.REFUNDED,
    },
    f"{SOURCE}#refund-state",
)
TRANSIENT = frozenset({"1", "11"})
"""refund_state while money is on its way: read again."""

CLOSE_REFUNDED = frozenset({"2", "6"})
"""close_type of an order that was closed because its money, or part of it, went back."""

REFUND_WORDS = WordTable(AftersaleStatus.UNKNOWN, {}, f"{SOURCE}#refunds")
"""Not documented: the setting `refund_words` may add some; whatever is not there is unknown with its raw value."""

ERRORS = ErrorTable(
    "youzan",
    f"{SOURCE}#errors",
    exact={
        "4001": RequestRejected,
        "4005": RequestRejected,
        "4007": RequestRejected,
        "4201": AuthError,
        "4203": TokenExpired,
        "1000": RequestRejected,
        "1103": AuthError,
        "123000104": InvalidParameter,
        "400": InvalidParameter,
        "404": NotFound,
        "409": Conflict,
    },
    otherwise=PlatformError,
)
"""Gateway and token codes as documented; 400, 404 and 409 are the sandbox's own, since business codes are not."""

PAGE_SIZE_MAX = 100
ROWS_MAX = 10_000
"""A list reaches a hundred pages of a hundred rows: fuller windows are cut."""
_PAGES = Limits(
    page_size_max=PAGE_SIZE_MAX, window_max=timedelta(days=90), settle_delay=timedelta(seconds=60),
    overlap=timedelta(minutes=10),
)  # fmt: skip
LIMITS: Mapping[str, Limits] = {
    "list_orders": _PAGES,
    "list_refunds": _PAGES,
    "ship": Limits(batch_max=1),
    "push_stock": Limits(batch_max=1),
}
"""Rates are not documented. Settle delay and overlap are this library's caution."""

SETTINGS = (
    Setting("grant_id", "the shop's number (kdt_id), for the token call"),
    Setting("page_size", "rows a page, 1 to 100", 100),
    Setting(
        "parcels", "which orders' parcels are read with them, one call an order", "all", ("all", "to_ship", "none")
    ),
    Setting("express_version", "version of youzan.logistics.express.get; not documented", "3.0.0"),
    Setting("update_version", "version of youzan.logistics.online.update", "3.0.1"),
    Setting("quantity_type", "value of `type` for a full quantity", 0),
    Setting("token_lives_s", "seconds that an access token lives when the reply does not say", 7 * 86400),
    Setting("memo_flag", "send the flag of a note; its range is not documented", False, (True, False)),
    Setting("refund_words", "status of a refund -> our words; none are documented", {}),
)

_CASES = "neither the statuses of cases nor the calls that answer them are documented"
ABSENT: Mapping[str, str] = {
    "agree_refund": _CASES,
    "refuse_refund": _CASES,
    "agree_return": _CASES,
    "confirm_return": _CASES,
    "refuse_return": _CASES,
    "ship_exchange": _CASES,
    "refuse_reasons": _CASES,
    "return_addresses": _CASES,
    "list_invoice_requests": "no call for tax invoices is documented",
    "listings": "no documented call lists the goods; stock goes to the ids that orders show",
    "change_address": "no call that changes a receiver is documented",
    "close_order": "no call that closes an order is documented",
    "change_stock": "quantities are set in full; a delta repeated after a lost reply would count twice",
    "authorize_url": "an app of one shop gets its token silently; the address for sellers is not documented",
    "exchange_code": "an app of one shop gets its token silently, by its number alone",
    "pull_messages": "messages are posted to the host; see decode_message",
    "confirm_messages": "a message is confirmed by the answer to its post",
    "permit_messages": "messages are switched on in the app's console",
    "decrypt": "no encryption of receivers is documented",
    "merge_groups": "out_address_hash_code of list rows is the merge key of the receiver",
    "server_time": "no call tells the platform's clock; its offset is learnt from the Date header",
    "waybill_accounts": "no waybills of the platform are documented",
}
