"""What is pushed to the app: arrays of messages, signed, again until they are taken. Source: douyin.md §9.

The sandbox calls nobody: a tester fetches the requests that would be sent (`{"action": "push"}`), hands them to the
app, and tells what it answered (`{"action": "answer_push"}`). Imports this folder's state, tables, wire.
"""

from __future__ import annotations

import json
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.douyin.spec import MESSAGES
from orderhub.sandbox.platforms.douyin.state import Doc, Market
from orderhub.sandbox.platforms.douyin.wire import encode, event_sign

__all__ = ["Outbox"]

KEPT = 2_000


class Outbox:
    """Messages that no app has taken yet, oldest first."""

    def __init__(self, market: Market) -> None:
        self._market, self._serial = market, 0
        self._waiting: list[dict[str, Any]] = []

    def tell(self, shop_id: str, event: str, told: Doc) -> None:
        """Something happened; `told` is the message's data."""
        self._serial += 1
        message = {"tag": MESSAGES[event], "msg_id": f"{self._market.stamp()}{self._serial:08d}", "data": encode(told)}
        about = str(told.get("p_id", ""))
        self._waiting.append({"shop_id": shop_id, "about": about, "due": 0, "message": message})
        del self._waiting[:-KEPT]

    def due(self, shop_id: str, about: str) -> list[Doc]:
        """Requests to send now, one a message; they come again after `push_retry_s` unless they are answered."""
        stamp = self._market.stamp()
        found = [
            one for one in self._waiting if (one["shop_id"], one["about"]) == (shop_id, about) and one["due"] <= stamp
        ]
        for one in found:
            one["due"] = stamp + self._market.switch("push_retry_s")
        return [self._request(shop_id, one["message"]) for one in found]

    def _request(self, shop_id: str, message: Doc) -> Doc:
        shop, body = self._market.shops[shop_id], encode([message])
        headers = {
            "app-id": shop.app_key, "event-sign": event_sign(shop.app_key, body, shop.app_secret),
            "content-type": "application/json",
        }  # fmt: skip
        return {"method": "POST", "headers": headers, "body": body}

    def answered(self, about: str, answer: Any) -> None:
        """What the app said to the pushes of an order: `{"code": 0, "msg": "success"}` ends them, all else does not."""
        try:
            told = json.loads(answer) if isinstance(answer, str) else answer
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ControlError("what did the app answer?", 'send {"action": "answer_push", "answer": {"code": 0}}')
        if told.get("code") == 0:
            self._waiting[:] = [one for one in self._waiting if one["about"] != about or not one["due"]]
