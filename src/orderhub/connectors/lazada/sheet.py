"""The whole data sheet of Lazada, put together. Imports `kit`."""

from __future__ import annotations

import hashlib
import hmac

from orderhub.connectors.lazada.reverse import REFUND
from orderhub.connectors.lazada.spec import (
    ABSENT,
    COUNTRIES,
    ERRORS,
    LIMITS,
    REQUEST_KIND,
    REVERSE_STATUS,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.lazada.tables import LINE, ORDER
from orderhub.connectors.lazada.wire import sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="lazada",
    title="Lazada",
    base_url="https://api.lazada.sg/rest",
    token_url="https://auth.lazada.com/rest",  # noqa: S106  # an address, not a secret
    authorize_url="https://auth.lazada.com/oauth/authorize",
    hosts=("auth.lazada.com", *(host for host, _ in COUNTRIES.values())),
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={"status": STATUS, "reverse_status": REVERSE_STATUS, "request_type": REQUEST_KIND},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
)

_ASKED = {
    "access_token": "lzd-tok", "app_key": "123456", "order_id": "1234", "sign_method": "sha256",
    "timestamp": "1700000000000",
}  # fmt: skip
_PUSH = (
    b'{"seller_id":"9999","message_type":0,"data":{"order_status":"unpaid","trade_order_id":"260422900198363",'
    b'"trade_order_line_id":"260422900298363","status_update_time":1603698638},"timestamp":1603766859530,'
    b'"site":"lazada_vn"}'
)

VECTORS = (
    SignatureVector(
        "order/get", lambda: sign("helloworld", "/order/get", _ASKED),
        "FD2AD0B91BF17C8C44D862C5957A3249D078348CA1263009653962918A38BE4E", f"{SOURCE}#signature",
    ),
    SignatureVector(
        "push", lambda: hmac.new(b"helloworld", b"123456" + _PUSH, hashlib.sha256).hexdigest(),
        "687b6e2c36887538e214c37df0f40f959ca674b89e7c9c11b82fd567663ca900", f"{SOURCE}#push",
    ),
)  # fmt: skip
"""Signatures that other clients calculate alike."""
