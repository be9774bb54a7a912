"""WooCommerce through its REST API v3: a web shop of the merchant's own, at the merchant's own address.

JSON without an envelope, amounts as decimal text in the order's own currency, times in the site's zone with a twin in
GMT that alone is read. Over https the key pair is sent as it is; over http every address is signed (OAuth 1.0a). The
core knows no parcels: "completed" is its only word for sent goods, and numbers stand in the order's meta data. Nobody
asks for refunds either: one is there or not. Facts and sources: docs/platforms/woocommerce.md.
"""

from orderhub.connectors.woocommerce.decode import decode_payload
from orderhub.connectors.woocommerce.operations import WooCommerceOperations
from orderhub.connectors.woocommerce.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, WooCommerceOperations, decode_payload, VECTORS)
