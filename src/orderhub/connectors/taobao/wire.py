"""Taobao open platform wire protocol: parameters, signature, envelope. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/taobao.md#protocol.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from orderhub.connectors.taobao.spec import ERRORS
from orderhub.errors import AuthError, DecodeError, OrderHubError, PlatformUnavailable, RateLimited
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "SIGNERS",
    "beijing",
    "canonical",
    "encode",
    "open_envelope",
    "open_token",
    "request",
    "sign",
    "token_request",
]

_BEIJING = timezone(timedelta(hours=8))
_BAN = re.compile(r"(\d{1,9})\s{1,9}more\s{1,9}second")
_FORM = "application/x-www-form-urlencoded;charset=utf-8"


def _md5(text: str, secret: str) -> bytes:
    return hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).digest()


def _hmac(algorithm: str) -> Callable[[str, str], bytes]:
    return lambda text, secret: hmac.new(secret.encode(), text.encode(), algorithm).digest()


SIGNERS: Mapping[str, Callable[[str, str], bytes]] = {
    "md5": _md5,
    "hmac": _hmac("md5"),
    "hmac-sha256": _hmac("sha256"),
}
"""sign_method -> (canonical text, app secret) -> digest."""


def canonical(parameters: Mapping[str, str]) -> str:
    """The signed text: name and value of every parameter but `sign`, by name in ASCII order, no separators."""
    return "".join(f"{name}{value}" for name, value in sorted(parameters.items()) if name != "sign" and value != "")


def sign(parameters: Mapping[str, str], secret: str) -> str:
    """Upper-case hex signature by the parameters' own `sign_method`."""
    return SIGNERS[parameters["sign_method"]](canonical(parameters), secret).hex().upper()


def beijing(instant: datetime) -> str:
    """An aware instant as `yyyy-MM-dd HH:mm:ss` in Beijing time."""
    return instant.astimezone(_BEIJING).isoformat(" ", "seconds")[:19]  # strftime takes twenty times as long


def encode(value: Any) -> str:
    """One parameter value as text: true/false, comma lists, objects as JSON, instants in Beijing time."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return beijing(value)
    if isinstance(value, Mapping) or (isinstance(value, list | tuple) and value and isinstance(value[0], Mapping)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, list | tuple):
        return ",".join(encode(item) for item in value)
    if isinstance(value, float):
        raise TypeError("amounts are Decimal, never float")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def request(
    config: ShopConfig, api: str, business: Mapping[str, Any], credentials: Credentials, at: datetime,
    files: Mapping[str, bytes] | None = None,
) -> Request:  # fmt: skip
    """One signed call; every parameter travels in the body, so that no secret stands in an address.

    Args:
        files: Uploads by the name of their parameter; they are not signed.
    """
    parameters = {
        "method": api, "app_key": credentials.app_key, "session": credentials.access_token or "", "format": "json",
        "timestamp": beijing(at), "v": "2.0", "sign_method": str(config.settings["sign_method"]), "simplify": "false",
    }  # fmt: skip
    parameters |= {name: encode(value) for name, value in business.items() if value is not None}
    parameters = {name: value for name, value in parameters.items() if value != ""}
    parameters["sign"] = sign(parameters, credentials.app_secret)
    kind, body = _multipart(parameters, files) if files else (_FORM, urlencode(parameters).encode())
    return Request("POST", config.base_url, {"content-type": kind, "accept": "application/json"}, body)


def _multipart(parameters: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Content type and body of an upload; the border follows from the content, so that no part can hold it."""
    content = b"".join(files.values()) + urlencode(parameters).encode()
    border = hashlib.sha256(content).hexdigest()[:32]
    head = 'content-disposition: form-data; name="{}"'
    parts = [f"{head.format(name)}\r\n\r\n{value}".encode() for name, value in parameters.items()]
    kind = "content-type: application/octet-stream"
    for name, data in files.items():
        parts.append(f'{head.format(name)}; filename="{name}"\r\n{kind}\r\n\r\n'.encode() + data)
    mark = f"--{border}\r\n".encode()
    body = b"".join(mark + part + b"\r\n" for part in parts) + f"--{border}--\r\n".encode()
    return f"multipart/form-data; boundary={border}", body


def open_envelope(api: str, reply: Reply) -> dict[str, Any]:
    """The inside of a success; raises the typed error of an `error_response`, which comes with HTTP 200.

    Raises:
        PlatformError: By the table of codes, with code, sub code, text and request id.
        DecodeError: Not a document of this API.
    """
    check_http(reply, platform="taobao")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict):
        raise DecodeError("expected an object as reply", platform="taobao", status=reply.status)
    if isinstance(failure := document.get("error_response"), dict):
        raise _failure(failure)
    name = api.removeprefix("taobao.").replace(".", "_") + "_response"
    inside = document.get(name, document if "request_id" in document else None)
    if not isinstance(inside, dict):
        raise DecodeError(f"the reply has no {name}", platform="taobao", path=name, status=reply.status)
    return inside


def _failure(failure: Mapping[str, Any]) -> OrderHubError:
    code, sub_code = str(failure.get("code", "")), failure.get("sub_code")
    words = [str(failure[name]) for name in ("msg", "sub_msg") if failure.get(name)]
    error = ERRORS.error(
        code, None if sub_code is None else str(sub_code), " / ".join(words) or "no text",
        request_id=str(failure["request_id"]) if failure.get("request_id") else None,
    )  # fmt: skip
    if isinstance(error, RateLimited):
        ban = _BAN.search(str(failure.get("sub_msg", "")))
        error.retry_after_s = float(ban.group(1)) if ban else 1.0
    return error


def token_request(config: ShopConfig, grant: Mapping[str, str]) -> Request:
    """A call of the token endpoint with the app's own key and secret in the body."""
    app = {"client_id": config.app.app_key, "client_secret": config.app.app_secret}
    return Request("POST", config.token_url or "", {"content-type": _FORM}, urlencode(app | dict(grant)).encode())


def open_token(reply: Reply) -> dict[str, Any]:
    """The token document; raises `AuthError` for a refusal."""
    if reply.status < 500 and reply.body[:1] == b"{":
        document = loads(to_text(reply.body, reply.headers))
        if isinstance(document, dict) and document.get("access_token"):
            return document
        if isinstance(document, dict) and (document.get("error") or document.get("error_response")):
            raise _refused(document)
    check_http(reply, platform="taobao")
    raise DecodeError("the token endpoint answered without access_token", platform="taobao", status=reply.status)


def _refused(document: Mapping[str, Any]) -> OrderHubError:
    if isinstance(inner := document.get("error_response"), dict):
        error = _failure(inner)
        if isinstance(error, RateLimited | PlatformUnavailable | AuthError):
            return error
        told = {"code": error.code, "sub_code": error.sub_code, "request_id": error.request_id}
        return AuthError(error.message, platform="taobao", **told)  # type: ignore[arg-type]
    return AuthError(
        f"{document.get('error_description') or document['error']}: the seller must authorise again",
        platform="taobao", code=str(document["error"]),
    )  # fmt: skip
