"""One connection of the message channel: what to say first, when to pull, how to end a message. Pure; imports `kit`.

The platform answers the greeting with a token that every later frame carries, so a connection has a memory: one
`Conversation` a connection. Source: docs/platforms/taobao.md#socket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.taobao.frames import PROTOCOL, FrameType, SocketFrame, decode_frame, encode_frame
from orderhub.errors import AuthError, DecodeError, PlatformUnavailable
from orderhub.kit.convert import masked, quantity
from orderhub.kit.listening import Frame

__all__ = ["Conversation", "greeting", "greeting_sign", "is_frame", "row_of"]

SDK = "orderhub"
_PULL, _CONFIRM = 1, 2


def greeting_sign(app_key: str, app_secret: str, group: str, time_ms: int) -> str:
    """Upper-case hex MD5 of the signed headers, names before values, between the secret twice."""
    text = f"{app_secret}app_key{app_key}group_name{group}timestamp{time_ms}{app_secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def greeting(app_key: str, app_secret: str, group: str, at: datetime, intranet_ip: str) -> bytes:
    """The first frame of a connection at the aware instant `at`; it proves the secret."""
    time_ms = int(at.timestamp()) * 1000 + at.microsecond // 1000
    return encode_frame(FrameType.CONNECT, {
        "app_key": app_key, "group_name": group, "timestamp": str(time_ms),
        "sign": greeting_sign(app_key, app_secret, group, time_ms), "sdk": SDK, "intranet_ip": intranet_ip,
    })  # fmt: skip


class Conversation:
    """What the listener says after the greeting; it remembers the token of its connection."""

    def __init__(self) -> None:
        self._token = ""

    def beat(self, at: datetime) -> bytes | None:
        """Ask for what waits; nothing before the platform has told the token."""
        return self._send({"__kind": _PULL}) if self._token else None

    def answer_to(self, raw: Frame, at: datetime) -> bytes | None:
        """The first pull for the token, the confirmation for a message; the rest needs nothing."""
        if isinstance(raw, str) or not is_frame(raw):
            return None
        frame = decode_frame(raw)
        if frame.type == FrameType.CONNECT_ANSWER:
            self._token = frame.token
            return self.beat(at)
        if not _is_message(frame):
            return None
        return self._send({"__kind": _CONFIRM, "id": _id_of(frame)})

    def _send(self, custom: Mapping[str, str | int]) -> bytes:
        return encode_frame(FrameType.SEND, custom, self._token)


def is_frame(raw: bytes) -> bool:
    """Whether bytes can be a frame; no JSON text begins so."""
    return raw[:1] == bytes((PROTOCOL,))


def row_of(raw: bytes) -> Mapping[str, Any] | None:
    """The message of a frame under the names that the gateway's own call uses; None when it brings none.

    Raises:
        AuthError: The greeting was refused.
        PlatformUnavailable: A later frame was, e.g. because the token has lapsed; a new connection gets a new one.
        DecodeError: Not a frame, or a message that could not be ended because it has no number.
    """
    frame = decode_frame(raw)
    is_greeting = frame.type == FrameType.CONNECT_ANSWER
    if frame.status:
        kind = AuthError if is_greeting else PlatformUnavailable
        raise kind("the message channel refused", platform="taobao", code=str(frame.status), value=masked(frame.phrase))
    if is_greeting and not frame.token:
        raise DecodeError("the answer to a greeting needs a token", platform="taobao", path="token")
    if not _is_message(frame):
        return None
    told = frame.custom
    return {"id": _id_of(frame), "topic": told["topic"], "content": _text(told.get("content")),
            "user_nick": told.get("nick"), "pub_time": told.get("time")}  # fmt: skip


def _is_message(frame: SocketFrame) -> bool:
    return frame.type == FrameType.SEND and bool(frame.custom.get("topic"))


def _id_of(frame: SocketFrame) -> int:
    value = frame.custom.get("id")
    try:
        number = quantity(value)
    except (ValueError, TypeError):
        number = -1
    if not 0 <= number < 2**63:
        raise DecodeError("a message needs a number, to be ended by", platform="taobao", path="id", value=masked(value))
    return number


def _text(content: Any) -> Any:
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else content
