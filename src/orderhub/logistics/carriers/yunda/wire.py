"""Yunda's wire protocol: signature, request, reply. Pure; imports `kit`, `flow`, `common`.

Source: docs/platforms/yunda.md#protocol.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.logistics.carriers.common import md5_hex, said
from orderhub.logistics.carriers.yunda.spec import ERRORS
from orderhub.models.channel import Credentials

__all__ = ["VECTORS", "open_reply", "request", "sign"]


def sign(body: str, secret: str) -> str:
    """`sign` of exactly the body that is sent."""
    return md5_hex(f"{body}_{secret}")


VECTORS = (
    SignatureVector("query", lambda: sign('{"mailno":"4312345678901"}', "TESTSECRET"),
                    "933250cf695d2236a6ce52f3713a375e", "docs/platforms/yunda.md#protocol"),
)  # fmt: skip


def request(config: ShopConfig, api: str, document: Any, credentials: Credentials, at: datetime) -> Request:
    """One signed call."""
    body = document_bytes(document)
    headers = {
        "content-type": "application/json;charset=UTF-8", "accept": "application/json", "app-key": credentials.app_key,
        "req-time": str(int(at.timestamp() * 1000)), "sign": sign(body.decode(), credentials.app_secret),
    }  # fmt: skip
    return Request("POST", f"{config.base_url}/{api}", headers, body)


def open_reply(reply: Reply) -> Any:
    """The `data` of a success.

    Raises:
        RequestRejected: Result false; Yunda's code and words are kept.
        DecodeError: Not a reply of Yunda.
    """
    check_http(reply, platform="yunda")
    found = loads(to_text(reply.body, reply.headers))
    if not isinstance(found, dict) or "result" not in found:
        raise DecodeError("expected an object with result", platform="yunda", path="result", status=reply.status)
    if str(found["result"]).lower() == "true":
        return found.get("data")
    raise ERRORS.error(said(found, "code") or "false", None, said(found, "message") or "no text")
