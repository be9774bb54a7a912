"""Signatures that independent clients calculated; the conformance kit proves them. Pure; imports `kit`.

Source: docs/platforms/jd.md#signature.
"""

from __future__ import annotations

from functools import partial

from orderhub.connectors.jd import sp, wire
from orderhub.kit.spec import SignatureVector

__all__ = ["VECTORS"]

_SECRET = "demo-secret-9f8e7d"  # noqa: S105  # published beside the vectors
_KEY, _ACCESS = "ORDERHUBDEMOKEY", "demo-access-token-0001"
_SOURCE = "docs/platforms/jd.md#signature"
_CLASSIC = {"app_key": _KEY, "v": "2.0", "access_token": _ACCESS}
_HEADERS = {"X-JOS-App-Key": _KEY, "X-JOS-Access-Token": _ACCESS, "X-JOS-Timestamp": "1772330400000"}

VECTORS = (
    SignatureVector(
        "shipment",
        partial(
            wire.sign,
            _CLASSIC
            | {
                "method": "jingdong.pop.order.shipment",
                "timestamp": "2026-03-01 10:05:00.000+0800",
                "360buy_param_json": '{"logiCoprId":"467","logiNo":"SF1234567890123","orderId":290000000001}',
            },
            _SECRET,
        ),
        "DCC159B8FC139327C4F23F671B6AC367",
        _SOURCE,
    ),
    SignatureVector(
        "remark in Chinese",
        partial(
            wire.sign,
            _CLASSIC
            | {
                "method": "jingdong.pop.order.modifyVenderRemark",
                "timestamp": "2026-03-01 10:00:00",
                "360buy_param_json": '{"flag":1,"order_id":290000000001,"remark":"请尽快发货"}',
            },
            _SECRET,
        ),
        "441B21E7C057F9F785715CF353DF35BD",
        _SOURCE,
    ),
    SignatureVector(
        "SP-API, path and query",
        partial(sp.sign, _HEADERS | {"orderId": "290000000001", "scopeSet": "consigneeInfo,paymentInfo"}, _SECRET),
        "6B3BB7643A0A569DA3B8328B97343ADE",
        _SOURCE,
    ),
)
