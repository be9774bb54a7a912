"""Xiaohongshu gateway wire protocol: one object with system and business fields, signature, envelopes. Pure.

Imports `kit`, `flow`, `errors`. Source: docs/platforms/xiaohongshu.md#protocol, #signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from orderhub.connectors.xiaohongshu.spec import CODES, ERRORS
from orderhub.errors import AuthError, ClockSkewed, DecodeError, PlatformError, RateLimited, SignatureRejected
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "VERSION", "code_of", "failure_of", "is_no", "millis", "open_envelope", "open_token", "opened", "request",
    "seconds", "sign", "token_request",
]  # fmt: skip

VERSION = "2.0"
SKEW_MAX = timedelta(minutes=5)
LIMIT_WAIT_S = 1.0
"""Our caution: no wait after too many calls is documented."""
_HEADERS = {"content-type": "application/json;charset=utf-8", "accept": "application/json"}
_QUIET = ("", "0", "None")


def seconds(instant: datetime) -> int:
    """An aware instant as epoch seconds."""
    return int(instant.timestamp())


def millis(instant: datetime) -> int:
    """An aware instant as epoch milliseconds."""
    return seconds(instant) * 1000 + instant.microsecond // 1000


def sign(app_secret: str, method: str, app_id: str, timestamp: str, version: str = VERSION) -> str:
    """Lower-case hex MD5 over method and three system fields; neither token nor business fields are part of it."""
    text = f"{method}?appId={app_id}&timestamp={timestamp}&version={version}{app_secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _request(url: str, method: str, business: Mapping[str, Any], app: Credentials, at: datetime) -> Request:
    stamp = str(seconds(at))
    told = {name: value for name, value in business.items() if value is not None}
    document = told | {
        "appId": app.app_key, "method": method, "version": VERSION, "timestamp": stamp,
        "sign": sign(app.app_secret, method, app.app_key, stamp),
    }  # fmt: skip
    return Request("POST", url, _HEADERS, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def request(
    config: ShopConfig, method: str, business: Mapping[str, Any], credentials: Credentials, at: datetime
) -> Request:
    """One signed call with the shop's access token."""
    told = {**business, "accessToken": credentials.access_token or None}
    return _request(config.base_url, method, told, credentials, at)


def token_request(config: ShopConfig, method: str, grant: Mapping[str, str], at: datetime) -> Request:
    """A call for tokens, signed like every other and without one."""
    return _request(config.token_url or config.base_url, method, grant, config.app, at)


def code_of(document: Mapping[str, Any]) -> str:
    """The error code of an envelope as text; empty when it tells none."""
    code = str(document.get("error_code"))
    return "" if code in _QUIET else code


def is_no(document: Mapping[str, Any]) -> bool:
    """Whether an envelope refuses."""
    return bool(code_of(document)) or document.get("success") in (False, "false", 0, "0")


def opened(document: Mapping[str, Any]) -> Any:
    """What the innermost envelope holds: answers about after-sales carry a second one inside the first.

    Raises:
        _No: One of the envelopes refuses.
    """
    if is_no(document):
        raise _No(document)
    inner = document.get("data")
    if isinstance(inner, Mapping) and ("success" in inner or "error_code" in inner):
        return opened(inner)
    return inner


class _No(Exception):
    """An envelope that refuses."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__()
        self.document = document


def open_envelope(reply: Reply, config: ShopConfig, at: datetime | None = None) -> Any:
    """The `data` of a success.

    Args:
        at: When the call was stamped: a signature that is refused while the clocks are apart is the clock's.
    Raises:
        PlatformError: By the settings that name codes.
        DecodeError: Not a document of this platform.
    """
    document = _document(reply)
    try:
        return opened(document)
    except _No as no:
        told = no.document
    error = failure_of(told, config)
    if isinstance(error, SignatureRejected) and at is not None and _is_apart(reply, at):
        raise ClockSkewed(error.message, platform="xiaohongshu", code=error.code)
    raise error


def _document(reply: Reply) -> dict[str, Any]:
    check_http(reply, platform="xiaohongshu")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict) or not ("success" in document or "error_code" in document):
        raise DecodeError(
            "the reply has neither success nor error_code", platform="xiaohongshu", path="success", status=reply.status
        )
    return document


def failure_of(document: Mapping[str, Any], config: ShopConfig) -> PlatformError:
    """The error of an envelope; which code means what is a matter of settings."""
    code, told = code_of(document), str(document.get("error_msg") or "no text")
    for name, kind in CODES.items():
        if code in map(str, config.settings[name]):
            wait_s = LIMIT_WAIT_S if kind is RateLimited else None
            return kind(told, platform="xiaohongshu", code=code, retry_after_s=wait_s)
    return ERRORS.error(code, None, told)


def _is_apart(reply: Reply, at: datetime) -> bool:
    try:
        stated = parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError):
        return False
    return stated.tzinfo is not None and abs(stated - at) > SKEW_MAX


def open_token(reply: Reply, config: ShopConfig, at: datetime) -> Mapping[str, Any]:
    """The token document; raises `AuthError` for a refusal: the seller must authorise again."""
    try:
        found = open_envelope(reply, config, at)
    except PlatformError as error:
        if isinstance(error, SignatureRejected | ClockSkewed) or error.retryable:
            raise
        raise AuthError(
            f"{error.message}: the seller must authorise again", platform="xiaohongshu", code=error.code
        ) from None
    if not isinstance(found, Mapping) or not found.get("accessToken"):
        raise DecodeError("the answer has no accessToken", platform="xiaohongshu", path="data.accessToken")
    return found
