"""Kuaidi100 as a data sheet: addresses, carrier codes, settings, limits, state codes, error codes. Imports `kit`.

Source: docs/platforms/kuaidi100.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.errors import (
    Conflict,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    SignatureRejected,
)
from orderhub.kit.convert import beijing_time, ident, text
from orderhub.kit.spec import Setting, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits
from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["CODES", "ERRORS", "NODE", "PHONE_WANTED", "SPEC", "STATES", "SUBSCRIBE_ERRORS"]

SOURCE = "docs/platforms/kuaidi100.md"

CODES: Mapping[str, str] = {
    "sf": "shunfeng", "yto": "yuantong", "sto": "shentong", "zto": "zhongtong", "yunda": "yunda", "jt": "jtexpress",
    "ems": "ems", "chinapost": "youzhengguonei", "jd": "jd", "deppon": "debangkuaidi", "best": "huitongkuaidi",
    "ttk": "tiantian", "uc": "youshuwuliu", "zjs": "zhaijisong", "gto": "guotongkuaidi", "kye": "kuayue",
    "ane": "annengwuliu", "sf_freight": "shunfengkuaiyun", "deppon_freight": "debangwuliu", "fedex": "fedex",
    "dhl": "dhlen",
}  # fmt: skip
"""Canonical carrier code -> Kuaidi100's; only pairs with a source."""

PHONE_WANTED = frozenset({"sf", "sf_freight", "zto"})
"""Carriers whose parcels are shown only with digits of a phone."""

_STATES: Mapping[TrackingStatus, str] = {
    TrackingStatus.CREATED: "101 102",
    TrackingStatus.PICKED_UP: "1 103",
    TrackingStatus.IN_TRANSIT: "0 1002 1003 7 8 10 11 12",
    TrackingStatus.AT_HUB: "1001",
    TrackingStatus.OUT_FOR_DELIVERY: "5",
    TrackingStatus.READY_FOR_PICKUP: "501",
    TrackingStatus.DELIVERY_FAILED: "204 206",
    TrackingStatus.EXCEPTION: "2 201 202 205 207 208 209 13",
    TrackingStatus.DELIVERED: "3 301 302 303 304",
    TrackingStatus.RETURNING: "6 203",
    TrackingStatus.RETURNED: "4 14",
    TrackingStatus.CANCELLED: "401 210",
}
STATES = WordTable(
    TrackingStatus.UNKNOWN,
    {code: status for status, codes in _STATES.items() for code in codes.split()},
    f"{SOURCE}#states",
)
"""statusCode of a node -> canonical status. Codes are whole words: 10 to 14 have nothing to do with 1 and 101."""


FINE: Mapping[str, TrackingCode] = {
    "102": TrackingCode.PICKUP_SCHEDULED, "1001": TrackingCode.ARRIVED_AT_DESTINATION,
    "7": TrackingCode.TRANSFERRED_TO_CARRIER, "501": TrackingCode.DELIVERY_TO_LOCKER,
    "304": TrackingCode.DELIVERY_TO_LOCKER, "303": TrackingCode.SIGNED_BY_THIRD_PARTY,
    "206": TrackingCode.RECIPIENT_UNAVAILABLE, "209": TrackingCode.DAMAGED, "12": TrackingCode.CLEARANCE_COMPLETED,
    "203": TrackingCode.REFUSED,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(STATES(raw), FINE.get(raw))


NODE = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "nu", ident, required=True),
        Row("at", "ftime|time", beijing_time, required=True),
        Row("place", "areaName|location", text),
        Row("text", "context", text),
        Row("raw_code", "statusCode", text),
        Computed(("status", "code"), _status, ("statusCode",)),
        Ignored(("status", "areaCode", "areaCenter", "areaPinYin"), because="statusCode and areaName tell it"),
    ),
)
"""One node of a query or of a push."""

ERRORS = ErrorTable(
    "kuaidi100",
    f"{SOURCE}#errors",
    exact={
        "400": InvalidParameter, "408": InvalidParameter, "500": NotFound, "501": PlatformUnavailable,
        "502": PlatformUnavailable, "503": SignatureRejected, "504": RateLimited, "601": PermissionDenied,
    },
    otherwise=RequestRejected,
)  # fmt: skip
"""Return codes of queries and prices; 500 is also "nothing known yet", to be asked again after thirty minutes."""

SUBSCRIBE_ERRORS = ErrorTable(
    "kuaidi100",
    f"{SOURCE}#errors",
    exact={
        "500": PlatformUnavailable, "501": Conflict, "600": PermissionDenied, "601": PermissionDenied,
        "700": RequestRejected, "701": RequestRejected, "702": RequestRejected,
    },
    otherwise=RequestRejected,
)  # fmt: skip
"""Return codes of subscriptions, where the same numbers mean other things; 501 is subscribed already."""

_LABELS = (
    "label orders carry no number of ours, so a lost reply could not be settled and a parcel might get two waybills"
)

SPEC = Spec(
    platform="kuaidi100",
    title="Kuaidi100 快递100",
    base_url="https://poll.kuaidi100.com",
    source=SOURCE,
    limits={
        "track": Limits(batch_max=1), "subscribe": Limits(batch_max=1),
        "quote": Limits(batch_max=1),
    },
    tables={"node": NODE},
    words={"statusCode": STATES},
    errors=ERRORS,
    absent={
        "create": _LABELS, "cancel": _LABELS, "find": _LABELS, "pickup": _LABELS,
        "serviceability": "the parameters of the reachability query are not documented",
    },
    settings=(
        Setting("customer", "customer id of queries"),
        Setting("default_carrier", "canonical code of the carrier of numbers that `carriers` does not name"),
        Setting("callback_url", "where pushes are sent; HTTP unless support has enabled HTTPS"),
        Setting("push_salt", "text that pushes are signed with"),
        Setting("resultv2", "detail of queries: 4 has a code for each node, 8 an estimate of arrival too", "4",
                ("4", "8")),
        Setting("quote_carriers", "canonical codes whose prices are compared",
                ("sf", "jd", "deppon", "yto", "zto", "sto", "yunda", "ems")),
    ),
)  # fmt: skip
