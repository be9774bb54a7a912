"""Suning through its open platform (SOP), for shops of third-party merchants.

One gateway, a JSON document a call, signed with MD5 over the exact bytes of the body; errors come with HTTP 200, and
"no result" is one of them. Every scalar is text, amounts are yuan with up to five decimals, times are Beijing time.
Money stands in the lines, freight too. Unpaid orders come from a list of their own, cases of after-sales have no id,
and nothing locks an order: an open refund is a flag on its lines. Facts and sources: docs/platforms/suning.md.
"""

from orderhub.connectors.suning.decode import decode_payload
from orderhub.connectors.suning.operations import SuningOperations
from orderhub.connectors.suning.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, SuningOperations, decode_payload, VECTORS)
