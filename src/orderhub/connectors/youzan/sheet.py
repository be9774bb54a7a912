"""The whole data sheet of Youzan, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.youzan.spec import (
    ABSENT,
    ERRORS,
    LIMITS,
    REFUND_STATE,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.youzan.tables import LINE, ORDER, REFUND
from orderhub.connectors.youzan.wire import push_sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="youzan",
    title="Youzan 有赞",
    base_url="https://open.youzanyun.com",
    token_url="https://open.youzanyun.com/auth/token",  # noqa: S106  # an address, not a secret
    hosts=("open.youzanyun.com",),
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={"status": STATUS, "refund_state": REFUND_STATE},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
)

VECTORS = (
    SignatureVector(
        "push", lambda: push_sign("cid123", "csecret", b'{"type":"trade_TradePaid"}'),
        "3c3de6f4174a2c91de074db7ac3936dc", f"{SOURCE}#push",
    ),
)  # fmt: skip
"""Calls carry no signature; pushes do."""
