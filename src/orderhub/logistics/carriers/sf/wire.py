"""SF's wire protocol: signature, form, two-level reply, push. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/carriers.md#sf-express.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from urllib.parse import quote_plus, urlencode

from orderhub.errors import ConfigurationError, DecodeError, OrderHubError, SignatureRejected
from orderhub.flow.message import Reply, Request
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.logistics.carriers.sf.spec import ERRORS
from orderhub.models.channel import Credentials

__all__ = [
    "DIGESTS",
    "VECTORS",
    "beijing",
    "digest",
    "java_url_encode",
    "open_envelope",
    "open_push",
    "push_answer",
    "request",
]

_BEIJING = timezone(timedelta(hours=8))
_FORM = "application/x-www-form-urlencoded;charset=UTF-8"


def java_url_encode(text: str) -> str:
    """Percent-encoding as Java's `URLEncoder` does it: space is `+`, `*` stays, `~` does not."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def _md5(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def _sm3(text: str) -> str:
    try:
        return hashlib.new("sm3", text.encode()).hexdigest()
    except ValueError:
        raise ConfigurationError(
            "this Python's OpenSSL has no SM3; use an application with standard_md5 or another OpenSSL build"
        ) from None


DIGESTS: Mapping[str, Callable[[str], str]] = {
    "standard_md5": lambda text: _md5(java_url_encode(text)),
    "simple_md5": _md5,
    "sm3": _sm3,
}
"""signature_algorithm -> (message + timestamp + check word) -> msgDigest."""


_ROUTES = '{"language":"zh-CN","trackingType":"1","trackingNumber":["SF1011603494291"],"methodType":"1"}'
_CORNERS = """{"name":"测试 *~-_.!'()&+/="}"""


def digest(algorithm: str, message: str, timestamp: str, check_word: str) -> str:
    """The `msgDigest` of exactly the text that is sent as `msgData`."""
    return DIGESTS[algorithm](message + timestamp + check_word)


VECTORS = tuple(
    SignatureVector(f"{algorithm}, {name}", partial(digest, algorithm, message, "1700000000000", word), expected,
                    "docs/platforms/sf.md#protocol")
    for algorithm, name, message, word, expected in (
        ("standard_md5", "routes", _ROUTES, "testCheckWord123", "SQ5/u86q8RY/AC6ic2V9Tg=="),
        ("simple_md5", "routes", _ROUTES, "testCheckWord123", "ZAK3i5ZMwOMfm1SxnLvoag=="),
        ("standard_md5", "corner characters", _CORNERS, "cw", "qzg3VACir0iyHkeAkqR5wQ=="),
        ("simple_md5", "corner characters", _CORNERS, "cw", "GEyzMbENE3GJiMzXaGApEg=="),
    )
)  # fmt: skip
"""Those that every Python can calculate; SM3 depends on its OpenSSL."""


def beijing(instant: datetime) -> str:
    """An aware instant as `yyyy-MM-dd HH:mm:ss` in Beijing time."""
    return instant.astimezone(_BEIJING).isoformat(" ", "seconds")[:19]


def request(
    config: ShopConfig, service: str, message: str, request_id: str, credentials: Credentials, at: datetime
) -> Request:
    """One signed call of `service`; `message` is the JSON text, `request_id` at most 40 characters."""
    stamp = str(int(at.timestamp() * 1000))
    form = {
        "partnerID": credentials.app_key,
        "requestID": request_id,
        "serviceCode": service,
        "timestamp": stamp,
        "msgDigest": digest(
            str(config.settings["signature_algorithm"]), message, stamp, credentials.app_secret
        ),
        "msgData": message,
    }  # fmt: skip
    return Request(
        "POST", config.base_url, {"content-type": _FORM, "accept": "application/json"}, urlencode(form).encode()
    )


def open_envelope(reply: Reply) -> Any:
    """The `msgData` of a success; raises what either level of the reply says no to.

    Raises:
        PlatformError: By the table of codes; `code` is the gateway's, `sub_code` the operation's.
        DecodeError: Not a reply of this gateway.
    """
    check_http(reply, platform="sf")
    outer = loads(to_text(reply.body, reply.headers))
    if not isinstance(outer, dict):
        raise DecodeError("expected an object as reply", platform="sf", status=reply.status)
    if "apiResultCode" not in outer and "success" in outer:
        return _inside(outer, None)
    code, request_id = outer.get("apiResultCode"), outer.get("apiResponseID")
    known = str(request_id) if request_id else None
    if not isinstance(code, str):
        raise DecodeError("the reply has no apiResultCode", platform="sf", path="apiResultCode", status=reply.status)
    if code != "A1000":
        raise _refused(code, None, outer.get("apiErrorMsg"), known)
    found = outer.get("apiResultData")
    inner = loads(found) if isinstance(found, str) else found
    if not isinstance(inner, dict):
        raise DecodeError(
            "apiResultData holds no object", platform="sf", path="apiResultData", request_id=known, retryable=True
        )
    return _inside(inner, known)


def _inside(inner: Mapping[str, Any], request_id: str | None) -> Any:
    if str(inner.get("success")).lower() == "true":
        found: Any = next((inner[name] for name in ("msgData", "obj", "data") if inner.get(name) is not None), {})
        return loads(found) if isinstance(found, str) and found[:1] in ("{", "[") else found
    words = next((inner[name] for name in ("errorMsg", "errorMessage", "message") if inner.get(name)), None)
    code = inner.get("errorCode")
    if code is None and words is None:
        raise DecodeError("the reply says neither success nor error", platform="sf", request_id=request_id)
    raise _refused("A1000", None if code is None else str(code), words, request_id)


def _refused(code: str, sub_code: str | None, words: Any, request_id: str | None) -> OrderHubError:
    error = ERRORS.error(code, sub_code, str(words) if words else "no text", request_id=request_id)
    if isinstance(error, SignatureRejected):
        error.message += "; check the check word (app_secret) and the setting signature_algorithm of this application"
    return error


def open_push(headers: Mapping[str, str], body: bytes) -> list[Any]:
    """The route nodes of a JSON push (`RoutePushService`); pushes carry no signature.

    Raises:
        DecodeError: Not such a push, e.g. the XML form: choose JSON on the platform.
    """
    text = to_text(body, headers)
    if text[:1].lstrip() == "<" or text.startswith("content="):
        raise DecodeError("an XML push; choose the JSON format for route pushes on the platform", platform="sf")
    document = loads(text)
    inner = document.get("Body") if isinstance(document, dict) else None
    nodes = inner.get("WaybillRoute") if isinstance(inner, dict) else None
    found = [nodes] if isinstance(nodes, dict) else nodes
    if not isinstance(found, list):
        raise DecodeError("the push holds no WaybillRoute", platform="sf", path="Body.WaybillRoute")
    return found


def push_answer(accepted: bool) -> bytes:
    """What to answer a push with: accepted, or please send it again."""
    words = ("0000", "成功") if accepted else ("1000", "失败")
    return f'{{"return_code":"{words[0]}","return_msg":"{words[1]}"}}'.encode()
