"""Damage to documents: bytes that flip, go and come; values that no platform sends; pages that are none. Seeded."""

from __future__ import annotations

import random
import re

__all__ = ["mutated"]

VALUES = (
    b"null", b'""', b"{}", b"[]", b"-1", b"0", b"true", b"NaN", b"Infinity", b"1e999", b"-0.0", b"9" * 500,
    b"9" * 1_000_000, b"0." + b"1" * 100_000, b'"\\ud800"', b'"\\u0000"', b'"\xff\xfe"', b"[" * 5000, b'{"a":' * 5000,
    b'"' + "é🎁\u202e".encode() * 2000 + b'"', b'"2024-02-30 00:00:00"', b'"9999-12-31T23:59:59-14:00"', b"1e30",
    b'[{"a":1},{"a":1}]', b'{"a":1,"a":2}', b"'x'", b"253402300800000000",
)  # fmt: skip
WHOLE = (
    b"", b"null", b"[]", b"{}", b'"text"', b"0", b"<html><body>login</body></html>", b"\xef\xbb\xbf{}", b"\x1f\x8b\x08\x00",
    b"\x00" * 64, '{"名":"值"}'.encode("gb18030"), '{"a":1}'.encode("utf-16"), b"[" * 100_000, b'{"error_response":null}',
    b'<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>',
)  # fmt: skip
_VALUE = re.compile(rb'(?<=:)\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')


def mutated(body: bytes, rng: random.Random) -> bytes:
    """One to three kinds of damage to a document."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        body = rng.choice((_flip, _cut, _drop, _repeat, _value, _value, _value, _value, _whole))(body, rng)
    return body


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
    found = list(_VALUE.finditer(body))
    if not found:
        return body
    one = rng.choice(found)
    return body[: one.start(1)] + rng.choice(VALUES) + body[one.end(1) :]


def _whole(body: bytes, rng: random.Random) -> bytes:
    return rng.choice(WHOLE) if rng.random() < 0.3 else body
