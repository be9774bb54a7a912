"""Kuaishou shop 快手小店 through its open platform.

One address per method, reads by GET, writes by POST; one JSON text `param` holds the business fields, signed with a
third credential, the signSecret. Amounts are whole fen, times epoch milliseconds. An order holds one SKU (gifts hang
below it as sub-orders) and may leave in pieces; lists go by an opaque cursor in windows of seven days. Receivers come
masked with ciphertexts. Stock takes deltas only. Facts and sources: docs/platforms/kuaishou.md.
"""

from orderhub.connectors.kuaishou.decode import decode_payload
from orderhub.connectors.kuaishou.operations import KuaishouOperations
from orderhub.connectors.kuaishou.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, KuaishouOperations, decode_payload, VECTORS)
