"""Kdniao as a data sheet: addresses, carrier codes, settings, limits, state codes. Imports `kit`, `models`, `errors`.

Source: docs/platforms/kdniao.md. Result codes beside 100 are in no document that was found, so refusals are final.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.errors import RequestRejected
from orderhub.kit.convert import beijing_time, ident, text
from orderhub.kit.spec import Setting, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits
from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["ADDRESSES", "CODES", "ERRORS", "PHONE_WANTED", "SPEC", "STATES", "TRACE"]

SOURCE = "docs/platforms/kdniao.md"

ADDRESSES: Mapping[str, str] = {
    "1002": "/Ebusiness/EbusinessOrderHandle.aspx", "8001": "/Ebusiness/EbusinessOrderHandle.aspx",
    "8002": "/Ebusiness/EbusinessOrderHandle.aspx", "1008": "/api/dist", "8008": "/api/dist",
    "1007": "/api/EOrderService", "1001": "/api/oorderservice",
}  # fmt: skip
"""Request type -> its address."""

CODES: Mapping[str, str] = {
    "sf": "SF", "yto": "YTO", "sto": "STO", "zto": "ZTO", "yunda": "YD", "jt": "JTSD", "ems": "EMS",
    "chinapost": "YZPY", "jd": "JD", "deppon": "DBL", "best": "HTKY", "ttk": "HHTT", "uc": "UC", "zjs": "ZJS",
    "deppon_freight": "DBLKY", "jd_freight": "JDKY",
}  # fmt: skip
"""Canonical carrier code -> Kdniao's; only pairs with a source."""

PHONE_WANTED = frozenset({"sf"})
"""Carriers whose parcels are shown only with digits of a phone; others must not carry any."""

_STATES: Mapping[TrackingStatus, str] = {
    TrackingStatus.CREATED: "0 10 401",
    TrackingStatus.PICKED_UP: "1",
    TrackingStatus.IN_TRANSIT: "2 204 206 5 6 601 602 603",
    TrackingStatus.AT_HUB: "201 205",
    TrackingStatus.OUT_FOR_DELIVERY: "202 418 419",
    TrackingStatus.READY_FOR_PICKUP: "211",
    TrackingStatus.DELIVERY_FAILED: "405 416",
    TrackingStatus.EXCEPTION: "4 402 403 412 414 417 420 421 422 423 604",
    TrackingStatus.DELIVERED: "3 301 302 304 311",
    TrackingStatus.RETURNING: "404 407 413",
    TrackingStatus.RETURNED: "406",
    TrackingStatus.CANCELLED: "415",
}
STATES = WordTable(
    TrackingStatus.UNKNOWN,
    {code: status for status, codes in _STATES.items() for code in codes.split()},
    f"{SOURCE}#states",
)
"""Action of a trace, StateEx of a parcel -> canonical status; 202 is out for delivery although it begins with 2."""


FINE: Mapping[str, TrackingCode] = {
    "10": TrackingCode.PICKUP_SCHEDULED, "201": TrackingCode.ARRIVED_AT_DESTINATION,
    "205": TrackingCode.ARRIVED_AT_DESTINATION, "5": TrackingCode.TRANSFERRED_TO_CARRIER,
    "311": TrackingCode.DELIVERY_TO_LOCKER, "304": TrackingCode.SIGNED_BY_THIRD_PARTY,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(STATES(raw), FINE.get(raw))


TRACE = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "LogisticCode", ident, required=True),
        Row("at", "AcceptTime", beijing_time, required=True),
        Row("place", "Location", text),
        Row("text", "AcceptStation", text),
        Row("raw_code", "Action", text),
        Computed(("status", "code"), _status, ("Action",)),
        Ignored(("Remark",), because="an addition for people"),
    ),
)
"""One trace of a query or of a push."""

ERRORS = ErrorTable("kdniao", f"{SOURCE}#errors", otherwise=RequestRejected)
_NO_PATH = "the address of request type 1147 is not documented; cancel in Kdniao's console"

SPEC = Spec(
    platform="kdniao",
    title="Kdniao 快递鸟",
    base_url="https://api.kdniao.com",
    source=SOURCE,
    label_marks={"sort_code": "MarkDestination", "hub": "PackageCode"},
    limits={
        "create": Limits(batch_max=1), "track": Limits(batch_max=1), "subscribe": Limits(batch_max=1),
        "pickup": Limits(batch_max=1),
    },
    tables={"trace": TRACE},
    words={"Action": STATES},
    errors=ERRORS,
    absent={
        "cancel": _NO_PATH,
        "find": "no request type searches for an OrderCode",
        "quote": "no documented request type tells a price; use a rate card",
        "serviceability": "no documented request type checks an address",
    },
    settings=(
        Setting("default_carrier", "canonical code of the carrier of orders, and of numbers without a carrier"),
        Setting("track_type", "1002 basic without codes, 8001 monitored, 8002 query", "8002", ("1002", "8001", "8002")),
        Setting("subscribe_type", "1008 basic, 8008 with more detail", "8008", ("1008", "8008")),
        Setting("customer_name", "electronic waybill account at the carrier"),
        Setting("customer_password", "its password"),
        Setting("send_site", "branch of that account"),
        Setting("month_code", "monthly account at the carrier"),
        Setting("pay_type", "1 cash, 2 collect, 3 monthly, 4 third party", 3, (1, 2, 3, 4)),
        Setting("express_type", "product of the carrier, e.g. 1 ordinary", 1),
        Setting("cargo_name", "name of the goods on the waybill", "商品"),
        Setting("notify_courier", "call a courier with every order", False, (True, False)),
    ),
)  # fmt: skip
