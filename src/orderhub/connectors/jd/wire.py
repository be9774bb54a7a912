"""The classic JD gateway: parameters, signature, envelope, and the token endpoint. Pure; imports `kit`, `flow`.

Source: docs/platforms/jd.md#classic, #replies, #oauth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from orderhub.connectors.jd.apis import APIS, Api
from orderhub.connectors.jd.codes import business_error, gateway_error
from orderhub.errors import AuthError, DecodeError, OrderHubError, RateLimited
from orderhub.flow.message import Reply, Request
from orderhub.kit.convert import masked
from orderhub.kit.exchange import check_http
from orderhub.kit.form import urlencode
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "beijing", "business_json", "canonical", "lookup", "open_envelope", "open_token", "request", "seek", "sign",
    "token_request",
]  # fmt: skip

_BEIJING = timezone(timedelta(hours=8))
_FORM = "application/x-www-form-urlencoded;charset=utf-8"
_DEPTH = 4


def canonical(parameters: Mapping[str, str]) -> str:
    """The signed text: name and value of every parameter that is sent but `sign`, by name in ASCII order."""
    return "".join(f"{name}{value}" for name, value in sorted(parameters.items()) if name != "sign" and value != "")


def sign(parameters: Mapping[str, str], secret: str) -> str:
    """Upper-case hexadecimal MD5 over secret, text, secret; the values as they are before URL encoding."""
    text = f"{secret}{canonical(parameters)}{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def beijing(instant: datetime) -> str:
    """An aware instant as `yyyy-MM-dd HH:mm:ss` in Beijing time."""
    return instant.astimezone(_BEIJING).isoformat(" ", "seconds")[:19]


def business_json(api: Api, business: Mapping[str, Any]) -> str:
    """The business parameters as one JSON text; where leaves must be flat, lists become comma-joined text."""
    given = {name: value for name, value in business.items() if value is not None}
    if not api.nested:
        given = {name: _flat(value) for name, value in given.items()}
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _flat(value: Any) -> Any:
    if isinstance(value, list | tuple) and not any(isinstance(item, Mapping) for item in value):
        return ",".join(str(item) for item in value)
    return value


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return beijing(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"cannot send {type(value).__name__}")


def request(
    config: ShopConfig, method: str, business: Mapping[str, Any], credentials: Credentials, at: datetime
) -> Request:
    """One signed call; every parameter travels in the body, so that no secret stands in an address."""
    parameters = {
        "method": method, "app_key": credentials.app_key, "access_token": credentials.access_token or "",
        "timestamp": beijing(at), "v": "2.0", "format": "json",
        "360buy_param_json": business_json(APIS[method], business),
    }  # fmt: skip
    parameters = {name: value for name, value in parameters.items() if value != ""}
    parameters["sign"] = sign(parameters, credentials.app_secret)
    headers = {"content-type": _FORM, "accept": "application/json"}
    return Request("POST", config.base_url, headers, urlencode(parameters).encode())


def lookup(document: Any, path: str) -> Any:
    """The value at a dotted path, None where the path ends early."""
    for name in path.split(".") if path else ():
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def seek(document: Any, key: str) -> Mapping[str, Any] | None:
    """The nearest object that has `key`, level by level, texts that hold an object opened; None when there is none."""
    level = [document]
    for _ in range(_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, Mapping):
                if key in item:
                    return item
                below += [_opened(value) for value in item.values()]
        level = below
    return None


def _opened(value: Any) -> Any:
    """An object that a service hands over as text."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            return loads(value)
        except DecodeError:
            return value
    return value


def open_envelope(method: str, reply: Reply) -> dict[str, Any]:
    """The inside of a success.

    Raises:
        PlatformError: By the tables of codes, with code and text; refusals come with HTTP 200.
        DecodeError: Not a document of this call, or its verdict is missing.
    """
    check_http(reply, platform="jd")
    document = loads(to_text(reply.body, reply.headers))
    if not isinstance(document, dict):
        raise DecodeError("expected an object as reply", platform="jd", status=reply.status)
    if isinstance(failure := document.get("error_response"), Mapping):
        raise _gateway(failure, _request_id(failure, reply))
    name = method.replace(".", "_")
    inside = document.get(f"{name}_responce", document.get(f"{name}_response"))
    if not isinstance(inside, dict):
        if "code" in document and ("errorMessage" in document or "zh_desc" in document):
            raise business_error(APIS[method].family, str(document["code"]), _told(document, APIS[method].words))
        raise DecodeError(f"the reply has no {name}_responce", platform="jd", path=name, status=reply.status)
    _judge(APIS[method], inside, _request_id(inside, reply))
    return inside


