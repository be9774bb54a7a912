"""Kuaishou as data: words, errors, limits, switches. Read this file and you know the platform's quirks.

Every table is complete against docs/platforms/kuaishou.md; what that page marks UNVERIFIED is a named setting here.
Imports `kit`, `models`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orderhub.errors import (
    AuthError,
    Conflict,
    InvalidParameter,
    PermissionDenied,
    PlatformError,
    RateLimited,
    RequestRejected,
    SignatureRejected,
    TokenExpired,
)
from orderhub.kit.aftersale import ANY_KIND, CaseStep, CaseSteps
from orderhub.kit.spec import Setting
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models.channel import Limits
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus, RefundKind

__all__ = [
    "ABSENT", "AFTERSALE", "AFTERSALE_OPEN", "BUSINESS", "CASE_STEPS", "DELIVERY", "ERRORS", "FLAGS", "HOLD_CODES",
    "LIMITS", "METHODS", "NOTE_FLAGS", "NO_MORE", "REFUND_KIND", "SETTINGS", "SOURCE", "STATUS", "TOPICS",
]  # fmt: skip

SOURCE = "docs/platforms/kuaishou.md"
NO_MORE = "nomore"
"""The cursor that ends a list."""

STATUS = WordTable(
    OrderStatus.UNKNOWN,
    {
        "0": OrderStatus.UNKNOWN,
        "10": OrderStatus.PENDING_PAYMENT,
        "30": OrderStatus.AWAITING_SHIPMENT,
        "40": OrderStatus.SHIPPED,  # as soon as one piece is sent: deliveryNum and deliveryStatus tell the rest
        "50": OrderStatus.DELIVERED,
        "70": OrderStatus.COMPLETED,
        "80": OrderStatus.CANCELLED,
    },
    f"{SOURCE}#order-status",
)
DELIVERY = frozenset({"0", "10", "40"})
"""orderDeliveryInfo.deliveryStatus: nothing, a part, everything was sent (0 is not listed, and means nothing)."""

AFTERSALE = WordTable(
    AftersaleStatus.UNKNOWN,
    {
        "10": AftersaleStatus.REQUESTED,
        "12": AftersaleStatus.REFUSED,
        "20": AftersaleStatus.IN_PROGRESS,  # the platform decides
        "30": AftersaleStatus.IN_PROGRESS,
        "40": AftersaleStatus.IN_PROGRESS,
        "45": AftersaleStatus.IN_PROGRESS,
        "50": AftersaleStatus.IN_PROGRESS,
        "60": AftersaleStatus.REFUNDED,
        "70": AftersaleStatus.CLOSED,
    },
    f"{SOURCE}#refund-status",
)
AFTERSALE_OPEN = frozenset({"10", "20", "30", "40", "45", "50"})
"""Cases that may still take money or goods: nothing more of the order is sent meanwhile."""

REFUND_KIND = WordTable(
    RefundKind.UNKNOWN,
    {"1": RefundKind.RETURN_AND_REFUND, "3": RefundKind.EXCHANGE, "10": RefundKind.REFUND_ONLY},
    f"{SOURCE}#orders",
)
"""handlingWay."""

_MONEY, _GOODS = frozenset({RefundKind.REFUND_ONLY}), frozenset({RefundKind.RETURN_AND_REFUND})
_BACK = _GOODS | {RefundKind.EXCHANGE}
CASE_STEPS: CaseSteps = {
    "agree_refund": CaseStep({"10": _MONEY}, frozenset({"50", "60"})),
    "agree_return": CaseStep({"10": _BACK}, frozenset({"30", "40", "45", "50", "60"})),
    "confirm_return": CaseStep({"30": _GOODS, "40": _GOODS}, frozenset({"50", "60"})),
    "refuse_refund": CaseStep({"10": ANY_KIND - {RefundKind.UNKNOWN}}, frozenset({"12"})),
    "refuse_return": CaseStep({"40": _BACK}, frozenset({"12"})),
}
"""Which answer a case takes in which status; what is not here is refused before anything is sent."""

HOLD_CODES: Mapping[str, Hold] = {
    "1": Hold.GROUP_NOT_FORMED,
    "2": Hold.RISK_CONTROL,
    "5": Hold.UNDER_REVIEW,  # a prescription is looked at
}
"""disableDeliveryReasonCode: the hold it means."""
FLAGS: Mapping[str, frozenset[str]] = {"preSale": frozenset({"0", "1"})}
"""Whole numbers of orderBaseInfo that decide something, with every documented value."""
NOTE_FLAGS: Mapping[int, str] = {0: "none", 1: "red", 2: "yellow", 3: "green", 4: "blue", 5: "purple", 6: "grey"}

TOPICS: Mapping[str, str] = {
    "kwaishop_order_addOrder": "order", "kwaishop_order_paySuccess": "order", "kwaishop_order_delivering": "order",
    "kwaishop_order_deliverySuccess": "order", "kwaishop_order_orderSuccess": "order",
    "kwaishop_order_orderFail": "order", "kwaishop_order_totalFeeChange": "order", "kwaishop_order_addNote": "order",
    "kwaishop_order_addressUpdateAudit": "order", "kwaishop_aftersales_addRefund": "refund",
    "kwaishop_aftersales_updateRefund": "refund",
}  # fmt: skip
"""Events of pushes and what they are about."""

METHODS: Mapping[str, str] = {
    "open.order.cursor.list": "GET",
    "open.order.detail": "GET",
    "open.item.sku.list.get": "GET",
    "open.seller.order.refund.pcursor.list": "GET",
    "open.seller.order.refund.detail": "GET",
    "open.refund.reject.reason": "GET",
    "open.seller.order.goods.deliver": "POST",
    "open.order.goods.split.deliver": "POST",
    "open.seller.order.goods.logistics.append": "POST",
    "open.seller.order.logistics.update": "POST",
    "open.seller.order.note.add": "POST",
    "open.seller.order.close": "POST",
    "open.order.address.update": "POST",
    "open.order.decrypt.batch": "POST",
    "open.item.sku.stock.update": "POST",
    "open.seller.order.refund.approve": "POST",
    "open.seller.order.refund.returngoods.approve": "POST",
    "open.seller.order.refund.confirm.receipt": "POST",
    "open.refund.reject": "POST",
}
"""Every call and how it is made: reads by GET, writes by POST."""

ERRORS = ErrorTable(
    "kuaishou",
    f"{SOURCE}#errors",
    exact={
        "21": TokenExpired, "24": AuthError, "22": PermissionDenied, "25": PermissionDenied, "26": PermissionDenied,
        "27": SignatureRejected, "28": SignatureRejected, "15": RateLimited, "16": RateLimited, "17": RateLimited,
        "1016": RateLimited, "1017": RateLimited, "802000": RateLimited,
    },
    otherwise=RequestRejected,
)  # fmt: skip
"""Classes that hold for every call; what a call's own table says goes first."""

