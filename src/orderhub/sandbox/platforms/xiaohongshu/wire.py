"""How Xiaohongshu writes: times, envelopes, the signature. Source: docs/platforms/xiaohongshu.md."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from orderhub.flow.message import Reply

__all__ = ["Refusal", "instant", "ms", "refusal_reply", "sign", "signed_text", "told"]


class Refusal(Exception):
    """A call that the platform says no to."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def ms(at: datetime) -> int:
    """An instant in milliseconds, on a whole second."""
    return int(at.timestamp()) * 1000


def instant(value: int) -> datetime:
    """The instant of milliseconds."""
    return datetime.fromtimestamp(value / 1000, UTC)


def signed_text(method: str, app_id: str, timestamp: str, version: str = "2.0") -> str:
    """What is signed, without the secret at its end."""
    return f"{method}?appId={app_id}&timestamp={timestamp}&version={version}"


def sign(text: str, app_secret: str) -> str:
    """Lower hex of MD5 over the text and the secret."""
    return hashlib.md5(f"{text}{app_secret}".encode(), usedforsecurity=False).hexdigest()


def _reply(content: dict[str, Any]) -> Reply:
    return Reply(
        200, {"content-type": "application/json;charset=UTF-8"}, json.dumps(content, ensure_ascii=False).encode()
    )


def told(data: Any) -> Reply:
    """A success."""
    return _reply({"success": True, "error_code": 0, "error_msg": "", "data": data})


def refusal_reply(refusal: Refusal) -> Reply:
    """A refusal."""
    return _reply({"success": False, "error_code": refusal.code, "error_msg": refusal.message, "data": None})
