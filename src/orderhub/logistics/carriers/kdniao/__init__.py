"""Kdniao 快递鸟, an aggregator: waybills, couriers and tracking of many carriers.

One form for everything: `RequestData` is JSON, `RequestType` names the operation and belongs to one address, `DataSign`
is Base64 over the hexadecimal digest. Which carrier a number belongs to is told with `carriers` or the setting
`default_carrier`; orders go to the latter. Our parcel id is Kdniao's `OrderCode`; a repeated one is refused without
telling the first number, so a lost reply cannot be settled. Pushes are not signed. Times are Beijing time.

Credentials: app_key = EBusinessID 用户ID, app_secret = AppKey.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.kdniao.operations import KdniaoOperations
from orderhub.logistics.carriers.kdniao.spec import SPEC
from orderhub.logistics.carriers.kdniao.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, KdniaoOperations, vectors=VECTORS)
