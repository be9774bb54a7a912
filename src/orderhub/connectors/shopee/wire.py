"""Shopee on the wire: signature, requests, envelopes, push proof. Pure; imports `kit`, `flow`, `errors`.

The body is not signed: the base is partner, path, stamp and, for calls of a shop, its token and id.
Source: docs/platforms/shopee.md#signature.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from orderhub.connectors.shopee.spec import ERRORS, STAMP_LIFE
from orderhub.errors import (
    AuthError,
    ClockSkewed,
    ConfigurationError,
    DecodeError,
    NotFound,
    PermissionDenied,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    SignatureRejected,
)
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.kit.webhook import check_hmac, message_keys
from orderhub.models.channel import Credentials

__all__ = [
    "ROOT", "authorize_address", "check_push", "error_of", "open_envelope", "open_token", "push_sign", "request",
    "shop_number", "sign", "token_request",
]  # fmt: skip

ROOT = "/api/v2"
"""What every path starts with; it is signed as part of the path, whatever stands before it behind a proxy."""
_JSON = "application/json"
_TOKEN_PATHS = ("/auth/token/get", "/auth/access_token/get")


def sign(partner_key: str, partner_id: str, path: str, stamp: int, token: str = "", owner: str = "") -> str:
    """Lower-case hex HMAC-SHA256. Calls of a shop (or merchant) add its token and id, public ones nothing."""
    base = f"{partner_id}{path}{stamp}{token}{owner}"
    return hmac.new(partner_key.encode(), base.encode(), hashlib.sha256).hexdigest()


def push_sign(partner_key: str, callback_url: str, body: bytes) -> str:
    """What a push has in `Authorization`."""
    return hmac.new(partner_key.encode(), f"{callback_url}|".encode() + body, hashlib.sha256).hexdigest()


def check_push(config: ShopConfig, headers: Mapping[str, str], body: bytes) -> None:
    """Let a push pass that the partner key signed for our own address.

    Raises:
        ConfigurationError: `callback_url` is not set.
        SecurityError: Forged, altered or meant for another address.
    """
    url = str(config.settings["callback_url"] or "")
    if not url:
        raise ConfigurationError(
            "callback_url is needed: it is part of a push's signature", platform="shopee", field="callback_url"
        )
    given = {name.lower(): value for name, value in headers.items()}.get("authorization")
    check_hmac(f"{url}|".encode() + body, given, message_keys(config.app), platform="shopee")


def shop_number(config: ShopConfig) -> int:
    """The platform's own number of the shop.

    Raises:
        ConfigurationError: Neither the connection's name nor `partner_shop_id` is a number.
    """
    given = str(config.settings["partner_shop_id"] or config.shop_id)
    if not (given.isascii() and given.isdigit()):
        raise ConfigurationError(
            "the platform's shop_id is a number: name the shop by it, or give partner_shop_id", platform="shopee",
            field="partner_shop_id",
        )  # fmt: skip
    return int(given)


def request(
    config: ShopConfig, name: str, credentials: Credentials, at: datetime, query: Mapping[str, Any],
    body: Mapping[str, Any] | None, *, level: str = "shop",
) -> Request:  # fmt: skip
    """One signed call of `name`, e.g. `order/get_order_list`; with a body it is a POST, without one a GET."""
    stamp, path, partner = int(at.timestamp()), f"{ROOT}/{name}", credentials.app_key
    signed: dict[str, Any] = {"partner_id": partner, "timestamp": stamp}
    if level == "shop":
        token, shop = credentials.access_token or "", str(shop_number(config))
        signed |= {"access_token": token, "shop_id": shop}
        signed["sign"] = sign(credentials.app_secret, partner, path, stamp, token, shop)
    else:
        signed["sign"] = sign(credentials.app_secret, partner, path, stamp)
    asked = {key: _word(value) for key, value in query.items() if value is not None}
    url = f"{config.base_url.rstrip('/')}/{name}?{urlencode({**signed, **asked})}"
    if body is None:
        return Request("GET", url, {"accept": _JSON}, b"")
    return Request("POST", url, {"content-type": _JSON, "accept": _JSON}, _bytes(body))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _bytes(body: Mapping[str, Any]) -> bytes:
    sent = {name: value for name, value in body.items() if value is not None}
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()


def token_request(config: ShopConfig, name: str, at: datetime, grant: Mapping[str, Any]) -> Request:
    """A call of the token server, signed for the app alone; the app's number stands in the body too."""
    app, stamp = config.app, int(at.timestamp())
    signed = sign(app.app_secret, app.app_key, f"{ROOT}/{name}", stamp)
    root = (config.token_url or config.base_url).rstrip("/")
    for path in _TOKEN_PATHS:
        root = root.removesuffix(path)
    query = urlencode({"partner_id": app.app_key, "timestamp": stamp, "sign": signed})
    body = {**grant, "partner_id": int(app.app_key) if app.app_key.isdigit() else app.app_key}
    return Request("POST", f"{root}/{name}?{query}", {"content-type": _JSON, "accept": _JSON}, _bytes(body))


