"""The whole data sheet of WooCommerce, put together. Imports `kit`."""

from __future__ import annotations

import base64
import hashlib
import hmac

from orderhub.connectors.woocommerce.spec import (
    ABSENT,
    ERRORS,
    LIMITS,
    LISTING_STATUS,
    NOWHERE,
    PATH,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.woocommerce.tables import LINE, LISTING, ORDER, REFUND
from orderhub.connectors.woocommerce.wire import oauth_signature
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="woocommerce",
    title="WooCommerce",
    base_url=NOWHERE + PATH,
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "refund": REFUND, "listing": LISTING},
    words={"status": STATUS, "listing_status": LISTING_STATUS},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
)

_OAUTH = {
    "page": "1", "status": "processing", "oauth_consumer_key": "ck_test", "oauth_nonce": "abc123",
    "oauth_signature_method": "HMAC-SHA256", "oauth_timestamp": "1700000000",
}  # fmt: skip


def _webhook() -> str:
    digest = hmac.new(b"wh-secret", b'{"id":727,"status":"processing"}', hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


VECTORS = (
    SignatureVector(
        "GET orders", lambda: oauth_signature("GET", "http://shop.example/wp-json/wc/v3/orders", _OAUTH, "cs_test"),
        "lBU+k8Ef+u8X72xkZsjlHOWv9xM3vKToo4hb+Ewn/v8=", f"{SOURCE}#protocol",
    ),
    SignatureVector("webhook", _webhook, "Y/NGAm5OU88x6Mo7diitfF1M4mXhbsw1rBlb+YqvDds=", f"{SOURCE}#webhooks"),
)  # fmt: skip
"""The first is what a public client calculates; the second is the library's own run of the documented rule."""