_SPLIT: Mapping[str, type[PlatformError]] = {
    "10": RequestRejected, "21": Conflict, "62294116": RequestRejected, "62294117": RequestRejected,
    "62294118": RequestRejected, "62294119": RequestRejected, "62294120": RequestRejected,
    "62294303": RequestRejected, "62294304": Conflict, "62294305": InvalidParameter, "62294307": Conflict,
}  # fmt: skip
_APPROVE: Mapping[str, type[PlatformError]] = {
    "16": RequestRejected, "21": RequestRejected, "3616": RequestRejected, "6002": RequestRejected,
    "300009": RequestRejected, "300011": RequestRejected, "300013": RequestRejected, "300014": RequestRejected,
    "300108": RequestRejected,
}  # fmt: skip
_DECRYPT: Mapping[str, type[PlatformError]] = {
    "1001": RequestRejected, "700002": RequestRejected, "700004": RequestRejected, "700006": RequestRejected,
}  # fmt: skip
BUSINESS: Mapping[str, Mapping[str, type[PlatformError]]] = {
    "open.seller.order.goods.deliver": {
        "8": RateLimited, "11": RequestRejected, "21": Conflict, "3608": PermissionDenied, "3615": Conflict,
        "4001": InvalidParameter, "200012": Conflict,
    },
    "open.order.goods.split.deliver": _SPLIT,
    "open.seller.order.goods.logistics.append": {
        "11": RequestRejected, "102": RequestRejected, "103": RequestRejected, "104": Conflict,
        "111": RequestRejected,
    },
    "open.order.decrypt.batch": _DECRYPT,
    "open.seller.order.refund.pcursor.list": {
        "13": RequestRejected, "16": RequestRejected, "51": RequestRejected, "53": RequestRejected,
        "300002": RequestRejected, "300003": RequestRejected, "300005": RequestRejected, "300019": RequestRejected,
        "300107": RequestRejected, "300109": RequestRejected,
    },
    "open.seller.order.refund.approve": _APPROVE,
}  # fmt: skip
"""Codes of single calls. The same number means other things elsewhere: 21 is a refund that runs here, a lapsed token
there; 16 a refusal here, a call limit there."""