def authorize_address(config: ShopConfig, at: datetime, redirect: str) -> str:
    """Where a seller authorises the app, at the gateway of the shop's region; good for five minutes."""
    app, stamp = config.app, int(at.timestamp())
    signed = sign(app.app_secret, app.app_key, f"{ROOT}/shop/auth_partner", stamp)
    query = {"partner_id": app.app_key, "timestamp": stamp, "sign": signed, "redirect": redirect}
    return f"{config.base_url.rstrip('/')}/shop/auth_partner?{urlencode(query)}"


def open_envelope(reply: Reply, config: ShopConfig, sent_at: datetime | None = None) -> tuple[Any, str | None]:
    """(`response`, request id) of a success; raises the typed error of an `error` that is not empty.

    Args:
        sent_at: The stamp of the call, to tell a clock that is off from other refusals.
    """
    document = _document(reply, config)
    if code := _code(document):
        raise error_of(document, code, config, reply, sent_at)
    check_http(reply, platform="shopee")
    if "response" not in document and "error" not in document:
        raise DecodeError("the reply has neither error nor response", platform="shopee", status=reply.status)
    return document.get("response"), _id(document)


def _document(reply: Reply, config: ShopConfig) -> dict[str, Any]:
    if reply.status == 429 or reply.status >= 500 or reply.body.lstrip()[:1] != b"{":
        check_http(reply, platform="shopee")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict):
        raise DecodeError("the reply is not an object", platform="shopee", status=reply.status)
    return document


def _code(document: Mapping[str, Any]) -> str:
    found = document.get("error")
    return "" if found in (None, "", "-", 0) else str(found)


def _id(document: Mapping[str, Any]) -> str | None:
    found = document.get("request_id")
    return str(found) if found else None


def error_of(
    document: Mapping[str, Any], code: str, config: ShopConfig, reply: Reply | None = None,
    sent_at: datetime | None = None,
) -> PlatformError:  # fmt: skip
    """The error of a refusal. Codes whose spelling no source tells are settings; none tells of a lapsed stamp."""
    told, settings = str(document.get("message") or code), config.settings
    context: dict[str, Any] = {"platform": "shopee", "code": code, "request_id": _id(document)}
    if reply is not None and sent_at is not None and _is_off(reply, sent_at):
        return ClockSkewed(told, **context)
    for name, kind in _BY_SETTING:
        if code in tuple(settings[name]):
            return kind(told, **context)
    return ERRORS.error(code, None, told, request_id=context["request_id"])


_BY_SETTING: tuple[tuple[str, type[PlatformError]], ...] = (
    ("sign_codes", SignatureRejected), ("permission_codes", PermissionDenied), ("server_codes", PlatformUnavailable),
    ("limit_codes", RateLimited), ("missing_codes", NotFound),
)  # fmt: skip


def _is_off(reply: Reply, sent_at: datetime) -> bool:
    """Whether the server's own date says that the stamp could not be taken."""
    stated = reply.headers.get("date")
    try:
        at = parsedate_to_datetime(stated) if stated else None
    except ValueError:
        return False
    return at is not None and at.tzinfo is not None and abs(at - sent_at) > STAMP_LIFE


def open_token(reply: Reply, config: ShopConfig) -> dict[str, Any]:
    """The token document, flat; raises `AuthError` for a refusal."""
    document = _document(reply, config)
    if code := _code(document):
        error = error_of(document, code, config)
        if isinstance(error, RateLimited | PlatformUnavailable | SignatureRejected):
            raise error
        raise AuthError(
            f"{error.message}: the seller must authorise again", platform="shopee", code=code, request_id=_id(document)
        )
    check_http(reply, platform="shopee")
    if not document.get("access_token"):
        raise DecodeError("the token server answered without access_token", platform="shopee", status=reply.status)
    return document
