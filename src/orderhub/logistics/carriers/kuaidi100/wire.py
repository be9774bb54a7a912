"""Kuaidi100's wire protocol: three signatures, forms, replies, push. Pure; imports `kit`, `flow`, `common`.

Source: docs/platforms/kuaidi100.md#protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.kit.status import ErrorTable
from orderhub.kit.webhook import message_keys
from orderhub.logistics.carriers.common import check_push, form_of, md5_hex, said
from orderhub.models.channel import Credentials

__all__ = [
    "VECTORS", "open_push", "open_reply", "price_request", "push_answer", "query_request", "sign", "subscribe_request",
]  # fmt: skip

_FORM = "application/x-www-form-urlencoded;charset=UTF-8"


def sign(*parts: str) -> str:
    """Upper-case hexadecimal MD5 of the parts in their order."""
    return md5_hex("".join(parts)).upper()


_PARAM = '{"com":"yuantong","num":"YT2819014489339"}'
VECTORS = (
    SignatureVector("query", lambda: sign(_PARAM, "TESTKEY0001", "TESTCUSTOMER0001"),
                    "A7A8E3F87A14B104F8A147F13B20E8A7", "docs/platforms/kuaidi100.md#protocol"),
    SignatureVector("push", lambda: sign(_PARAM, "abc123"), "6F04DE5561B6A3A917B54C7949171CC4",
                    "docs/platforms/kuaidi100.md#pushes"),
    SignatureVector("label", lambda: sign(_PARAM, "1700000000000", "TESTKEY0001", "SECRET0001"),
                    "CF72FE4F05010827AEAADD8B1223504B", "docs/platforms/kuaidi100.md#protocol"),
)  # fmt: skip


def _post(url: str, form: Mapping[str, str]) -> Request:
    return Request("POST", url, {"content-type": _FORM, "accept": "application/json"}, urlencode(form).encode())


def query_request(config: ShopConfig, document: Any, credentials: Credentials) -> Request:
    """A query, signed by key and customer id."""
    param, customer = document_bytes(document).decode(), str(config.settings["customer"] or "")
    if not customer:
        raise ConfigurationError("kuaidi100: the setting customer is needed for queries", field="customer")
    form = {"customer": customer, "sign": sign(param, credentials.app_key, customer), "param": param}
    return _post(f"{config.base_url}/poll/query.do", form)


def subscribe_request(config: ShopConfig, document: Mapping[str, Any], credentials: Credentials) -> Request:
    """A subscription; the key stands inside, nothing is signed."""
    param = document_bytes({**document, "key": credentials.app_key}).decode()
    return _post(f"{config.base_url}/poll", {"schema": "json", "param": param})


def price_request(config: ShopConfig, document: Any, credentials: Credentials, at: datetime) -> Request:
    """A question for a price, signed by time, key and secret."""
    param, stamp = document_bytes(document).decode(), str(int(at.timestamp() * 1000))
    signed = sign(param, stamp, credentials.app_key, credentials.app_secret)
    form = {"method": "price", "key": credentials.app_key, "t": stamp, "param": param, "sign": signed}
    return _post(f"{config.base_url}/order/borderapi.do", form)


def open_reply(errors: ErrorTable) -> Callable[[Reply], dict[str, Any]]:
    """A reader of replies by a table of codes.

    Raises (the reader):
        PlatformError: A return code other than 200.
        DecodeError: Not a reply of Kuaidi100.
    """

    def opened(reply: Reply) -> dict[str, Any]:
        check_http(reply, platform="kuaidi100")
        found = loads(to_text(reply.body, reply.headers))
        if not isinstance(found, dict):
            raise DecodeError("expected an object as reply", platform="kuaidi100", status=reply.status)
        code = said(found, "returnCode", "status")
        if code is None:
            raise DecodeError("the reply has no code", platform="kuaidi100", path="returnCode", status=reply.status)
        if code != "200" or str(found.get("result", True)).lower() == "false":
            raise errors.error(code, None, said(found, "message") or "no text")
        return found

    return opened


def open_push(config: ShopConfig, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The document of a push.

    Raises:
        ConfigurationError: No salt is set: pushes could not be told from forged ones.
        SecurityError: The signature does not match.
        DecodeError: Not such a push.
    """
    salt = config.settings["push_salt"]
    if not salt:
        raise ConfigurationError("kuaidi100: set push_salt, without it pushes cannot be verified", field="push_salt")
    form = form_of(headers, body, "kuaidi100")
    text = form.get("param", "")
    check_push(lambda key: sign(text, key), form.get("sign"), message_keys(config.app, salt), "kuaidi100")
    found = loads(text)
    if not isinstance(found, dict):
        raise DecodeError("the push holds no object", platform="kuaidi100", path="param")
    return found


def push_answer(accepted: bool, message: str = "") -> bytes:
    """What to answer a push with: accepted, or please send it again."""
    told = ("200", "成功") if accepted else ("500", "失败")
    return document_bytes({"result": accepted, "returnCode": told[0], "message": message or told[1]})
