"""The REST wire: money, instants, both ways to prove a key, JSON replies. Source: docs/platforms/woocommerce.md. Pure.

Imports `flow.message`, `emulator`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import ParsedRequest

__all__ = [
    "Refusal",
    "base_string",
    "basic",
    "cents",
    "error_body",
    "moment",
    "money",
    "oauth_signature",
    "reply",
    "stamps",
    "told_time",
    "webhook_signature",
]  # fmt: skip

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Refusal(Exception):
    """The shop says no, with an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400, wait_s: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.wait_s = code, message, status, wait_s


def error_body(refusal: Refusal) -> dict[str, Any]:
    """`{code, message, data{status}}`."""
    return {"code": refusal.code, "message": refusal.message, "data": {"status": refusal.status}}


def reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """JSON with its type."""
    told = {"content-type": "application/json; charset=UTF-8", **(headers or {})}
    return Reply(status, told, _ENCODER.encode(value).encode())


def money(amount: int) -> str:
    """Cents as decimal text."""
    sign, units = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{units // 100}.{units % 100:02d}"


def cents(text: Any) -> int:
    """Decimal text, or a number, as cents; raises ValueError for anything finer than a cent."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError("not an amount")
    sign, _, digits = str(text).strip().rpartition("-")
    whole, _, part = digits.partition(".")
    if sign or not (whole + part).isascii() or not (whole + part).isdigit() or part[2:].strip("0"):
        raise ValueError("not an amount in cents")
    amount = int(whole or 0) * 100 + int((part + "00")[:2])
    return -amount if "-" in str(text) else amount


def told_time(seconds: int, offset_h: float = 0.0) -> str:
    """Epoch seconds as `YYYY-MM-DDTHH:MM:SS`, so many hours east."""
    return (_EPOCH + timedelta(seconds=seconds, hours=offset_h)).isoformat()[:19]


def stamps(name: str, seconds: int | None, offset_h: float) -> dict[str, str | None]:
    """An instant in site time and its twin in GMT; None where it has not happened."""
    if seconds is None:
        return {name: None, f"{name}_gmt": None}
    return {name: told_time(seconds, offset_h), f"{name}_gmt": told_time(seconds)}


def moment(text: str, offset_h: float) -> float:
    """An ISO 8601 time as epoch seconds; without an offset of its own it is so many hours east. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC) - timedelta(hours=offset_h)
    return at.timestamp()


def basic(header: str) -> tuple[str, str] | None:
    """(key, secret) of an Authorization header; None when it holds none."""
    kind, _, text = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return key, secret


def base_string(method: str, url: str, pairs: Iterable[tuple[str, str]], safe: str = "") -> str:
    """What OAuth 1.0a signs: method, address without query, sorted pairs; all encoded, the pairs twice.

    Args:
        safe: Left as it is in pairs; the Python client leaves slashes.
    """
    encoded = sorted((quote(name, safe=safe), quote(value, safe=safe)) for name, value in pairs)
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    return f"{method}&{quote(url, safe='')}&{quote(joined, safe=safe)}"


def oauth_signature(secret: str, text: str) -> str:
    """Base64 of HMAC-SHA256 under the secret and an ampersand."""
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def oauth_pairs(request: ParsedRequest) -> list[tuple[str, str]]:
    """Every parameter of the query but the signature; one that came twice with one value counts once."""
    return [pair for pair in dict.fromkeys(request.query) if pair[0] != "oauth_signature"]


def webhook_signature(secret: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
