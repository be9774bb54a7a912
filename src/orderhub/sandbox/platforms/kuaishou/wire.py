"""Kuaishou on the wire: signature, parameters, envelope. Source: docs/platforms/kuaishou.md. Pure.

Imports `flow.message`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.flow.message import Reply

__all__ = ["METHODS", "Refusal", "error_reply", "instant", "millis", "sign", "signed_text", "success_reply"]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
METHODS = ("MD5", "HMAC_SHA256")


class Refusal(Exception):
    """The platform says no. `business` refusals carry their number as sub_code too, those of the gateway do not."""

    def __init__(self, code: int, message: str, *, business: bool = True, status: int = 200, wait_s: float = 0) -> None:
        super().__init__(str(code))
        self.code, self.message, self.business, self.status, self.wait_s = code, message, business, status, wait_s


def millis(at: datetime) -> int:
    """Milliseconds since the epoch."""
    return (at - _EPOCH) // _MS


def instant(ms: int) -> datetime:
    """An instant of the platform, aware, UTC; raises OverflowError."""
    return _EPOCH + timedelta(milliseconds=ms)


def signed_text(params: Mapping[str, str], secret: str) -> str:
    """Everything sent but sign, by key, and the sign secret at the end."""
    pairs = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign")
    return f"{pairs}&signSecret={secret}"


def sign(params: Mapping[str, str], secret: str, method: str) -> str:
    """MD5 in lower hex, or HMAC-SHA256 in base64."""
    text = signed_text(params, secret).encode()
    if method == "MD5":
        return hashlib.md5(text, usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def _reply(told: Mapping[str, Any], status: int = 200, wait_s: float = 0) -> Reply:
    wait = {"retry-after": str(max(1, int(wait_s)))} if wait_s else {}
    return Reply(status, {"content-type": "application/json;charset=UTF-8", **wait}, _ENCODER.encode(told).encode())


def success_reply(request_id: str, told: Any) -> Reply:
    """The envelope of an answer: result 1."""
    words = {"code": "1", "msg": "success", "sub_code": "", "sub_msg": ""}
    return _reply({"result": 1, "error_msg": "success", **words, "requestId": request_id, "data": told})


def error_reply(request_id: str, refusal: Refusal) -> Reply:
    """The envelope of a refusal: its number as result."""
    code, text = str(refusal.code), refusal.message
    sub = (code, text) if refusal.business else ("", "")
    words = {"code": code, "msg": text, "sub_code": sub[0], "sub_msg": sub[1]}
    told = {"result": refusal.code, "error_msg": text, **words, "requestId": request_id, "data": None}
    return _reply(told, refusal.status, refusal.wait_s if refusal.status == 429 else 0)
