"""Douyin open platform wire protocol: document, signature, envelope, push. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/douyin.md#protocol.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderhub.connectors.douyin.spec import ERRORS
from orderhub.errors import DecodeError, PlatformError, RateLimited
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import loads, to_text
from orderhub.models.channel import Credentials

__all__ = ["VERSION", "event_sign", "failure_of", "open_envelope", "param_json", "request", "sign", "spi_sign"]

VERSION, METHOD = "2", "hmac-sha256"
OK, PARTLY = "10000", "10001"


def _plain(value: Any) -> Any:
    """Instants as seconds, whole amounts as whole numbers, None left out; no float ever leaves."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, float | Decimal):
        raise TypeError("no fractions on this wire")
    return value


def param_json(parameters: Mapping[str, Any]) -> str:
    """The one text that is signed and sent: keys sorted at every depth, compact, nothing escaped that need not be."""
    return json.dumps(_plain(parameters), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hmac(app_secret: str, middle: str) -> str:
    text = f"{app_secret}{middle}{app_secret}"
    return hmac.new(app_secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sign(app_key: str, app_secret: str, method: str, params: str, timestamp: str) -> str:
    """Lower-case hex HMAC-SHA256; the access token is not signed."""
    middle = f"app_key{app_key}method{method}param_json{params}timestamp{timestamp}v{VERSION}"
    return _hmac(app_secret, middle)


def spi_sign(app_key: str, app_secret: str, params: str, timestamp: str) -> str:
    """The signature of a call that the platform makes to an app; `params` sorted as ours are."""
    return _hmac(app_secret, f"app_key{app_key}param_json{params}timestamp{timestamp}")


def event_sign(app_key: str, app_secret: str, body: bytes) -> str:
    """The signature of a pushed message: lower-case hex MD5 over key, raw body, secret."""
    return hashlib.md5(app_key.encode() + body + app_secret.encode(), usedforsecurity=False).hexdigest()


def request(base_url: str, path: str, parameters: Mapping[str, Any], credentials: Credentials, at: datetime) -> Request:
    """One signed call; its method is the path with dots."""
    body, method, timestamp = param_json(parameters), path.replace("/", "."), str(int(at.timestamp()))
    query = {
        "app_key": credentials.app_key, "method": method, "timestamp": timestamp, "v": VERSION, "sign_method": METHOD,
        "sign": sign(credentials.app_key, credentials.app_secret, method, body, timestamp),
    }  # fmt: skip
    if credentials.access_token and not path.startswith("token/"):
        query["access_token"] = credentials.access_token
    headers = {"content-type": "application/json", "accept": "application/json", "x-open-no-old-err-code": "1"}
    return Request("POST", f"{base_url.rstrip('/')}/{path}?{urlencode(query)}", headers, body.encode())


def open_envelope(reply: Reply) -> Any:
    """`data` of a success, in the envelope of today or the older one; some calls answer a list there.

    Raises:
        PlatformError: By the table of codes.
        DecodeError: Not a document of this platform.
    """
    check_http(reply, platform="douyin")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, Mapping) or not ("code" in document or "err_no" in document):
        raise DecodeError("the reply has no code", platform="douyin", path="code", status=reply.status)
    if (failure := failure_of(document)) is not None:
        raise failure
    return document.get("data")


def failure_of(document: Mapping[str, Any]) -> PlatformError | None:
    """The error that an envelope tells, None for a success; a batch that failed partly is one."""
    code = str(document.get("code", document.get("err_no")))
    if code in (OK, PARTLY) or ("code" not in document and code == "0"):
        return None
    sub_code = str(document.get("sub_code") or "") or None
    told = str(document.get("sub_msg") or document.get("msg") or document.get("message") or code)
    request_id = str(document.get("log_id") or "") or None
    error = ERRORS.error(code, sub_code, told, request_id=request_id)
    if isinstance(error, RateLimited) and error.retry_after_s is None:
        error.retry_after_s = 1.0
    return error
