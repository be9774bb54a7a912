"""JDL's wire protocol: signed query, request, replies of gateway and operation. Pure; imports `kit`, `flow`, `common`.

Source: docs/platforms/jdl.md#protocol.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from orderhub.errors import DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.logistics.carriers.common import china_time, md5_hex, said
from orderhub.logistics.carriers.jdl.spec import ERRORS
from orderhub.models.channel import Credentials

__all__ = ["VECTORS", "open_reply", "request", "sign"]

TRACKING = "/jd/tracking/query"
VERSION = "2.0"


def sign(path: str, body: str, stamp: str, key: str, token: str, secret: str) -> str:
    """`sign` of a call, upper-case hexadecimal; `stamp` as it is sent."""
    parts = (
        "access_token",
        token,
        "app_key",
        key,
        "method",
        path,
        "param_json",
        body,
        "timestamp",
        stamp,
        "v",
        VERSION,
    )
    return md5_hex(f"{secret}{''.join(parts)}{secret}").upper()


VECTORS = (
    SignatureVector(
        "tracking", lambda: sign(TRACKING, '[{"referenceNumber":"JDVA11408814483","referenceType":"20000"}]',
                                 "2026-11-23 00:00:00", "TESTKEY", "TESTTOKEN", "TESTSECRET"),
        "A45B331C34D0C3E9FF57DC5007BE3236", "docs/platforms/jdl.md#protocol",
    ),
)  # fmt: skip


def request(config: ShopConfig, path: str, document: Any, credentials: Credentials, at: datetime) -> Request:
    """One signed call."""
    body, stamp, token = document_bytes([document]), china_time(at), credentials.access_token or ""
    query = {
        "LOP-DN": "Tracking_JD" if path == TRACKING else config.settings["domain"], "app_key": credentials.app_key,
        "access_token": token, "timestamp": stamp, "v": VERSION, "algorithm": "md5-salt",
        "sign": sign(path, body.decode(), stamp, credentials.app_key, token, credentials.app_secret),
    }  # fmt: skip
    headers = {"content-type": "application/json;charset=UTF-8", "accept": "application/json"}
    return Request("POST", f"{config.base_url}{path}?{urlencode(query)}", headers, body)


def open_reply(reply: Reply) -> Any:
    """The `data` of a success.

    Raises:
        PlatformError: The gateway or the operation says no; by the table of codes.
        DecodeError: Not a reply of JDL.
    """
    check_http(reply, platform="jdl")
    found = loads(to_text(reply.body, reply.headers))
    if not isinstance(found, dict):
        raise DecodeError("expected an object as reply", platform="jdl", status=reply.status)
    stopped = found.get("error_response")
    if isinstance(stopped, dict):
        words = said(stopped, "zh_desc", "en_desc") or "no text"
        raise ERRORS.error(said(stopped, "code") or "error", None, words)
    if "success" not in found:
        raise DecodeError("the reply does not tell success", platform="jdl", path="success", status=reply.status)
    if str(found["success"]).lower() == "true":
        return found.get("data")
    raise ERRORS.error(said(found, "code") or "false", None, said(found, "msg", "message") or "no text")
