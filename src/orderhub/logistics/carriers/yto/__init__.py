"""YTO Express 圆通速递 through its open platform.

Every method has an address of its own, `/open/{method}/v1/{path token}/{customer code}`; path token, customer code and
secret are issued for each interface, and calls come from listed addresses only. The body is JSON whose `param` is JSON
text; `sign` covers param, method, version and secret. Our parcel id is YTO's `logisticsNo`: the same one gives the same
waybill, so a lost reply is settled by asking again. Nothing in YTO's documents searches for an order.
Pushes are signed forms with XML. Times are Beijing time, amounts yuan, weights kilograms, lengths metres on the wire.

Credentials: app_key = customer code 客户编码, app_secret = secret 密钥, for every interface without its own.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.yto.operations import YtoOperations
from orderhub.logistics.carriers.yto.spec import SPEC
from orderhub.logistics.carriers.yto.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, YtoOperations, vectors=VECTORS)
