"""Douyin shops 抖店 through the open platform.

One gateway, one JSON document a call, signed with HMAC-SHA256 over exactly the bytes of the body; every answer comes in
one envelope whose code 10000 says yes. Amounts are whole fen, instants whole seconds. An order has one child per SKU;
children carry money and after-sales. Names, telephones and streets come as ciphertext with a masked twin. Parcels go
out whole, or child by child with a number of the call that makes repeating it harmless.
Facts and sources: docs/platforms/douyin.md.
"""

from orderhub.connectors.douyin.decode import decode_payload
from orderhub.connectors.douyin.operations import DouyinOperations
from orderhub.connectors.douyin.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, DouyinOperations, decode_payload, VECTORS)
