"""Requests, replies and proofs of this platform. Pure; imports `kit`, `flow`, `models`, `errors`.

Source: docs/platforms/shopify.md. Errors come with HTTP 200 beside or instead of `data`; a mutation that says no tells
it in `userErrors`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from orderhub.connectors.shopify.convert import server_of
from orderhub.connectors.shopify.spec import ERRORS, PLATFORM
from orderhub.errors import (
    AuthError,
    DecodeError,
    NotFound,
    PermissionDenied,
    PlatformError,
    RateLimited,
    RequestRejected,
    SecurityError,
    TokenExpired,
)
from orderhub.flow.message import Reply, Request
from orderhub.kit.convert import decimal_text
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "Answer", "callback_hmac", "callback_text", "check_callback", "open_reply", "open_token", "refusal", "request",
    "token_request", "user_errors",
]  # fmt: skip

_JSON = "application/json"
_CALLBACK_AGE = timedelta(days=1)
_STATUS: Mapping[int, type[PlatformError]] = {
    401: TokenExpired, 402: PermissionDenied, 403: PermissionDenied, 404: NotFound, 423: PermissionDenied,
}  # fmt: skip
"""HTTP statuses mean what HTTP says; the page lists none of them."""


def request(config: ShopConfig, query: str, variables: Mapping[str, Any], credentials: Credentials) -> Request:
    """One query or mutation."""
    server_of(config)
    url = config.base_url.replace("{version}", str(config.settings["api_version"]))
    headers = {"content-type": _JSON, "accept": _JSON, "x-shopify-access-token": credentials.access_token or ""}
    return Request("POST", url, headers, _bytes({"query": query, "variables": dict(variables)}))


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` of a reply, and what it cost.

    Attributes:
        cost: Points that the query may cost, which the bucket must hold when it comes; None where it is not told.
        available, per_s: Points that the bucket holds now, and gets back a second.
    """

    data: dict[str, Any]
    cost: float | None = None
    available: float = 0.0
    per_s: float = 0.0


def open_reply(reply: Reply) -> Answer:
    """The inside of a reply; raises the typed error of `errors` or of the HTTP status.

    Raises:
        RateLimited: With the seconds after which the bucket holds what the query costs.
        PlatformError: By the table of codes.
        DecodeError: Not a document of this platform.
    """
    if (kind := _STATUS.get(reply.status)) is not None:
        raise kind(f"HTTP {reply.status}", platform=PLATFORM, status=reply.status, code=str(reply.status))
    check_http(reply, platform=PLATFORM)
    document = loads(reply.body)
    if not isinstance(document, dict):
        raise DecodeError("expected an object", platform=PLATFORM, status=reply.status)
    if failures := [row for row in document.get("errors") or () if isinstance(row, Mapping)]:
        raise _failure(failures, document)
    data = document.get("data")
    if document.get("errors") or reply.status >= 400:
        raise RequestRejected(f"HTTP {reply.status}", platform=PLATFORM, status=reply.status)
    if not isinstance(data, dict):
        raise DecodeError("the reply has no data", platform=PLATFORM, path="data", status=reply.status)
    return _priced(data, document)


def _failure(failures: list[Mapping[str, Any]], document: Mapping[str, Any]) -> PlatformError:
    codes = [str((row.get("extensions") or {}).get("code") or "") for row in failures]
    first = next((number for number, code in enumerate(codes) if code in ERRORS.exact), 0)
    code, told = codes[first], str(failures[first].get("message") or codes[first] or "no text")
    error = ERRORS.error(code, None, told)
    if isinstance(error, RateLimited):
        error.retry_after_s = _wait(document)
    return error


def _wait(document: Mapping[str, Any]) -> float:
    """(requested - available) / restore rate; a second where the cost is not told."""
    found = _priced({}, document)
    return max(0.1, (found.cost - found.available) / found.per_s) if found.cost is not None else 1.0


def _priced(data: dict[str, Any], document: Mapping[str, Any]) -> Answer:
    cost = (document.get("extensions") or {}).get("cost") or {}
    try:
        bucket = cost["throttleStatus"]
        told = (cost["requestedQueryCost"], bucket["currentlyAvailable"], bucket["restoreRate"])
        asked, there, rate = (float(decimal_text(value)) for value in told)
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return Answer(data)
    return Answer(data, asked, there, rate) if rate > 0 else Answer(data)


def user_errors(data: Mapping[str, Any], mutation: str) -> list[Mapping[str, Any]]:
    """What a mutation refuses, row by row.

    Raises:
        DecodeError: The reply does not answer the mutation.
    """
    answer = data.get(mutation)
    if not isinstance(answer, Mapping):
        raise DecodeError(f"the reply does not answer {mutation}", platform=PLATFORM, path=f"data.{mutation}")
    return [row for row in answer.get("userErrors") or () if isinstance(row, Mapping)]


def refusal(row: Mapping[str, Any]) -> PlatformError:
    """One row of userErrors as the error to raise; `field` is where it was found wrong."""
    code = str(row.get("code") or "")
    kind = ERRORS.exact.get(code, RequestRejected)
    where = ".".join(str(part) for part in row.get("field") or ())
    return kind(str(row.get("message") or code or "no text"), platform=PLATFORM, code=code or None, field=where or None)


def callback_text(pairs: Iterable[tuple[str, str]]) -> str:
    """What the hmac of a callback is made over: sorted pairs without the hmac itself."""
    found = sorted((name, value) for name, value in pairs if name != "hmac")
    return "&".join(f"{_escaped(name).replace('=', '%3D')}={_escaped(value)}" for name, value in found)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def callback_hmac(secret: str, text: str) -> str:
    """Lower hex of HMAC-SHA256."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_callback(query: str, secret: str, at: datetime) -> str:
    """The code of a callback that Shopify signed within the last day.

    Args:
        query: Everything behind the question mark of the address that the seller came back to.
    Raises:
        SecurityError: Forged, altered, too old, or without a code.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    told = dict(pairs)
    if not hmac.compare_digest(callback_hmac(secret, callback_text(pairs)).encode(), told.get("hmac", "").encode()):
        raise SecurityError("the callback is not signed with this app's secret", platform=PLATFORM)
    stamp = told.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(at.timestamp() - int(stamp)) > _CALLBACK_AGE.total_seconds():
        raise SecurityError("the callback is older than a day", platform=PLATFORM)
    if not told.get("code"):
        raise SecurityError("the callback has no code", platform=PLATFORM)
    return told["code"]


def token_request(config: ShopConfig, grant: Mapping[str, str]) -> Request:
    """A call of the token endpoint with the app's own id and secret in the body."""
    server_of(config)
    app = {"client_id": config.app.app_key, "client_secret": config.app.app_secret}
    return Request("POST", config.token_url or "", {"content-type": _JSON, "accept": _JSON}, _bytes({**app, **grant}))


def open_token(reply: Reply) -> dict[str, Any]:
    """The token document; raises `AuthError` for a refusal, whose form is not documented."""
    if reply.status in (400, 401, 403, 404):
        raise AuthError(
            f"HTTP {reply.status}: the app, its secret or the code is refused", platform=PLATFORM, status=reply.status
        )
    check_http(reply, platform=PLATFORM)
    document = loads(reply.body)
    if isinstance(document, dict) and document.get("access_token"):
        return document
    if isinstance(document, dict) and (code := document.get("error")):
        raise AuthError(
            str(document.get("error_description") or code), platform=PLATFORM, code=str(code), status=reply.status
        )
    raise DecodeError("the token endpoint answered without access_token", platform=PLATFORM, status=reply.status)
