"""The Pinduoduo gateway on the wire: signature, envelopes, refusals, units. Source: docs/platforms/pinduoduo.md §1.

Pure. Imports `flow.message` and this folder's tables. Amounts are counted in fen (whole numbers); a DOUBLE in yuan is
made only where a document is written, because the wire knows nothing better.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.china import CHINA, china, instant
from orderhub.sandbox.platforms.pinduoduo.spec import MESSAGES

__all__ = [
    "CHINA", "Raw", "Refusal", "base_string", "china", "encode", "epoch", "error_reply", "fen", "instant",
    "json_reply", "sign", "success_reply", "yuan", "yuan_text",
]  # fmt: skip

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Compact JSON, not escaped to ASCII."""


class Raw(bytes):
    """A value that is JSON already, encoded."""

    __slots__ = ()


class Refusal(Exception):
    """The platform says no; becomes `error_response`. `about` names the parameter in `error_msg`."""

    def __init__(self, code: int, sub_msg: str = "", about: str = "") -> None:
        super().__init__(f"{code} {about or sub_msg}")
        self.code, self.sub_msg, self.about = code, sub_msg, about


def epoch(text: str) -> int:
    """A time of the platform in epoch seconds; 0 for an empty one."""
    return int(instant(text).timestamp()) if text else 0


def yuan(amount_fen: int) -> float:
    """Fen as the DOUBLE in yuan that orders carry; the quotient is rounded correctly, so it prints exactly."""
    return amount_fen / 100


def yuan_text(amount_fen: int) -> str:
    """Fen as a yuan text without needless zeros, as the refund list writes it: 5180 is `51.8`, 800 is `8`."""
    text = f"{Decimal(amount_fen) / 100:.2f}"
    return text.rstrip("0").rstrip(".")


def fen(value: object) -> int:
    """A yuan number or text in fen; raises ArithmeticError."""
    return int((Decimal(str(value)) * 100).to_integral_value())


def base_string(params: Mapping[str, str]) -> str:
    """Names and values run together, sorted by name in ASCII order, without `sign`."""
    return "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign")


def sign(secret: str, text: str) -> str:
    """MD5 of the text between two secrets, hex, upper case."""
    return hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def json_reply(text: str | bytes) -> Reply:
    """JSON as it leaves the gateway."""
    body = text.encode() if isinstance(text, str) else text
    return Reply(200, {"content-type": "application/json;charset=UTF-8"}, body)


def _object(content: Mapping[str, Any]) -> bytes:
    told = (
        b'"%b":%b' % (name.encode(), value if type(value) is Raw else encode(value).encode())
        for name, value in content.items()
    )
    return b"{%b}" % b",".join(told)


def success_reply(key: str, content: Mapping[str, Any]) -> Reply:
    """The one top-level key of the call around its content; no key, no wrapper."""
    inside = _object(content)
    return json_reply(b'{"%b":%b}' % (key.encode(), inside) if key else inside)


def error_reply(refusal: Refusal, request_id: str) -> Reply:
    """Status 200 and `error_response`; which sub codes the platform gives is not documented, so none is told."""
    told = MESSAGES.get(refusal.code, "服务异常") + (f":{refusal.about}" if refusal.about else "")
    inside = {"error_msg": told, "sub_msg": refusal.sub_msg, "sub_code": None, "error_code": refusal.code,
              "request_id": request_id}  # fmt: skip
    return json_reply(encode({"error_response": inside}))
