"""The whole data sheet of Shopify, put together. Imports `kit`."""

from __future__ import annotations

import base64
import hashlib
import hmac

from orderhub.connectors.shopify.spec import (
    ABSENT,
    ERRORS,
    FINANCIAL,
    FULFILMENT,
    FULFILMENT_ORDER,
    FULFILMENT_REQUEST,
    HOLD_REASONS,
    LIMITS,
    PARCEL,
    PLATFORM,
    RETURN,
    SETTINGS,
    SHOP_RETURN,
    SOURCE,
)
from orderhub.connectors.shopify.tables import LINE, ORDER
from orderhub.connectors.shopify.wire import callback_hmac, callback_text
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform=PLATFORM,
    title="Shopify",
    base_url="https://{shop}.myshopify.com/admin/api/{version}/graphql.json",
    token_url="https://{shop}.myshopify.com/admin/oauth/access_token",  # noqa: S106  # an address, not a secret
    authorize_url="https://{shop}.myshopify.com/admin/oauth/authorize",
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE},
    words={
        "financial": FINANCIAL,
        "fulfilment": FULFILMENT,
        "fulfilment_order": FULFILMENT_ORDER,
        "fulfilment_request": FULFILMENT_REQUEST,
        "hold_reason": HOLD_REASONS,
        "parcel": PARCEL,
        "return_status": SHOP_RETURN,
        "return": RETURN,
    },
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
    evidence={"decode_message": "vector_tested", "authorize_url": "documented"},
)

_CALLBACK = (
    ("code", "0907a61c0c8d55e99db179b68161bc00"), ("shop", "some-shop.myshopify.com"), ("timestamp", "1337178173"),
)  # fmt: skip


def webhook_sign(secret: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


VECTORS = (
    SignatureVector(
        "callback", lambda: callback_hmac("hush", callback_text(_CALLBACK)),
        "4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20", f"{SOURCE}#oauth",
    ),
    SignatureVector(
        "webhook", lambda: webhook_sign("shpss_x", b'{"id":1}'), "QtDkIkY13DEn2wNorNow01Pg7Mhl+8SmcSyF6UFzlLg=",
        f"{SOURCE}#webhooks",
    ),
)  # fmt: skip
"""Calculated apart from this library."""
