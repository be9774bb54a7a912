"""Kuaidi100 快递100, an aggregator: it tracks parcels of many carriers and compares prices.

A query is a form with JSON signed by key and customer id, a subscription holds the key itself, prices are signed by
time, key and secret; pushes are signed with a salt of ours and hold the whole history each time. Which carrier a
number belongs to is told with `carriers` or the setting `default_carrier`. Some carriers need the last digits of a
phone. Numbers should not be queried again within thirty minutes. Times are Beijing time.

Credentials: app_key = authorisation key 授权key, app_secret = secret; `customer` = customer id.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.kuaidi100.operations import Kuaidi100Operations
from orderhub.logistics.carriers.kuaidi100.spec import SPEC
from orderhub.logistics.carriers.kuaidi100.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, Kuaidi100Operations, vectors=VECTORS)
