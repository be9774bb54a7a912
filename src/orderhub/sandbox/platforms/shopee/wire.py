"""Shopee on the wire: signatures, envelopes, money. Source: docs/platforms/shopee.md. Pure; imports `flow.message`."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from orderhub.flow.message import Reply

__all__ = ["Doc", "Refusal", "envelope", "flat", "mac", "money", "push_mac", "refused", "units"]

Doc = dict[str, Any]
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON = {"content-type": "application/json"}


class Refusal(Exception):
    """The platform says no; becomes `error` and `message`."""

    def __init__(self, error: str, message: str, status: int | None = None, wait_s: float = 0.0) -> None:
        super().__init__(error)
        self.error, self.message, self.status, self.wait_s = error, message, status, wait_s


def mac(key: str, *parts: str) -> str:
    """HMAC-SHA256 over the parts without separators, hex, lower case."""
    return hmac.new(key.encode(), "".join(parts).encode(), hashlib.sha256).hexdigest()


def push_mac(key: str, url: str, body: bytes) -> str:
    """What a push carries as `Authorization`: over address, bar and the exact body."""
    return hmac.new(key.encode(), f"{url}|".encode() + body, hashlib.sha256).hexdigest()


def envelope(request_id: str, response: Any) -> Reply:
    """An answer of the business calls."""
    told = {"error": "", "message": "", "warning": "", "request_id": request_id, "response": response}
    return Reply(200, _JSON, _ENCODER.encode(told).encode())


def flat(request_id: str, told: Doc) -> Reply:
    """An answer of the token calls: everything on one level."""
    return Reply(200, _JSON, _ENCODER.encode({"error": "", "message": "", "request_id": request_id, **told}).encode())


def refused(request_id: str, refusal: Refusal, status: int) -> Reply:
    """A refusal."""
    told = {"error": refusal.error, "message": refusal.message, "warning": "", "request_id": request_id}
    headers = _JSON | ({"retry-after": f"{refusal.wait_s:g}"} if status == 429 and refusal.wait_s else {})
    return Reply(status, headers, _ENCODER.encode(told).encode())


def money(amount: int, digits: int) -> float:
    """Smallest units as the wire has them: a JSON number in the shop's currency."""
    return float(amount / 10**digits)


def units(value: Any, digits: int) -> int:
    """A number of the wire in smallest units."""
    found: int = round(float(value) * 10**digits)
    return found
