"""Yunda as a data sheet: address, limits, action words. Imports `kit`, `models`, `errors`.

Source: docs/platforms/yunda.md. OTHER says nothing about a parcel and what OUTBOUND means is not settled: both are left
out and become unknown. Error codes are in no document that was found, so every refusal is final.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.errors import RequestRejected
from orderhub.kit.convert import beijing_time, ident, text
from orderhub.kit.spec import Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits
from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["ACTIONS", "ERRORS", "FAMILIES", "SPEC", "STEP", "action_status"]

SOURCE = "docs/platforms/yunda.md"

ACTIONS = WordTable(
    TrackingStatus.UNKNOWN,
    {
        "ACCEPT": TrackingStatus.CREATED, "GOT": TrackingStatus.PICKED_UP, "ARRIVAL": TrackingStatus.AT_HUB,
        "DEPARTURE": TrackingStatus.IN_TRANSIT, "TRANSIT": TrackingStatus.IN_TRANSIT,
        "TRANSFER": TrackingStatus.IN_TRANSIT, "SENT": TrackingStatus.OUT_FOR_DELIVERY,
        "INBOUND": TrackingStatus.READY_FOR_PICKUP, "SIGNED": TrackingStatus.DELIVERED,
        "SIGNFAIL": TrackingStatus.DELIVERY_FAILED, "ISSUE": TrackingStatus.EXCEPTION,
        "RETURN": TrackingStatus.RETURNING, "REJECTION": TrackingStatus.RETURNING,
    },
    f"{SOURCE}#actions",
)  # fmt: skip
"""action of a step, or status of the parcel -> canonical status."""

FAMILIES: Mapping[str, TrackingStatus] = {
    "OVERSEA_": TrackingStatus.IN_TRANSIT,
    "CLEARANCE_": TrackingStatus.IN_TRANSIT,
}
"""Actions that are documented as families by their first letters: transport abroad and customs."""


def action_status(raw: str) -> TrackingStatus:
    """The canonical status of an action."""
    family = next((status for start, status in FAMILIES.items() if raw.startswith(start)), ACTIONS.unknown)
    return ACTIONS.words.get(raw, family)


FINE: Mapping[str, TrackingCode] = {
    "DEPARTURE": TrackingCode.DEPARTED_FROM_HUB, "TRANSFER": TrackingCode.TRANSFERRED_TO_CARRIER,
    "REJECTION": TrackingCode.REFUSED,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(action_status(raw), FINE.get(raw))


STEP = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "mailno", ident, required=True),
        Row("at", "time", beijing_time, required=True),
        Row("place", "city|station_name", text),
        Row("text", "description", text),
        Row("raw_code", "action|status", text),
        Computed(("status", "code"), _status, ("action", "status")),
        Ignored(("station", "station_type", "next", "next_type", "next_name", "next_city"), because="Yunda's own keys"),
        Ignored(("phone", "signer"), because="about persons"),
    ),
)
"""One step of a parcel."""

ERRORS = ErrorTable("yunda", f"{SOURCE}#errors", otherwise=RequestRejected)
_ORDERS = "Yunda's order APIs are not documented; use an aggregator or the platform's own waybills"

SPEC = Spec(
    platform="yunda",
    title="Yunda Express 韵达快递",
    base_url="https://openapi.yundaex.com/openapi/outer",
    source=SOURCE,
    limits={"track": Limits(batch_max=1), "subscribe": Limits(batch_max=1)},
    tables={"step": STEP},
    words={"action": ACTIONS},
    errors=ERRORS,
    absent={
        "create": _ORDERS, "cancel": _ORDERS, "find": _ORDERS, "pickup": _ORDERS,
        "quote": "no documented API tells a price; use a rate card",
        "serviceability": "no documented API checks an address",
        "decode_push": "the form of Yunda's pushes is not documented; read the steps with track",
    },
)  # fmt: skip
