"""STO Express 申通快递 through its link gateway.

Every call is one POST form to one address: `api_name` with the receiver's key (`to_appkey`, `to_code`) that belongs to
it, `content` as JSON text, `data_digest` over content and secret. Replies come as JSON or XML; `success` is text.
Our parcel id is STO's `orderNo`. Events carry Chinese words. Times are Beijing time, prices cents, weights kilograms.

Credentials: app_key = from_appkey, app_secret = secret key; `from_code` where it differs from the key.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.sto.operations import StoOperations
from orderhub.logistics.carriers.sto.spec import SPEC
from orderhub.logistics.carriers.sto.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, StoOperations, vectors=VECTORS)
