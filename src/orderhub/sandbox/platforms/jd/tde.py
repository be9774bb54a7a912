"""TDE: receivers as ciphertext, the voucher and the master key that open them. Source: docs/platforms/jd.md §5.

A real voucher is signed with a key that only JD holds. The sandbox's `sig` has the right shape and cannot be verified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from orderhub.sandbox.platforms.jd.aes import encrypt_cbc
from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.state import Doc
from orderhub.sandbox.platforms.jd.wire import encode

__all__ = ["cipher_text", "master_key", "voucher"]

SERVICE, VERSION = "sandbox-jd-orders", 1
_DAY_MS = 86_400_000


def _secret(of: str, length: int = 32) -> bytes:
    return hashlib.sha512(f"sandbox-jd-tde:{of}".encode()).digest()[:length]


def _key_id() -> bytes:
    """MD5 of service and version."""
    return hashlib.md5(f"{SERVICE}{VERSION}".encode(), usedforsecurity=False).digest()


def cipher_text(text: str, salt: str) -> str:
    """Base64 of 0x00 0x04, key id, vector, AES-128-CBC. Empty stays empty; the vector follows from `salt`."""
    if not text:
        return ""
    vector = hashlib.sha256(f"{salt}:{text}".encode()).digest()[:16]
    sealed = encrypt_cbc(_secret("master")[:16], vector, text.encode())
    return _b64(b"\x00\x04" + _key_id() + vector + sealed)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _token_id(shop_id: str) -> str:
    return hashlib.sha256(f"sandbox-jd-voucher:{shop_id}".encode()).hexdigest()[:32]


def voucher(ask: Ask) -> Doc:
    """jingdong.jos.voucher.info.get: valid for a year around now."""
    now = int(ask.market.now().timestamp() * 1000)
    data: dict[str, Any] = {
        "act": "issue", "effective": now - _DAY_MS, "expired": now + 365 * _DAY_MS, "id": _token_id(ask.shop_id),
        "key": _b64(_secret(f"voucher:{ask.shop_id}")), "service": SERVICE, "stype": 0,
    }  # fmt: skip
    told = {"data": data, "sig": _b64(_secret("sig", 64) * 4), "externalData": {"zone": "CN-0"}}
    return {"response": {"errorCode": "0", "data": {"voucher": _b64(encode(told).encode())}}}


def master_key(ask: Ask) -> Doc:
    """jingdong.jos.master.key.get: keys against a signature with the voucher's key; 301 when it does not fit."""
    asked = {name: ask.given.get(name) for name in ("sdk_ver", "ts", "tid")}
    text = json.dumps(asked, separators=(",", ":"))
    right = _b64(hmac.new(_secret(f"voucher:{ask.shop_id}"), text.encode(), hashlib.sha256).digest())
    tid = _token_id(ask.shop_id)
    if not hmac.compare_digest(right, ask.text("sig")) or asked["tid"] != tid:
        return {"response": {"status_code": 301, "status_message": "request verification failed", "tid": tid}}
    key, now = _secret("master"), int(ask.market.now().timestamp() * 1000)
    row = {
        "id": _b64(_key_id()), "key_string": _b64(key), "key_digest": _b64(hashlib.sha256(key).digest()),
        "version": VERSION, "key_effective": now - 30 * _DAY_MS, "key_exp": now + 365 * _DAY_MS, "key_type": "AES",
        "key_status": 0,
    }  # fmt: skip
    keys = [{"service": SERVICE, "current_key_version": VERSION, "grant_usage": "ED", "keys": [row]}]
    return {"response": {"status_code": 0, "enc_service": SERVICE, "tid": tid, "service_key_list": keys}}
