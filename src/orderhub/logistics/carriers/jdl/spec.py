"""JD Logistics as a data sheet: address, settings, limits, categories, error codes. Imports `kit`, `models`, `errors`.

Source: docs/platforms/jdl.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.errors import NotFound, PermissionDenied, PlatformUnavailable, RequestRejected
from orderhub.kit.convert import beijing_time, ident, text
from orderhub.kit.spec import Setting, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Computed, Ignored, Row, Table
from orderhub.logistics.tracking import step
from orderhub.models.channel import Limits
from orderhub.models.logistics import TrackingCode, TrackingEvent, TrackingStatus

__all__ = ["CATEGORIES", "DETAIL", "ERRORS", "ID_MAX", "NAME_MAX", "SPEC", "STREET_MAX"]

SOURCE = "docs/platforms/jdl.md"
ID_MAX, NAME_MAX, STREET_MAX, REMARK_MAX = 50, 50, 200, 500

CATEGORIES = WordTable(
    TrackingStatus.UNKNOWN,
    {
        "100": TrackingStatus.CREATED, "390": TrackingStatus.CREATED, "403": TrackingStatus.EXCEPTION,
        "480": TrackingStatus.EXCEPTION, "500": TrackingStatus.EXCEPTION, "420": TrackingStatus.PICKED_UP,
        "430": TrackingStatus.IN_TRANSIT, "440": TrackingStatus.OUT_FOR_DELIVERY, "510": TrackingStatus.DELIVERED,
        "530": TrackingStatus.RETURNING, "690": TrackingStatus.CANCELLED, "700": TrackingStatus.EXCEPTION,
    },
    f"{SOURCE}#categories",
)  # fmt: skip
"""category of a trace, status of an order -> canonical status."""


FINE: Mapping[str, TrackingCode] = {
    "530": TrackingCode.REFUSED,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(CATEGORIES(raw), FINE.get(raw))


DETAIL = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "waybillCode", ident, required=True),
        Row("at", "operationTime", beijing_time, required=True),
        Row("text", "operationRemark|operationTitle", text),
        Row("raw_code", "category", text),
        Computed(("status", "code"), _status, ("category",)),
        Ignored(("categoryName", "operationTitle", "state"), because="category decides; its name and finer codes vary"),
        Ignored(("operatorName", "operatorPhone"), because="about persons"),
    ),
)
"""One trace of a parcel."""

ERRORS = ErrorTable(
    "jdl",
    f"{SOURCE}#errors",
    exact={
        "62": RequestRejected, "2001": PermissionDenied, "2100": NotFound, "2101": RequestRejected,
        "4000": PlatformUnavailable,
    },
    otherwise=RequestRejected,
)  # fmt: skip
"""Codes seen with other clients; the whole list is in no document that was found."""

SPEC = Spec(
    platform="jdl",
    title="JD Logistics 京东物流",
    base_url="https://api.jdl.com",
    source=SOURCE,
    hosts=("uat-api.jdl.com",),
    limits={
        "create": Limits(batch_max=1), "cancel": Limits(batch_max=1), "track": Limits(batch_max=1),
        "subscribe": Limits(batch_max=1), "serviceability": Limits(batch_max=1),
    },
    tables={"trace": DETAIL},
    words={"category": CATEGORIES},
    errors=ERRORS,
    absent={
        "find": "orders are read by JDL's own numbers only, never by orderId",
        "quote": "the reply of the check does not document its price; use a rate card",
        "pickup": "a courier comes for every order of pickup_type 1; there is no other call for one",
        "decode_push": "the form of JDL's pushes is not documented; read the traces with track",
    },
    settings=(
        Setting("customer_code", "customer code 客户编码 of the contract"),
        Setting("domain", "LOP-DN of orders; sources write it in two ways", "ECAP", ("ECAP", "jdecap")),
        Setting("product_code", "main product, e.g. ed-m-0001 standard", "ed-m-0001"),
        Setting("settle_type", "who pays: 1 sender, 2 receiver, 3 monthly", 3, (1, 2, 3)),
        Setting("channel_code", "sales channel: 0010001 JD, 0030001 others", "0030001"),
        Setting("pickup_type", "1 a courier comes, 2 brought to a station", 1, (1, 2)),
        Setting("cargo_name", "name of the goods on the waybill", "商品"),
        Setting("extension_in", "where the extension of a virtual number goes, since mobiles have eleven digits; what "
                "couriers see of it is UNVERIFIED", "name", ("name", "remark", "refuse")),
        Setting("prefetch", "fetch the waybill number before the order, so that lost replies can be settled", True,
                (True, False)),
        Setting("cancel_reason", "what a cancellation says", "取消"),
        Setting("cancel_reason_code", "its code; 1 was seen with other clients", "1"),
    ),
    carrier="jd",
)  # fmt: skip
