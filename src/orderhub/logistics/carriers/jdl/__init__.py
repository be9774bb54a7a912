"""JD Logistics 京东物流 through its open platform; `jdl` here, because the marketplace has the name `jd`.

Every call is POST with a signed query; the body is a list with one object. Our parcel id is JDL's `orderId`, and a
repeated one is refused without telling the first number. Therefore a number is fetched first and the order is created
under it: a lost reply is settled by asking for the state of that number. Event categories are numbers. Times are
Beijing time, weights kilograms, lengths centimetres on the wire.

Credentials: app_key, app_secret, access_token of the merchant's authorisation; `customer_code` of the contract.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.jdl.operations import JdlOperations
from orderhub.logistics.carriers.jdl.spec import SPEC
from orderhub.logistics.carriers.jdl.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, JdlOperations, vectors=VECTORS)
