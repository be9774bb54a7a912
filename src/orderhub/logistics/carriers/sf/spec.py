"""SF Express as a data sheet: addresses, switches, limits, route codes, error codes. Imports `kit`, `models`, `errors`.

Source: docs/platforms/carriers.md#sf-express. A fact that the sheet marks as unverified stays out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orderhub.errors import (
    AuthError,
    Conflict,
    InvalidParameter,
    LogisticsError,
    NotServiceable,
    PermissionDenied,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    SignatureRejected,
    TokenExpired,
)
from orderhub.kit.convert import beijing_time, cny_yuan, ident, text
from orderhub.kit.spec import Setting, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits, Rate
from orderhub.models.logistics import Quote, TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["ALREADY_THERE", "ERRORS", "LIMITS", "RATES", "REFUSALS", "ROUTE", "ROUTE_STATUS", "SPEC", "TARIFF"]

SOURCE = "docs/platforms/carriers.md#sf-express"

_CODES: Mapping[TrackingStatus, str] = {
    TrackingStatus.CREATED: "655",
    TrackingStatus.PICKED_UP: "50 54 43 51 188 700 701 950",
    TrackingStatus.IN_TRANSIT: (
        "30 36 302 304 3036 10 11 105 106 570 571 147 86 87 99 626 627 "  # moving, redirected, handed on
        "15 16 17 613 614 619 620 14 606 604 623"  # customs
    ),
    TrackingStatus.AT_HUB: "31",
    TrackingStatus.OUT_FOR_DELIVERY: "44 204 630 34 880 123 126",
    TrackingStatus.READY_FOR_PICKUP: "130 678 642 125",
    TrackingStatus.DELIVERED: "80 8000 97 935 128 679 658",
    TrackingStatus.DELIVERY_FAILED: "33 70",
    TrackingStatus.EXCEPTION: "66 77 833 72 611 18 621",
    TrackingStatus.RETURNING: "648 631",
}

ROUTE_STATUS = WordTable(
    TrackingStatus.UNKNOWN,
    {code: status for status, codes in _CODES.items() for code in codes.split()},
    f"{SOURCE}-opcode",
)
"""opCode -> canonical status. 607 is left out: what it means is not settled, and a guess would say delivered."""


FINE: Mapping[str, TrackingCode] = {
    "655": TrackingCode.PICKUP_SCHEDULED, "125": TrackingCode.DELIVERY_TO_LOCKER,
    "679": TrackingCode.SIGNED_BY_THIRD_PARTY, "658": TrackingCode.SIGNED_BY_THIRD_PARTY,
    "626": TrackingCode.TRANSFERRED_TO_CARRIER, "627": TrackingCode.TRANSFERRED_TO_CARRIER,
    "14": TrackingCode.CLEARANCE_COMPLETED, "606": TrackingCode.CLEARANCE_COMPLETED,
    "604": TrackingCode.CLEARANCE_COMPLETED, "623": TrackingCode.CLEARANCE_COMPLETED,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(ROUTE_STATUS(raw), FINE.get(raw))


ROUTE = Table(
    TrackingEvent,
    f"{SOURCE}-routes",
    (
        Row("waybill_no", "mailno|mailNo", ident, required=True),
        Row("at", "acceptTime", beijing_time, required=True),
        Row("place", "acceptAddress", text),
        Row("text", "remark", text),
        Row("raw_code", "opCode", text),
        Computed(("status", "code"), _status, ("opCode",)),
        Ignored(
            ("firstStatusCode", "firstStatusName", "secondaryStatusCode", "secondaryStatusName"),
            because="opCode is finer and listed completely",
        ),
    ),
)
"""One route node, queried or pushed."""


def _constants(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    return {"carrier": "sf", "currency": "CNY"}


TARIFF = Table(
    Quote,
    f"{SOURCE}-delivertm",
    (
        Row("product", "businessType", ident, required=True),
        Row("total", "fee", cny_yuan, required=True),
        Computed(("carrier", "currency"), _constants, ()),
        Ignored(("businessTypeDesc", "deliverTime", "searchPrice", "closeTime"), because="read by the operation"),
    ),
)
"""One product with its price; the promised time is worked out against the instant of the call."""

_MISSING = ("1010", "1011", "1012", "1013", "1014", "1015", "1016", "1020", "1023", "1028", "1038")
_VALUE_ADDED = ("6127", "6128", "6130", "6138", "6139")
_CROSS_BORDER = ("6200", "6201", "6202", "6203", "6204", "6205", "6206", "6207", "8194")
_TIMED_DELIVERY = ("8051", "8052", "8053", "20011", "20012")
_OTHER_INPUT = ("6133", "8013", "8003", "8067", "8117", "8096", "8196", "8247")
_ACCOUNT = ("6126", "8119", "8114", "8027")
_PRODUCT = ("8057", "8179", "20036", "8256")

ERRORS = ErrorTable(
    "sf",
    f"{SOURCE}-errors",
    exact={
        "A1001": InvalidParameter, "A1003": PermissionDenied, "A1004": PermissionDenied, "A1005": RateLimited,
        "A1006": SignatureRejected, "A1007": Conflict, "A1008": AuthError, "A1009": PlatformUnavailable,
        "A1010": AuthError, "A1011": TokenExpired, "A1099": PlatformUnavailable,
        "S0001": InvalidParameter, "S0002": InvalidParameter, "S0003": PlatformUnavailable,
    },
    sub_exact={
        "S0001": InvalidParameter, "S0002": InvalidParameter, "S0003": PlatformUnavailable,
        "8016": Conflict, "8177": RateLimited, "20035": RequestRejected,
        **dict.fromkeys((*_MISSING, *_VALUE_ADDED, *_CROSS_BORDER, *_TIMED_DELIVERY, *_OTHER_INPUT), InvalidParameter),
        **dict.fromkeys(_ACCOUNT, PermissionDenied),
        **dict.fromkeys(_PRODUCT, RequestRejected),
    },
    otherwise=PlatformError,
)  # fmt: skip
"""Gateway codes (`exact`) and codes of operations (`sub_exact`). A code that is not listed is never repeated."""

ALREADY_THERE = frozenset({"8016", "A1007"})
"""The order, or this very request, is there already: search for it instead of sending again."""

REFUSALS: Mapping[str, type[LogisticsError]] = {
    "20035": NotServiceable,
    **dict.fromkeys(_PRODUCT, NotServiceable),
    **dict.fromkeys(_TIMED_DELIVERY, NotServiceable),
}
"""Refused orders that another carrier or product could take; every other refusal is `WaybillRejected`."""

LIMITS: Mapping[str, Limits] = {
    "create": Limits(batch_max=1, rate_per_s=30),
    "cancel": Limits(batch_max=1, rate_per_s=30),
    "track": Limits(batch_max=10, history=timedelta(days=90), rate_per_s=30),
    "find": Limits(batch_max=1, rate_per_s=30),
    "serviceability": Limits(batch_max=1, rate_per_s=30),
    "quote": Limits(batch_max=1, rate_per_s=30),
}
RATES: Mapping[str, tuple[Rate, ...]] = {"*": (Rate(30, per="app"),)}
"""30 calls a second is what the debugging environment allows for each operation (and 3,000 a day)."""

SETTINGS = (
    Setting("signature_algorithm", "algorithm of msgDigest, fixed when the application was created", "standard_md5",
            ("standard_md5", "simple_md5", "sm3")),
    Setting("monthly_card", "monthly account 月结卡号, ten digits; needed when the sender pays monthly"),
    Setting("express_type", "product expressTypeId, e.g. 1 顺丰特快, 2 顺丰标快", 2),
    Setting("pay_method", "who pays: 1 sender, 2 receiver, 3 third party", 1, (1, 2, 3)),
    Setting("cargo_name", "name of the goods on the waybill", "商品"),
    Setting("pickup", "ask for a courier with every order", False, (True, False)),
    Setting("unified_numbers", "numbers like SF + 13 digits instead of 12 digits", True, (True, False)),
    Setting("language", "language of texts in replies", "zh-CN", ("zh-CN", "zh-TW", "zh-HK", "zh-MO", "en")),
)  # fmt: skip

SPEC = Spec(
    platform="sf",
    title="SF Express 顺丰速运",
    base_url="https://bspgw.sf-express.com/std/service",
    source=SOURCE,
    credential_names={"partner_id": "app_key", "checkword": "app_secret"},
    label_marks={"sort_code": "0.routeLabelData.destRouteLabel", "qr": "0.routeLabelData.twoDimensionCode"},
    hosts=("sfapi.sf-express.com", "sfapi-hk.sf-express.com"),
    limits=LIMITS,
    rates=RATES,
    tables={"route": ROUTE, "tariff": TARIFF},
    words={"opCode": ROUTE_STATUS},
    errors=ERRORS,
    absent={
        "list_waybills": "SF lists no waybills; search by parcel id with find",
        "subscribe": "routes of orders made through the open platform are pushed without asking",
        "pickup": "a courier is asked for with the order itself; see the setting pickup",
    },
    settings=SETTINGS,
    evidence={"quote": "documented", "serviceability": "documented"},
)
