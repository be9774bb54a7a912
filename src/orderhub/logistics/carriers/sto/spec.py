"""STO as a data sheet: address, receivers of APIs, settings, limits, event words. Imports `kit`, `models`, `errors`.

Source: docs/platforms/sto.md. STO's error codes are in no document that was found, so every refusal is final unless it
says that it may be repeated. What 驿站出库 means is not settled: it is left out and becomes unknown.
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

__all__ = ["ERRORS", "EVENT", "RECEIVERS", "SCANS", "SPEC"]

SOURCE = "docs/platforms/sto.md"

RECEIVERS: Mapping[str, str] = {
    "OMS_EXPRESS_ORDER_CREATE": "sto_oms",
    "EDI_MODIFY_ORDER_CANCEL": "edi_modify_order",
    "STO_TRACE_QUERY_COMMON": "sto_trace_query",
    "STO_TRACE_PLATFORM_SUBSCRIBE": "sto_trace_platform",
    "QUERY_SEND_SERVICE_DETAIL": "ORDERMS_API",
}
"""API name -> to_appkey and to_code."""

SCANS = WordTable(
    TrackingStatus.UNKNOWN,
    {
        "收件": TrackingStatus.PICKED_UP, "发件": TrackingStatus.IN_TRANSIT, "到件": TrackingStatus.AT_HUB,
        "转邮": TrackingStatus.IN_TRANSIT, "转同行": TrackingStatus.IN_TRANSIT,
        "派件": TrackingStatus.OUT_FOR_DELIVERY, "第三方代派": TrackingStatus.OUT_FOR_DELIVERY,
        "快件取出": TrackingStatus.OUT_FOR_DELIVERY, "柜机代收": TrackingStatus.READY_FOR_PICKUP,
        "驿站代收": TrackingStatus.READY_FOR_PICKUP, "问题件": TrackingStatus.EXCEPTION,
        "改地址件": TrackingStatus.EXCEPTION, "退回件": TrackingStatus.RETURNING, "签收": TrackingStatus.DELIVERED,
        "PU_PICKUP_SUCCESS": TrackingStatus.PICKED_UP, "LH_DEPART": TrackingStatus.IN_TRANSIT,
        "LH_ARRIVE": TrackingStatus.AT_HUB, "CC_IM_START": TrackingStatus.IN_TRANSIT,
        "CC_IM_SUCCESS": TrackingStatus.IN_TRANSIT, "CC_IM_FAILURE": TrackingStatus.EXCEPTION,
    },
    f"{SOURCE}#scan-types",
)  # fmt: skip
"""scanType -> canonical status; customs counts as in transit."""


FINE: Mapping[str, TrackingCode] = {
    "发件": TrackingCode.DEPARTED_FROM_HUB, "LH_DEPART": TrackingCode.DEPARTED_FROM_HUB,
    "转同行": TrackingCode.TRANSFERRED_TO_CARRIER, "柜机代收": TrackingCode.DELIVERY_TO_LOCKER,
    "改地址件": TrackingCode.ADDRESS_ISSUE, "CC_IM_SUCCESS": TrackingCode.CLEARANCE_COMPLETED,
}  # fmt: skip
"""Raw codes that tell more than their status."""


def _status(document: Mapping[str, Any], found: dict[str, Any]) -> Mapping[str, Any]:
    raw = found.get("raw_code", "")
    return step(SCANS(raw), FINE.get(raw))


EVENT = Table(
    TrackingEvent,
    f"{SOURCE}#tracking",
    (
        Row("waybill_no", "waybillNo", ident, required=True),
        Row("at", "opTime", beijing_time, required=True),
        Row("place", "opOrgCityName|opOrgName", text),
        Row("text", "memo", text),
        Row("raw_code", "scanType", text),
        Computed(("status", "code"), _status, ("scanType",)),
        Ignored(("outBizCode", "opOrgCode", "opOrgType", "opEmpName", "opEmpCode"), because="STO's own keys"),
    ),
)
"""One event, queried or pushed."""

ERRORS = ErrorTable("sto", f"{SOURCE}#errors", otherwise=RequestRejected)

SPEC = Spec(
    platform="sto",
    title="STO Express 申通快递",
    base_url="https://cloudinter-linkgateway.sto.cn/gateway/link.do",
    source=SOURCE,
    label_marks={"sort_code": "bigWord", "hub": "packagePlace"},
    hosts=("cloudinter-linkgatewayonline.sto.cn",),
    limits={
        "create": Limits(batch_max=1), "cancel": Limits(batch_max=1), "quote": Limits(batch_max=1),
        "track": Limits(), "subscribe": Limits(),
    },
    tables={"event": EVENT},
    words={"scanType": SCANS},
    errors=ERRORS,
    absent={
        "find": "no documented API searches for an orderNo; create the same parcel again",
        "serviceability": "no documented API checks an address",
        "pickup": "an order of order_type 02 calls a courier; there is no other call for one",
    },
    settings=(
        Setting("from_code", "from_code of the application; the app key when left out"),
        Setting("order_source", "code of the order source, as subscribed in the console"),
        Setting("site_code", "branch of the electronic waybill account"),
        Setting("customer_name", "that account"),
        Setting("site_password", "its password"),
        Setting("month_customer", "monthly customer code"),
        Setting("bill_type", "kind of orders without cash on delivery: 00 ordinary, 02 freight collect, 04 fresh", "00",
                ("00", "02", "04")),
        Setting("order_type", "01 ordinary, 02 a courier is called", "01", ("01", "02")),
        Setting("cargo_name", "name of the goods on the waybill", "商品"),
        Setting("cargo_kind", "大件, 小件 or 扁平件\\文件", "小件", ("大件", "小件", "扁平件\\文件")),
        Setting("battery", "10 unknown, 20 with, 30 without battery", "30", ("10", "20", "30")),
        Setting("track_batch", "numbers in one query; STO's limit is UNVERIFIED", 10),
        Setting("repeat_create", "after a lost reply ask again with the same orderNo; whether STO then answers the "
                "first waybill is UNVERIFIED. False leaves the outcome unknown", True, (True, False)),
    ),
)  # fmt: skip
