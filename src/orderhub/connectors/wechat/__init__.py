"""WeChat store 微信小店 through the WeChat gateway, for shops with an app id and secret of their own.

One JSON document a call, nothing signed: an access token of two hours stands in the address, and the newest one ends
those before it. Lists name orders and cases by id alone; details are calls of their own. Amounts are whole fen, times
epoch seconds, ids digits as text or number. Parcels carry units of SKUs, so orders split natively; equal `hash_code`s
mean one receiver. Lines have no id of their own. Facts and sources: docs/platforms/wechat.md.
"""

from orderhub.connectors.wechat.decode import decode_payload
from orderhub.connectors.wechat.operations import WechatOperations
from orderhub.connectors.wechat.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, WechatOperations, decode_payload, VECTORS)
