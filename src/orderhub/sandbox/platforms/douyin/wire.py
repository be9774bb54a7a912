"""Douyin on the wire: signatures, refusals, envelopes. Source: docs/platforms/douyin.md §1, §9. Pure.

Imports `flow.message` only. The signature covers the body as it came, so nothing is serialised anew here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.china import yuan

__all__ = [
    "Refusal", "encode", "envelope", "event_sign", "instant", "sign", "signed_text", "spi_sign", "yuan",
]  # fmt: skip

_EIGHT = timedelta(hours=8)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Refusal(Exception):
    """The platform says no: code, sub_code and a text for people; HTTP status is 200 all the same."""

    def __init__(self, code: int, sub_code: str = "", text: str = "") -> None:
        super().__init__(f"{code} {sub_code}")
        self.code, self.sub_code, self.text = code, sub_code, text


def encode(value: Any) -> str:
    """Compact JSON, Chinese as it is."""
    return _ENCODER.encode(value)


def signed_text(key: str, method: str, param_json: str, timestamp: str, version: str) -> str:
    """What stands between the two secrets."""
    return f"app_key{key}method{method}param_json{param_json}timestamp{timestamp}v{version}"


def sign(secret: str, text: str) -> str:
    """HMAC-SHA256, hex, lower case."""
    return hmac.new(secret.encode(), f"{secret}{text}{secret}".encode(), "sha256").hexdigest()


def spi_sign(secret: str, key: str, param_json: str, timestamp: str) -> str:
    """`sign` of a call that the platform makes to the app: no method, no version."""
    return sign(secret, f"app_key{key}param_json{param_json}timestamp{timestamp}")


def event_sign(key: str, body: str, secret: str) -> str:
    """What a pushed body is signed with: MD5, hex, lower case."""
    return hashlib.md5(f"{key}{body}{secret}".encode(), usedforsecurity=False).hexdigest()


def instant(text: str) -> datetime:
    """UNIX seconds, or China time as an older SDK writes it; aware, UTC. Raises ValueError."""
    if text.isascii() and text.isdigit() and len(text) < 12:
        return datetime.fromtimestamp(int(text), UTC)
    if len(text) != 19 or text[10] != " ":
        raise ValueError("neither seconds nor yyyy-MM-dd HH:mm:ss")
    return (datetime.fromisoformat(text) - _EIGHT).replace(tzinfo=UTC)


def envelope(kind: str, log_id: str, told: Any, refusal: Refusal | None = None) -> Reply:
    """Everything comes with HTTP status 200; `kind` is new, old (err_no and message alone), or both in one."""
    code, sub, text = (refusal.code, refusal.sub_code, refusal.text) if refusal else (10000, "", "")
    content: dict[str, Any] = {"log_id": log_id, "data": told}
    if kind != "old":
        content |= {"code": code, "msg": text if refusal else "success", "sub_code": sub, "sub_msg": text}
    if kind != "new":
        content |= {"err_no": code if refusal else 0, "message": text or "success"}
    return Reply(200, {"content-type": "application/json; charset=utf-8"}, encode(content).encode())
