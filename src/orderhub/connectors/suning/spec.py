"""Suning as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/suning.md; what that page marks UNVERIFIED is a named setting here.
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
    PermissionDenied,
    PlatformError,
    PlatformUnavailable,
    RequestRejected,
    TokenExpired,
)
from orderhub.kit.aftersale import ANY_KIND, CaseStep, CaseSteps
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits, Rate
from orderhub.models.status import AftersaleStatus, FulfilledBy, Hold, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "CASE_STEPS", "ERRORS", "HISTORY", "LIMITS", "LINE_STATUS", "NO_RESULT", "PAGE_SIZE_MAX",
    "PAGE_SIZE_MIN", "RATES", "REFUND_STAGE", "REFUND_WORDS", "RESERVE", "RETURN_FLAG", "RETURN_WITH_GOODS", "SETTINGS",
    "SHIPPED_BY", "SOURCE", "STATUS", "STATUS_HOLDS",
]  # fmt: skip

SOURCE = "docs/platforms/suning.md"

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "0": OrderStatus.CANCELLED,  # before payment
        "5": OrderStatus.PENDING_PAYMENT,
        "10": OrderStatus.AWAITING_SHIPMENT,
        "15": OrderStatus.AWAITING_SHIPMENT,  # shipping in progress: held until it turns
        "20": OrderStatus.SHIPPED,
        "21": OrderStatus.PARTIALLY_SHIPPED,
        "30": OrderStatus.COMPLETED,
        "40": OrderStatus.CANCELLED,  # kept as shipped when the goods had left
    },
    f"{SOURCE}#order-status",
)

STATUS_HOLDS: Mapping[str, Hold] = {"15": Hold.OTHER}
"""Order statuses that forbid shipping, beside the word they map to."""

LINE_STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "5": OrderStatus.PENDING_PAYMENT,
        "10": OrderStatus.AWAITING_SHIPMENT,
        "20": OrderStatus.SHIPPED,
        "30": OrderStatus.COMPLETED,
        "40": OrderStatus.CANCELLED,
    },
    f"{SOURCE}#line-status",
)

RETURN_FLAG = WordTable(
    AftersaleStatus.UNKNOWN,
    {"0": AftersaleStatus.NONE, "1": AftersaleStatus.REQUESTED},  # how far a case is depends on the line's status
    f"{SOURCE}#line-status",
)

SHIPPED_BY = WordTable(FulfilledBy.UNKNOWN, {"0": FulfilledBy.MERCHANT, "1": FulfilledBy.PLATFORM}, f"{SOURCE}#line")

RESERVE: Mapping[str, str] = {"M": "paid", "P": "forfeited", "R": "returned"}
"""What has become of the deposit of a presale line."""

REFUND_WORDS = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "1": AftersaleStatus.REQUESTED, "退款待处理": AftersaleStatus.REQUESTED,
        "2": AftersaleStatus.REFUSED, "已拒绝退款": AftersaleStatus.REFUSED,
        "3": AftersaleStatus.IN_PROGRESS, "待买家发货": AftersaleStatus.IN_PROGRESS,
        "4": AftersaleStatus.IN_PROGRESS, "待商家收货": AftersaleStatus.IN_PROGRESS,
        "5": AftersaleStatus.IN_PROGRESS, "退款失败": AftersaleStatus.IN_PROGRESS,  # agreed, the money did not go
        "6": AftersaleStatus.IN_PROGRESS, "退款处理中": AftersaleStatus.IN_PROGRESS,
        "7": AftersaleStatus.CLOSED, "退款关闭": AftersaleStatus.CLOSED,
        "8": AftersaleStatus.REFUNDED, "退款成功": AftersaleStatus.REFUNDED,
        "C030": AftersaleStatus.REQUESTED, "申请退货": AftersaleStatus.REQUESTED,
        "C040": AftersaleStatus.IN_PROGRESS,
        "C041": AftersaleStatus.REFUSED,
        "C050": AftersaleStatus.IN_PROGRESS,
        "C051": AftersaleStatus.REFUSED,
        "C055": AftersaleStatus.IN_PROGRESS,
        "C060": AftersaleStatus.IN_PROGRESS,
        "C070": AftersaleStatus.CLOSED,
        "C075": AftersaleStatus.CLOSED,
        "C080": AftersaleStatus.IN_PROGRESS,  # halted by customer service, which is not the same as closed (C075)
        "C110": AftersaleStatus.IN_PROGRESS,  # the automatic refund is under way; C130 says that it arrived
        "C130": AftersaleStatus.REFUNDED,
        "C131": AftersaleStatus.IN_PROGRESS,
    },
    f"{SOURCE}#refund-status",
)  # fmt: skip
"""A case tells a number or its text; the list by modification asks by line code."""

RETURN_WITH_GOODS = frozenset({"3", "待买家发货", "4", "待商家收货", "C030", "申请退货", "C040", "C041", "C060"})
"""Stages that only a return with goods has."""

_ASKED, _ASKED_GOODS = ("1", "退款待处理"), ("C030", "申请退货")
_BACK, _REFUSED = ("C060", "4", "待商家收货"), frozenset({"2", "已拒绝退款", "C041", "C051"})
_PAID = frozenset({"C050", "6", "退款处理中", "C110", "C130", "8", "退款成功"})
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep(dict.fromkeys((*_ASKED, *_BACK), ANY_KIND), _PAID),
    "refuse_refund": CaseStep(dict.fromkeys((*_ASKED, *_ASKED_GOODS), ANY_KIND), _REFUSED),
    "agree_return": CaseStep(
        dict.fromkeys(_ASKED_GOODS, ANY_KIND), frozenset({"C040", "3", "待买家发货", *_BACK, *_PAID})
    ),
    "refuse_return": CaseStep(dict.fromkeys(_BACK, ANY_KIND), _REFUSED),
}
"""Which answer a case takes in which status; what is not here is refused before anything is sent. The kind of a case is
often not told, so that the status alone decides."""

REFUND_STAGE = WordTable(
    RefundKind.UNKNOWN,
    {
        "2": RefundKind.REFUND_ONLY,  # not shipped
        "3": RefundKind.UNKNOWN,  # on its way: with or without goods
        "4": RefundKind.UNKNOWN,  # received: the same
    },
    f"{SOURCE}#refund-status",
)  # fmt: skip

NO_RESULT = "biz.handler.data-get:no-result"
"""An error code on the wire; an empty page for lists, not found for single documents."""

_SHIP, _OLD, _STOCK = "biz.orderDelivery", "biz.custom.orderDelivery", "biz.custom.inventory"

ERRORS = ErrorTable(
    "suning",
    f"{SOURCE}#errors",
    exact={
        "sys.oauth.check.access_token:overdue": TokenExpired,
        "sys.oauth.check.access_token:inexistence": TokenExpired,
        "sys.check.oauth-permission:authority": TokenExpired,
        "sys.check.api-permission:authority": PermissionDenied,
        "sys.check.method-permission:authority": PermissionDenied,
        "sys.check.header-param:forbidden": AuthError,
        "sys.check.request-apprequesttime:error": ClockSkewed,
        "sys.check.request-params:error": InvalidParameter,
        "sys.check.page-param:error": InvalidParameter,
        "sys.check.query-time:error": InvalidParameter,
        "sys.check.query-time:outofrange": InvalidParameter,
        "sys.check.starttime-value:null": InvalidParameter,
        "sys.check.endtime-value:null": InvalidParameter,
        NO_RESULT: NotFound,
        "biz.orderquery.startTime-format:error": InvalidParameter,
        "biz.orderquery.endTime-format:error": InvalidParameter,
        "biz.orderquery.time-value:outofrange": InvalidParameter,
        "biz.orderget.ordercode-format:error": InvalidParameter,
        f"{_SHIP}.order-status:error": Conflict,
        "biz.shutdown.order.cannot.delivery": Conflict,
        f"{_SHIP}.expressno-value:existence": Conflict,  # shipped with this number already: read, then judge
        f"{_SHIP}.ordercode-value:inexistence": NotFound,
        f"{_SHIP}.ordercode-length:overlong": InvalidParameter,
        f"{_SHIP}.expressno-format:error": InvalidParameter,
        f"{_SHIP}.expresscompanycode-format:error": InvalidParameter,
        f"{_SHIP}.expresscompanycode-value:inexistence": InvalidParameter,
        f"{_SHIP}.productcode-value:inexistence": InvalidParameter,
        f"{_SHIP}.productcode-value:repeat": InvalidParameter,
        f"{_SHIP}.missing-parameter:orderCode": InvalidParameter,
        f"{_SHIP}.missing-parameter:expressCompanyCode": InvalidParameter,
        f"{_SHIP}.missing-parameter:productcode": InvalidParameter,
        f"{_SHIP}.default-sendaddress:inexistence": RequestRejected,  # set it in the shop's own settings
        f"{_SHIP}.default-returnaddress:inexistence": RequestRejected,
        f"{_OLD}.invalid-biz:deliveryTime": InvalidParameter,
        f"{_OLD}.invalid-biz:orderLineNumber": InvalidParameter,
        f"{_STOCK}.invalid-biz:productCode": InvalidParameter,
        f"{_STOCK}.invalid-biz:itemCode": InvalidParameter,
        f"{_STOCK}.invalid-biz:productcode cannot be master productcode": InvalidParameter,
        f"{_STOCK}.productCode-format:error": InvalidParameter,
        f"{_STOCK}.productCode-length:overlong": InvalidParameter,
        "biz.inventory.missing-parameter:destInvNum": InvalidParameter,
        f"{_STOCK}.destInvNum-format:error": InvalidParameter,
        f"{_STOCK}.destInvNum-length:overlong": InvalidParameter,
        f"{_STOCK}.invalid-biz:operate failed,retry later": PlatformUnavailable,
        f"{_STOCK}.invalid-biz:modify failed": Conflict,  # sold meanwhile: read the ledger again and push again
        "biz.rejected.ordercode-format:error": InvalidParameter,
        "biz.queryReturnByNoServer.orderCode-length:overlong": InvalidParameter,
        "biz.singleGetRejected.missing-parameter:orderCode": InvalidParameter,
    },
    prefix={
        f"{_STOCK}.invAddrid-": InvalidParameter,
        "sys.oauth.": AuthError,
        "sys.check.": RequestRejected,
        "biz.": RequestRejected,
    },
    otherwise=PlatformError,
)

PAGE_SIZE_MIN, PAGE_SIZE_MAX = 10, 50
HISTORY = timedelta(days=89)
"""Lists reach back three calendar months, which have at least so many days."""
_DAY, _SETTLE, _OVERLAP = timedelta(days=1), timedelta(seconds=60), timedelta(minutes=10)

_PAGES = Limits(
    page_size_max=PAGE_SIZE_MAX,
    window_max=_DAY,
    history=HISTORY,
    settle_delay=_SETTLE,
    overlap=_OVERLAP,
    rate_per_s=2.0,
)

RATES: Mapping[str, tuple[Rate, ...]] = {"*": (Rate(2.0, per="app", together=True),)}

LIMITS: Mapping[str, Limits] = {
    "list_orders": _PAGES,
    "list_refunds": _PAGES,
    "get_order": Limits(rate_per_s=2.0),
    "ship": Limits(batch_max=1, rate_per_s=2.0),
    "push_stock": Limits(batch_max=1, rate_per_s=2.0),
}
"""Two calls a second are this library's caution: the platform's own figure is not documented. So are settle delay and
overlap."""

_ORD, _ORDER, _SHIP_CALL = "ord.query", "order.query", "orderdelivery.add"
_CASES, _PLAIN_STOCK = "rejectedord.query", "inventory.modify"
_YES_NO = (True, False)

SETTINGS = (
    Setting("version", "VersionNo of every call; part of the signature", "v1.2"),
    Setting("method_in_path", "the method's name at the end of the address, as the PHP client does", False, _YES_NO),
    Setting("signature_codes", "how error codes of a bad signature start; not documented", ("sys.check.sign",)),
    Setting("limit_codes", "how error codes of too many calls start; not documented", ()),
    Setting("page_size", "rows a page, 10 to 50", 50),
    Setting("changed_api", "list of changed orders; the second is the newer form", _ORD, (_ORD, "ordmodtime.query")),
    Setting("created_api", "list of orders by creation; the second is newer", _ORDER, (_ORDER, "batchorder.query")),
    Setting("unpaid", "read unpaid and unpaid-cancelled orders too, from a list of their own", True, _YES_NO),
    Setting("unpaid_lookback_days", "how much further back that list is read, in case it goes by creation", 1),
    Setting("refund_api", "cases by modification (a call for each line code) or by creation", _CASES,
            (_CASES, "batchrejected.query")),
    Setting("refund_lookback_days", "how much further back the list by creation is read, to see later changes", 15),
    Setting("child_account", "sub-account that pays refunds back and gets the code by SMS"),
    Setting("unmarked_lines", "who ships a line without fpsdeliveryflag", "unknown", ("unknown", "merchant")),
    Setting("ship_api", "shipping call; the second is the newer form", _SHIP_CALL, (_SHIP_CALL, "deliverynew.add")),
    Setting("ship_refund_open", "ship lines whose refund was asked for", False, _YES_NO),
    Setting("express_codes", "our carrier code -> the platform's company code, before its own list", {}),
    Setting("note_flag", "noteFlag of a seller's note, whose meaning is not documented; left out unless given"),
    Setting("stock_api", "stock call: plain, for parallel warehouses, or the newer one", _PLAIN_STOCK,
            (_PLAIN_STOCK, "parallelinventory.modify", "syncinventory.modify")),
    Setting("inv_addr_id", "warehouse address of the plain stock call; left out unless given"),
    Setting("inv_code", "warehouse of the other stock calls, which need it"),
    Setting("inv_type", "invType of a stock call, whose meaning is not documented; left out unless given"),
    Setting("redirect_uri", "address given when the app was authorised; a refresh repeats it", ""),
    Setting("item_code", "service item that the merchant bought; part of the authorisation page's address", ""),
    Setting("push_url", "web socket of the app's messages; configured per app, the host is not documented", ""),
)  # fmt: skip

_NEWER = "only the newer set has a call for it, and the fields by which its cases are read are not documented"
ABSENT: Mapping[str, str] = {
    "confirm_return": "no call by which a merchant confirms returned goods is documented",
    "ship_exchange": _NEWER,
    "refuse_reasons": "a refusal takes a text of the merchant's own; the list of the newer set is not documented",
    "return_addresses": "no call that lists return addresses is documented; their codes stand in the console",
    "list_invoice_requests": "the order itself tells what invoice the buyer wants: see Order.invoice",
    "change_address": "no call that replaces a receiver is documented",
    "close_order": "no call by which a seller cancels or closes is documented",
    "change_stock": "stock calls set absolute figures; whether invType makes them increments is not documented",
    "listings": "no call that lists a shop's goods is documented; orders and the hub's `skus` name product codes",
    "pull_messages": "messages come over a web socket that the host keeps open; see decode_message",
    "confirm_messages": "a message is confirmed on the same web socket; see orderhub.connectors.suning.push",
    "decrypt": "no encryption of receivers is documented",
    "merge_groups": "no token of a receiver is documented",
    "server_time": "no call tells the platform's clock; its offset is learnt from the Date header",
}
