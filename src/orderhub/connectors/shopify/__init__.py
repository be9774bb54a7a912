"""Shopify through the GraphQL Admin API.

Every shop has an address of its own, so `base_url` is the shop: https://some-shop.myshopify.com. One POST a query, the
token in a header, no signature; errors come with HTTP 200. Calls cost points of a bucket that refills. Lists name
orders, a query of its own shows one with its lines, parcels, refunds and returns. Amounts are decimal texts in the
currency of the shop, times ISO 8601. One call ships fulfilment orders of one location.
Facts: docs/platforms/shopify.md.
"""

from orderhub.connectors.shopify.decode import decode_payload
from orderhub.connectors.shopify.operations import ShopifyOperations
from orderhub.connectors.shopify.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, ShopifyOperations, decode_payload, VECTORS)
