"""SF Express 顺丰 through its open platform Fengqiao 丰桥.

Every call is one POST form to one address; `serviceCode` names the operation, `msgData` is JSON, `msgDigest` signs
msgData, timestamp and check word by one of three algorithms (which one is fixed when the application is created).
A reply has two levels: `apiResultCode` speaks for the gateway, `apiResultData` for the operation.
Our parcel id is SF's `orderId`: a second order with the same id is refused (8016), so a lost reply is recovered by
searching for it, and there is never a second waybill. Route pushes are not signed: read the routes again before
acting on one. Times are Beijing time, amounts yuan, weights kilograms, lengths centimetres on the wire.

Credentials: app_key = partnerID 顾客编码, app_secret = check word 校验码.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.sf.operations import SFOperations
from orderhub.logistics.carriers.sf.spec import SPEC
from orderhub.logistics.carriers.sf.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, SFOperations, vectors=VECTORS)
