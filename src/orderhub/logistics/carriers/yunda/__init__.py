"""Yunda Express 韵达快递 through its open platform: tracking.

Headers carry the key, the time and a signature of the body. A number is tracked only after it was subscribed. Yunda's
order APIs are in no document that was found: waybills come from an aggregator or a platform. Times are Beijing time.

Credentials: app_key, app_secret.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.yunda.operations import YundaOperations
from orderhub.logistics.carriers.yunda.spec import SPEC
from orderhub.logistics.carriers.yunda.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, YundaOperations, vectors=VECTORS)
