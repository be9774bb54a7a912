"""The whole data sheet of WeChat store, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.wechat.spec import (
    ABSENT,
    CASE_KIND,
    CASE_STATUS,
    ERRORS,
    LIMITS,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.wechat.tables import LINE, ORDER, REFUND
from orderhub.connectors.wechat.wire import signature
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="wechat",
    title="WeChat store 微信小店",
    base_url="https://api.weixin.qq.com",
    token_url="https://api.weixin.qq.com/cgi-bin/stable_token",  # noqa: S106  # an address, not a secret
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={"status": STATUS, "refund_status": CASE_STATUS, "refund_kind": CASE_KIND},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
    token_from_app=True,
    push_answer="success",
    evidence={"decode_message": "vector_tested"},
)

VECTORS = (
    SignatureVector(
        "callback", lambda: signature("tok", "1700000000", "nonce1"), "cb1280606383b6651d19b1fe525f375d316683d5",
        f"{SOURCE}#push",
    ),
)  # fmt: skip
