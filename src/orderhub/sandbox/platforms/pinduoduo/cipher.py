"""Receivers as the platform shows them: ciphertext, masks, merge ids. Source: docs/platforms/pinduoduo.md §5. Pure.

Imports nothing of the library. Ciphertext has the un-indexed form, version 1, and differs from order to order for the
same text; it opens only with the number of the order that owns it. The scrambling is this sandbox's own, not a secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

__all__ = ["FULL_ADDRESS", "KINDS", "NAME", "PHONE", "STREET", "mask", "merge_id", "seal", "unseal"]

NAME, PHONE, FULL_ADDRESS, STREET = 5, 6, 7, 8
"""data_type of decryption."""
KINDS: dict[int, str] = {NAME: "~", PHONE: "$", FULL_ADDRESS: "~", STREET: "~"}
"""data_type to separator."""

_HEAD, _KEY, _NONCE = "AgAAAA", b"sandbox-pinduoduo-receiver", 4


def _nonce(order_sn: str, kind: int, text: str) -> bytes:
    return hashlib.sha256(f"{order_sn}|{kind}|{text}".encode()).digest()[:_NONCE]


def _stream(order_sn: str, nonce: bytes, data: bytes) -> bytes:
    key = hashlib.shake_256(_KEY + order_sn.encode() + nonce).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")


def seal(order_sn: str, kind: int, text: str) -> str:
    """The ciphertext of one field; empty stays empty. Ten times the length of the text or more."""
    if not text:
        return ""
    plain, nonce = text.encode(), _nonce(order_sn, kind, text)
    data = bytes([kind]) + len(plain).to_bytes(2, "big") + plain
    body = nonce + _stream(order_sn, nonce, data.ljust(max(60, 8 * len(text)), b"\0"))
    mark = KINDS[kind]
    return f"{mark}{_HEAD}{base64.b64encode(body).decode()}{mark}1{mark}"


def unseal(order_sn: str, sealed: str) -> tuple[int, str] | None:
    """(data_type, text) of what `seal` made for this order; None for anything else."""
    mark, parts = sealed[:1], [part for part in sealed.split(sealed[:1] or "~") if part]
    if mark not in ("~", "$") or len(parts) != 2 or parts[1] != "1" or not parts[0].startswith(_HEAD):
        return None
    try:
        body = base64.b64decode(parts[0][len(_HEAD) :], validate=True)
        nonce = body[:_NONCE]
        data = _stream(order_sn, nonce, body[_NONCE:])
        kind, text = data[0], data[3 : 3 + int.from_bytes(data[1:3], "big")].decode()
    except (binascii.Error, UnicodeDecodeError, IndexError):
        return None
    return (kind, text) if KINDS.get(kind) == mark and _nonce(order_sn, kind, text) == nonce else None


def mask(kind: int, text: str) -> str:
    """A field as everybody may read it."""
    if not text:
        return ""
    if kind == NAME:
        return text[0] + "**"
    return "*" * 11 if kind == PHONE else text[:3] + "*" * 11


def merge_id(salt: str, *parts: str) -> str:
    """Equal for equal receivers of one shop."""
    told = hashlib.sha256("\x1f".join((salt, *parts)).encode()).digest()
    return base64.urlsafe_b64encode(told[:24]).decode()
