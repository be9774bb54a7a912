"""The canonical view of a native order, for whoever shows a platform's own truth beside it. Imports `plugins`, `hub`.

The sandbox never imports a connector; its host hands it this function: `World(canonical=canonical)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.hub.normalise import normalize
from orderhub.plugins import find

__all__ = ["canonical"]


def canonical(account: Mapping[str, Any], document: bytes) -> dict[str, Any]:
    """Orders and findings of one native document, as JSON values.

    Args:
        account: What `connect` takes for the shop: platform, shop_id, and settings of the connector among the rest.
        document: The native order, JSON.
    Raises:
        ConfigurationError: No such connector.
        UnsupportedOperation: The connector has no pure decoder.
    """
    platform = str(account["platform"])
    settings = {one.name: account[one.name] for one in find(platform).spec.settings if one.name in account}
    found = normalize(platform, document, shop_id=str(account["shop_id"]), **settings)
    return {
        "orders": [order.dump() for order in found.orders],
        "findings": [finding.model_dump(mode="json") for finding in found.findings],
    }
