"""The message channel: its address, its signature, what is sent back. Pure; imports `kit`, `flow`.

The platform pushes over a web socket that the host keeps open (a ping every 30 seconds; after a break 20 seconds,
doubled each time, with jitter, at most 1200). Frames carry no signature: the connection itself is signed.
Source: docs/platforms/suning.md#messages.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from urllib.parse import urlencode

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig

__all__ = ["CLIENT_TYPE", "VERSION", "acknowledgement", "answer_to", "push_address", "push_sign"]

VERSION, CLIENT_TYPE = "1.0", "python"
_BLANK = ("appId", "createTime", "recevieTime", "sendTime", "source", "msg")  # the platform's own spelling


def push_sign(app_key: str, app_secret: str, time_ms: int) -> str:
    """Lower-case hex MD5 for the address of the web socket; `time_ms` since 1970."""
    text = f"{app_key}{app_secret}{VERSION}{CLIENT_TYPE}{time_ms}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def push_address(config: ShopConfig, at: datetime, client_ip: str) -> str:
    """Where the host opens the web socket at the aware instant `at`.

    Raises:
        ConfigurationError: `push_url` is not set; every app has an address of its own.
    """
    url = str(config.settings["push_url"] or "")
    if not url:
        raise ConfigurationError("push_url is needed: the app's console shows it", platform="suning", field="push_url")
    time_ms = int(at.timestamp()) * 1000 + at.microsecond // 1000
    sign = push_sign(config.app.app_key, config.app.app_secret, time_ms)
    query = {"appKey": config.app.app_key, "timestamp": time_ms, "sign": sign, "version": VERSION,
             "clientIp": client_ip, "clientType": CLIENT_TYPE}  # fmt: skip
    return f"{url}?{urlencode(query)}"


def acknowledgement(frame: bytes) -> bytes:
    """The frame to send back once what the message names is stored; unconfirmed ones come again."""
    document = loads(frame)
    if not isinstance(document, dict) or not document.get("messageId"):
        raise DecodeError("a message needs messageId", platform="suning", path="messageId")
    answer = {**document, "messageType": "ACK", **dict.fromkeys(_BLANK)}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def answer_to(frame: str | bytes, at: datetime) -> bytes | None:
    """What ends the message of a frame; a greeting or an echo needs nothing."""
    raw = frame.encode() if isinstance(frame, str) else frame
    document = loads(raw)
    return acknowledgement(raw) if isinstance(document, dict) and document.get("messageType") == "FROM" else None
