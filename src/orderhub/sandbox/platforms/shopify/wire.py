"""Ids, money, instants, proofs and cursors as Shopify writes them. Source: docs/platforms/shopify.md. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

__all__ = ["amount", "bag", "callback_hmac", "cents", "cursor", "gid", "instant", "iso", "number", "position", "proof"]

Doc = dict[str, Any]


def gid(kind: str, serial: int) -> str:
    """`gid://shopify/Order/123`."""
    return f"gid://shopify/{kind}/{serial}"


def number(given: Any) -> str:
    """The digits at the end of a global id, or the id itself."""
    return str(given).rpartition("/")[2]


def amount(minor: int) -> str:
    """Decimal text of hundredths, as `MoneyV2.amount` has it."""
    sign, whole = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def cents(text: Any) -> int:
    """Hundredths of a decimal text with at most two places; raises `ValueError`."""
    told = str(text)
    whole, _, part = told.removeprefix("-").partition(".")
    if not (whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))):
        raise ValueError(told)
    if part[2:].strip("0"):
        raise ValueError(told)
    minor = int(whole) * 100 + int((part + "00")[:2])
    return -minor if told.startswith("-") else minor


def bag(minor: int, shop: str, presented: str = "", rate: tuple[int, int] = (1, 1)) -> Doc:
    """A MoneyBag: the shop's money, and what the buyer saw at `rate` (numerator, denominator)."""
    seen = (minor * rate[0] * 2 + rate[1]) // (rate[1] * 2)
    return {
        "shopMoney": {"amount": amount(minor), "currencyCode": shop},
        "presentmentMoney": {"amount": amount(seen if presented else minor), "currencyCode": presented or shop},
    }


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """An aware instant; a date alone is its midnight in UTC. Raises `ValueError`."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def cursor(*parts: Any) -> str:
    """An opaque place in a list."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def position(text: Any) -> list[Any]:
    """What `cursor` was made of; raises `ValueError`."""
    try:
        found = json.loads(base64.urlsafe_b64decode(str(text).encode()))
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(found, list):
        raise ValueError("not a cursor")
    return found


def callback_hmac(secret: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Hex HMAC-SHA256 over the query of an OAuth callback without its hmac, sorted by name."""
    kept = sorted((_escaped(name).replace("=", "%3D"), _escaped(value)) for name, value in pairs if name != "hmac")
    text = "&".join(f"{name}={value}" for name, value in kept)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def proof(secret: str, body: bytes) -> str:
    """Base64 HMAC-SHA256 over the raw body of a webhook."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
