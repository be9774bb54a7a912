"""WeChat gateway wire protocol: address with token, JSON body, envelope, token server, callback check. Pure.

Imports `kit`, `flow`, `errors`. Source: docs/platforms/wechat.md#protocol, #token, #push.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from orderhub.connectors.wechat.spec import ERRORS, WAITS_S
from orderhub.errors import (
    AuthError,
    DecodeError,
    NotFound,
    PermissionDenied,
    PlatformError,
    RateLimited,
    TokenExpired,
)
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.kit.webhook import check_signature, message_keys
from orderhub.models.channel import Credentials

__all__ = [
    "check_callback",
    "failure_of",
    "missing",
    "open_envelope",
    "open_token",
    "push_tokens",
    "request",
    "seconds",
    "signature",
    "token_request",
]

_JSON = {"content-type": "application/json", "accept": "application/json"}


def seconds(instant: datetime) -> int:
    """An aware instant as epoch seconds."""
    return int(instant.timestamp())


def _body(document: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in document.items() if value is not None}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def request(config: ShopConfig, api: str, document: Mapping[str, Any], credentials: Credentials) -> Request:
    """One call; `api` is the path below `/channels/ec/`. Nothing is signed."""
    token = quote(credentials.access_token or "", safe="")
    url = f"{config.base_url.rstrip('/')}/channels/ec/{api}?access_token={token}"
    return Request("POST", url, _JSON, _body(document))


def open_envelope(reply: Reply, config: ShopConfig) -> dict[str, Any]:
    """The document of a success; its fields stand beside errcode.

    Raises:
        PlatformError: By the table of codes.
        PermissionDenied: HTTP 403, the address is not on the app's white list.
        DecodeError: Not a document of this platform.
    """
    document = _document(reply)
    code = str(document.get("errcode", "0"))
    if code != "0":
        raise failure_of(code, str(document.get("errmsg") or "no text"), config)
    return document


def _document(reply: Reply) -> dict[str, Any]:
    if reply.status == 403:
        raise PermissionDenied(
            "HTTP 403: is this machine's address on the app's white list?", platform="wechat", status=403
        )
    check_http(reply, platform="wechat")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict):
        raise DecodeError("the reply is not an object", platform="wechat", status=reply.status)
    return document


def failure_of(code: str, text: str, config: ShopConfig) -> PlatformError:
    """The error of an errcode; codes that no source documents are settings."""
    if code in map(str, config.settings["token_codes"]):
        return TokenExpired(text, platform="wechat", code=code)
    error = ERRORS.error(code, None, text)
    if code in WAITS_S:
        error.retry_after_s = WAITS_S[code]
    return error


def missing(error: PlatformError, config: ShopConfig, what: str) -> PlatformError:
    """The error of a detail call, as `NotFound` when its code means that there is no such thing."""
    if error.code in tuple(map(str, config.settings["not_found_codes"])):
        return NotFound(f"{what}: {error.message}", platform="wechat", code=error.code, operation=error.operation)
    return error


def token_request(config: ShopConfig) -> Request:
    """Ask for an access token in the stable form: it stays the same while it lives, unless forced."""
    told = {"grant_type": "client_credential", "appid": config.app.app_key, "secret": config.app.app_secret}
    return Request("POST", config.token_url or "", _JSON, _body(
        told | {"force_refresh": bool(config.settings["force_token"])}))  # fmt: skip


def open_token(reply: Reply) -> dict[str, Any]:
    """The token document; raises `AuthError` for a refusal: whatever its code, id or secret did not do."""
    document = _document(reply)
    if document.get("access_token"):
        return document
    code, text = str(document.get("errcode", "")), str(document.get("errmsg") or "no text")
    if ERRORS.kind(code, None) is RateLimited:
        raise RateLimited(text, platform="wechat", code=code, retry_after_s=WAITS_S.get(code))
    if code:
        raise AuthError(f"{text}: check app id and secret", platform="wechat", code=code)
    raise DecodeError("the token server answered without access_token", platform="wechat", path="access_token")


def signature(token: str, timestamp: str, nonce: str) -> str:
    """Lower-case hex SHA-1 over the three texts, sorted and joined."""
    joined = "".join(sorted((token, timestamp, nonce)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def push_tokens(config: ShopConfig) -> tuple[str, ...]:
    """The push token, and those that are still listed; none where no token is configured."""
    token = config.settings["push_token"]
    return message_keys(config.app, token) if token else ()


def check_callback(tokens: Iterable[str], told: Mapping[str, str]) -> None:
    """Let a callback pass whose query is signed with a push token; the body is not part of the signature.

    Raises:
        SecurityError: No token is configured, or another one signed.
    """
    at, nonce = told.get("timestamp", ""), told.get("nonce", "")
    check_signature(told.get("signature"), tokens, lambda token: signature(token, at, nonce), platform="wechat",
                    words="the callback is not signed with this shop's push_token")  # fmt: skip
