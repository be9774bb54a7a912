"""JD's after-sale documents row by row: refund applications, service orders, cases of the newer gateway.

Applications count in fen, the rest in yuan. Pure; imports `kit`, `models`.
Source: docs/platforms/jd.md#refund-applications, #service-orders, #sp-after-sales.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.convert import jd_time, pick, told
from orderhub.connectors.jd.spec import (
    APPLICATION_STATUS,
    SERVICE_KIND,
    SERVICE_STATUS,
    SOURCE,
    SP_FINISHED,
    SP_REFUND_STATUS,
)
from orderhub.kit.convert import cny_fen, cny_yuan, ident, quantity, rows_of, text
from orderhub.kit.table import Absent, Computed, Row, Table
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["APPLICATION", "SERVICE", "SERVICE_PREFIX", "SP_CASE", "refund_amount"]

Document = Mapping[str, Any]
Found = dict[str, Any]
SERVICE_PREFIX = "asc-"
"""Service orders and refund applications count apart, so the first carry this before their number."""
_INTERCEPTS = frozenset({"6", "7", "8"})
_REFUSED_DELIVERY = "12"
_KNOWN = (Absent("platform", "the connection knows it"), Absent("shop_id", "the connection knows it"))


def _application(document: Document, found: Found) -> Found:
    raw, source = found["raw_status"], told(document, "systemId", text)
    kind = RefundKind.INTERCEPT if raw in _INTERCEPTS else RefundKind.REFUND_ONLY
    if source == _REFUSED_DELIVERY:
        kind = RefundKind.REJECTED_DELIVERY
    times = [at for path in ("applyTime", "checkTime") if (at := told(document, path, jd_time))]
    return {"status": APPLICATION_STATUS(raw), "kind": kind, "currency": "CNY",
            "updated_at": max(times) if times else None}  # fmt: skip


APPLICATION = Table(
    Refund,
    f"{SOURCE}#refund-applications",
    (
        *_KNOWN,
        Row("refund_id", "id", ident, required=True),
        Row("order_id", "orderId", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("reason", "reason", text),
        Row("amount", "applyRefundSum", cny_fen),
        Row("created_at", "applyTime", jd_time),
        Computed(("status", "kind", "currency", "updated_at"), _application, ("systemId", "checkTime")),
    ),
)


def _service(document: Document, found: Found) -> Found:
    uuid, sku = told(document, "skuUuid", ident), told(document, "skuId", ident)
    line = uuid or (f"{sku}:1" if sku else None)
    units = told(document, "serviceCount", quantity)
    times = [at for path in ("updateDate", "approveTime", "applyTime") if (at := told(document, path, jd_time))]
    return {
        "refund_id": f"{SERVICE_PREFIX}{found['refund_id']}", "status": SERVICE_STATUS(found["raw_status"]),
        "kind": SERVICE_KIND(told(document, "customerExpect", text) or ""), "currency": "CNY",
        "lines": ((line, units, None),) if line else (), "updated_at": times[0] if times else None,
        "reason": told(document, "customerExpectName", text),
    }  # fmt: skip


SERVICE = Table(
    Refund,
    f"{SOURCE}#service-orders",
    (
        *_KNOWN,
        Row("refund_id", "serviceId", ident, required=True),
        Row("order_id", "orderId", ident, required=True),
        Row("raw_status", "serviceStatus", text, required=True),
        Row("created_at", "applyTime", jd_time),
        Row("return_waybill_no", "expressCode", text),
        Computed(
            ("refund_id", "status", "kind", "currency", "lines", "updated_at", "reason"),
            _service,
            ("customerExpect", "customerExpectName", "skuUuid", "skuId", "serviceCount", "updateDate", "approveTime"),
        ),
    ),
)


def _sp_case(document: Document, found: Found) -> Found:
    word = told(document, "refundInfo.refundStatus|refundStatus", text)
    main = told(document, "mainStatus|afsOrderStatus", text)
    status = SP_REFUND_STATUS(word or "")
    if status is AftersaleStatus.UNKNOWN and main == SP_FINISHED:
        status = AftersaleStatus.CLOSED
    lines = [
        (told(row, "skuUuid", ident) or f"{told(row, 'skuId', ident)}:1", told(row, "num|skuNum", quantity), None)
        for row in rows_of(pick(document, "skuExtInfo|skuInfoList")) or [document]
        if isinstance(row, Mapping) and pick(row, "skuUuid|skuId") is not None
    ]
    return {
        "amount": told(document, f"refundInfo.{'actual' if word == '20' else 'apply'}RefundAmount", cny_yuan),
        "raw_status": word or main, "status": status, "currency": "CNY", "lines": tuple(lines),
        "kind": SERVICE_KIND(told(document, "customerExpect", text) or ""),
    }  # fmt: skip


SP_CASE = Table(
    Refund,
    f"{SOURCE}#sp-after-sales",
    (
        *_KNOWN,
        Row("refund_id", "afsOrderId", ident, required=True),
        Row("order_id", "orderId", ident, required=True),
        Row("created_at", "applyTime|createdTime", jd_time),
        Row("updated_at", "updateTime|modifiedTime", jd_time),
        Computed(
            ("amount", "raw_status", "status", "kind", "currency", "lines"),
            _sp_case,
            ("skuId", "skuUuid", "num", "refundInfo",
             "refundStatus", "mainStatus", "afsOrderStatus", "customerExpect", "skuExtInfo",
             "skuInfoList"),
        ),
    ),
)  # fmt: skip


def refund_amount(result: Document) -> Any:
    """Yuan that really went back for a service order; None while only an estimate is there."""
    return told(result, "data.afsActualRefundDetail.actualRefundAmount", cny_yuan)
