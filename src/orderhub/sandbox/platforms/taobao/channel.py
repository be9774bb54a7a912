"""The message channel: the app's WebSocket, handshake to redelivery. Source: docs/platforms/taobao.md §9.2.

`PATH` is the sandbox's own; the platform's channel lives at the root of a host of its own. A connection is a pure
object, the server owns the socket and answers pings. What no source tells is a switch of `spec`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from orderhub.sandbox.platforms.taobao import messages
from orderhub.sandbox.platforms.taobao.frames import (
    CONNECT,
    CONNECTACK,
    SEND,
    SENDACK,
    BadFrame,
    Frame,
    read_frame,
    write_frame,
)
from orderhub.sandbox.platforms.taobao.spec import MESSAGES
from orderhub.sandbox.platforms.taobao.state import Doc, Market
from orderhub.sandbox.platforms.taobao.tokens import APP_KEY, APP_SECRET
from orderhub.sandbox.platforms.taobao.wire import Refusal, instant

__all__ = ["PATH", "Connection", "signature"]

PATH = "/sandbox/taobao/messages"
PULL, CONFIRM, DATA = 1, 2, 3
_GREETING = ("app_key", "group_name", "timestamp", "sign", "sdk", "intranet_ip")


def signature(app_key: str, secret: str, group: str, stamp_ms: str) -> str:
    """Upper hex of MD5 over the three names and values between two secrets."""
    told = f"{secret}app_key{app_key}group_name{group}timestamp{stamp_ms}{secret}"
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest().upper()


class Connection:
    """One open socket. Nothing goes out before the handshake; refusals are told, then the line is cut."""

    def __init__(self, market: Market) -> None:
        self._market, self._token, self._pulled, self.closed = market, "", False, False
        self._heard = market.now()

    def receive(self, frame: Any) -> list[str | bytes]:
        """CONNECT first, then pulls and confirmations; whatever is no frame hangs up."""
        self._notice_silence()
        self._heard = self._market.now()
        try:
            told = read_frame(frame) if isinstance(frame, bytes) else None
        except BadFrame:
            told = None
        if told is None or self.closed:
            self.closed = True
            return []
        if told.kind == CONNECT:
            return self._connect(told)
        return self._send(told) if told.kind == SEND else []

    def waiting(self) -> Sequence[str | bytes]:
        """What is due without being asked for: nothing, unless the switch says that the platform pushes."""
        self._notice_silence()
        return self._delivered() if self._pulled and self._switch("tmc_push") and not self.closed else []

    def _notice_silence(self) -> None:
        idle_s = self._switch("tmc_idle_s")
        if idle_s and (self._market.now() - self._heard).total_seconds() >= idle_s:
            self.closed = True

    def _switch(self, name: str) -> Any:
        return self._market.setup.switches[name]

    def _connect(self, told: Frame) -> list[str | bytes]:
        try:
            self._check(told)
        except Refusal as refusal:
            return self._refused(CONNECTACK, refusal.code)
        self._token = f"sandbox-taobao-channel-{self._market.serial()}"
        return [write_frame(Frame(CONNECTACK, token=self._token))]

    def _check(self, told: Frame) -> None:
        """The codes are the gateway's; the channel's own are not documented."""
        given = {name: value for name in _GREETING if isinstance(value := told.custom.get(name), str) and value}
        if len(given) < len(_GREETING):
            raise Refusal(40)
        if given["app_key"] != APP_KEY:
            raise Refusal(29)
        stamp = given["timestamp"]
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 15):
            raise Refusal(31)
        if abs(int(stamp) / 1000 - self._market.now().timestamp()) > self._switch("tmc_clock_s"):
            raise Refusal(31)
        if given["sign"] != signature(APP_KEY, APP_SECRET, given["group_name"], stamp):
            raise Refusal(25)

    def _refused(self, kind: int, code: int) -> list[str | bytes]:
        self.closed = True
        return [write_frame(Frame(kind, status=code, phrase=MESSAGES[code]))]

    def _send(self, told: Frame) -> list[str | bytes]:
        if not self._token or told.token != self._token:
            return self._refused(SENDACK, 27)
        frames: list[str | bytes] = []
        kind = told.custom.get("__kind")
        if kind == PULL:
            self._pulled = True
            frames = self._delivered()
        elif kind == CONFIRM:
            messages.end(self._market, {told.custom.get("id")})
        if self._switch("tmc_sendack"):
            frames.insert(0, write_frame(Frame(SENDACK)))
        return frames

    def _delivered(self) -> list[str | bytes]:
        due = messages.due(self._market, self._switch("tmc_pull_max"))
        return [write_frame(Frame(SEND, self._data(one), self._token)) for one in due]

    def _data(self, message: Doc) -> dict[str, Any]:
        at = instant(message["pub_time"])
        return {
            "__kind": DATA, "topic": message["topic"], "content": message["content"], "id": message["id"],
            "time": at, "userid": str(message["user_id"]), "nick": message["user_nick"],
            "outtime": instant(message["_again"]), "dataid": str(message["id"]), "publisher": message["pub_app_key"],
            "retried": message["_sent"] - 1,
        }  # fmt: skip
