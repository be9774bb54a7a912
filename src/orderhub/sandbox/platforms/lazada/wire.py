"""Lazada's wire: signature, envelope, money and times as text. Imports `flow.message`."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from orderhub.flow.message import Reply

__all__ = ["Refusal", "cents", "instant", "local", "money", "push_sign", "refused", "reply", "sign", "signed_text"]

_ZONE = timezone(timedelta(hours=8))


class Refusal(Exception):
    """An error reply of the gateway; `kind` says whose fault it is."""

    def __init__(self, code: str, message: str, kind: str = "ISV", detail: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.kind, self.detail = code, message, kind, detail


def signed_text(path: str, params: Mapping[str, str]) -> str:
    """What is signed: the path, then names and values in the order of names; `sign` itself is left out."""
    return path + "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")


def sign(secret: str, text: str) -> str:
    """Upper-case hex of HMAC-SHA256."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def push_sign(key: str, secret: str, body: bytes) -> str:
    """The `Authorization` header of a push: lower-case hex over the app key and the raw body."""
    return hmac.new(secret.encode(), key.encode() + body, hashlib.sha256).hexdigest()


def money(amount: int) -> str:
    """Cents as text with two decimals."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def cents(text: str) -> int:
    """Text with at most two decimals to cents; raises `ValueError`."""
    whole, _, rest = text.partition(".")
    if not whole.lstrip("-").isdigit() or not (rest + "00")[:2].isdigit() or len(rest) > 2:
        raise ValueError(text)
    return int(whole) * 100 + (-1 if text.startswith("-") else 1) * int((rest + "00")[:2])


def local(at: datetime) -> str:
    """An instant as documents show it: `2014-10-15 19:12:15 +0800`."""
    return at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S %z")


def instant(text: str) -> datetime:
    """A filter: ISO 8601 with its zone; raises `ValueError`."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at


def _json(document: Mapping[str, Any]) -> Reply:
    return Reply(
        200, {"content-type": "application/json;charset=UTF-8"}, json.dumps(document, ensure_ascii=False).encode()
    )


def reply(request_id: str, told: Mapping[str, Any]) -> Reply:
    """Success: code 0, and `data` or `result` beside it."""
    return _json({"code": "0", **told, "request_id": request_id})


def refused(request_id: str, refusal: Refusal) -> Reply:
    """An error, with status 200."""
    more = {"detail": refusal.detail} if refusal.detail is not None else {}
    document = {"code": refusal.code, "type": refusal.kind, "message": refusal.message, "request_id": request_id}
    return _json(document | more)
