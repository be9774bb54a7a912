"""Suning open platform wire protocol: body, headers, signature, envelope. Pure; imports `kit`, `flow`, `errors`.

Source: docs/platforms/suning.md#protocol.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from orderhub.connectors.suning.spec import ERRORS
from orderhub.errors import (
    AuthError,
    DecodeError,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    SignatureRejected,
)
from orderhub.flow.message import Reply, Request
from orderhub.kit.convert import masked, rows_of
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = [
    "Answer", "beijing", "body_of", "confirmed", "failure_of", "open_envelope", "open_token", "plain", "request",
    "sign", "token_request",
]  # fmt: skip

_BEIJING = timezone(timedelta(hours=8))
_JSON = "application/json;charset=UTF-8"
_FORM = "application/x-www-form-urlencoded;charset=utf-8"


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """The inside of a success: `head` with the paging figures, `body` with one entry by the call's business name."""

    head: Mapping[str, Any]
    body: Mapping[str, Any]

    def inside(self, name: str) -> Any:
        """What stands under the business name, or under the only name there is; None when the body is empty."""
        if name in self.body or len(self.body) != 1:
            return self.body.get(name)
        return next(iter(self.body.values()))

    def rows(self, name: str) -> list[Any]:
        """The rows of a list, however it is wrapped."""
        return rows_of(self.inside(name))


def beijing(instant: datetime) -> str:
    """An aware instant as `yyyy-MM-dd HH:mm:ss` in Beijing time."""
    return instant.astimezone(_BEIJING).isoformat(" ", "seconds")[:19]


def plain(value: Any) -> Any:
    """A parameter as the platform wants it: every scalar as text, instants in Beijing time, None left out."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | float):
        raise TypeError("no truth values and no floats on this wire")
    if isinstance(value, datetime):
        return beijing(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def body_of(business: str, parameters: Mapping[str, Any]) -> bytes:
    """The request document; exactly these bytes are signed and sent."""
    document = {"sn_request": {"sn_body": {business: plain(parameters)}}}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def sign(app_secret: str, method: str, time: str, app_key: str, version: str, body: bytes) -> str:
    """Lower-case hex MD5 over the parts in this order; the body as Base64."""
    text = app_secret + method + time + app_key + version + base64.b64encode(body).decode("ascii")
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def request(
    config: ShopConfig,
    method: str,
    business: str,
    parameters: Mapping[str, Any],
    credentials: Credentials,
    at: datetime,
) -> Request:
    """One signed call. The access token, which only apps of the service market have, is not signed."""
    body, time, version = body_of(business, parameters), beijing(at), str(config.settings["version"])
    headers = {
        "AppMethod": method, "AppRequestTime": time, "AppKey": credentials.app_key, "VersionNo": version,
        "Format": "json", "content-type": _JSON, "accept": "application/json",
        "signInfo": sign(credentials.app_secret, method, time, credentials.app_key, version, body),
    }  # fmt: skip
    if credentials.access_token:
        headers["access_token"] = credentials.access_token
    url = f"{config.base_url.rstrip('/')}/{method}" if config.settings["method_in_path"] else config.base_url
    return Request("POST", url, headers, body)


def open_envelope(reply: Reply, config: ShopConfig) -> Answer:
    """The inside of a success; raises the typed error of an `sn_error`, which comes with HTTP 200.

    Raises:
        PlatformError: By the table of codes; `NotFound` for "no result".
        DecodeError: Not a document of this platform.
    """
    check_http(reply, platform="suning")
    document = loads(to_text(reply.body, reply.headers))
    content = document.get("sn_responseContent") if isinstance(document, dict) else None
    if not isinstance(content, dict):
        raise DecodeError(
            "the reply has no sn_responseContent", platform="suning", path="sn_responseContent", status=reply.status
        )
    if isinstance(failure := content.get("sn_error"), dict) and failure:
        raise failure_of(failure, config)
    head, body = content.get("sn_head") or {}, content.get("sn_body") or {}
    if not isinstance(head, dict) or not isinstance(body, dict):
        raise DecodeError("sn_head and sn_body must be objects", platform="suning", path="sn_body", status=reply.status)
    return Answer(head, body)


def failure_of(failure: Mapping[str, Any], config: ShopConfig) -> PlatformError:
    """The error of an `sn_error`; codes that no source documents are settings."""
    code = str(failure.get("error_code") or "")
    told = str(failure.get("error_msg") or code or "no text")
    if _starts(code, config.settings["signature_codes"]):
        return SignatureRejected(told, platform="suning", code=code)
    if _starts(code, config.settings["limit_codes"]):
        return RateLimited(told, platform="suning", code=code, retry_after_s=1.0)
    error = ERRORS.error(code, code, told)
    error.sub_code = None  # the whole word is the code; there is no second one
    return error


def _starts(code: str, prefixes: Any) -> bool:
    return code.startswith((prefixes,) if isinstance(prefixes, str) else tuple(prefixes)) if prefixes else False


def confirmed(answer: Answer, business: str) -> Answer:
    """The answer of a write, unless its `result` says no.

    Raises:
        RequestRejected: `result` is N.
    """
    rows = answer.rows(business)
    words = [row.get("result") for row in rows if isinstance(row, Mapping)]
    if refused := next((word for word in words if word not in (None, "", "Y")), None):
        raise RequestRejected(
            f"the platform answered without a code that it did not do it (result {masked(refused)})",
            platform="suning", code="result", path=f"{business}.result",
        )  # fmt: skip
    return answer


def token_request(config: ShopConfig, grant: Mapping[str, str]) -> Request:
    """A call of the token endpoint with the app's own key and secret in the body."""
    app = {"client_id": config.app.app_key, "client_secret": config.app.app_secret}
    sent = {name: value for name, value in {**grant, **app}.items() if value}
    return Request("POST", config.token_url or "", {"content-type": _FORM}, urlencode(sent).encode())


def open_token(reply: Reply, config: ShopConfig) -> dict[str, Any]:
    """The token document; raises `AuthError` for a refusal, whose form is not documented."""
    if reply.status < 500 and reply.status != 429 and reply.body.lstrip()[:1] == b"{":
        document = loads(to_text(reply.body, reply.headers))
        if isinstance(document, dict) and document.get("access_token"):
            return document
        if isinstance(document, dict) and (refusal := _refusal(document)):
            raise _refused(refusal, config)
    check_http(reply, platform="suning")
    raise DecodeError("the token endpoint answered without access_token", platform="suning", status=reply.status)


def _refusal(document: Mapping[str, Any]) -> dict[str, str]:
    """Code and text of a refusal in the gateway's form, in that of OAuth, or bare."""
    content = document.get("sn_responseContent")
    inner = content.get("sn_error") if isinstance(content, Mapping) else document
    if not isinstance(inner, Mapping):
        return {}
    code = inner.get("error_code") or inner.get("error")
    text = inner.get("error_msg") or inner.get("error_description")
    return {"error_code": str(code), "error_msg": str(text or code)} if code else {}


def _refused(refusal: Mapping[str, str], config: ShopConfig) -> PlatformError:
    error = failure_of(refusal, config)
    if isinstance(error, AuthError | RateLimited | PlatformUnavailable):
        return error
    return AuthError(
        f"{refusal['error_msg']}: the seller must authorise again", platform="suning", code=refusal["error_code"]
    )