def _request_id(document: Mapping[str, Any], reply: Reply) -> str | None:
    found = document.get("request_id") or document.get("requestId") or reply.headers.get("x-request-id")
    return str(found) if found else None


def _gateway(failure: Mapping[str, Any], request_id: str | None) -> OrderHubError:
    words = " / ".join(str(failure[name]) for name in ("zh_desc", "en_desc") if failure.get(name))
    return gateway_error(str(failure.get("code", "")), words or "no text", request_id=request_id)


def _judge(api: Api, inside: Mapping[str, Any], request_id: str | None) -> None:
    """Raise for a no; the code of the envelope first, then the verdict of the call itself."""
    code = str(inside.get("code", "0"))
    if code not in ("0", "") and not (api.flag in ("code", "data") and code == "200"):
        raise business_error(api.family, code, _told(inside, api.words), request_id=request_id)
    holder = lookup(inside, api.at) if api.at else seek(inside, api.flag or "success")
    if api.flag is None:
        _plain_no(api, inside, holder, request_id)
        return
    if not isinstance(holder, Mapping):
        raise DecodeError(f"the reply has no verdict ({api.at or api.flag})", platform="jd", path=api.at or api.flag,
                          request_id=request_id)  # fmt: skip
    if api.parts and isinstance(lookup(holder, api.parts), list | dict):
        return
    verdict, code = holder.get(api.flag), _first(holder, api.codes)
    if api.flag == "data":
        if verdict is None or str(holder.get("code", "200")) not in ("200", "0"):
            raise business_error(api.family, code, _told(holder, api.words), request_id=request_id)
    elif str(verdict).lower() not in api.yes and code != "10100000":
        raise business_error(api.family, code, _told(holder, api.words), request_id=request_id)


def _plain_no(api: Api, inside: Mapping[str, Any], holder: Mapping[str, Any] | None, request_id: str | None) -> None:
    """Where no source names the verdict: a `success` that is not true is a no, and so is an inner code of refusal."""
    if holder is not None:
        if str(holder.get("success")).lower() != "true":
            raise business_error(api.family, _first(holder, api.codes), _told(holder, api.words), request_id=request_id)
        return
    for value in inside.values():
        inner = _opened(value)
        if isinstance(inner, Mapping) and str(inner.get("code", "0")) not in ("0", "200", ""):
            raise business_error(api.family, str(inner["code"]), _told(inner, api.words), request_id=request_id)


def _values(document: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    return (str(document[name]) for name in names if document.get(name) not in (None, "", {}, []))


def _first(document: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for value in _values(document, names) if value != "0"), "")


def _told(document: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return " / ".join(_values(document, names)) or "no text"


def token_request(url: str, grant: Mapping[str, str], app: Credentials) -> Request:
    """A call of the token endpoint with the app's own key and secret in the body."""
    fields = {"app_key": app.app_key, "app_secret": app.app_secret} | dict(grant)
    return Request("POST", url, {"content-type": _FORM}, urlencode(fields).encode())


def open_token(reply: Reply) -> dict[str, Any]:
    """The token document.

    Raises:
        AuthError: A refusal, with the platform's code and text.
    """
    if reply.status < 500 and reply.body[:1] == b"{":
        document = loads(to_text(reply.body, reply.headers))
        if isinstance(document, dict) and document.get("access_token") and str(document.get("code", "0")) == "0":
            return document
        if isinstance(document, dict) and (refused := document.get("error_response", document)):
            raise _refused(refused if isinstance(refused, Mapping) else document)
    check_http(reply, platform="jd")
    raise DecodeError("the token endpoint answered without access_token", platform="jd", status=reply.status)


def _refused(document: Mapping[str, Any]) -> OrderHubError:
    code = str(document.get("code") or document.get("error") or "")
    words = _told(document, ("msg", "zh_desc", "en_desc", "error_description", "message"))
    if not code:
        return DecodeError(f"the token endpoint answered {masked(document)} without a code", platform="jd")
    known = gateway_error(code, words)
    request_id = str(document["requestId"]) if document.get("requestId") else None
    if isinstance(known, RateLimited):
        return known
    return AuthError(f"{words}: the seller must authorise again", platform="jd", code=code, request_id=request_id)
