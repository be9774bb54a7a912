"""How Youzan writes: times, money, envelopes, the signature of pushes. Source: docs/platforms/youzan.md."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.china import yuan

__all__ = [
    "GatewayRefusal", "Refusal", "china", "epoch", "event_sign", "fen", "gateway_reply", "instant", "refusal_reply",
    "told", "yuan",
]  # fmt: skip

_CHINA = timezone(timedelta(hours=8))
_FORMAT = "%Y-%m-%d %H:%M:%S"
_HEADERS = {"content-type": "application/json;charset=UTF-8"}


class Refusal(Exception):
    """A call that the API behind the gateway says no to."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class GatewayRefusal(Exception):
    """A call that the gateway says no to."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def china(at: datetime) -> str:
    """An instant as the wire writes it."""
    return at.astimezone(_CHINA).strftime(_FORMAT)


def instant(text: str) -> datetime:
    """The instant of a wire time; raises `ValueError`."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=_CHINA).astimezone(UTC)


def epoch(text: str) -> int:
    """Seconds since 1970 of a wire time."""
    return int(instant(text).timestamp())


def fen(text: str) -> int:
    """Yuan text as fen; raises `ValueError`."""
    whole, _, part = text.partition(".")
    if not (whole.removeprefix("-") + part).isdigit() or len(part) > 2:
        raise ValueError(text)
    return int(whole + part.ljust(2, "0"))


def event_sign(client_id: str, body: bytes, client_secret: str) -> str:
    """Event-Sign of a push: hex MD5 over id, the raw body and secret."""
    return hashlib.md5(client_id.encode() + body + client_secret.encode(), usedforsecurity=False).hexdigest()


def _reply(content: Any) -> Reply:
    return Reply(200, dict(_HEADERS), json.dumps(content, ensure_ascii=False).encode())


def told(data: Any, trace: str) -> Reply:
    """A success."""
    return _reply({"trace_id": trace, "code": 200, "data": data, "success": True, "message": "successful"})


def refusal_reply(refusal: Refusal, trace: str = "") -> Reply:
    """A refusal of an API, or of the token call."""
    content = {"success": False, "code": refusal.code, "data": None, "message": refusal.message}
    return _reply(content | ({"trace_id": trace} if trace else {}))


def gateway_reply(refusal: GatewayRefusal, trace: str) -> Reply:
    """A refusal of the gateway."""
    return _reply({"gw_err_resp": {"trace_id": trace, "err_code": refusal.code, "err_msg": refusal.message}})
