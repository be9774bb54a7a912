"""YTO's wire protocol: credentials of an interface, signature, request, reply, push. Pure; imports `kit`, `flow`.

Source: docs/platforms/yto.md#protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html import unescape
from typing import Any
from xml.sax.saxutils import escape

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.flow.message import Reply, Request
from orderhub.kit.decode import document_bytes
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads, to_text
from orderhub.kit.spec import ShopConfig, SignatureVector
from orderhub.kit.webhook import message_keys
from orderhub.logistics.carriers.common import check_push, form_of, md5_base64, said
from orderhub.logistics.carriers.yto.spec import ERRORS, INTERFACES
from orderhub.models.channel import Credentials

__all__ = ["VECTORS", "check_interfaces", "interface", "open_push", "open_reply", "push_answer", "request", "sign"]

VERSION = "v1"
_FIELD = re.compile(r"<(\w+)>([^<]*)</\1>")
_KEYS = {"path_token", "customer_code", "secret"}


def sign(param: str, method: str, version: str, secret: str) -> str:
    """`sign` of exactly the text that is sent as `param`."""
    return md5_base64(param + method + version + secret)


VECTORS = (
    SignatureVector("published example", lambda: sign("opentest", "", "", "123456"), "YLstCNa3x8ijQx16e/jqOA==",
                    "docs/platforms/yto.md#protocol"),
    SignatureVector("published push", lambda: md5_base64("<order></order>123456"), "LghTkEmsD2tbQ3fsIBRcBg==",
                    "docs/platforms/yto.md#pushes"),
    SignatureVector("track", lambda: sign('{"NUMBER":"YT2819014489339"}', "track_query_adapter", VERSION, "123456"),
                    "vsqS+4HXwp4eWg50AEhiKA==", "docs/platforms/yto.md#protocol"),
)  # fmt: skip


def check_interfaces(given: Any) -> None:
    """Raises `ConfigurationError` when the setting `interfaces` does not have its documented form."""
    if given is None:
        return
    if not isinstance(given, Mapping) or not set(given) <= set(INTERFACES):
        raise ConfigurationError(f"yto: interfaces may name {', '.join(INTERFACES)}", field="interfaces")
    for name, own in given.items():
        if not isinstance(own, Mapping) or not set(own) <= _KEYS or not all(isinstance(v, str) for v in own.values()):
            raise ConfigurationError(f"yto: interfaces.{name} holds {', '.join(sorted(_KEYS))}", field="interfaces")


def interface(config: ShopConfig, name: str, credentials: Credentials) -> tuple[str, str, str]:
    """(path token, customer code, secret) of one interface.

    Raises:
        ConfigurationError: It has no path token; names what to give.
    """
    own = (config.settings["interfaces"] or {}).get(name, {})
    token = own.get("path_token", "")
    if not token and name != "push":
        raise ConfigurationError(
            f"yto: interfaces.{name}.path_token is missing; the console shows it in the address of the interface",
            platform="yto", field="interfaces",
        )  # fmt: skip
    return token, own.get("customer_code", credentials.app_key), own.get("secret", credentials.app_secret)


def request(config: ShopConfig, name: str, method: str, param: Any, credentials: Credentials, at: datetime) -> Request:
    """One signed call of `method` with the credentials of the interface `name`."""
    token, customer, secret = interface(config, name, credentials)
    text = document_bytes(param).decode()
    body = {
        "timestamp": int(at.timestamp() * 1000), "param": text, "sign": sign(text, method, VERSION, secret),
        "format": "JSON",
    }  # fmt: skip
    url = f"{config.base_url}/open/{method}/{VERSION}/{token}/{customer}"
    headers = {"content-type": "application/json;charset=UTF-8", "accept": "application/json"}
    return Request("POST", url, headers, document_bytes(body))


def open_reply(key: str | None) -> Callable[[Reply], Any]:
    """A reader of replies: an object with `key`, or (None) a list.

    Raises (the reader):
        RequestRejected: YTO says no; its words are kept.
        DecodeError: Neither the result nor words.
    """

    def opened(reply: Reply) -> Any:
        check_http(reply, platform="yto")
        found = loads(to_text(reply.body, reply.headers))
        if key is None and isinstance(found, list):
            return found
        if not isinstance(found, dict):
            raise DecodeError("expected an object as reply", platform="yto", status=reply.status)
        if key is not None and found.get(key) not in (None, "", False, "false"):
            return found
        code, words = said(found, "code", "errorCode", "statusCode"), said(found, "reason", "message", "statusMessage")
        if code is None and words is None:
            raise DecodeError("the reply holds neither a result nor a reason", platform="yto", path=key)
        raise ERRORS.error(code or "refused", None, words or "no text")

    return opened


def open_push(config: ShopConfig, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The fields of a pushed `UpdateInfo`.

    Raises:
        SecurityError: The digest does not match the secret of pushes.
        DecodeError: Not such a push.
    """
    form = form_of(headers, body, "yto")
    xml, secret = form.get("logistics_interface", ""), interface(config, "push", config.app)[2]
    keys = message_keys(config.app, secret)
    check_push(lambda key: md5_base64(xml + key), form.get("data_digest"), keys, "yto")
    fields = {name: unescape(value) for name, value in _FIELD.findall(xml)}
    if not fields or "<!" in xml:
        raise DecodeError("the push holds no UpdateInfo", platform="yto", path="logistics_interface")
    return fields


def push_answer(accepted: bool, tx_logistic_id: str = "", reason: str = "") -> bytes:
    """What to answer a push with: accepted, or please send it again."""
    return (
        "<Response><logisticProviderID>YTO</logisticProviderID>"
        f"<txLogisticID>{escape(tx_logistic_id)}</txLogisticID><success>{str(accepted).lower()}</success>"
        f"<reason>{escape(reason)}</reason></Response>"
    ).encode()
