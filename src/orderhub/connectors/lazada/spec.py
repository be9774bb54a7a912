"""Lazada as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/lazada.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    AuthError,
    ClockSkewed,
    Conflict,
    InvalidParameter,
    NotFound,
    PlatformError,
    RateLimited,
    RequestRejected,
    SignatureRejected,
    TokenExpired,
)
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "ARRANGED", "ASTRAY", "COUNTRIES", "ERRORS", "KINDS", "LIMITS", "OFFSET_MAX", "PAGE_SIZE_MAX",
    "PROVIDER_TYPES", "REQUEST_KIND", "REVERSE_STATUS", "SETTINGS", "SOURCE", "STATUS", "TO_PACK",
]  # fmt: skip

SOURCE = "docs/platforms/lazada.md"

COUNTRIES: Mapping[str, tuple[str, str]] = {
    "sg": ("api.lazada.sg", "SGD"), "my": ("api.lazada.com.my", "MYR"), "vn": ("api.lazada.vn", "VND"),
    "th": ("api.lazada.co.th", "THB"), "ph": ("api.lazada.com.ph", "PHP"), "id": ("api.lazada.co.id", "IDR"),
}  # fmt: skip
"""Country -> (gateway, currency)."""

_ASTRAY = ("returned", "failed", "lost")
ASTRAY = frozenset((*_ASTRAY, *(f"{word}_by_3pl" for word in _ASTRAY)))
"""What became of these goods is known, what the order then is is not: unknown, and labelled."""

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "unpaid": OrderStatus.PENDING_PAYMENT,
        **dict.fromkeys(("pending", "topack", "packed", "ready_to_ship", "toship"), OrderStatus.AWAITING_SHIPMENT),
        "shipped": OrderStatus.SHIPPED,
        "shipping": OrderStatus.SHIPPED,
        "delivered": OrderStatus.DELIVERED,  # the last state: nothing is ever completed
        "canceled": OrderStatus.CANCELLED,
        **dict.fromkeys(sorted(ASTRAY), OrderStatus.UNKNOWN),
    },
    f"{SOURCE}#status",
)

TO_PACK = frozenset({"pending", "topack"})
"""Units that are in no package yet."""
ARRANGED = frozenset({"ready_to_ship", "shipped", "shipping", "delivered"})
"""Units that the merchant said are ready: nothing is left to tell."""

PROVIDER_TYPES = frozenset({
    "EXPRESS", "STANDARD", "ECONOMY", "INSTANT", "SELLER_OWN_FLEET", "PICKUP_IN_STORE", "DIGITAL",
})  # fmt: skip

REVERSE_STATUS = WordTable(
    AftersaleStatus.UNKNOWN, {"REQUEST_INITIATE": AftersaleStatus.REQUESTED}, f"{SOURCE}#reverse"
)
"""The whole enumeration is not documented: every other word is kept raw and told."""

REQUEST_KIND = WordTable(
    RefundKind.UNKNOWN,
    {
        "CANCEL": RefundKind.REFUND_ONLY,
        "RETURN": RefundKind.RETURN_AND_REFUND,
        "ONLY_REFUND": RefundKind.REFUND_ONLY,
    },
    f"{SOURCE}#reverse",
)

KINDS: Mapping[str, type[PlatformError]] = {
    "token": TokenExpired, "auth": AuthError, "signature": SignatureRejected, "clock": ClockSkewed,
    "limit": RateLimited, "parameter": InvalidParameter, "not_found": NotFound,
}  # fmt: skip
"""What the setting `error_codes` may say of a code."""

ERRORS = ErrorTable("lazada", f"{SOURCE}#errors", exact={"700009": Conflict}, otherwise=RequestRejected)
"""One code of a row is documented (not a seller-delivered order); the codes of calls are a setting."""

_CODES: Mapping[str, str] = {
    "IllegalAccessToken": "token", "IllegalRefreshToken": "auth", "InvalidCode": "auth", "InvalidAppKey": "auth",
    "IncompleteSignature": "signature", "InvalidTimestamp": "clock", "ApiCallLimit": "limit",
    "MissingParameter": "parameter", "InvalidParameter": "parameter", "16": "not_found",
}  # fmt: skip

OFFSET_MAX, PAGE_SIZE_MAX = 4500, 100
_PAGES = Limits(page_size_max=PAGE_SIZE_MAX, settle_delay=timedelta(seconds=60), overlap=timedelta(minutes=10))
LIMITS: Mapping[str, Limits] = {
    "list_orders": _PAGES,
    "list_refunds": _PAGES,
    "ship": Limits(batch_max=1),
    "create_waybills": Limits(batch_max=1),
    "push_stock": Limits(batch_max=1),
}
"""Settle delay and overlap are this library's caution. Windows have no length of their own: one that holds more rows
than offsets reach is halved."""

_ELEMENTS = ("ItemId", "SkuId", "SellerSku", "Quantity")
SETTINGS = (
    Setting("country", "whose gateway speaks when base_url is not given", "sg", tuple(COUNTRIES)),
    Setting("currency", "of cases of after-sales; else the order's items are asked for it"),
    Setting("page_size", "rows a page, at most 100", PAGE_SIZE_MAX),
    Setting("items_batch", "orders whose items are asked for in one call; not documented", 50),
    Setting("error_codes", f"code -> {', '.join(KINDS)}; no source documents them", _CODES),
    Setting("cod_methods", "values of payment_method that mean cash on delivery; not documented", ("COD",)),
    Setting("provider_codes", "our carrier code -> shipment_provider_code, before what the platform lists", {}),
    Setting("shipment_provider", "code of the provider that a hub's parcels go with, where it is offered; else the "
            "first that is"),
    Setting("delivery_type", "of a package", "dropship"),
    Setting("shipping_allocate_type", "of a package, where the list of providers does not tell it", "TFS"),
    Setting("rts_parameter", "what the call that says ready names its parameter; not documented", "readyToShipReq"),
    Setting("stock_elements", "names of the elements of a stock payload; not documented", _ELEMENTS),
    Setting("cancel_reason_id", "reason_id of close_order; the shop's console lists them", sample="15"),
    Setting("authorize_url", "where sellers authorise; its path is not documented",
            "https://auth.lazada.com/oauth/authorize"),
)  # fmt: skip

_BODIES = "the call exists, its fields are not documented"
ABSENT: Mapping[str, str] = {
    "agree_refund": _BODIES,
    "refuse_refund": _BODIES,
    "agree_return": _BODIES,
    "confirm_return": "no call by which a merchant confirms returned goods is documented",
    "refuse_return": _BODIES,
    "ship_exchange": "exchanges are not documented",
    "refuse_reasons": "reasons are listed for one line of a case; the answer is not documented",
    "return_addresses": "no call that lists return addresses is documented",
    "list_invoice_requests": "invoice requests are not documented",
    "carriers": "providers are listed for the units of an order, never for a shop; see the setting provider_codes",
    "change_address": "no call that replaces a receiver is documented",
    "set_memo": "no call that writes a seller's note is documented",
    "change_stock": "product/stock/sellable/update is known by name alone; figures are absolute",
    "pull_messages": "messages are pushed to an address of the app",
    "confirm_messages": "an answer with status 200 confirms a push",
    "permit_messages": "messages are switched on in the app's console",
    "decrypt": "no encryption of receivers is documented",
    "merge_groups": "no token of a receiver is documented",
    "server_time": "no call tells the platform's clock; its offset is learnt from the Date header",
    "waybill_templates": "labels are documents of the platform",
    "query_waybills": "the label is order/package/document/get; its fields are not documented",
}
