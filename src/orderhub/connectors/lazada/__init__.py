"""Lazada through its open platform (LazOP), six countries with a gateway each.

Calls are paths with parameters, signed with HMAC-SHA256 over path and sorted parameters; values are text. An order's
goods come from a second call, one row a unit; equal units are one line here. Parcels are packed first, and the platform
gives them their numbers; calls that succeed may hold rows that failed. Facts and sources: docs/platforms/lazada.md.
"""

from orderhub.connectors.lazada.decode import decode_payload
from orderhub.connectors.lazada.operations import LazadaOperations
from orderhub.connectors.lazada.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, LazadaOperations, decode_payload, VECTORS)
