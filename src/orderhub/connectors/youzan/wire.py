"""Youzan on the wire: addresses, envelope, errors, the proof of a push. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/youzan.md#protocol. Every reply has HTTP 200; which of three shapes an error has depends on who
refuses: gateway, token server, or the call itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orderhub.connectors.youzan.spec import ERRORS
from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.kit.webhook import check_signature, message_keys
from orderhub.models.channel import Credentials

__all__ = ["check_push", "failure_of", "open_reply", "push_sign", "request", "token_request"]

_JSON = {"content-type": "application/json", "accept": "application/json"}


def _body(document: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in document.items() if value is not None}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def request(config: ShopConfig, api: str, version: str, body: Mapping[str, Any], credentials: Credentials) -> Request:
    """One call; the token stands in the address, where alone it is read."""
    token = quote(credentials.access_token or "", safe="")
    return Request("POST", f"{config.base_url}/api/{api}/{version}?access_token={token}", _JSON, _body(body))


def token_request(config: ShopConfig, credentials: Credentials) -> Request:
    """The call of the token server, by key, secret and the shop's number."""
    body = {
        "client_id": credentials.app_key, "client_secret": credentials.app_secret, "authorize_type": "silent",
        "grant_id": str(config.settings["grant_id"] or ""), "refresh": True,
    }  # fmt: skip
    return Request("POST", config.token_url or "", _JSON, _body(body))


def failure_of(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """(code, message) of a refusal, None for a success."""
    gateway = document.get("gw_err_resp")
    if isinstance(gateway, Mapping):
        return str(gateway.get("err_code") or ""), str(gateway.get("err_msg") or "")
    old = document.get("error_response")
    if isinstance(old, Mapping):
        return str(old.get("code") or ""), str(old.get("msg") or old.get("message") or "")
    code = document.get("code")
    if document.get("success") is False or (code is not None and str(code) not in ("200", "0")):
        return str(code or ""), str(document.get("message") or document.get("msg") or "")
    return None


def trace_of(document: Mapping[str, Any]) -> str | None:
    """What the platform calls the reply."""
    inner = document.get("gw_err_resp")
    told = inner.get("trace_id") if isinstance(inner, Mapping) else document.get("trace_id")
    return str(told) if told else None


def open_reply(reply: Reply) -> Any:
    """`data` of a success (`response` of older calls); raises the typed error of a refusal."""
    check_http(reply, platform="youzan")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, Mapping):
        raise DecodeError("the reply is no object", platform="youzan", value=type(document).__name__, retryable=True)
    failure = failure_of(document)
    if failure is not None:
        raise ERRORS.error(failure[0], None, failure[1] or "no text", request_id=trace_of(document))
    return document["data"] if "data" in document else document.get("response")


def push_sign(app_key: str, app_secret: str, body: bytes) -> str:
    """Lower-case hex MD5 over key, raw body and secret."""
    return hashlib.md5(app_key.encode() + body + app_secret.encode(), usedforsecurity=False).hexdigest()


def check_push(config: ShopConfig, given: str | None, body: bytes) -> None:
    """Let a message pass that this app's secret signed; raises `SecurityError`, and nothing was parsed then."""
    key = config.app.app_key
    check_signature((given or "").lower(), message_keys(config.app), lambda secret: push_sign(key, secret, body),
                    platform="youzan")  # fmt: skip
