"""ZTO Express 中通快递 through its open platform ZOP.

One path for each API, a JSON body, and its digest with the secret in the header `x-datadigest`. Our parcel id is ZTO's
`partnerOrderCode`. Queries name what happened in Chinese words and, at lockers, in English ones; pushes have another
vocabulary in which the same words mean other things. Times are milliseconds or Beijing time, amounts cents, weights
grams, lengths centimetres on the wire.

Credentials: app_key = company id, app_secret = app secret.
"""

from orderhub.kit.spec import Connector
from orderhub.logistics.carriers.zto.operations import ZtoOperations
from orderhub.logistics.carriers.zto.spec import SPEC
from orderhub.logistics.carriers.zto.wire import VECTORS

__all__ = ["CARRIER"]

CARRIER = Connector(SPEC, ZtoOperations, vectors=VECTORS)
