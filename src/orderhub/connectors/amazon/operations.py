"""Every verb of Amazon, put together. Imports `kit`. Source: docs/platforms/amazon.md."""

from __future__ import annotations

from orderhub.connectors.amazon.access import AccessVerbs
from orderhub.connectors.amazon.sheet import SPEC
from orderhub.connectors.amazon.shipping import ShippingVerbs
from orderhub.connectors.amazon.stock import StockVerbs

__all__ = ["AmazonOperations"]


class AmazonOperations(ShippingVerbs, StockVerbs, AccessVerbs):
    """Orders by either wire profile, shipping, stock, feeds, authorisation, notifications."""

    spec = SPEC
