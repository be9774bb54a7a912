"""The message socket of Pinduoduo: where to connect, what comes, what to answer. Pure; imports `kit`, `models`.

The digest in the address proves who connects; frames carry no signature of their own, so that only frames of the
authenticated socket may be read. Source: docs/platforms/pinduoduo.md#messages.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from orderhub.connectors.pinduoduo.convert import code
from orderhub.errors import DecodeError
from orderhub.kit.convert import epoch_ms, ident, text
from orderhub.kit.json import dumps, loads
from orderhub.kit.table import read
from orderhub.models.channel import PushMessage

__all__ = ["acknowledgement", "answer_to", "digest", "heartbeat", "messages_of", "socket_address"]

_QUIET = frozenset({"HeartBeat", "Ack", "Fail"})
_TALK = "Common"


def digest(client_id: str, client_secret: str, millis: int) -> str:
    """What proves the app: base64 of the lower-case hexadecimal MD5 over id, milliseconds, secret."""
    inner = hashlib.md5(f"{client_id}{millis}{client_secret}".encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(inner.encode()).decode()


def socket_address(client_id: str, client_secret: str, at: datetime, base: str) -> str:
    """The address to connect to at the instant `at`; it holds a proof of the secret and is not to be logged."""
    millis = int(at.timestamp() * 1000)
    return f"{base.rstrip('/')}/message/{client_id}/{millis}/{quote(digest(client_id, client_secret, millis), safe='')}"


def heartbeat(at: datetime) -> str:
    """The frame to send every ten seconds; a socket that is silent for three minutes is dead."""
    return dumps({"commandType": "HeartBeat", "time": int(at.timestamp() * 1000)})


def acknowledgement(frame: Mapping[str, Any], at: datetime) -> str:
    """The frame that ends a message once what it names is stored; without it the message comes again."""
    inner = _inner(frame)
    return dumps({
        "commandType": "Ack", "time": int(at.timestamp() * 1000), "id": frame.get("id"),
        "sendTime": frame.get("sendTime"), "type": inner.get("type"), "mallID": inner.get("mallID"),
    })  # fmt: skip


def answer_to(frame: str | bytes, at: datetime) -> str | None:
    """What ends the message of a frame; heartbeats and answers need none."""
    document = loads(frame)
    return acknowledgement(document, at) if isinstance(document, Mapping) and _is_talk(document) else None


def _is_talk(frame: Mapping[str, Any]) -> bool:
    return frame.get("commandType") == _TALK


def messages_of(body: bytes, refund_keys: Sequence[str]) -> list[PushMessage]:
    """The messages of one frame, or of a list of frames; heartbeats and answers hold none.

    Raises:
        DecodeError: Not a frame of this platform.
    """
    document = loads(body)
    return [message for row in (document if isinstance(document, list) else [document])
            for message in _message(row, refund_keys)]  # fmt: skip


def _message(frame: Any, refund_keys: Sequence[str]) -> list[PushMessage]:
    kind = read(frame, "commandType", text) if isinstance(frame, Mapping) else None
    if kind in _QUIET:
        return []
    if kind != _TALK:
        raise DecodeError("a frame is one of HeartBeat, Ack, Fail, Common", platform="pinduoduo", path="commandType")
    inner = _inner(frame)
    content = _content(inner)

    def ids(*names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found for name in names if (found := read(content, name, ident))))

    mall = read(inner, "mallID", code) or read(content, "mall_id", code)
    return [PushMessage(
        message_id=read(frame, "id", code) or "", topic=read(inner, "type", text) or "", shop_hint=mall,
        order_ids=ids("tid"), refund_ids=ids(*refund_keys), listing_ids=ids("goods_id"),
        sent_at=read(frame, "sendTime", epoch_ms) or read(frame, "time", epoch_ms),
    )]  # fmt: skip


def _inner(frame: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = frame.get("message")
    if not isinstance(inner, Mapping) or not inner.get("type"):
        raise DecodeError("a frame of kind Common needs a message with a type", platform="pinduoduo", path="message")
    return inner


def _content(inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content is a JSON text inside the frame; one that is not only loses the ids it would name."""
    content = inner.get("content")
    if isinstance(content, str) and content:
        content = loads(content)
    return content if isinstance(content, Mapping) else {}
