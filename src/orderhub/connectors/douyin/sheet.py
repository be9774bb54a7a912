"""The whole data sheet of Douyin, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.douyin.spec import (
    ABSENT,
    AFTERSALE,
    ERRORS,
    EVIDENCE,
    LIMITS,
    REFUND_KIND,
    REFUND_STATUSES,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.douyin.tables import LINE, ORDER, REFUND
from orderhub.connectors.douyin.wire import event_sign, sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

_GATEWAY = "https://openapi-fxg.jinritemai.com"

SPEC = Spec(
    platform="douyin",
    title="Douyin shop 抖店",
    base_url=_GATEWAY,
    token_url=_GATEWAY,
    authorize_url="https://fuwu.jinritemai.com/authorize",
    hosts=("openapi-fxg.jinritemai.com", "openapi-sandbox.jinritemai.com"),
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={
        "status": STATUS,
        "aftersale_status": AFTERSALE,
        "refund_status": REFUND_STATUSES,
        "refund_kind": REFUND_KIND,
    },
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
    evidence=EVIDENCE,
    push_answer={"code": 0, "msg": "success"},
)

_KEY, _SECRET, _TIME = "7000000000000000001", "dd-secret-42", "1700000000"  # of the published vectors
_BODIES = (
    ("order.searchList", "ccac6d67a43777438df18a8b8ebb54dede8d24a210be65208efb467fc9cfc451",
     '{"order_asc":true,"order_by":"update_time","page":0,"size":100,"update_time_end":1700000000,'
     '"update_time_start":1699998200}'),
    ("order.logisticsAdd", "a4c2c8a8510687b4d70eadf55b7ad9dcb9dca41a542d495f377962ae5b446160",
     '{"company_code":"zhongtong","logistics_code":"73100012345678","order_id":"5012345678901234567"}'),
    ("order.addOrderRemark", "7d3e5639fdb7de3ef6554c8a97f0f6bbd04c86c4834cc817fdd99e9e3a14f32c",
     '{"is_add_star":"true","order_id":"5012345678901234567","remark":"加急 <顺丰> & 礼品","star":"5"}'),
)  # fmt: skip


def _vector(method: str, expected: str, body: str) -> SignatureVector:
    return SignatureVector(method, lambda: sign(_KEY, _SECRET, method, body, _TIME), expected, f"{SOURCE}#signature")


VECTORS = (
    *(_vector(*row) for row in _BODIES),
    SignatureVector(
        "event-sign", lambda: event_sign(_KEY, _SECRET, b'[{"tag":"101","msg_id":"m1","data":"{}"}]'),
        "57fa519f812a37312c26631ac10a8255", f"{SOURCE}#messages",
    ),
)  # fmt: skip
"""Signatures that two public clients calculate alike."""
