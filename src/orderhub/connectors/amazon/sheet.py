"""The whole data sheet of Amazon, put together. Imports `kit`."""

from __future__ import annotations

from urllib.parse import urlsplit

from orderhub.connectors.amazon import v0, v2026
from orderhub.connectors.amazon.endpoints import BUCKETS
from orderhub.connectors.amazon.marketplaces import PRODUCTION, REGIONS
from orderhub.connectors.amazon.spec import (
    ABSENT,
    CHANNEL,
    CHANNEL_2026,
    DETAILED_STATUS,
    EASY_SHIP,
    ERRORS,
    LIMITS,
    LISTING_WORDS,
    PACKAGE_STATUS,
    SETTINGS,
    SOURCE,
    STATUS,
    STATUS_2026,
)
from orderhub.kit.spec import Spec

__all__ = ["SPEC"]

_API_HOSTS = tuple(urlsplit(url).hostname or "" for row in REGIONS.values() for url in (row.endpoint, row.sandbox))

SPEC = Spec(
    platform="amazon",
    title="Amazon (Selling Partner API)",
    base_url=PRODUCTION,
    token_url="https://api.amazon.com/auth/o2/token",  # noqa: S106  # an address, not a secret
    authorize_url="https://sellercentral.amazon.com/apps/authorize/consent",
    hosts=(*_API_HOSTS, "api.amazon.com", ".amazonaws.com", ".cloudfront.net"),
    source=SOURCE,
    limits=LIMITS,
    rates=BUCKETS,
    tables={"order": v2026.ORDER, "line": v2026.LINE, "order_v0": v0.ORDER, "line_v0": v0.LINE},
    words={
        "OrderStatus": STATUS,
        "fulfillmentStatus": STATUS_2026,
        "FulfillmentChannel": CHANNEL,
        "fulfilledBy": CHANNEL_2026,
        "EasyShipShipmentStatus": EASY_SHIP,
        "packageStatus": PACKAGE_STATUS,
        "detailedStatus": DETAILED_STATUS,
        "listing_status": LISTING_WORDS,
    },
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
)
