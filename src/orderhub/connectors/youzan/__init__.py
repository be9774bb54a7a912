"""Youzan through its cloud gateway: a merchant's own shop in WeChat and elsewhere.

JSON posted to a path that names method and version, the token in the address and nowhere else, HTTP 200 whatever
happens. Amounts are yuan as text, two of them fen; times are Beijing time. Parcels come from a call of their own, and
an order tells the time of shipping only once everything left. Facts and sources: docs/platforms/youzan.md.
"""

from orderhub.connectors.youzan.decode import decode_payload
from orderhub.connectors.youzan.operations import YouzanOperations
from orderhub.connectors.youzan.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, YouzanOperations, decode_payload, VECTORS)
