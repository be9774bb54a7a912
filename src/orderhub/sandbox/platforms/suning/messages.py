"""The message channel: what is pushed to a shop's app over its WebSocket. Source: docs/platforms/suning.md §9.

Imports this folder's state, ask, wire. The address is configured per app and not documented: `PATH` is the sandbox's
own. Frames are binary; a connection is a pure object, the server owns the socket.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderhub.sandbox.emulator import ParsedRequest
from orderhub.sandbox.platforms.suning.ask import Ask, Told, done
from orderhub.sandbox.platforms.suning.state import Doc, Market, Order
from orderhub.sandbox.platforms.suning.tokens import KEY_PREFIX, Tokens
from orderhub.sandbox.platforms.suning.wire import china

__all__ = ["PATH", "Connection", "Messages", "signature"]

PATH = "/sandbox/suning/messages"
VERSION = "1.0"
_TOLERANCE = timedelta(minutes=10)


def signature(app_key: str, app_secret: str, version: str, client_type: str, stamp_ms: str) -> str:
    """Lower hex of MD5 over key, secret, version, client type and milliseconds."""
    told = f"{app_key}{app_secret}{version}{client_type}{stamp_ms}"
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _Message:
    """One message on its way; `due` is when it is sent (again)."""

    number: str
    shop_id: str
    topic: str
    text: str
    at: datetime
    due: datetime


@dataclass(slots=True)
class Messages:
    """Who wants which topics, and what waits for whom."""

    market: Market
    topics: dict[str, set[str]] = field(default_factory=dict)
    queue: list[_Message] = field(default_factory=list)

    def permit(self, ask: Ask) -> Told:
        """suning.message.user.permit: one topic for this shop."""
        self.topics.setdefault(ask.shop_id, set()).add(ask.needed("topicName"))
        return done()

    def cancel(self, ask: Ask) -> Told:
        """suning.message.user.cancel: the topic no more."""
        self.topics.get(ask.shop_id, set()).discard(ask.needed("topicName"))
        return done()

    def changed(self, order: Order) -> None:
        """An order is new or has changed."""
        topic = self.market.setup.switches["order_topic"]
        if topic and topic in self.topics.get(order.shop_id, ()):
            self.put(order.shop_id, topic, {"orderCode": order.code})

    def put(self, shop_id: str, topic: str, content: Doc) -> None:
        """Queue one message."""
        at = self.market.now()
        number = f"sn{self.market.serial():012d}"
        self.queue.append(_Message(number, shop_id, topic, json.dumps(content), at, at))

    def open(self, request: ParsedRequest, now: datetime, grants: Tokens) -> Connection | None:
        """A connection whose address is signed by the app of a shop, else None."""
        told = request.params
        shop_id, stamp = grants.shop_of(told.get("appKey", "")), told.get("timestamp", "")
        if shop_id is None or told.get("version") != VERSION or not _timely(stamp, now):
            return None
        secret = grants.secrets[told["appKey"]]
        wanted = signature(told["appKey"], secret, VERSION, told.get("clientType", ""), stamp)
        return Connection(self, shop_id) if told.get("sign") == wanted and told.get("clientIp") else None


def _timely(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 15):
        return False
    return abs(int(stamp) / 1000 - now.timestamp()) <= _TOLERANCE.total_seconds()


class Connection:
    """One open message socket of one app."""

    def __init__(self, messages: Messages, shop_id: str) -> None:
        self._messages, self._shop_id, self._greeted, self.closed = messages, shop_id, False, False

    def receive(self, frame: Any) -> list[str | bytes]:
        """An acknowledgement ends its message; whatever else comes is passed over."""
        try:
            told = json.loads(frame)
        except ValueError:
            return []
        if isinstance(told, dict) and told.get("messageType") == "ACK":
            queue = self._messages.queue
            queue[:] = [one for one in queue if (one.shop_id, one.number) != (self._shop_id, told.get("messageId"))]
        return []

    def waiting(self) -> list[str | bytes]:
        """The greeting first, then what is due."""
        now = self._messages.market.now()
        frames: list[str | bytes] = []
        if not self._greeted:
            self._greeted = True
            frames.append(self._frame("", "", "AUTHACK", "OK", now, now))
        again = timedelta(seconds=self._messages.market.setup.switches["push_retry_s"])
        for one in self._messages.queue:
            if one.shop_id == self._shop_id and one.due <= now:
                one.due = now + again
                frames.append(self._frame(one.number, one.topic, "FROM", one.text, one.at, now))
        return frames

    def _frame(self, number: str, topic: str, kind: str, text: str, at: datetime, now: datetime) -> bytes:
        told = {
            "messageId": number or None, "source": "suning", "topic": topic or None,
            "user": self._messages.market.shops[self._shop_id].name, "appKey": KEY_PREFIX + self._shop_id,
            "appId": None, "createTime": china(at), "msg": text, "sendTime": china(now), "recevieTime": None,
            "messageType": kind,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False).encode()
