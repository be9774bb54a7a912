"""Push messages as they read once decoded; their envelope and cipher are not documented. Imports state.

A tester reads them under `_sandbox.messages` of an order.
"""

from __future__ import annotations

import json

from orderhub.sandbox.platforms.kuaishou.state import Doc, Market, Order

__all__ = ["Messages"]

KEPT = 5_000


class Messages:
    """What would have been pushed to the shops' apps."""

    def __init__(self, market: Market, key_prefix: str) -> None:
        self._market, self._key_prefix = market, key_prefix
        self._told: dict[str, list[Doc]] = {}
        self._count = 0

    def heard(self, order: Order, event: str, info: Doc) -> None:
        """Something happened to an order; the oldest are forgotten together."""
        self._count += 1
        if self._count % KEPT == 0:
            self._told.clear()
        shop, at = self._market.shops[order.shop_id], self._market.stamp()
        number = self._market.serial()
        self._told.setdefault(order.oid, []).append({
            "eventId": f"ks-event-{number}", "msgId": f"ks-msg-{number}", "bizId": order.oid, "userId": shop.number,
            "openId": shop.open_id, "appKey": self._key_prefix + order.shop_id, "event": event, "status": 1,
            "createTime": at, "updateTime": at, "info": json.dumps(info, ensure_ascii=False), "test": False,
        })  # fmt: skip

    def of(self, order: Order) -> list[Doc]:
        """Everything told of one order, oldest first."""
        return self._told.get(order.oid, [])
