"""JD on the wire: signatures, envelopes, times, money. Source: docs/platforms/jd.md §1. Pure.

Imports `flow.message` and this folder's tables.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.china import CHINA, china, fen, instant, yuan
from orderhub.sandbox.platforms.jd.spec import ERRORS

__all__ = [
    "CHINA", "NEVER", "Refusal", "china", "concat", "encode", "envelope", "error_reply", "fen", "instant", "json_reply",
    "millis", "months_before", "number", "readings", "root_of", "sign", "timestamp", "yuan",
]  # fmt: skip

NEVER = "0001-01-01 00:00:00"
"""How the platform writes no time; `1970-01-01 00:00:00` is the other way."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{3}([+-]\d{4}))?")
encode = _ENCODER.encode


class Refusal(Exception):
    """The gateway says no; becomes `error_response` (or an item of `errorList` on the SP gateway)."""

    def __init__(self, code: str, chinese: str = "", english: str = "") -> None:
        super().__init__(code)
        known = ERRORS.get(code, (code, code))
        self.code, self.chinese, self.english = code, chinese or known[0], english or known[1]


def millis(text: str) -> int | None:
    """A China time in epoch milliseconds; None for a time that never was."""
    return None if text[:4] in ("", "0001", "1970") else int(instant(text).timestamp()) * 1000


def timestamp(text: str) -> datetime:
    """The system parameter, in China time, or with milliseconds and an offset; raises ValueError."""
    found = _STAMP.fullmatch(text)
    if found is None:
        raise ValueError("not a timestamp of the gateway")
    zone = found.group(2)
    return datetime.fromisoformat(f"{found.group(1)}{zone[:3]}:{zone[3:]}") if zone else instant(found.group(1))


def months_before(stamp: str, months: int) -> str:
    """The same China time so many months ago; a day that the month lacks sorts after its last."""
    count = int(stamp[:4]) * 12 + int(stamp[5:7]) - 1 - months
    return f"{count // 12:04d}-{count % 12 + 1:02d}{stamp[7:]}"


def number(amount_fen: int) -> int | float:
    """Fen as the JSON number of yuan that the SP gateway sends: shortest text, at most two decimals."""
    return amount_fen // 100 if amount_fen % 100 == 0 else float(yuan(amount_fen))


def concat(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values run together, sorted by name in ASCII order."""
    return "".join(f"{name}{value}" for name, value in sorted(pairs))


def sign(secret: str, text: str) -> str:
    """MD5 between two secrets, hex, upper case."""
    return hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def readings(params: Mapping[str, str]) -> list[str]:
    """What may have been signed: all parameters; without empty ones (Java); without those that begin with @ (PHP)."""
    every = [(name, value) for name, value in params.items() if name != "sign"]
    filled = [(name, value) for name, value in every if name and value]
    plain = [(name, value) for name, value in filled if not value.startswith("@")]
    return list(dict.fromkeys(concat(pairs) for pairs in (every, filled, plain)))


def json_reply(value: Any, status: int = 200) -> Reply:
    """A JSON body in UTF-8."""
    return Reply(status, {"content-type": "application/json;charset=UTF-8"}, encode(value).encode())


def root_of(method: str, tail: str = "_responce") -> str:
    """The key of the envelope: method with underscores and the platform's own spelling."""
    return method.replace(".", "_") + tail


def envelope(method: str, told: Mapping[str, Any], tail: str = "_responce") -> Reply:
    """A success; `told` may bring a `code` of its own."""
    return json_reply({root_of(method, tail): {"code": "0", **told}})


def error_reply(refusal: Refusal) -> Reply:
    """Status 200 and `error_response`."""
    told = {"code": refusal.code, "zh_desc": refusal.chinese, "en_desc": refusal.english}
    return json_reply({"error_response": told})