_DAY = timedelta(days=1)
_SETTLE, _OVERLAP = timedelta(minutes=3), timedelta(minutes=5)
LIMITS: Mapping[str, Limits] = {
    "list_orders": Limits(
        page_size_max=50, window_max=7 * _DAY, history=90 * _DAY, settle_delay=_SETTLE, overlap=_OVERLAP
    ),
    "list_refunds": Limits(
        page_size_max=100, window_max=_DAY, history=90 * _DAY, settle_delay=_SETTLE, overlap=_OVERLAP
    ),
    "ship": Limits(batch_max=1),
    "push_stock": Limits(batch_max=1),
    "decrypt": Limits(batch_max=100),
}
"""How late rows may show is not documented: delay and overlap are our own caution."""

_SANDBOX_CODES = {"sf": 4, "yto": 6, "sto": 3, "zto": 2, "yunda": 7, "jt": 9, "ems": 11, "jd": 13, "deppon": 15}
"""Numbers for the sandbox, which takes any; those of the platform are in no document that was read."""

SETTINGS = (
    Setting("sign_secret", "third credential, which calls are signed with; it stands in the app's console", ""),
    Setting("sign_method", "digest of the signature; both are documented", "MD5", ("MD5", "HMAC_SHA256")),
    Setting("page_size", "rows a page of orders, 1 to 50", 50),
    Setting("refund_page_size", "rows a page of refunds, 1 to 100", 100),
    Setting("order_source", "orders as lists show them, or each read again by its detail, which alone tells flags and "
            "changes of addresses that wait for an answer", "list", ("list", "detail")),
    Setting("cps_type", "cpsType of the list of orders (which value means all is UNVERIFIED)", 0, (0, 1, 2)),
    Setting("refund_list_type", "type of the list of refunds (8 or 9; which one lists all is UNVERIFIED)", 9, (8, 9)),
    Setting("refund_query_type", "queryType of refunds, numbered as for orders (UNVERIFIED), or not sent",
            2, (None, 1, 2)),
    Setting("express_codes", "our carrier code -> the platform's expressCode, a whole number; no call lists them",
            {}, is_document=True, sample=_SANDBOX_CODES),
    Setting("payment_discounts", "payChannelDiscount and governmentDiscount stand beside discountFee, or inside it "
            "(UNVERIFIED)", "beside", ("beside", "inside")),
    Setting("freight_allowance", "allowanceExpressFee was taken off expressFee already, or is still to be taken off "
            "(UNVERIFIED)", "taken", ("taken", "open")),
    Setting("stock_field", "name of the quantity in the list of SKUs (UNVERIFIED)", "skuStock"),
    Setting("decrypt_list", "name of the rows of a decryption (UNVERIFIED)", "batchDecryptList"),
    Setting("decrypted_field", "name of the plain text in its answers (UNVERIFIED)", "decryptedData"),
    Setting("refund_message_keys", "names of the refund's number in pushes (UNVERIFIED)", ("refundId",)),
    Setting("return_address_id", "addressId of the shop's address for returns; none: the platform's own default"),
    Setting("scopes", "what the seller is asked to allow",
            ("merchant_order", "merchant_refund", "merchant_logistics", "merchant_item")),
)  # fmt: skip

ABSENT: Mapping[str, str] = {
    "count_orders": "lists go by a cursor and tell no count",
    "carriers": "no documented call lists expressCodes; give them as the setting express_codes",
    "listings": "no documented call lists items; stock is kept by item and SKU, which orders name",
    "server_time": "no documented call tells the platform's clock; replies carry a Date header",
    "pull_messages": "pushes go to the host's own address; no call reads them",
    "confirm_messages": "how a push is acknowledged is not documented",
    "permit_messages": "pushes are switched on in the app's console",
    "return_addresses": "no documented call lists the shop's addresses; give one as the setting return_address_id",
    "ship_exchange": "no documented call tells the parcel of an exchange",
    "list_invoice_requests": "orders name no invoices",
    "waybill_accounts": "the bodies of the e-waybill calls are not documented",
    "waybill_templates": "the bodies of the e-waybill calls are not documented",
    "create_waybills": "the bodies of the e-waybill calls are not documented",
    "find_waybills": "the bodies of the e-waybill calls are not documented",
    "query_waybills": "the bodies of the e-waybill calls are not documented",
    "cancel_waybill": "the bodies of the e-waybill calls are not documented",
}
