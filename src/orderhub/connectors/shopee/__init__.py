"""Shopee through its Open Platform v2: one gateway a region, JSON, every call signed with HMAC-SHA256 over its path.

A list names orders and says hardly more than that; details come fifty at once, and most of their fields only when
asked for by name. Amounts are JSON numbers in the currency of the order, instants are seconds. Shipping is arranged
with the platform by one of three ways, and parcels get their number from a call of its own, sometimes late. Refresh
tokens work once. Facts and sources: docs/platforms/shopee.md.
"""

from orderhub.connectors.shopee.decode import decode_payload
from orderhub.connectors.shopee.operations import ShopeeOperations
from orderhub.connectors.shopee.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, ShopeeOperations, decode_payload, VECTORS)
