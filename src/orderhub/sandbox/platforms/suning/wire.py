"""SOP on the wire: signature, request bodies, envelopes in JSON and XML. Source: docs/platforms/suning.md §1. Pure.

Imports `flow.message` and this folder's tables.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from orderhub.flow.message import Reply
from orderhub.sandbox.china import CHINA, china, fen, instant, yuan
from orderhub.sandbox.platforms.suning.spec import PARAMS

__all__ = [
    "CHINA", "Refusal", "china", "error_reply", "fen", "instant", "read_body", "sign", "signed_text", "success_reply",
    "yuan", "yuan5",
]  # fmt: skip

LITERAL_MAX_BYTES = 65_536
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Refusal(Exception):
    """The platform says no; becomes `sn_error`. Business refusals come with HTTP status 200."""

    def __init__(self, code: str, message: str = "", status: int = 200, wait_s: float = 0.0) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.wait_s = code, message, status, wait_s


def yuan5(amount_fen: int) -> str:
    """Fen as a yuan text with five decimals, as orders carry it."""
    return yuan(amount_fen) + "000"


def signed_text(method: str, time: str, key: str, version: str, body: bytes) -> str:
    """What is signed after the secret: fixed order, no separators, the body's exact bytes."""
    return method + time + key + version + base64.b64encode(body).decode()


def sign(secret: str, text: str) -> str:
    """MD5, hex, lower case."""
    return hashlib.md5((secret + text).encode(), usedforsecurity=False).hexdigest()


def read_body(kind: str, body: bytes, literals: bool) -> tuple[str, dict[str, Any]]:
    """(bizName, its parameters) of a request; `literals` reads single quotes too. Refuses what is no such body."""
    try:
        told = _xml_request(body) if kind == "xml" else _json_request(body, literals)
        [(biz, params)] = told["sn_request"]["sn_body"].items()
    except (ValueError, TypeError, KeyError, AttributeError, SyntaxError, RecursionError, MemoryError):
        raise Refusal(PARAMS, "请求报文格式错误") from None
    if kind == "xml" and params == "":
        params = {}
    if not isinstance(params, dict):
        raise Refusal(PARAMS, "请求报文格式错误")
    return str(biz), params


def _json_request(body: bytes, literals: bool) -> Any:
    text = body.decode()
    try:
        return json.loads(text)
    except ValueError:
        if not literals or len(body) > LITERAL_MAX_BYTES:
            raise
        return ast.literal_eval(text.strip())


def _xml_request(body: bytes) -> dict[str, Any]:
    if b"<!" in body:
        raise ValueError("declarations are not read")  # no entities: nothing to expand
    try:
        root = ElementTree.fromstring(body.decode())  # noqa: S314 # nosec B314 - declarations were refused above
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    return {root.tag: _element(root)}


def _element(node: ElementTree.Element) -> Any:
    """A text, or children by name; a repeated child becomes a list."""
    if not len(node):
        return node.text or ""
    told: dict[str, Any] = {}
    for child in node:
        value = _element(child)
        if child.tag not in told:
            told[child.tag] = value
        elif isinstance(told[child.tag], list):
            told[child.tag].append(value)
        else:
            told[child.tag] = [told[child.tag], value]
    return told


def _xml(name: str, value: Any) -> str:
    """Lists repeat their element, so one row cannot be told from an object."""
    if isinstance(value, list):
        return "".join(_xml(name, one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(key, item) for key, item in value.items())}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


def _render(kind: str, content: Mapping[str, Any], status: int = 200, wait_s: float = 0.0) -> Reply:
    wait = {"retry-after": str(max(1, int(wait_s)))} if wait_s else {}
    if kind == "xml":
        text = f'<?xml version="1.0" encoding="UTF-8"?>{_xml("sn_responseContent", content)}'
        return Reply(status, {"content-type": "text/xml;charset=UTF-8", **wait}, text.encode())
    text = _ENCODER.encode({"sn_responseContent": content})
    return Reply(status, {"content-type": "application/json;charset=UTF-8", **wait}, text.encode())


def success_reply(kind: str, head: Mapping[str, Any], key: str, body: Any) -> Reply:
    """The envelope of an answer."""
    return _render(kind, {"sn_head": head, "sn_body": {key: body}})


def error_reply(kind: str, refusal: Refusal) -> Reply:
    """The envelope of a refusal: an empty head, code and text."""
    error = {"error_code": refusal.code} | ({"error_msg": refusal.message} if refusal.message else {})
    return _render(kind, {"sn_head": {}, "sn_error": error}, refusal.status, refusal.wait_s)
