"""Xiaohongshu 小红书 (RedNote) through its ark open platform, for shops that an app is authorised for.

One address, one JSON object a call: system and business fields side by side, signed with MD5 over three system fields
only. Lists name orders, details are calls of their own, and lists of changes take half an hour at most. Amounts are
whole fen, times epoch milliseconds, except the span of the order list, whose unit no source settles. Receivers come
encrypted, with a key that is equal for equal receivers. Parcels carry SKUs whole; a set stock figure includes what
unpaid orders hold. Codes of errors are not documented: settings name them. Facts and sources:
docs/platforms/xiaohongshu.md.
"""

from orderhub.connectors.xiaohongshu.decode import decode_payload
from orderhub.connectors.xiaohongshu.operations import XiaohongshuOperations
from orderhub.connectors.xiaohongshu.sheet import SPEC, VECTORS
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, XiaohongshuOperations, decode_payload, VECTORS)
