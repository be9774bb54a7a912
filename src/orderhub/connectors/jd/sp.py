"""The newer JD gateway (SP-API): signed headers, REST paths, its envelope. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/jd.md#sp-api.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from orderhub.connectors.jd.codes import ERRORS, TOKEN_WORDS, business_error, gateway_error
from orderhub.errors import AuthError, DecodeError, NotFound, OrderHubError, PermissionDenied, RequestRejected
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = ["base_of", "open_reply", "request", "sign"]

PRODUCTION = "https://api-cn.jd.com/rest"
_BY_STATUS = {401: AuthError, 403: PermissionDenied, 404: NotFound}


def base_of(config: ShopConfig) -> str:
    """Where the SP-API is spoken: an address that was given, or the server of the given one, or production."""
    parts = urlsplit(config.base_url)
    if parts.path.rstrip("/") != "/routerjson":
        return config.base_url.rstrip("/")
    return PRODUCTION if parts.hostname == "api.jd.com" else f"{parts.scheme}://{parts.netloc}/rest"


def sign(signed: Mapping[str, str], secret: str) -> str:
    """Upper-case hexadecimal MD5 over secret, names and values by name, secret.

    Args:
        signed: The signed headers by their names, raw query and path values, and the body under its own key.
    """
    text = "".join(f"{name}{value}" for name, value in sorted(signed.items()))
    return hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def request(
    config: ShopConfig, verb: str, path: str, given: Mapping[str, Any], credentials: Credentials, at: datetime
) -> Request:
    """One signed call.

    Args:
        path: With placeholders such as `{orderId}`; what `given` holds for them goes into the path.
        given: Query parameters of GET and DELETE, else the members of the JSON body.
    """
    places = {name: str(value) for name, value in given.items() if f"{{{name}}}" in path}
    rest = {name: value for name, value in given.items() if name not in places and value is not None}
    headers = {"X-JOS-App-Key": credentials.app_key, "X-JOS-Access-Token": credentials.access_token or "",
               "X-JOS-Timestamp": str(int(at.timestamp() * 1000))}  # fmt: skip
    query = {name: _query(value) for name, value in rest.items()} if verb in ("GET", "DELETE") else {}
    body = json.dumps(rest, ensure_ascii=False, separators=(",", ":")) if rest and not query else ""
    signed = headers | query | places | ({str(config.settings["sp_body_key"]): body} if body else {})
    sent = {**headers, "X-JOS-Sign": sign(signed, credentials.app_secret), "X-JOS-Request-Identity": "vender",
            "accept": "application/json"}  # fmt: skip
    if body:
        sent["content-type"] = "application/json"
    for name, value in places.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return Request(verb, f"{base_of(config)}{path}{'?' + urlencode(query) if query else ''}", sent, body.encode())


def _query(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def open_reply(family: str, reply: Reply) -> dict[str, Any]:
    """The document of a success, its `data` and paging inside.

    Raises:
        PlatformError: The first of `errorList`, by the tables of codes.
        DecodeError: Not a document of this gateway.
    """
    if reply.body[:1] != b"{" or reply.status in (429,) or reply.status >= 500:
        check_http(reply, platform="jd")
    document = loads(to_text(reply.body, reply.headers))
    if isinstance(document, dict) and isinstance(document.get("Response"), dict):
        document = document["Response"]
    if not isinstance(document, dict) or "success" not in document:
        raise DecodeError("the reply has no success", platform="jd", path="success", status=reply.status)
    if str(document["success"]).lower() == "true":
        return document
    raise _refusal(family, document, reply.status)


def _refusal(family: str, document: Mapping[str, Any], status: int) -> OrderHubError:
    """By the code; a code that no table lists is judged by words about tokens, then by the HTTP status."""
    rows = document.get("errorList")
    first = rows[0] if isinstance(rows, list) and rows else rows if isinstance(rows, dict) else {}
    extension = document.get("extension")
    request_id = extension.get("requestId") if isinstance(extension, Mapping) else None
    told = {"request_id": str(request_id) if request_id else None, "status": status}
    code = str(first.get("code", ""))
    words = " / ".join(str(first[name]) for name in ("message", "details") if first.get(name)) or "no text"
    if code in ERRORS.exact or any(word in words.lower() for word in TOKEN_WORDS):
        return gateway_error(code, words, **told)
    error = business_error(family, code, words, **told)
    kind = _BY_STATUS.get(status) if type(error) is RequestRejected else None
    return kind(words, platform="jd", code=code, **told) if kind else error  # type: ignore[arg-type]
