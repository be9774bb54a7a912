"""Bytes to values under one guard, so that every parser accepts and refuses the same. Imports `errors`.

JSON numbers with a fraction become `Decimal`. With extra `fast`, msgspec does the work; results are equal.
"""

from __future__ import annotations

import codecs
import importlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from orderhub.errors import DecodeError

__all__ = ["BYTES_MAX", "DEPTH_MAX", "dumps", "loads", "to_text"]

BYTES_MAX = 32 * 1024 * 1024
DEPTH_MAX = 64
_DIGITS_MAX = 400
_STRUCTURE = bytes(c for c in range(256) if c not in b'"[]{}')
_STRING = re.compile(rb'"[^"]*"')
_SURROGATE = re.compile(rb"\\u[dD]")
_DIGITS = bytes(0x30 if 0x30 <= c <= 0x39 else 0x20 for c in range(256))
_LONG_RUN = b"0" * _DIGITS_MAX
_STRIDE = 50
_LONG_SAMPLE = b"0" * (_DIGITS_MAX // _STRIDE)
"""So many samples in a row fall into a run that long, whichever byte the samples start with."""


_CHARSETS = frozenset(
    "utf-8 utf8 utf-16 utf-16le utf-16be ascii us-ascii gbk gb2312 gb18030 cp936 big5 iso-8859-1 latin1 iso-8859-15 "
    "windows-1250 windows-1251 windows-1252 windows-1254 windows-1258 cp1252 iso-8859-9 iso-8859-11 tis-620 cp874 "
    "shift_jis shift-jis cp932 euc-jp iso-2022-jp euc-kr ks_c_5601-1987".split()
)
"""What documents of platforms are written in. Python knows more, and among it codecs that take the square of the size,
and it remembers for ever each name that it did not know; whoever sends a document chooses the name."""


def _depth(body: bytes) -> int:
    """Nesting depth, counted by peeling innermost brackets: each round is one pass in C.

    Pairs of quotes that stand together are strings without brackets; taking them away leaves it even or odd how many
    stand before a bracket, which tells whether it is inside a string.
    """
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    shape, rounds = body.translate(None, delete=_STRUCTURE).replace(b'""', b""), 0
    if b'"' in shape:
        shape = _STRING.sub(b"", shape).translate(None, delete=b'"')
    while shape and rounds <= DEPTH_MAX:
        smaller = shape.replace(b"[]", b"").replace(b"{}", b"")
        if len(smaller) == len(shape):
            break
        shape, rounds = smaller, rounds + 1
    return rounds


def _guard(body: bytes) -> None:
    if len(body) > BYTES_MAX:
        raise DecodeError(f"document of {len(body)} bytes, the limit is {BYTES_MAX}")
    if body.count(b"{") + body.count(b"[") > DEPTH_MAX and _depth(body) > DEPTH_MAX:
        raise DecodeError(f"document nested deeper than {DEPTH_MAX} levels")


def _refuse_constant(name: str) -> Any:
    raise DecodeError(f"document holds {name}, which is not a number")


def _exact(word: str) -> Decimal:
    if len(word) > _DIGITS_MAX or abs(Decimal(word).adjusted()) > _DIGITS_MAX:
        raise DecodeError("document holds a number out of range")
    return Decimal(word)


def _msgspec_loads() -> Callable[[bytes], Any] | None:
    try:
        found = importlib.import_module("msgspec").json.Decoder(float_hook=_exact)
    except ImportError:
        return None
    return found.decode  # type: ignore[no-any-return]


_fast = _msgspec_loads()


def _whole(word: str) -> int:
    if len(word) > _DIGITS_MAX:
        raise DecodeError("document holds a number out of range")
    return int(word)


def _slow(body: bytes) -> Any:
    """The standard parser; raw control characters inside strings are accepted, since platforms send them."""
    try:
        found = json.loads(
            body.decode("utf-8"), parse_float=_exact, parse_int=_whole, parse_constant=_refuse_constant, strict=False
        )
        if _SURROGATE.search(body):
            dumps(found).encode()
    except UnicodeEncodeError:
        raise DecodeError("document holds half of a surrogate pair") from None
    except (ValueError, RecursionError) as error:
        place = getattr(error, "pos", None)
        at = f" at character {place} of {len(body)}" if place is not None else ""
        raise DecodeError(f"not valid JSON{at}: the reply may be cut short", retryable=True) from None
    return found


def loads(body: bytes | str) -> Any:
    """Parse JSON; fractions become `Decimal`.

    Raises:
        DecodeError: Too large, too deep, out of range, half a surrogate pair, or not JSON. Retryable for reads
            when it looks cut short.
    """
    data = to_text(body, None).encode() if isinstance(body, str) else body
    data = data.removeprefix(codecs.BOM_UTF8)
    _guard(data)
    if _fast is None or _has_long_run(data):  # a whole number that long is not for the fast parser
        return _slow(data)
    try:
        return _fast(data)
    except Exception:
        return _slow(data)


def _has_long_run(data: bytes) -> bool:
    return _LONG_SAMPLE in data[::_STRIDE].translate(_DIGITS) and _LONG_RUN in data.translate(_DIGITS)


def to_text(body: bytes | str, headers: Mapping[str, str] | None) -> str:
    """Text by the charset of the `content-type`, UTF-8 otherwise; raises `DecodeError`, never guesses."""
    if isinstance(body, str):
        try:
            body.encode()
        except UnicodeEncodeError:
            raise DecodeError("text holds half of a surrogate pair") from None
        return body.removeprefix("\ufeff")
    found = re.search(r"charset=\"?([\w-]+)", (headers or {}).get("content-type", ""), re.I)
    charset = found.group(1).lower() if found else "utf-8"
    if charset in _CHARSETS:
        with suppress(UnicodeDecodeError):
            return body.removeprefix(codecs.BOM_UTF8).decode("utf-8" if charset == "utf8" else charset)
    raise DecodeError(f"the reply is not {charset[:40]} text as its header says", retryable=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def dumps(value: Any) -> str:
    """Compact JSON, non-ASCII kept, `Decimal` as text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
