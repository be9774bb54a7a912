"""Damage to documents: bytes that flip, go and come; values that no platform sends; pages that are none. Seeded."""

from __future__ import annotations

import json
import random
import re
from urllib.parse import parse_qsl, urlencode

__all__ = ["form_of", "mutated", "mutated_headers", "mutated_status", "written"]

LARGE = 50_000
"""Documents of more bytes get no further value: looking for one would take longer than reading them."""

VALUES = (
    b"null", b'""', b"{}", b"[]", b"-1", b"0", b"true", b"NaN", b"Infinity", b"1e999", b"-0.0", b"9" * 500,
    b"9" * 1_000_000, b"0." + b"1" * 100_000, b'"\\ud800"', b'"\\u0000"', b'"\xff\xfe"', b"[" * 5000, b'{"a":' * 5000,
    b'"' + "é🎁\u202e".encode() * 2000 + b'"', b'"2024-02-30 00:00:00"', b'"9999-12-31T23:59:59-14:00"', b"1e30",
    b'[{"a":1},{"a":1}]', b'{"a":1,"a":2}', b"'x'", b"253402300800000000", b'"0001-01-01 00:00:00"', b"-62135596800",
    b'"0000-00-00 00:00:00"', b'"sNaN"', b'"Infinity"', b'"1E+999999"', '"１２"'.encode(), b'"1_000"', b'"2024-05-20"',
)  # fmt: skip
WHOLE = (
    b"", b"null", b"[]", b"{}", b'"text"', b"0", b"<html><body>login</body></html>", b"\xef\xbb\xbf{}", b"\x1f\x8b\x08\x00",
    b"\x00" * 64, '{"名":"值"}'.encode("gb18030"), '{"a":1}'.encode("utf-16"), b"[" * 100_000, b'{"error_response":null}',
    b'<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>',
)  # fmt: skip
CHARSETS = (
    "gbk", "utf-16", "utf-7", "utf-32", "punycode", "idna", "undefined", "unicode_escape", "hex", "zlib", "é", "", "aliases",
    "a" * 5000,
)  # fmt: skip
WAITS = ("0", "-1", "nan", "1e308", "9" * 400, "é", "Wed, 21 Oct 9999 07:28:00 GMT", "0001-01-01", "١")
STATUSES = (204, 301, 304, 400, 401, 403, 404, 409, 413, 418, 429, 500, 502, 503, 504, 599, 999)
_TEXT = re.compile(rb"(?<=>)[^<>]+(?=</)")
_NESTED = re.compile(rb'"\s*[\[{<](?:[^"\\]|\\.)*"')
_FORM = re.compile(rb"\w+=")
_VALUE = re.compile(rb'(?<=:)\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')


def mutated(body: bytes, rng: random.Random) -> bytes:
    """One to three kinds of damage to a document."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        body = rng.choice((_flip, _cut, _drop, _repeat, _value, _value, _value, _value, _whole, _inner, _inner))(
            body, rng
        )
    return body


def mutated_headers(headers: dict[str, str], rng: random.Random) -> dict[str, str]:
    """The same mostly; or another charset, another time to wait, or one of them lost, empty, endless."""
    if rng.random() < 0.8:
        return headers
    if rng.random() < 0.4:
        return {**headers, "content-type": f"application/json;charset={rng.choice(CHARSETS)}"}
    if rng.random() < 0.4 or not headers:
        return {**headers, "retry-after": rng.choice(WAITS)}
    name = rng.choice(sorted(headers))
    return {**headers, name: rng.choice(("", "é", "=" * 2000, headers[name][1:], headers[name] * 2))}


def mutated_status(status: int, rng: random.Random) -> int:
    """The same mostly."""
    return status if rng.random() < 0.9 else rng.choice(STATUSES)


def _flip(body: bytes, rng: random.Random) -> bytes:
    made = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        if made:
            made[rng.randrange(len(made))] = rng.randrange(256)
    return bytes(made)


def _cut(body: bytes, rng: random.Random) -> bytes:
    return body[: rng.randint(0, len(body))]


def _drop(body: bytes, rng: random.Random) -> bytes:
    start = rng.randint(0, len(body))
    return body[:start] + body[start + rng.randint(1, 40) :]


def _repeat(body: bytes, rng: random.Random) -> bytes:
    start = rng.randint(0, len(body))
    end = start + rng.randint(1, 200)
    return body[:end] + body[start:]


def _value(body: bytes, rng: random.Random) -> bytes:
    """Another value in its place; in the texts of XML without the quotes around it."""
    if len(body) > LARGE:
        return body
    spans = [one.span(1) for one in _VALUE.finditer(body)]
    texts = [one.span() for one in _TEXT.finditer(body)] if body.lstrip()[:1] == b"<" else []
    if not spans + texts:
        return body
    start, end = rng.choice(spans + texts)
    value = rng.choice(VALUES)
    return body[:start] + (value.strip(b'"') if (start, end) in texts else value) + body[end:]


def _inner(body: bytes, rng: random.Random) -> bytes:
    """Damage inside a document that stands as text in another, or in a field of a form; around it all stays right."""
    if fields := form_of(body):
        name = max(fields, key=lambda one: len(fields[one])) if rng.random() < 0.7 else rng.choice(sorted(fields))
        return written({**fields, name: mutated(fields[name], rng)})
    found = list(_NESTED.finditer(body)) if len(body) < LARGE else []
    if not found:
        return _value(body, rng)
    one = rng.choice(found)
    try:
        text = json.loads(one.group())
    except ValueError:
        return body
    inside = mutated(text.encode("utf-8", "replace"), rng).decode("utf-8", "replace")
    return body[: one.start()] + json.dumps(inside, ensure_ascii=False).encode("utf-8", "replace") + body[one.end() :]


def form_of(body: bytes) -> dict[bytes, bytes]:
    """The fields of a form, nothing where it is none."""
    if not _FORM.match(body):
        return {}
    told = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return {name.encode("latin-1"): value.encode("latin-1") for name, value in told}


def written(fields: dict[bytes, bytes]) -> bytes:
    """A form."""
    return urlencode(fields).encode()


def _whole(body: bytes, rng: random.Random) -> bytes:
    return rng.choice(WHOLE) if rng.random() < 0.3 else body
