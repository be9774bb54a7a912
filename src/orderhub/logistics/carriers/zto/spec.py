"""ZTO as a data sheet: addresses, settings, limits, both vocabularies, error codes. Imports `kit`, `models`, `errors`.

Source: docs/platforms/zto.md. What a numeric scanType of 1 to 5 and 45 or the word 事件 say about a parcel is not
settled: they are left out and become unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.errors import Conflict, PermissionDenied, RateLimited, RequestRejected
from orderhub.kit.convert import beijing_time, epoch_ms, ident, text
from orderhub.kit.spec import Setting, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits
from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["ACTIONS", "ERRORS", "PUSHED", "SCANNED", "SCANS", "SPEC"]

SOURCE = "docs/platforms/zto.md"

SCANS = WordTable(
    TrackingStatus.UNKNOWN,
    {
        "收件": TrackingStatus.PICKED_UP, "发件": TrackingStatus.IN_TRANSIT, "到件": TrackingStatus.AT_HUB,
        "派件": TrackingStatus.OUT_FOR_DELIVERY, "签收": TrackingStatus.DELIVERED, "退件": TrackingStatus.RETURNING,
        "问题件": TrackingStatus.EXCEPTION, "转单": TrackingStatus.IN_TRANSIT, "安检": TrackingStatus.IN_TRANSIT,
        "ARRIVAL": TrackingStatus.READY_FOR_PICKUP, "SIGNED": TrackingStatus.DELIVERED,
        "DELIVERY": TrackingStatus.OUT_FOR_DELIVERY, "DEPARTURE": TrackingStatus.EXCEPTION,
        "7": TrackingStatus.DELIVERED, "8": TrackingStatus.RETURNING, "9": TrackingStatus.IN_TRANSIT,
        "44": TrackingStatus.READY_FOR_PICKUP,
    },
    f"{SOURCE}#scan-types",
)  # fmt: skip
"""scanType of queries -> canonical status; the English words are those of lockers."""

ACTIONS = WordTable(
    TrackingStatus.UNKNOWN,
    {
        "GOT": TrackingStatus.PICKED_UP, "DEPARTURE": TrackingStatus.IN_TRANSIT, "ARRIVAL": TrackingStatus.AT_HUB,
        "DISPATCH": TrackingStatus.OUT_FOR_DELIVERY, "INBOUND": TrackingStatus.READY_FOR_PICKUP,
        "HANDOVERSCAN_SIGNED": TrackingStatus.DELIVERED, "DEPARTURE_SIGNED": TrackingStatus.DELIVERED,
        "SIGNED": TrackingStatus.DELIVERED, "RETURN_SCAN": TrackingStatus.RETURNING,
        "RETURN_SIGNED": TrackingStatus.RETURNED, "PROBLEM": TrackingStatus.EXCEPTION,
    },
    f"{SOURCE}#push-actions",
)  # fmt: skip
"""action of pushes -> canonical status."""


FINE_SCANS: Mapping[str, TrackingCode] = {
    "发件": TrackingCode.DEPARTED_FROM_HUB, "ARRIVAL": TrackingCode.DELIVERY_TO_LOCKER,
    "7": TrackingCode.SIGNED_BY_THIRD_PARTY, "9": TrackingCode.TRANSFERRED_TO_CARRIER,
}  # fmt: skip
"""Scan types that tell more than their status."""

FINE_ACTIONS: Mapping[str, TrackingCode] = {"DEPARTURE": TrackingCode.DEPARTED_FROM_HUB}
"""Actions that do."""


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970, or Beijing time as text."""
    return beijing_time(value) if isinstance(value, str) and "-" in value else epoch_ms(value)


def _scanned(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    site = document.get("scanSite")
    place = (site.get("city") or site.get("name")) if isinstance(site, Mapping) else site
    raw = found.get("raw_code", "")
    return {**step(SCANS(raw), FINE_SCANS.get(raw)), "place": text(place) if place else None}


SCANNED = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "billCode", ident, required=True),
        Row("at", "scanDate", _moment, required=True),
        Row("text", "desc", text),
        Row("raw_code", "scanType", text),
        Computed(("status", "code", "place"), _scanned, ("scanType", "scanSite")),
    ),
)
"""One node of a query."""


def _pushed(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(ACTIONS(raw), FINE_ACTIONS.get(raw))


PUSHED = Table(
    TrackingEvent,
    f"{SOURCE}#pushes",
    (
        Row("waybill_no", "billCode", ident, required=True),
        Row("at", "actionTime", beijing_time, required=True),
        Row("place", "city|facilityName", text),
        Row("text", "desc", text),
        Row("raw_code", "action", text),
        Computed(("status", "code"), _pushed, ("action",)),
        Ignored(("courier", "courierPhone", "facilityContactPhone", "expressSigner"), because="about persons"),
    ),
)
"""One push."""

_FINAL = ("E23101", "E23102", "E23108", "E23110", "E23111", "E23112", "E23115", "E23120", "E23122", "E23136", "E23137",
          "E23138", "E23140", "E23148", "E23149", "E23150")  # fmt: skip
ERRORS = ErrorTable(
    "zto",
    f"{SOURCE}#errors",
    exact={
        **dict.fromkeys(_FINAL, RequestRejected),
        **dict.fromkeys(("E23116", "E23121", "E23127", "E23151"), Conflict),
        "E23119": RateLimited, "E23144": PermissionDenied,
    },
    otherwise=RequestRejected,
)  # fmt: skip
"""Codes of interception; those of other APIs are in no document that was found, so they are final."""

SPEC = Spec(
    platform="zto",
    title="ZTO Express 中通快递",
    base_url="https://japi.zto.com",
    source=SOURCE,
    label_marks={"sort_code": "bigMarkInfo.mark", "hub": "bigMarkInfo.bagAddr"},
    hosts=("japi-test.zto.com",),
    limits={
        "create": Limits(batch_max=1), "cancel": Limits(batch_max=1), "track": Limits(batch_max=1),
        "subscribe": Limits(batch_max=1),
    },
    tables={"scan": SCANNED, "push": PUSHED},
    words={"scanType": SCANS, "action": ACTIONS},
    errors=ERRORS,
    absent={
        "find": "no documented API searches for a partnerOrderCode; create the same parcel again",
        "quote": "no documented API tells a price; use a rate card",
        "serviceability": "no documented API checks an address",
        "pickup": "an order of order_type 2 or 3 is an appointment; there is no other call for a courier",
    },
    settings=(
        Setting("partner_type", "1 group, 2 other", "2", ("1", "2")),
        Setting("order_type", "1 full network, 2 appointment with number, 3 without, 4 星联", "1", tuple("1234")),
        Setting("account_id", "electronic waybill account 电子面单账号"),
        Setting("account_password", "its password"),
        Setting("account_type", "kind of that account: 1 or 74", 1, (1, 74)),
        Setting("cargo_name", "name of the goods on the waybill", "商品"),
        Setting("cancel_type", "why orders are cancelled: 1 not wanted, 2 mistaken, 3 repeated, 4 too dear, 5 nobody "
                "called, 6 slow pick-up, 7 unfriendly", "1", tuple("1234567")),
        Setting("repeat_create", "after a lost reply ask again with the same partnerOrderCode; whether ZTO then "
                "answers the first waybill is UNVERIFIED. False leaves the outcome unknown", True, (True, False)),
    ),
)  # fmt: skip
