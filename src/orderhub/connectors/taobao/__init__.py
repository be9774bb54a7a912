"""Taobao and Tmall through the Taobao open platform (TOP).

One gateway, form-encoded calls, signed with MD5 or HMAC; errors come with HTTP 200. Amounts are yuan texts, times are
Beijing time, order ids have 19 digits. Lists name orders, details are a call each; receivers come masked with a token
(`oaid`). Pages of changed orders are read from the last to the first. Facts and sources: docs/platforms/taobao.md.
"""

from orderhub.connectors.taobao.decode import decode_payload
from orderhub.connectors.taobao.operations import TaobaoOperations
from orderhub.connectors.taobao.sheet import SPEC
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, TaobaoOperations, decode_payload)
