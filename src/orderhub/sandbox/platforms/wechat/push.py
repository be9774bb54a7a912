"""Messages to a shop's own server: what would be posted, and when again. Source: docs/platforms/wechat.md, push.

The sandbox opens no connections: a tester takes messages from `_sandbox.pushes` of an order and posts them.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass, field

from orderhub.sandbox.platforms.wechat.state import Doc, Market, Order

__all__ = ["OBJECTS", "RETRIES_S", "Pushes", "signature"]

RETRIES_S = (0, 0, 10, 60, 300, 1800, 3600)
"""Seconds from one attempt to the next; the last repeats, ten attempts at most."""
OBJECTS = {"channels_ec_aftersale_update": "finder_shop_aftersale_status_update"}
"""Event to the name of its object, `order_info` unless told."""
KEPT = 50


def signature(token: str, timestamp: str, nonce: str) -> str:
    """Lower hex of SHA1 over the three texts in order of the alphabet."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Pushes:
    """The newest messages of each order."""

    market: Market
    _kept: dict[str, deque[tuple[str, int, Doc]]] = field(default_factory=dict)

    def heard(self, event: str, order: Order, told: Doc) -> None:
        """Something happened to an order."""
        rows = self._kept.setdefault(order.order_id, deque(maxlen=KEPT))
        rows.append((event, self.market.stamp(), told))

    def of(self, order: Order) -> list[Doc]:
        """Every kept message, oldest first: the query and the body of its POST."""
        return [
            self._message(order, number, *row)
            for number, row in enumerate(self._kept.get(order.order_id, ()))
        ]  # fmt: skip

    def _message(self, order: Order, number: int, event: str, at: int, told: Doc) -> Doc:
        stamp, nonce = str(at), f"nonce{number}"
        body = {
            "ToUserName": f"gh_{order.shop_id}", "FromUserName": order.doc["openid"], "CreateTime": at,
            "MsgType": "event", "Event": event,
            OBJECTS.get(event, "order_info"): {"order_id": int(order.order_id), **told},
        }  # fmt: skip
        token = str(self.market.setup.switches["push_token"])
        query = {"signature": signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
        return {"query": query, "body": json.dumps(body, ensure_ascii=False), "retries_s": list(RETRIES_S)}
