"""ZTO's wire protocol: digest, request, reply, push. Pure; imports `kit`, `flow`, `common`.

Source: docs/platforms/zto.md#protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.logistics.carriers.common import check_push, form_of, md5_base64, said
from orderhub.logistics.carriers.zto.spec import ERRORS
from orderhub.models.channel import Credentials

__all__ = ["VECTORS", "digest", "open_push", "open_reply", "push_answer", "request"]


def digest(body: str, secret: str) -> str:
    """`x-datadigest` of exactly the text that is sent."""
    return md5_base64(body + secret)


VECTORS = (
    SignatureVector("query body", lambda: digest('{"billCode":"75331234567890"}', "TESTSECRET"),
                    "tdahOmw2Gu4E+DKi2yxQlA==", "docs/platforms/zto.md#protocol"),
)  # fmt: skip


def request(config: ShopConfig, api: str, document: Any, credentials: Credentials) -> Request:
    """One signed call."""
    body = document_bytes(document)
    headers = {
        "content-type": "application/json;charset=UTF-8", "accept": "application/json",
        "x-companyid": credentials.app_key, "x-datadigest": digest(body.decode(), credentials.app_secret),
    }  # fmt: skip
    return Request("POST", f"{config.base_url}/{api}", headers, body)


def open_reply(reply: Reply) -> Any:
    """The `result` of a success.

    Raises:
        PlatformError: Status false; by the table of codes.
        DecodeError: Not a reply of ZTO.
    """
    check_http(reply, platform="zto")
    found = loads(to_text(reply.body, reply.headers))
    if not isinstance(found, dict) or "status" not in found:
        raise DecodeError("expected an object with status", platform="zto", path="status", status=reply.status)
    if str(found["status"]).lower() == "true":
        return found.get("result")
    raise ERRORS.error(said(found, "statusCode") or "false", None, said(found, "message") or "no text")


def open_push(headers: Mapping[str, str], body: bytes, keys: Iterable[str]) -> dict[str, Any]:
    """The document of a track push.

    Raises:
        SecurityError: The digest does not match.
        DecodeError: Not such a push.
    """
    form = form_of(headers, body, "zto")
    text = form.get("data", "")
    check_push(lambda key: md5_base64(text + key), form.get("data_digest"), keys, "zto")
    found = loads(text)
    if not isinstance(found, dict) or form.get("msg_type") != "Traces":
        raise DecodeError("not a push of traces", platform="zto", path="msg_type")
    return found


def push_answer(accepted: bool, message: str = "") -> bytes:
    """What to answer a push with: accepted, or please send it again."""
    return document_bytes({"status": accepted, "message": message, "result": "", "statusCode": ""})
