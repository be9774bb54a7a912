"""TOP on the wire: signature, envelopes in JSON and XML, refusals. Source: docs/platforms/taobao.md §1. Pure.

Imports `flow.message` and this folder's tables.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from orderhub.flow.message import Reply
from orderhub.sandbox.china import CHINA, china, fen, instant, yuan
from orderhub.sandbox.platforms.taobao.spec import INNER, INNER_BY_KEY, MESSAGES

__all__ = [
    "CHINA",
    "Refusal",
    "base_string",
    "candidates",
    "china",
    "error_reply",
    "fen",
    "instant",
    "sign",
    "success_reply",
    "yuan",
]  # fmt: skip

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Refusal(Exception):
    """The platform says no; becomes `error_response`."""

    def __init__(self, code: int, sub_code: str = "", sub_msg: str = "") -> None:
        super().__init__(f"{code} {sub_code}")
        self.code, self.sub_code, self.sub_msg = code, sub_code, sub_msg


def base_string(params: Mapping[str, str]) -> str:
    """Names and values run together, sorted by name in ASCII order, without `sign`."""
    return "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")


def sign(method: str, secret: str, text: str) -> str | None:
    """The signature of a base string, hex, upper case; None for an unknown method."""
    key, data = secret.encode(), text.encode()
    if method == "md5":
        return hashlib.md5(key + data + key, usedforsecurity=False).hexdigest().upper()
    if method == "hmac":
        return hmac.new(key, data, hashlib.md5).hexdigest().upper()
    if method == "hmac-sha256":
        return hmac.new(key, data, hashlib.sha256).hexdigest().upper()
    return None


def candidates(params: Mapping[str, str]) -> tuple[str, ...]:
    """Base strings that the platform takes: empty values left out, or their names signed bare (SDKs differ)."""
    filled = {name: value for name, value in params.items() if value != ""}
    return (base_string(filled),) if len(filled) == len(params) else (base_string(filled), base_string(params))


def _wrapped(value: Any) -> Any:
    """Lists as `{"trades": {"trade": [...]}}`; empty lists vanish."""
    if isinstance(value, dict):
        told: dict[str, Any] = {}
        for name, item in value.items():
            if type(item) is list:
                if item:
                    told[name] = {_inner(name, item[0]): [_wrapped(one) for one in item]}
            elif item is not None:
                told[name] = _wrapped(item) if type(item) is dict else item
        return told
    return value


def _inner(name: str, first: Any) -> str:
    for key, inner in INNER_BY_KEY.get(name, ()):
        if key in first:
            return inner
    by_type = {str: "string", int: "number"}
    return INNER.get(name) or by_type.get(type(first), name.removesuffix("s"))


def _plain(value: Any, page: bool) -> Any:
    """Lists as arrays; `page` keeps text lists wrapped and leaves number lists out, as the official pages print."""
    if isinstance(value, dict):
        told = {}
        for name, item in value.items():
            if item is None or item == []:
                continue
            if page and isinstance(item, list) and isinstance(item[0], int | str):
                if isinstance(item[0], str):
                    told[name] = {"string": item}
                continue
            told[name] = _plain(item, page)
        return told
    return [_plain(one, page) for one in value] if isinstance(value, list) else value


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inside = "".join(_xml(key, item) for key, item in value.items())
        listed = len(value) == 1 and isinstance(next(iter(value.values())), list)
        mark = ' list="true"' if listed else ""
        return f"<{name}{mark}>{inside}</{name}>"
    if isinstance(value, list):
        return "".join(_xml(name, one) for one in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def _render(root: str, content: dict[str, Any], as_json: bool) -> Reply:
    if as_json:
        text = _ENCODER.encode({root: content})
        return Reply(200, {"content-type": "text/javascript;charset=UTF-8"}, text.encode())
    text = f'<?xml version="1.0" encoding="utf-8" ?>{_xml(root, content)}'
    return Reply(200, {"content-type": "text/xml;charset=UTF-8"}, text.encode())


def success_reply(params: Mapping[str, str], content: dict[str, Any], request_id: str, shape: str) -> Reply:
    """The envelope of `method`: JSON, simplified JSON or XML. `shape` is the switch `list_shape`."""
    root = params["method"].removeprefix("taobao.").replace(".", "_") + "_response"
    if params.get("format") != "json":
        return _render(root, {**_wrapped(content), "request_id": request_id}, False)
    if params.get("simplify") == "true":
        text = _ENCODER.encode({**_plain(content, False), "request_id": request_id})
        return Reply(200, {"content-type": "text/javascript;charset=UTF-8"}, text.encode())
    told = _plain(content, True) if shape == "page" else _wrapped(content)
    return _render(root, {**told, "request_id": request_id}, True)


def error_reply(params: Mapping[str, str], refusal: Refusal, request_id: str) -> Reply:
    """Status 200 and `error_response`, under simplify too."""
    told: dict[str, Any] = {"code": refusal.code, "msg": MESSAGES.get(refusal.code, "Remote service error")}
    if refusal.sub_code:
        told["sub_code"] = refusal.sub_code
    if refusal.sub_msg:
        told["sub_msg"] = refusal.sub_msg
    return _render("error_response", {**told, "request_id": request_id}, params.get("format") == "json")
