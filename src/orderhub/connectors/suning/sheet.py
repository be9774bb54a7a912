"""The whole data sheet of Suning, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.suning.aftersale import REFUND
from orderhub.connectors.suning.push import push_sign
from orderhub.connectors.suning.spec import (
    ABSENT,
    ERRORS,
    LIMITS,
    LINE_STATUS,
    RATES,
    REFUND_STAGE,
    REFUND_WORDS,
    RETURN_FLAG,
    SETTINGS,
    SHIPPED_BY,
    SOURCE,
    STATUS,
)
from orderhub.connectors.suning.tables import LINE, ORDER
from orderhub.connectors.suning.wire import sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="suning",
    title="Suning 苏宁易购",
    base_url="https://open.suning.com/api/http/sopRequest",
    token_url="https://open.suning.com/api/oauth/token",  # noqa: S106  # an address, not a secret
    authorize_url="https://open.suning.com/api/oauth/authorize",
    hosts=("open.suning.com", "openpre.cnsuning.com", "apipre.cnsuning.com"),
    source=SOURCE,
    limits=LIMITS,
    rates=RATES,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={
        "status": STATUS,
        "line_status": LINE_STATUS,
        "return_flag": RETURN_FLAG,
        "shipped_by": SHIPPED_BY,
        "refund_status": REFUND_WORDS,
        "refund_stage": REFUND_STAGE,
    },
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
)

_KEY, _SECRET = "demo-suning-appkey", "demo-suning-secret"  # of the published vectors
_BODIES = (
    ("suning.custom.order.query", "2026-03-01 10:00:00", "ffbadd2cde74f3109f0d09f6461935b6",
     '{"sn_request":{"sn_body":{"orderQuery":{"startTime":"2026-02-28 00:00:00","endTime":"2026-03-01 00:00:00",'
     '"orderStatus":"10","pageNo":"1","pageSize":"50"}}}}'),
    ("suning.custom.orderdelivery.add", "2026-03-01 10:05:00", "92aca196e43647762f2405c6b3d050e0",
     '{"sn_request":{"sn_body":{"orderDelivery":{"orderCode":"37000000001","expressNo":"SF1234567890123",'
     '"expressCompanyCode":"S02","orderLineNumbers":{"orderLineNumber":["00662135670001"]}}}}}'),
    ("suning.custom.ordernote.modify", "2026-03-01 10:00:00", "5858003548da95a982809492d5c01cb6",
     '{"sn_request":{"sn_body":{"orderNote":{"orderCode":"37000000001","noteContent":"请尽快发货","noteFlag":"1",'
     '"colorMarkFlag":"2"}}}}'),
)  # fmt: skip


def _vector(method: str, time: str, expected: str, body: str) -> SignatureVector:
    return SignatureVector(
        method, lambda: sign(_SECRET, method, time, _KEY, "v1.2", body.encode()), expected, f"{SOURCE}#signature"
    )


VECTORS = (
    *(_vector(*row) for row in _BODIES),
    SignatureVector(
        "message channel", lambda: push_sign(_KEY, _SECRET, 1772330400000), "faa5ccf2502ce364de6dccaf7d9197c3",
        f"{SOURCE}#messages",
    ),
)  # fmt: skip
"""Signatures that two public clients calculate alike."""
