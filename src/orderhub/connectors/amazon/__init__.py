"""Amazon through the Selling Partner API (SP-API).

JSON over REST, one endpoint a region, authorised by a token of Login with Amazon: `app_key` and `app_secret` are the
LWA client id and secret. Orders come by the API of 2026-01-01, or by v0 (setting `wire`) until that goes. Every
operation has a token bucket, some of one call in three minutes. Amounts are decimal texts with their currency, times
ISO 8601 in UTC. Orders that Amazon ships itself are visible and never shippable. Facts: docs/platforms/amazon.md.
"""

from orderhub.connectors.amazon.decode import decode_payload
from orderhub.connectors.amazon.operations import AmazonOperations
from orderhub.connectors.amazon.sheet import SPEC
from orderhub.kit.spec import Connector

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(SPEC, AmazonOperations, decode_payload)
