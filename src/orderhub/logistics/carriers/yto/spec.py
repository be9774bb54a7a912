"""YTO as a data sheet: addresses, settings, limits, event codes. Imports `kit`, `models`, `errors`.

Source: docs/platforms/yto.md. YTO's error codes are in no document that was found, so every refusal is final.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.errors import RequestRejected
from orderhub.kit.convert import beijing_time, ident, text
from orderhub.kit.spec import Setting, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits
from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["AMOUNTS", "ERRORS", "EVENT", "EVENT_CODES", "ID_MIN", "INTERFACES", "SPEC"]

SOURCE = "docs/platforms/yto.md"
INTERFACES = ("create", "cancel", "track", "subscribe", "push")
"""What `interfaces` may hold credentials for; push has no path token."""
ID_MIN = 7
AMOUNTS: Mapping[str, tuple[int, Decimal, Decimal]] = {
    "cod_amount": (1, Decimal(3), Decimal(20_000)),
    "declared_value": (4, Decimal(100), Decimal(30_000)),
}
"""Field of a parcel -> (type of increment, smallest and largest amount in yuan)."""

EVENT_CODES = WordTable(
    TrackingStatus.UNKNOWN,
    {
        "ACCEPT": TrackingStatus.CREATED, "ORDER_BOOKING": TrackingStatus.CREATED,
        "NOT_SEND": TrackingStatus.EXCEPTION, "GOT": TrackingStatus.PICKED_UP,
        "ARRIVAL": TrackingStatus.AT_HUB, "DEPARTURE": TrackingStatus.IN_TRANSIT,
        "AIRSEND": TrackingStatus.IN_TRANSIT, "AIRPICK": TrackingStatus.IN_TRANSIT,
        "FORWARDING": TrackingStatus.IN_TRANSIT, "SENT_SCAN": TrackingStatus.OUT_FOR_DELIVERY,
        "INBOUND": TrackingStatus.READY_FOR_PICKUP, "SIGNED": TrackingStatus.DELIVERED,
        "FAILED": TrackingStatus.DELIVERY_FAILED, "TMS_RETURN": TrackingStatus.RETURNING,
    },
    f"{SOURCE}#event-codes",
)  # fmt: skip
"""infoContent -> canonical status."""


FINE: Mapping[str, TrackingCode] = {
    "DEPARTURE": TrackingCode.DEPARTED_FROM_HUB, "NOT_SEND": TrackingCode.PICKUP_FAILED,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(EVENT_CODES(raw), FINE.get(raw))


EVENT = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "mailNo|waybill_No", ident, required=True),
        Row("at", "acceptTime|upload_Time", beijing_time, required=True),
        Row("place", "city|orgName", text),
        Row("text", "remark|processInfo", text),
        Row("raw_code", "infoContent", text),
        Computed(("status", "code"), _status, ("infoContent",)),
        Ignored(("logisticProviderID", "clientID", "txLogisticID", "infoType"), because="the envelope of a push"),
    ),
)
"""One event, queried or pushed."""

ERRORS = ErrorTable("yto", f"{SOURCE}#errors", otherwise=RequestRejected)

SPEC = Spec(
    platform="yto",
    title="YTO Express 圆通速递",
    base_url="https://openapi.yto.net.cn",
    source=SOURCE,
    label_marks={"sort_code": "shortAddress"},
    limits={
        "create": Limits(batch_max=1), "cancel": Limits(batch_max=1), "track": Limits(batch_max=1),
        "subscribe": Limits(batch_max=1),
    },
    tables={"event": EVENT},
    words={"infoContent": EVENT_CODES},
    errors=ERRORS,
    absent={
        "find": "no method searches for an order; create the same parcel again, its logisticsNo gives the same waybill",
        "quote": "the parameters of charge_query are not documented; use a rate card",
        "serviceability": "no method of YTO checks an address",
        "pickup": "a courier is asked for with the order itself; see the setting pickup_within_h",
    },
    settings=(
        Setting("interfaces", "for each of create, cancel, track, subscribe: path_token, and customer_code and secret "
                "where they differ from app_key and app_secret; for push: customer_code, secret"),
        Setting("product_code", "PK ordinary, YZD 圆准达", "PK", ("PK", "YZD")),
        Setting("cargo_name", "name of the goods on the waybill", "商品"),
        Setting("cancel_reason", "what a cancellation says", "不想寄了"),
        Setting("pickup_within_h", "ask for a courier between now and so many hours later; none when left out"),
    ),
)  # fmt: skip
