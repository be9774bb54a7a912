"""Pinduoduo wire protocol: parameters, signature, envelope. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/pinduoduo.md#protocol. What is signed is the very text that is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderhub.connectors.pinduoduo.spec import (
    BUSINESS,
    BUSINESS_TEXTS,
    ERRORS,
    REPLY_KEYS,
    SUCCESS_FLAGS,
    TOKENLESS,
    WAITS,
)
from orderhub.errors import ClockSkewed, DecodeError, OrderHubError, PlatformError, RequestRejected
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = ["canonical", "encode", "open_envelope", "open_legacy_token", "request", "sign", "token_request"]

_FORM = "application/x-www-form-urlencoded;charset=utf-8"
_JSON = "application/json;charset=utf-8"
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def canonical(parameters: Mapping[str, str]) -> str:
    """The signed text: name and value of every parameter but `sign`, by name in ASCII order, no separators."""
    return "".join(f"{name}{value}" for name, value in sorted(parameters.items()) if name != "sign")


def sign(parameters: Mapping[str, str], secret: str) -> str:
    """Upper-case hexadecimal MD5 over secret, canonical text, secret."""
    return hashlib.md5(f"{secret}{canonical(parameters)}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def encode(value: Any) -> str:
    """One parameter value as text: true/false, epoch seconds, lists and objects as compact JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, float):
        raise TypeError("amounts are Decimal, never float")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def request(
    config: ShopConfig, api: str, business: Mapping[str, Any], credentials: Credentials, at: datetime
) -> Request:
    """One signed call; every parameter travels in the body, so that no secret stands in an address."""
    common = {
        "type": api, "client_id": credentials.app_key, "timestamp": at, "data_type": "JSON", "version": "V1",
        "access_token": None if api in TOKENLESS else credentials.access_token or None,
    }  # fmt: skip
    parameters = {name: encode(value) for name, value in {**business, **common}.items() if value is not None}
    parameters["sign"] = sign(parameters, credentials.app_secret)
    as_json = config.settings["body"] == "json"
    body = json.dumps(parameters, ensure_ascii=False) if as_json else urlencode(parameters)
    headers = {"content-type": _JSON if as_json else _FORM, "accept": "application/json"}
    return Request("POST", config.base_url, headers, body.encode())


def open_envelope(config: ShopConfig, api: str, reply: Reply) -> dict[str, Any]:
    """The inside of a success; raises the typed error of an `error_response`, which comes with HTTP 200.

    Raises:
        PlatformError: By the table of codes, or a refusal told inside a success; with code, text and request id.
        DecodeError: Not a document of this API.
    """
    check_http(reply, platform="pinduoduo")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict):
        raise DecodeError("expected an object as reply", platform="pinduoduo", status=reply.status)
    if isinstance(failure := document.get("error_response"), dict):
        raise _failure(failure, str(config.settings["skew_word"] or ""))
    inside = _inside(api, document, reply)
    if (flag := SUCCESS_FLAGS.get(api)) is not None:
        _check_flag(api, flag, inside)
    return inside


def _inside(api: str, document: dict[str, Any], reply: Reply) -> dict[str, Any]:
    name = REPLY_KEYS.get(api, "")
    if name is None:
        return _only_object(document) or document
    inside = document.get(name) if name else _only_object(document) or document
    if not isinstance(inside, dict):
        raise DecodeError(f"the reply has no {name}", platform="pinduoduo", path=name, status=reply.status)
    if "request_id" in document:
        inside = {"request_id": document["request_id"], **inside}
    return inside


def _only_object(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The single object of a reply, beside a request id."""
    rest = [value for name, value in document.items() if name != "request_id"]
    return rest[0] if len(rest) == 1 and isinstance(rest[0], dict) else None


def _check_flag(api: str, flag: str, inside: Mapping[str, Any]) -> None:
    told = str(inside.get(flag)).lower()
    if told in _TRUE:
        return
    if told not in _FALSE:
        raise DecodeError(f"the reply does not say {flag}", platform="pinduoduo", path=flag)
    code = str(_first(inside, "error_code", "errorCode") or "")
    text = str(_first(inside, "error_msg", "errorMsg") or "no text")
    raise _typed(code, text, None, _request_id(inside), RequestRejected)


def _first(document: Mapping[str, Any], *names: str) -> Any:
    return next((document[name] for name in names if document.get(name) not in (None, "")), None)


def _request_id(document: Mapping[str, Any]) -> str | None:
    return str(document["request_id"]) if document.get("request_id") else None


def _failure(failure: Mapping[str, Any], skew_word: str) -> OrderHubError:
    code, sub_code = str(failure.get("error_code", "")), failure.get("sub_code")
    words = [str(failure[name]) for name in ("error_msg", "sub_msg") if failure.get(name)]
    text, request_id = " / ".join(words) or "no text", _request_id(failure)
    sub = None if sub_code in (None, "") else str(sub_code)
    if code == "10001" and skew_word and skew_word in text:
        return ClockSkewed(text, platform="pinduoduo", code=code, sub_code=sub, request_id=request_id)
    return _typed(code, text, sub, request_id)


def _typed(
    code: str, text: str, sub_code: str | None, request_id: str | None, otherwise: type[PlatformError] | None = None
) -> PlatformError:
    """The error of a code; a business refusal is told apart by its text."""
    kind = next((kind for words, kind in BUSINESS_TEXTS.items() if words in text), None)
    if kind is None and otherwise is not None and code not in ERRORS.exact:
        kind = otherwise
    if kind is not None and (code == BUSINESS or code not in ERRORS.exact):
        return kind(text, platform="pinduoduo", code=code or None, sub_code=sub_code, request_id=request_id)
    error = ERRORS.error(code, sub_code, text, request_id=request_id)
    error.retry_after_s = WAITS.get(code)
    return error


def token_request(config: ShopConfig, grant: Mapping[str, str]) -> Request:
    """A call of the older token address: JSON with the app's own key and secret."""
    kind = "authorization_code" if "code" in grant else "refresh_token"
    app = {"client_id": config.app.app_key, "client_secret": config.app.app_secret, "grant_type": kind}
    headers = {"content-type": _JSON, "accept": "application/json"}
    return Request("POST", config.token_url or "", headers, json.dumps({**app, **grant}).encode())


def open_legacy_token(reply: Reply) -> dict[str, Any]:
    """The token document of the older address; raises the typed error of a refusal."""
    check_http(reply, platform="pinduoduo")
    document = loads(to_text(reply.body, reply.headers))
    if isinstance(document, dict) and isinstance(failure := document.get("error_response"), dict):
        raise _failure(failure, "")
    inside = document if isinstance(document, dict) and document.get("access_token") else None
    inside = inside or (_only_object(document) if isinstance(document, dict) else None)
    if inside is None or not inside.get("access_token"):
        raise DecodeError("the token address answered without access_token", platform="pinduoduo", status=reply.status)
    return inside
