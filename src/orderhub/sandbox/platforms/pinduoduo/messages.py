"""PMC: what is pushed to the app, and one of its connections. Source: docs/platforms/pinduoduo.md §9.

Imports this folder's state, ask, wire. A connection is a pure object: frames in, frames out; the server owns the
socket.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from orderhub.sandbox.platforms.pinduoduo.ask import Ask
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Market, Order
from orderhub.sandbox.platforms.pinduoduo.wire import encode

__all__ = ["Connection", "cancel", "digest", "permit", "tell", "tell_goods", "tell_refund"]

KEPT = timedelta(days=7)
HEARTBEAT, SILENCE = timedelta(seconds=10), timedelta(minutes=3)
_FIRST_ID = 9_100_000_000_000_000_000
"""Ids are beyond what a DOUBLE holds."""


def digest(client_id: str, stamp_ms: str, secret: str) -> str:
    """Base64 of the lower hex of MD5(client_id + ms + secret)."""
    told = hashlib.md5(f"{client_id}{stamp_ms}{secret}".encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(told.encode()).decode()


def tell(market: Market, order: Order, topic: str, **more: Any) -> None:
    """A trade message: `pdd_trade_` and the topic."""
    _put(market, order.shop_id, f"pdd_trade_{topic}", {"tid": order.sn, **more})


def tell_refund(market: Market, refund: Doc, topic: str) -> None:
    """An after-sales message; the key of its id is a switch."""
    told = {"tid": refund["order_sn"], market.setup.switches["push_refund_key"]: refund["id"]}
    _put(market, refund["shop_id"], f"pdd_refund_{topic}", told)


def tell_goods(market: Market, shop_id: str, goods_id: int, topic: str) -> None:
    """A goods message."""
    _put(market, shop_id, f"pdd_goods_{topic}", {"goods_id": goods_id})


def _put(market: Market, shop_id: str, topic: str, content: Doc) -> None:
    if shop_id not in market.topics:
        return
    topics = market.topics[shop_id]
    if topics is not None and topic not in topics:
        return
    now = market.now()
    market.messages.append({
        "id": _FIRST_ID + market.serial(), "type": topic, "mallID": int(shop_id), "at": now, "due": now,
        "content": encode({"mall_id": int(shop_id), **content}),
    })  # fmt: skip


def permit(ask: Ask) -> Doc:
    """pdd.pmc.user.permit: topics replace those permitted before; none given means all of the app."""
    topics = ask.listed("topics", 100) if ask.given("topics") else None
    ask.market.topics[ask.shop_id] = frozenset(topics) if topics else None
    return {"is_success": True}


def cancel(ask: Ask) -> Doc:
    """pdd.pmc.user.cancel: no more messages of the shop named by owner_id."""
    ask.market.topics.pop(ask.text("owner_id") or ask.shop_id, None)
    return {"is_success": True}


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class Connection:
    """One open message socket of the app.

    Attributes:
        closed: The server hangs up: nothing was heard for three minutes.
    """

    def __init__(self, market: Market) -> None:
        self._market, self.closed = market, False
        self._heard = self._beat = market.now()

    def receive(self, text: str) -> list[str]:
        """A frame of the client; what to answer at once (nothing). Frames that are no JSON object are passed over."""
        try:
            frame = json.loads(text)
        except ValueError:
            return []
        self._heard = self._market.now()
        if isinstance(frame, dict) and frame.get("commandType") == "Ack":
            self._acknowledge(str(frame.get("id")))
        elif isinstance(frame, dict) and frame.get("commandType") == "Fail":
            self._again(str(frame.get("id")))
        return []

    def _acknowledge(self, number: str) -> None:
        kept = [message for message in self._market.messages if str(message["id"]) != number]
        self._market.messages[:] = kept

    def _again(self, number: str) -> None:
        for message in self._market.messages:
            if str(message["id"]) == number:
                message["due"] = self._market.now()

    def waiting(self) -> list[str]:
        """Frames to send now: due messages, oldest first, and a heartbeat every ten seconds."""
        now = self._market.now()
        self.closed = self.closed or now - self._heard > SILENCE
        if self.closed:
            return []
        frames = [self._frame(message, now) for message in self._due(now)]
        if now - self._beat >= HEARTBEAT:
            self._beat = now
            frames.append(encode({"commandType": "HeartBeat", "time": _ms(now)}))
        return frames

    def _due(self, now: datetime) -> list[Doc]:
        self._market.messages[:] = [one for one in self._market.messages if now - one["at"] < KEPT]
        return [one for one in self._market.messages if one["due"] <= now]

    def _frame(self, message: Doc, now: datetime) -> str:
        switches = self._market.setup.switches
        if message.get("sent") and switches["push_new_id"]:
            message["id"] = _FIRST_ID + self._market.serial()
        message["sent"], message["due"] = True, now + timedelta(seconds=switches["push_retry_s"])
        told = {name: message[name] for name in ("type", "mallID", "content")}
        return encode({
            "id": message["id"], "commandType": "Common", "time": _ms(message["at"]), "sendTime": _ms(now),
            "message": told,
        })  # fmt: skip
