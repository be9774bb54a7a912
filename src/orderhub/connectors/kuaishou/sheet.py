"""The whole data sheet of Kuaishou, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.kuaishou.aftersale import REFUND
from orderhub.connectors.kuaishou.spec import (
    ABSENT,
    AFTERSALE,
    ERRORS,
    LIMITS,
    REFUND_KIND,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.kuaishou.tables import GIFT, LINE, ORDER
from orderhub.connectors.kuaishou.wire import sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="kuaishou",
    title="Kuaishou 快手小店",
    base_url="https://openapi.kwaixiaodian.com",
    token_url="https://openapi.kwaixiaodian.com/oauth2/access_token",  # noqa: S106  # an address, not a secret
    authorize_url="https://open.kwaixiaodian.com/oauth/authorize",
    hosts=("openapi.kwaixiaodian.com", "open.kwaixiaodian.com"),
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "gift": GIFT, "refund": REFUND},
    words={"status": STATUS, "refund_status": AFTERSALE, "handling_way": REFUND_KIND},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
    evidence={"orders": "vector_tested", "get_order": "vector_tested"},
)

_VECTOR = {
    "appkey": "ks123", "method": "open.seller.order.list", "version": "1", "param": '{"title":"短袖"}',
    "access_token": "token", "timestamp": "1583271919000",
}  # fmt: skip
VECTORS = (
    SignatureVector(
        "MD5", lambda: sign({**_VECTOR, "signMethod": "MD5"}, "sign-secret"),
        "6005da269b372ff10945e565ef37a4c6", f"{SOURCE}#signature",
    ),
    SignatureVector(
        "HMAC_SHA256", lambda: sign({**_VECTOR, "signMethod": "HMAC_SHA256"}, "sign-secret", "HMAC_SHA256"),
        "ZpPrG0oB1g/T93FyyVD+VCzRey41yqxZoCqcGg7upYM=", f"{SOURCE}#signature",
    ),
)  # fmt: skip
"""signMethod is signed with the rest."""
