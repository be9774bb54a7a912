"""STO's wire protocol: digest, form, reply in two notations, push. Pure; imports `kit`, `flow`, `common`.

Source: docs/platforms/sto.md#protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.logistics.carriers.common import check_push, form_of, md5_base64, said
from orderhub.logistics.carriers.sto.spec import ERRORS, RECEIVERS
from orderhub.models.channel import Credentials

__all__ = ["VECTORS", "digest", "open_push", "open_reply", "push_answer", "request"]

_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
_FIELD = re.compile(r"<(\w+)>([^<]*)</\1>")


def digest(content: str, secret: str) -> str:
    """`data_digest` of exactly the text that is sent as `content`."""
    return md5_base64(content + secret)


VECTORS = (
    SignatureVector("query", lambda: digest('{"order":"desc","waybillNoList":["773031309794393"]}', "TESTSECRET"),
                    "z/qV59LEMQZWvdBcLhzntg==", "docs/platforms/sto.md#protocol"),
)  # fmt: skip


def request(config: ShopConfig, api: str, document: Any, credentials: Credentials) -> Request:
    """One signed call."""
    content = document_bytes(document).decode()
    form = {
        "content": content, "data_digest": digest(content, credentials.app_secret), "api_name": api,
        "from_appkey": credentials.app_key, "from_code": config.settings["from_code"] or credentials.app_key,
        "to_appkey": RECEIVERS[api], "to_code": RECEIVERS[api],
    }  # fmt: skip
    return Request(
        "POST", config.base_url, {"content-type": _FORM, "accept": "application/json"}, urlencode(form).encode()
    )


def open_reply(reply: Reply) -> Any:
    """The `data` of a success.

    Raises:
        PlatformError: STO says no; retryable when it asks for a repeat.
        DecodeError: Not a reply of STO, or a success in XML, whose data has no documented form.
    """
    check_http(reply, platform="sto")
    text = to_text(reply.body, reply.headers).strip()
    found = dict(_fields(text)) if text.startswith("<response>") else loads(text)
    if not isinstance(found, dict) or "success" not in found:
        raise DecodeError("expected a reply with success", platform="sto", path="success", status=reply.status)
    if str(found["success"]).lower() == "true":
        if text.startswith("<"):
            raise DecodeError("a success in XML; ask STO for JSON replies", platform="sto", path="response")
        return found.get("data")
    error = ERRORS.error(said(found, "errorCode") or "false", None, said(found, "errorMsg") or "no text")
    error.retryable = str(found.get("needRetry")).lower() == "true"
    raise error


def _fields(xml: str) -> list[tuple[str, str]]:
    return [(name, unescape(value)) for name, value in _FIELD.findall(xml)]


def open_push(headers: Mapping[str, str], body: bytes, keys: Iterable[str]) -> Mapping[str, Any]:
    """One pushed trace with its waybill number.

    Raises:
        SecurityError: The digest does not match.
        DecodeError: Not such a push.
    """
    form = form_of(headers, body, "sto")
    content = form.get("content", "")
    check_push(lambda key: md5_base64(content + key), form.get("data_digest"), keys, "sto")
    found = loads(content)
    trace = found.get("trace") if isinstance(found, dict) else None
    if not isinstance(trace, dict):
        raise DecodeError("the push holds no trace", platform="sto", path="content.trace")
    return {"waybillNo": found.get("waybillNo"), **trace}


def push_answer(accepted: bool, reason: str = "") -> bytes:
    """What to answer a push with, in the envelope of STO's own replies (its form is UNVERIFIED)."""
    return document_bytes({"success": str(accepted).lower(), "errorCode": "", "errorMsg": reason})
