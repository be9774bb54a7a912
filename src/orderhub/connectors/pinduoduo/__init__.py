"""Pinduoduo through its open platform (POP).

One gateway, form or JSON calls, signed with MD5; errors come with HTTP 200. Orders carry amounts as JSON numbers in
yuan, refund lists as yuan texts, goods and refund details as whole fen; times are Beijing time. Lists show whole
orders, by update time in windows of half an hour at most, read from the last page to the first. Receivers come masked
with a ciphertext that is there only while an order waits for shipping. Facts and sources: docs/platforms/pinduoduo.md.
"""

from orderhub.connectors.pinduoduo.decode import decode_payload
from orderhub.connectors.pinduoduo.operations import PinduoduoOperations
from orderhub.connectors.pinduoduo.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, PinduoduoOperations, decode_payload, VECTORS)
