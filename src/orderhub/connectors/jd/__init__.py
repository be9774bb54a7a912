"""JD.com for POP merchants 京东, through the classic gateway (`routerjson`) or the newer seller gateway (SP-API).

Both sign with MD5 over the sorted parameters between two copies of the secret. The classic gateway answers business
errors with HTTP 200, a success rule of its own per API, and texts for nearly everything; the newer one speaks REST,
JSON numbers and epoch milliseconds. Lists show whole orders, oldest change first, so windows are rolled instead of
paged. Refund applications count in fen, everything else in yuan. Locked orders and those of JD's own warehouses are
never shipped. Receivers come masked or as ciphertext. Facts and sources: docs/platforms/jd.md.
"""

from orderhub.connectors.jd.decode import decode_payload
from orderhub.connectors.jd.operations import JdOperations
from orderhub.connectors.jd.sheet import SPEC
from orderhub.connectors.jd.vectors import VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, JdOperations, decode_payload, vectors=VECTORS)
