"""Selling Partner API wire protocol: requests, replies, tokens. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/amazon.md#protocol, #errors. The access token in one header is the whole authorisation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from orderhub.connectors.amazon.endpoints import ENDPOINTS
from orderhub.connectors.amazon.marketplaces import PRODUCTION, REGIONS, marketplace_ids, region_of
from orderhub.connectors.amazon.spec import AUTH_TEXTS, ERRORS, HTTP_ERRORS, LWA_ERRORS
from orderhub.errors import AuthError, DecodeError, OrderHubError, PlatformError, PlatformUnavailable, RateLimited
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = ["Answer", "base_url", "instant", "open_reply", "open_token", "request", "token_request", "transfer"]

_WAIT_MAX_S = 60.0
_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
_SHOWN = 200


class Answer(NamedTuple):
    """One good reply: its document, its request id, the rate it tells (calls a second)."""

    document: Any
    request_id: str | None
    rate_per_s: float | None


def base_url(config: ShopConfig) -> str:
    """The address of the API: what was given, else the endpoint of the shop's region."""
    if config.base_url != PRODUCTION:
        return config.base_url.rstrip("/")
    ids = marketplace_ids(config.settings["marketplace_ids"])
    return REGIONS[region_of(config.settings["region"], ids)].endpoint


def instant(at: datetime, *, up: bool = False) -> str:
    """An aware instant as ISO 8601 in UTC with whole seconds; `up` rounds to the next second."""
    whole = at.replace(microsecond=0) + timedelta(seconds=1 if up and at.microsecond else 0)
    return whole.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _encoded(query: Mapping[str, Any]) -> str:
    """Query text: lists as one value with commas, empty values left out, everything percent-encoded."""
    parts = []
    for name, value in query.items():
        text = ",".join(map(str, value)) if isinstance(value, list | tuple) else value
        if text not in (None, ""):
            parts.append(f"{name}={quote(str(text), safe='')}")
    return "&".join(parts)


def request(
    config: ShopConfig, name: str, credentials: Credentials, at: datetime, *,
    path: Mapping[str, str], query: Mapping[str, Any], body: Any,
) -> Request:  # fmt: skip
    """One call of operation `name`; path values are percent-encoded, slashes included."""
    endpoint = ENDPOINTS[name]
    filled = endpoint.path.format(**{key: quote(value, safe="") for key, value in path.items()})
    text = _encoded(query)
    headers = {
        "x-amz-access-token": credentials.access_token or "",
        "x-amz-date": at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
        "user-agent": str(config.settings["user_agent"])[:500],
        "accept": "application/json",
    }
    if body is not None:  # a GET with a body or its headers is refused
        headers["content-type"] = "application/json"
    sent = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Request(endpoint.method, f"{base_url(config)}{filled}{'?' + text if text else ''}", headers, sent)


def transfer(method: str, url: str, content: bytes = b"", content_type: str | None = None) -> Request:
    """Upload or download of a document at the address that Amazon gave; carries no credentials."""
    return Request(method, url, {"content-type": content_type} if content_type else {}, content)


def open_reply(name: str, reply: Reply) -> Answer:
    """The document of a success; 204 has none.

    Raises:
        PlatformError: By HTTP status first, code second, with code, text and request id.
        DecodeError: A success that is no JSON.
    """
    request_id = reply.headers.get("x-amzn-requestid")
    if reply.status >= 400:
        raise _failure(name, reply, request_id)
    if not reply.body.strip():
        return Answer({}, request_id, _rate(reply.headers))
    check_http(reply, platform="amazon")
    try:
        document = loads(to_text(reply.body, reply.headers))
    except DecodeError as error:
        error.platform, error.request_id = "amazon", request_id
        raise
    if isinstance(document, Mapping) and (errors := _errors(document)):
        raise _told(errors[0], ERRORS.exact.get(str(errors[0].get("code")), ERRORS.otherwise), reply.status, request_id)
    return Answer(document, request_id, _rate(reply.headers))


def _errors(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document.get("errors")
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _rate(headers: Mapping[str, str]) -> float | None:
    try:
        rate = float(headers.get("x-amzn-ratelimit-limit", ""))
    except ValueError:
        return None
    return rate if 0 < rate < 1_000_000 else None


def _failure(name: str, reply: Reply, request_id: str | None) -> OrderHubError:
    kind = PlatformUnavailable if reply.status >= 500 else HTTP_ERRORS.get(reply.status)
    first = _first(reply)
    if first is None:
        text = f"HTTP {reply.status} without an error document: {_page(reply)}"
        error: PlatformError = (kind or ERRORS.otherwise)(
            text, platform="amazon", status=reply.status, request_id=request_id
        )
    else:
        error = _told(first, kind or ERRORS.kind(str(first.get("code")), None), reply.status, request_id)
    if isinstance(error, RateLimited):
        error.retry_after_s = min(1 / ENDPOINTS[name].rate_per_s, _WAIT_MAX_S) if name in ENDPOINTS else None
    return error


def _first(reply: Reply) -> Mapping[str, Any] | None:
    """The first error of the reply, None for a page or anything else."""
    try:
        document = loads(to_text(reply.body, reply.headers))
    except DecodeError:
        return None
    rows = _errors(document) if isinstance(document, Mapping) else []
    return rows[0] if rows else None


def _told(first: Mapping[str, Any], kind: type[PlatformError], status: int, request_id: str | None) -> PlatformError:
    """The error of one row; what its texts say about authorisation is heard before its class."""
    code = str(first.get("code") or "")
    words = [str(first[part]) for part in ("message", "details") if first.get(part)]
    text = " / ".join(dict.fromkeys(words)) or "no text"
    if status < 500 and status != 429:
        low = text.lower()
        kind = next((found for told, found in AUTH_TEXTS.items() if told in low), kind)
        if code == "Unauthorized" and not issubclass(kind, AuthError):
            kind = AuthError
    return kind(text, platform="amazon", code=code or None, status=status, request_id=request_id)


def _page(reply: Reply) -> str:
    """The beginning of a page that no program meant to read, as plain text."""
    text = re.sub(rb"<[^>]*>|\s+", b" ", reply.body[:4000]).decode("ascii", "replace")
    return " ".join(text.split())[:_SHOWN] or "an empty body"


def token_request(config: ShopConfig, grant: Mapping[str, str]) -> Request:
    """A call of Login with Amazon with the app's own id and secret."""
    app = {"client_id": config.app.app_key, "client_secret": config.app.app_secret}
    headers = {"content-type": _FORM, "accept": "application/json"}
    return Request("POST", config.token_url or "", headers, urlencode(dict(grant) | app).encode())


def open_token(reply: Reply) -> dict[str, Any]:
    """The token document.

    Raises:
        AuthError: Login with Amazon refuses until somebody acts.
        PlatformUnavailable: It may be asked again.
    """
    document: Any = None
    if reply.body[:1] == b"{":
        document = loads(to_text(reply.body, reply.headers))
    if isinstance(document, dict) and document.get("error"):
        code = str(document["error"])
        text = str(document.get("error_description") or code)
        hint = "" if LWA_ERRORS.kind(code, None).retryable else ": the seller or the app's owner must act"
        raise LWA_ERRORS.error(code, None, text + hint, status=reply.status)
    if reply.status < 400 and isinstance(document, dict) and document.get("access_token"):
        return document
    check_http(reply, platform="amazon")
    if reply.status >= 400:
        raise AuthError(f"HTTP {reply.status} from the token endpoint", platform="amazon", status=reply.status)
    raise DecodeError("the token endpoint answered without access_token", platform="amazon", status=reply.status)
