"""Kuaishou wire protocol: parameters, signature, envelope, token calls. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/kuaishou.md#protocol. What is signed is the very text that is sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from orderhub.connectors.kuaishou.spec import BUSINESS, ERRORS, METHODS
from orderhub.errors import ClockSkewed, ConfigurationError, DecodeError, PlatformError, SignatureRejected
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import dumps, loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials, Window

__all__ = ["canonical", "millis", "open_envelope", "open_token", "request", "sign", "span", "token_request"]

_FORM = "application/x-www-form-urlencoded;charset=utf-8"
_ACCEPT = {"accept": "application/json"}
_SKEW = timedelta(minutes=2)
OK = "1"


def canonical(parameters: Mapping[str, str], secret: str) -> str:
    """The signed text: `name=value` of every parameter but `sign`, by name, joined by `&`, and the signSecret last."""
    told = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if name != "sign")
    return f"{told}&signSecret={secret}"


def sign(parameters: Mapping[str, str], secret: str, method: str = "MD5") -> str:
    """MD5 in lower-case hexadecimal, or HMAC-SHA256 with the signSecret as key, in base64."""
    text = canonical(parameters, secret).encode()
    if method == "MD5":
        return hashlib.md5(text, usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def millis(at: datetime) -> int:
    """Epoch milliseconds of an aware instant."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def span(window: Window) -> dict[str, int]:
    """A window as lists take it: both ends in milliseconds, never the same instant."""
    start = millis(window.start)
    return {"beginTime": start, "endTime": max(millis(window.end), start + 1)}


def request(
    config: ShopConfig, api: str, business: Mapping[str, Any], credentials: Credentials, at: datetime
) -> Request:
    """One signed call: reads carry everything in the address, writes in a form.

    Raises:
        ConfigurationError: The shop has no signSecret.
    """
    secret, method = str(config.settings["sign_secret"] or ""), str(config.settings["sign_method"])
    if not secret:
        raise ConfigurationError(
            "kuaishou signs with a third credential: give the setting sign_secret as the app's console shows it"
        )
    param = dumps({name: value for name, value in business.items() if value is not None})
    parameters = {
        "appkey": credentials.app_key, "method": api, "version": "1", "param": param,
        "timestamp": str(millis(at)), "signMethod": method,
    }  # fmt: skip
    if credentials.access_token:
        parameters["access_token"] = credentials.access_token
    parameters["sign"] = sign(parameters, secret, method)
    address = f"{config.base_url.rstrip('/')}/{api.replace('.', '/')}"
    if METHODS[api] == "GET":
        return Request("GET", f"{address}?{urlencode(parameters)}", _ACCEPT, b"")
    return Request("POST", address, {"content-type": _FORM, **_ACCEPT}, urlencode(parameters).encode())


def open_envelope(api: str, reply: Reply, sent_at: datetime | None = None) -> tuple[Any, str | None]:
    """(`data` of a success, request id); raises the typed error of a refusal, which comes with HTTP 200.

    Args:
        sent_at: The timestamp that the call carried. A refused signature whose reply is dated minutes away from it
            is a refused timestamp: no code of its own is documented for that.

    Raises:
        PlatformError: By the call's own table of codes, else by the common one; with code, text and request id.
        DecodeError: Not a document of this API.
    """
    document = _document(reply)
    request_id = str(document["requestId"]) if document.get("requestId") else None
    result = document.get("result")
    if str(result) == OK:
        return document.get("data"), request_id
    if result is None:
        raise DecodeError("the reply does not tell result", platform="kuaishou", path="result", request_id=request_id)
    error = _refusal(api, document, request_id)
    if isinstance(error, SignatureRejected) and sent_at is not None and _is_skewed(reply, sent_at):
        raise ClockSkewed(error.message, platform="kuaishou", code=error.code, request_id=request_id)
    raise error


def _document(reply: Reply) -> dict[str, Any]:
    check_http(reply, platform="kuaishou")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict):
        raise DecodeError("expected an object as reply", platform="kuaishou", status=reply.status)
    return document


def _refusal(api: str, document: Mapping[str, Any], request_id: str | None) -> PlatformError:
    """The error of a refusal: the call's own codes first, by sub-code and by result."""
    code, sub = str(document["result"]), _word(document, "sub_code")
    text = next((found for name in ("error_msg", "sub_msg", "msg") if (found := _word(document, name))), "no text")
    own = BUSINESS.get(api, {})
    for told in (sub, code):
        if told is not None and told in own:
            kind = own[told]
            return kind(text, platform="kuaishou", code=code, sub_code=sub, request_id=request_id)
    return ERRORS.error(code, sub, text, request_id=request_id)


def _word(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return str(value) if type(value) in (str, int) and value != "" else None


def _is_skewed(reply: Reply, sent_at: datetime) -> bool:
    try:
        stated = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return False
    return abs(stated - sent_at) > _SKEW


def token_request(config: ShopConfig, grant: Mapping[str, str]) -> Request:
    """A call of the token server: a code is turned in by GET, a refresh token by POST."""
    app = {"app_id": config.app.app_key, "app_secret": config.app.app_secret}
    address = config.token_url or ""
    if "code" in grant:
        return Request("GET", f"{address}?{urlencode({**app, **grant, 'grant_type': 'code'})}", _ACCEPT, b"")
    address = f"{address.rpartition('/')[0]}/refresh_token"
    body = urlencode({**app, **grant, "grant_type": "refresh_token"}).encode()
    return Request("POST", address, {"content-type": _FORM, **_ACCEPT}, body)


def open_token(reply: Reply) -> dict[str, Any]:
    """The token document; raises the typed error of a refusal."""
    document = _document(reply)
    if document.get("access_token"):
        return document
    if "result" in document and str(document["result"]) != OK:
        raise _refusal("", document, _word(document, "requestId"))
    raise DecodeError("the token server answered without access_token", platform="kuaishou", status=reply.status)
