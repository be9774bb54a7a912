"""Selling Partner API on the wire: instants, money, page tokens, refusals. Source: docs/platforms/amazon.md §1. Pure.

Imports `flow.message` only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from orderhub.flow.message import Reply

__all__ = [
    "MISSING", "Doc", "Refusal", "amount", "answer", "bad", "camel", "denied", "instant", "instant_or", "iso",
    "money", "page_token", "read_token", "refused",
]  # fmt: skip

Doc = dict[str, Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON = {"content-type": "application/json"}
_SEAL = "orderhub-sandbox"

MISSING = "Access token is missing in the request header."


class Refusal(Exception):
    """Amazon says no: `{"errors": [...]}` with a status. Messages that no source prints are this sandbox's own."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.details = status, code, message, details


def bad(message: str, code: str = "InvalidInput", details: str = "") -> Refusal:
    """Status 400; the code's spelling differs from API to API."""
    return Refusal(400, code, message, details)


def denied(details: str, status: int = 403) -> Refusal:
    """Status 403, as a bad token or a missing role gets it."""
    return Refusal(status, "Unauthorized", "Access to requested resource is denied.", details)


def answer(doc: Doc | None, status: int) -> Reply:
    """A reply with JSON, or without content."""
    return Reply(status, {}, b"") if doc is None else Reply(status, _JSON, _ENCODER.encode(doc).encode())


def refused(refusal: Refusal) -> Reply:
    """The error envelope."""
    error = {"code": refusal.code, "message": refusal.message, "details": refusal.details}
    kinds = {403: "AccessDeniedException"}
    kind = {"x-amzn-errortype": kinds[refusal.status]} if refusal.status in kinds else {}
    return Reply(refusal.status, {**_JSON, **kind}, _ENCODER.encode({"errors": [error]}).encode())


def iso(at: datetime) -> str:
    """An instant as Amazon writes it, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """ISO 8601, aware, UTC; without a zone it counts as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def instant_or(text: Any, default: datetime) -> datetime:
    """The same, with an answer for what cannot be read (a tester's document)."""
    try:
        return instant(text) if isinstance(text, str) else default
    except ValueError:
        return default


def money(units: int, currency: str, digits: int = 2) -> dict[str, str]:
    """Smallest units as v0 writes money."""
    return {"CurrencyCode": currency, "Amount": str(Decimal(units).scaleb(-digits))}


def amount(value: Any) -> Decimal:
    """The number in a v0 money; zero when there is none, or none that can be read (a tester's document)."""
    try:
        found = Decimal(str(value["Amount"])) if isinstance(value, dict) and value.get("Amount") else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def camel(value: dict[str, str]) -> dict[str, str]:
    """A v0 money as 2026-01-01 writes it."""
    return {"amount": value.get("Amount", ""), "currencyCode": value.get("CurrencyCode", "")}


def _seal(text: str) -> str:
    return hashlib.sha256(f"{_SEAL}{text}".encode()).hexdigest()[:16]


def page_token(**content: Any) -> str:
    """An opaque token that holds `content`."""
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(f"{_seal(text)}{text}".encode()).decode()


def read_token(token: str) -> Doc | None:
    """What is in a token of ours; None for anything else."""
    try:
        told = base64.b64decode(token, validate=True).decode()
        content = json.loads(told[16:])
    except (binascii.Error, ValueError):
        return None
    return content if isinstance(content, dict) and _seal(told[16:]) == told[:16] else None
