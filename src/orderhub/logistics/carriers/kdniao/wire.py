"""Kdniao's wire protocol: signature, form, reply, push. Pure; imports `kit`, `flow`, `common`.

Source: docs/platforms/kdniao.md#protocol.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from orderhub.errors import DecodeError, SecurityError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.kit.webhook import message_keys
from orderhub.logistics.carriers.common import check_push, china_time, form_of, md5_hex, said
from orderhub.logistics.carriers.kdniao.spec import ADDRESSES, ERRORS
from orderhub.models.channel import Credentials

__all__ = ["VECTORS", "data_sign", "open_push", "open_reply", "push_answer", "request"]

_FORM = "application/x-www-form-urlencoded;charset=UTF-8"


def data_sign(text: str, key: str) -> str:
    """`DataSign` of exactly the text that is sent as `RequestData`: Base64 of the hexadecimal digest."""
    return base64.b64encode(md5_hex(text + key).encode()).decode()


VECTORS = (
    SignatureVector(
        "tracking", lambda: data_sign('{"LogisticCode": "YT2819014489339", "OrderCode": "", "ShipperCode": "YTO"}',
                                      "TEST-APPKEY-0001"),
        "YWUxNzFmY2U1Mjk1MjY3NjU5ZjFjMTM0NWMwYjM0ZDQ=", "docs/platforms/kdniao.md#protocol",
    ),
)  # fmt: skip


def request(config: ShopConfig, kind: str, document: Any, credentials: Credentials) -> Request:
    """One signed call; the form encodes text and signature once."""
    text = document_bytes(document).decode()
    form = {
        "RequestData": text, "EBusinessID": credentials.app_key, "RequestType": kind, "DataType": "2",
        "DataSign": data_sign(text, credentials.app_secret),
    }  # fmt: skip
    headers = {"content-type": _FORM, "accept": "application/json"}
    return Request("POST", f"{config.base_url}{ADDRESSES[kind]}", headers, urlencode(form).encode())


def open_reply(reply: Reply) -> dict[str, Any]:
    """The document of a success.

    Raises:
        RequestRejected: Success false; code and reason are kept.
        DecodeError: Not a reply of Kdniao.
    """
    check_http(reply, platform="kdniao")
    found = loads(to_text(reply.body, reply.headers))
    if not isinstance(found, dict) or "Success" not in found:
        raise DecodeError("expected an object with Success", platform="kdniao", path="Success", status=reply.status)
    if str(found["Success"]).lower() != "true":
        raise ERRORS.error(said(found, "ResultCode") or "false", None, said(found, "Reason") or "no text")
    return found


def open_push(config: ShopConfig, headers: Mapping[str, str], body: bytes) -> list[Any]:
    """The parcels of a push. Pushes are not signed; a signature that comes along must fit, and the customer be ours.

    Raises:
        SecurityError: A push for somebody else, or a signature that does not match.
        DecodeError: Not such a push.
    """
    form = form_of(headers, body, "kdniao")
    text = form.get("RequestData", "")
    if "DataSign" in form:
        check_push(lambda key: data_sign(text, key), form["DataSign"], message_keys(config.app), "kdniao")
    found = loads(text)
    parcels = found.get("Data") if isinstance(found, dict) else None
    if not isinstance(parcels, list):
        raise DecodeError("the push holds no Data", platform="kdniao", path="RequestData.Data")
    if str(found.get("EBusinessID")) != config.app.app_key:
        raise SecurityError("a push in the name of kdniao for another customer", platform="kdniao")
    return parcels


def push_answer(config: ShopConfig, accepted: bool, at: datetime, reason: str = "") -> bytes:
    """What to answer a push with (its wording is UNVERIFIED): accepted, or please send it again."""
    return document_bytes({
        "EBusinessID": config.app.app_key, "UpdateTime": china_time(at), "Success": accepted, "Reason": reason,
    })  # fmt: skip
